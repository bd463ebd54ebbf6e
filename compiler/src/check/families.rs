//! `per provider`: one declaration becomes a member for each provider. Done last, so that each fault is found once.

use std::collections::BTreeMap;

use crate::check::context::Context;
use crate::check::names::NAME_BYTES_MAX;
use crate::diag;
use crate::model::{Grant, Member, Permission, Pipeline, Sink, SinkTo, Target, Trigger};

/// Reports members whose names are taken or too long.
pub(crate) fn check(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    let providers = cx.providers();
    for family in &cx.families {
        let declared = cx.name_span(family);
        for provider in &providers {
            let name = member_name(family, provider);
            if let Some(symbol) = cx.symbols.get(name.as_str()) {
                let message =
                    format!("the member of `{family}` for `{provider}` is called `{name}` too");
                found.push(
                    diag::P0113
                        .at(symbol.span, message)
                        .label("has the name of a member")
                        .second(declared, "declared `per provider`"),
                );
            }
            if name.len() > NAME_BYTES_MAX {
                let message = format!(
                    "the member `{name}` has a name of {} characters",
                    name.len()
                );
                found.push(
                    diag::P0403
                        .at(declared, message)
                        .label(format!("at most {NAME_BYTES_MAX} with the provider's name")),
                );
            }
        }
    }
    for it in found {
        cx.report(it);
    }
}

fn member_name(family: &str, provider: &str) -> String {
    format!("{family}_{provider}")
}

/// Puts the members in place of their families.
pub(crate) fn expand(cx: &mut Context<'_>) {
    if cx.families.is_empty() {
        return;
    }
    let providers = cx.providers();
    let families: Vec<String> = cx.families.iter().map(|it| (*it).to_owned()).collect();
    let all = Families {
        names: &families,
        providers: &providers,
    };
    all.queues(&mut cx.model);
    all.functions(&mut cx.model);
    all.grants(&mut cx.model);
}

struct Families<'a> {
    names: &'a [String],
    providers: &'a [String],
}

impl Families<'_> {
    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|it| it == name)
    }

    /// What a name means for the member of a provider: its own member of a family.
    fn own(&self, name: &str, provider: &str) -> String {
        if self.has(name) {
            member_name(name, provider)
        } else {
            name.to_owned()
        }
    }

    fn member(family: &str, provider: &str) -> Option<Member> {
        Some(Member {
            family: family.to_owned(),
            provider: provider.to_owned(),
        })
    }

    fn queues(&self, model: &mut Pipeline) {
        for family in self.names {
            let Some(queue) = model.queues.remove(family) else {
                continue;
            };
            for provider in self.providers {
                let mut queue = queue.clone();
                queue.name = member_name(family, provider);
                queue.member = Self::member(family, provider);
                if let Some((dead_letter, _)) = &mut queue.dead_letter {
                    *dead_letter = self.own(dead_letter, provider);
                }
                model.queues.insert(queue.name.clone(), queue);
            }
        }
    }

    fn functions(&self, model: &mut Pipeline) {
        for family in self.names {
            let Some(function) = model.functions.remove(family) else {
                continue;
            };
            for provider in self.providers {
                let mut function = function.clone();
                function.name = member_name(family, provider);
                function.member = Self::member(family, provider);
                if let Trigger::Queue { queue, .. } = &mut function.trigger {
                    *queue = self.own(queue, provider);
                }
                for sink in &mut function.sinks {
                    self.sink(sink, provider);
                }
                model.functions.insert(function.name.clone(), function);
            }
        }
    }

    fn sink(&self, sink: &mut Sink, provider: &str) {
        if let SinkTo::Send(Target::Queue(queue)) = &mut sink.to {
            *queue = self.own(queue, provider);
        }
    }

    /// A member's grant reaches its own members alone; any other reaches each.
    fn grants(&self, model: &mut Pipeline) {
        let mut grants: BTreeMap<String, Grant> = BTreeMap::new();
        for (to, grant) in std::mem::take(&mut model.grants) {
            if !self.has(&to) {
                let permissions = self.each(&grant.permissions, None);
                grants.insert(
                    to,
                    Grant {
                        permissions,
                        ..grant
                    },
                );
                continue;
            }
            for provider in self.providers {
                let name = member_name(&to, provider);
                let grant = Grant {
                    to: name.clone(),
                    permissions: self.each(&grant.permissions, Some(provider)),
                    origin: grant.origin,
                };
                grants.insert(name, grant);
            }
        }
        model.grants = grants;
    }

    fn each(&self, permissions: &[Permission], own: Option<&String>) -> Vec<Permission> {
        let mut out: Vec<Permission> = Vec::new();
        for permission in permissions {
            let providers = match own {
                _ if !self.has(&permission.resource) => {
                    out.push(permission.clone());
                    continue;
                }
                Some(provider) => std::slice::from_ref(provider),
                None => self.providers,
            };
            out.extend(providers.iter().map(|provider| Permission {
                resource: member_name(&permission.resource, provider),
                ..permission.clone()
            }));
        }
        out
    }
}
