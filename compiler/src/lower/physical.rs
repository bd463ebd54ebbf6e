//! The names that AWS knows a stack's resources by. Of one kind, a name is there once in an account and region; of logical ids, once in a template.

use std::collections::hash_map::Entry;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::diag;
use crate::emit::cfn::template::{Resource, Template};
use crate::model::Pipeline;

use super::Lowered;
use super::names::SUFFIX;
use super::refuse::Refusal;

/// The name of a resource that a stack makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhysicalName {
    /// What has it, in a word that is said of each resource whose names must differ: `table`, `log group`.
    pub kind: &'static str,
    /// As a template writes it: `payment-events-${EnvironmentSuffix}`.
    pub name: String,
    /// Line of the spec that the resource comes from.
    pub line: usize,
}

impl PhysicalName {
    /// As a person reads it: `payment-events-<suffix>`.
    #[must_use]
    pub fn shown(&self) -> String {
        self.name.replace(&suffix(), "<suffix>")
    }

    /// True of a name that no `EnvironmentSuffix` tells from the same of another stack.
    #[must_use]
    pub fn is_for_all_suffixes(&self) -> bool {
        !self.name.contains(&suffix())
    }
}

fn suffix() -> String {
    format!("${{{SUFFIX}}}")
}

/// The names that two stacks of one suffix, account and region cannot both have, in the order of the template.
#[must_use]
pub fn physical_names(lowered: &Lowered) -> Vec<PhysicalName> {
    let resources = lowered.template.resources.0.iter();
    let named = resources.filter_map(|(_, it)| {
        let (kind, name) = it.properties.unique_name()?;
        Some(PhysicalName {
            kind,
            name: name.spelled().filter(|it| is_known(it))?.to_owned(),
            line: it.metadata.pipe.line(),
        })
    });
    named.collect()
}

/// True where nothing but the suffix, the account and the region is filled in: an id that AWS makes is another in each stack.
fn is_known(name: &str) -> bool {
    let after = name.split('$').skip(1);
    let mut filled = after.filter_map(|it| it.strip_prefix('{'));
    filled.all(|it| ["!", "AWS::", SUFFIX].iter().any(|of| it.starts_with(of)))
}

/// Resources of one template that would be one: the later of them would be made in place of the other, or not at all.
pub(super) fn twins(pipeline: &Pipeline, template: &Template) -> Vec<Refusal> {
    // Asked for one name at a time, so that its order is nobody's.
    let names = template.resources.0.len() * 2;
    let mut taken: FxHashMap<(&str, &str), &Resource> =
        FxHashMap::with_capacity_and_hasher(names, FxBuildHasher);
    let mut found: Vec<Refusal> = Vec::new();
    for (id, resource) in &template.resources.0 {
        let name = resource.properties.unique_name();
        let name = name.and_then(|(kind, name)| Some((kind, name.spelled()?)));
        for key in [Some(("logical id", &**id)), name].into_iter().flatten() {
            let first = match taken.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(resource);
                    continue;
                }
                Entry::Occupied(first) => *first.get(),
            };
            let (here, there) = (resource.metadata.pipe.line(), first.metadata.pipe.line());
            let (later, earlier) = (here.max(there), here.min(there));
            // What goes with a resource, such as its policy, would meet too: said once for each pair of lines.
            let refusal = refusal(pipeline, key, later, earlier);
            if !found.iter().any(|it| it.origin == refusal.origin) {
                found.push(refusal);
            }
        }
    }
    found
}

fn refusal(pipeline: &Pipeline, key: (&str, &str), later: usize, earlier: usize) -> Refusal {
    let message = match key {
        ("logical id", id) => {
            format!("what this makes and what line {earlier} makes would both be `{id}`")
        }
        (kind, name) => {
            let name = name.replace(&suffix(), "<suffix>");
            format!("this and line {earlier} would both make the {kind} `{name}`")
        }
    };
    Refusal {
        code: &diag::P0113,
        origin: pipeline.declared_in(later).unwrap_or(pipeline.key.origin),
        message,
    }
}
