//! What a generated spec grants, with families expanded, and the same spec without one permission.

use super::generator::{Item, PROVIDERS, Spec};
use super::{Kind, Permission};

impl Spec {
    /// The kind of a resource, of a member its family's.
    pub(crate) fn kind(&self, name: &str) -> Kind {
        let declared = self.resources.iter().find(|it| it.0 == name);
        let family = || {
            self.resources
                .iter()
                .find(|it| name.strip_prefix(&it.0).is_some_and(is_provider))
        };
        declared
            .or_else(family)
            .unwrap_or_else(|| panic!("`{name}` is no resource"))
            .1
    }

    /// Every permission with families expanded: each member its own lane, everybody else each lane.
    pub(crate) fn permissions(&self) -> Vec<(Permission, &Item)> {
        let mut all = Vec::new();
        for grant in &self.grants {
            let members = self.members(&grant.to);
            for item in &grant.items {
                for (to, provider) in &members {
                    for resource in self.reached(&item.written, *provider) {
                        let permission = Permission {
                            to: to.clone(),
                            verb: item.verb.to_owned(),
                            resource,
                            field: item.field.map(str::to_owned),
                        };
                        all.push((permission, item));
                    }
                }
            }
        }
        all
    }

    fn members(&self, name: &str) -> Vec<(String, Option<&'static str>)> {
        if self.families.iter().any(|it| it == name) {
            return PROVIDERS
                .iter()
                .map(|it| (format!("{name}_{it}"), Some(*it)))
                .collect();
        }
        vec![(name.to_owned(), None)]
    }

    fn reached(&self, written: &str, provider: Option<&str>) -> Vec<String> {
        if let Some((family, chosen)) = written.split_once('[') {
            return vec![format!("{family}_{}", chosen.trim_end_matches(']'))];
        }
        if !self.families.iter().any(|it| it == written) {
            return vec![written.to_owned()];
        }
        let all = PROVIDERS
            .iter()
            .filter(|it| provider.is_none_or(|own| own == **it));
        all.map(|it| format!("{written}_{it}")).collect()
    }

    /// A name as declared: the family of a member.
    pub(crate) fn declared<'a>(&self, name: &'a str) -> &'a str {
        let family = |it: &&String| name.strip_prefix(it.as_str()).is_some_and(is_provider);
        self.families
            .iter()
            .find(family)
            .map_or(name, |it| &name[..it.len()])
    }
}

fn is_provider(rest: &str) -> bool {
    rest.strip_prefix('_')
        .is_some_and(|it| PROVIDERS.contains(&it))
}

impl Spec {
    /// The text without one permission; a grant without any stays as an empty one.
    pub(crate) fn without(&self, grant: usize, item: usize) -> String {
        let own = &self.grants[grant];
        let mut verbs: Vec<(&str, Vec<String>)> = Vec::new();
        for (_, it) in own
            .items
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != item)
        {
            let name = format!(
                "{}{}",
                it.written,
                it.field.map(|it| format!(".{it}")).unwrap_or_default()
            );
            match verbs.iter_mut().find(|(verb, _)| *verb == it.verb) {
                Some((_, names)) => names.push(name),
                None => verbs.push((it.verb, vec![name])),
            }
        }
        let lines: String = verbs
            .iter()
            .map(|(verb, names)| format!("  {verb}: {}\n", names.join(", ")))
            .collect();
        let text = format!("grant {} {{\n{lines}}}\n", own.to);
        format!("{}{text}{}", &self.text[..own.start], &self.text[own.end..])
    }
}
