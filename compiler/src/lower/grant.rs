//! What a grant gives: rights, variables, and the key through each service. What a verb means on a kind, the kind says.

use crate::declared::Declared;
use crate::emit::cfn::template::SpecLine;
use crate::emit::cfn::value::{Any, Sub, Value};
use crate::emit::piece::text_of;
use crate::kinds::{queue, table};
use crate::model::{Function, Permission, Sink, Verb};

use super::policy::{self, Right};
use super::{Stack, event_source, names};

/// Who is granted something. A function acts through the runtime, a workflow through its states.
#[derive(Clone, Copy)]
pub(crate) enum Holder<'a> {
    Function(&'a Function),
    Workflow,
}

/// What a service does with the key on its caller's behalf; each way includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeyUse {
    /// It decrypts.
    Read,
    /// It encrypts under a data key, and one that it uses again it decrypts again.
    Write,
    /// It encrypts with the key itself, too.
    Keep,
}

impl KeyUse {
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Read => &["kms:Decrypt"],
            Self::Write => &["kms:Decrypt", "kms:GenerateDataKey"],
            Self::Keep => &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        }
    }
}

/// The use of the key through one service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Through {
    /// The service.
    pub(crate) service: &'static str,
    /// Name of the statement.
    pub(crate) sid: &'static str,
    /// What is encrypted there, for a person: `its queues`.
    pub(crate) what: &'static str,
    /// How it is used.
    pub(crate) key: KeyUse,
}

/// Rights on their way into a role.
pub(crate) struct Rights<'s, 'a> {
    pub(crate) stack: &'s Stack<'a>,
    pub(crate) holder: Holder<'s>,
    rights: Vec<Right>,
    through: Vec<Through>,
}

impl<'s, 'a> Rights<'s, 'a> {
    /// What the grant says, for a function or workflow of this name.
    pub(crate) fn granted(stack: &'s Stack<'a>, to: &str, holder: Holder<'s>) -> Self {
        let mut rights = Self {
            stack,
            holder,
            rights: Vec::new(),
            through: Vec::new(),
        };
        for permission in permissions(stack, to) {
            let pipe = stack.at(&permission.origin);
            let named = stack.pipeline.named(&permission.resource);
            // The checker has refused what a kind is not granted with.
            let fits = |it: &&dyn Declared| it.kind().granted.contains(&permission.verb);
            if let Some(it) = named.filter(fits) {
                it.granted(permission, &pipe, &mut rights);
            }
        }
        rights
    }

    /// Adds a right.
    pub(crate) fn add(&mut self, right: Right) {
        self.rights.push(right);
    }

    /// Adds the use of the key through a service: of several ways the one that includes the others.
    pub(crate) fn key(&mut self, more: Through) {
        match self
            .through
            .iter_mut()
            .find(|it| it.service == more.service)
        {
            Some(own) if own.key < more.key => *own = more,
            Some(_) => {}
            None => self.through.push(more),
        }
    }

    /// All of them: first what is granted and what is added, then the key through each service.
    pub(crate) fn done(mut self, pipe: &SpecLine) -> Vec<Right> {
        self.through.sort_by_key(|it| it.service);
        let key = self.stack.key().arn();
        let through = self.through.iter().map(|it| {
            let words = text_of(("use the key for ", it.what));
            let actions = it.key.actions();
            policy::key_through(it.sid, words, pipe, key.clone(), actions, it.service)
        });
        self.rights.extend(through);
        self.rights
    }
}

/// The permissions of a function or workflow.
pub(crate) fn permissions<'a>(stack: &Stack<'a>, to: &str) -> &'a [Permission] {
    stack
        .pipeline
        .grants
        .get(to)
        .map_or(&[], |it| &it.permissions)
}

/// What the function's grant says, what its event source needs, and the key for both.
pub(crate) fn rights(stack: &Stack<'_>, function: &Function) -> Vec<Right> {
    let mut rights = Rights::granted(stack, &function.name, Holder::Function(function));
    for right in event_source::rights(stack, function) {
        rights.add(right);
    }
    if event_source::has_undelivered(function) {
        rights.key(queue::lower::key(KeyUse::Write));
    }
    if matches!(function.trigger, crate::model::Trigger::Stream { .. }) {
        rights.key(table::lower::STREAM_KEY);
    }
    let pipe = stack.grant_at(&function.name, &function.origin);
    let mut rights = rights.done(&pipe);
    if has_environment(stack, &function.name) {
        let arn = names::named(Sub::arn_of("lambda").text("function:"), &function.name).done();
        rights.push(
            Right::new(
                "DecryptEnvironment",
                "use the key for its environment",
                &pipe,
                &["kms:Decrypt"],
                vec![stack.key().arn().any()],
            )
            .when(
                "StringEquals",
                "kms:EncryptionContext:aws:lambda:FunctionArn",
                arn,
            ),
        );
    }
    rights
}

/// True where the function has variables, which are encrypted with the key.
pub(crate) fn has_environment(stack: &Stack<'_>, function: &str) -> bool {
    permissions(stack, function)
        .iter()
        .any(|it| it.verb != Verb::Call)
}

/// One granted right over one resource.
pub(crate) fn one(
    permission: &Permission,
    pipe: &SpecLine,
    verb: &str,
    words: &str,
    actions: &'static [&'static str],
    resource: Value<Any>,
) -> Right {
    Right::new(
        names::sid(verb, &permission.resource),
        text_of((words, " ", &permission.resource)),
        pipe,
        actions,
        vec![resource],
    )
    .granted()
}

/// What is done with the function's output: its own sinks, and those of the routes that it handles.
pub(crate) fn sinks<'a>(
    stack: &Stack<'a>,
    function: &'a Function,
) -> impl Iterator<Item = &'a [Sink]> {
    let routes = stack.pipeline.routes.iter();
    let handled = routes.filter(|it| it.handler() == Some(&function.name));
    std::iter::once(function.sinks.as_slice()).chain(handled.map(|it| it.sinks.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{KindId, Service};
    use crate::lower::lower;
    use crate::model::{Grant, Pipeline};

    /// The pipeline that the examples of all kinds make, in which a function or workflow may do this and nothing else.
    fn granted(pipeline: &Pipeline, to: &str, verb: Verb, resource: &str) -> Pipeline {
        let mut pipeline = pipeline.clone();
        let permission = Permission {
            verb,
            resource: resource.to_owned(),
            field: (verb == Verb::Update).then(|| "amount".to_owned()),
            used_by_edge: false,
            origin: pipeline.key.origin,
        };
        let grant = Grant {
            to: to.to_owned(),
            permissions: vec![permission],
            origin: pipeline.key.origin,
        };
        pipeline.grants.insert(to.to_owned(), grant);
        pipeline
    }

    /// What is missing of a verb over what is declared, where it lets `to` act.
    fn missing(
        pipeline: &Pipeline,
        (to, verb): (&str, Verb),
        name: &str,
        service: Service,
    ) -> Vec<&'static str> {
        let lowered = lower(pipeline);
        let held = lowered.held();
        let (_, rights) = held
            .iter()
            .find(|(it, _)| it.actor.ends_with(to))
            .expect("it has a role");
        let acts = rights.iter().any(|it| {
            let action = it.statement.action.iter().next();
            it.told.granted
                && action.is_some_and(|it| it.split(':').next() == Some(service.actions))
        });
        let template = String::from_utf8_lossy(lowered.template_text()).into_owned();
        let resources: serde_json::Value = serde_json::from_str(&template).unwrap();
        let resources = &resources["Resources"];
        let function = &resources[names::id(to, "Function")];
        let variables = function["Properties"]["Environment"]["Variables"].as_object();
        let ending = format!("_{}", name.to_uppercase());
        let told = variables.is_some_and(|it| it.keys().any(|it| it.ends_with(&ending)));
        let key = resources["PipelineKey"]["Properties"]["KeyPolicy"].to_string();
        let lets_in = key.contains(&format!("\"{}.$", service.actions));
        let code: Vec<u8> = crate::compile_declared(pipeline)
            .into_iter()
            .flat_map(|it| it.contents)
            .collect();
        let typed = String::from_utf8_lossy(&code).contains(&format!("pub struct {name};"));
        let is_function = pipeline.functions.contains_key(to);
        [
            (acts, "a right, by `Declared::granted`"),
            (told || !is_function, "a variable, by `Declared::variable`"),
            (lets_in || !service.uses_key, "the key, by its policy"),
            // What is received comes to the handler, which does not ask for it.
            (
                typed || !is_function || verb == Verb::Receive,
                "a type for handlers, by `emit/rust/resources.rs`",
            ),
        ]
        .into_iter()
        .filter_map(|(there, what)| (!there).then_some(what))
        .collect()
    }

    /// `KIND.granted` is a promise, and nobody else asks whether it is kept.
    #[test]
    fn what_a_kind_may_be_granted_with_is_a_right_a_variable_and_a_type() {
        let examples: Vec<&str> = KindId::ALL.iter().map(|it| it.kind().example).collect();
        let text = examples.join("\n\n");
        let pipeline = crate::check("shop.pipe", &text).pipeline.unwrap();
        let mut seen = 0;
        for declared in crate::outline("shop.pipe", &text).declared {
            let kind = declared.kind.kind();
            // What is set at deployment stands in the environment, and one that functions call is called by workflows.
            let at_deploy = declared.kind == KindId::Param;
            for verb in kind.granted.iter().filter(|_| !at_deploy) {
                let to = if *verb == Verb::Call { "ship" } else { "take" };
                let service = kind.service.expect("what is granted is a service's");
                let granted = granted(&pipeline, to, *verb, &declared.name);
                let missing = missing(&granted, (to, *verb), &declared.name, service);
                let what = (kind.keyword, verb.word());
                assert!(missing.is_empty(), "{what:?} lacks {missing:?}");
                seen += 1;
            }
        }
        assert!(seen > 10, "{seen}");
    }
}
