//! What code may do beside the edges, and the grants as text.

use super::{Choices, Grant, Item, Kind, Spec, World};

/// What the code of functions may do beside the edges.
pub(super) fn capabilities(world: &mut World, choices: &mut Choices<'_>) {
    let mut possible: Vec<(&'static str, String, Option<&'static str>)> = Vec::new();
    for (name, kind) in &world.resources {
        let verbs: &[&'static str] = match kind {
            Kind::Secret | Kind::Param | Kind::ParamAtDeploy => &["read"],
            Kind::Table => &["read", "append"],
            Kind::Queue | Kind::Topic | Kind::Bus => &["send"],
            Kind::Bucket => &["read", "write"],
            Kind::Workflow => &["start"],
            Kind::Function => &[],
        };
        possible.extend(verbs.iter().map(|verb| (*verb, name.clone(), None)));
    }
    possible.push(("update", "orders".to_owned(), Some("stage")));
    possible.push(("update", "orders".to_owned(), Some("amount")));
    if world.has("lane") {
        possible.push(("send", "lane[stripe]".to_owned(), None));
    }
    let families = world.families.clone();
    for subject in world.subjects.iter_mut().filter(|it| !it.is_workflow) {
        for _ in 0..choices.below(4) {
            let (verb, name, field) = possible[choices.below(possible.len())].clone();
            let is_member = families.contains(&subject.name);
            // A family's own lane is its member's: what it may choose is another question than what this asks.
            let lanes = |it: &Item| it.written.starts_with("lane");
            if name.starts_with("lane") && (is_member || subject.items.iter().any(lanes)) {
                continue;
            }
            subject.may(verb, &name, field, false);
        }
    }
}

/// Writes the grants and remembers where each permission stands.
pub(super) fn grants(mut world: World) -> Spec {
    let subjects = std::mem::take(&mut world.subjects);
    let mut grants = Vec::new();
    for mut subject in subjects {
        if subject.items.is_empty() {
            continue;
        }
        let start = world.text.len();
        world.line(&format!("grant {} {{", subject.name));
        let mut verbs: Vec<&'static str> = subject.items.iter().map(|it| it.verb).collect();
        verbs.dedup();
        let mut seen = Vec::new();
        for verb in verbs {
            if seen.contains(&verb) {
                continue;
            }
            seen.push(verb);
            let line = world.text.lines().count() + 1;
            let mut names = Vec::new();
            for item in subject.items.iter_mut().filter(|it| it.verb == verb) {
                item.line = line;
                let field = item.field.map(|it| format!(".{it}")).unwrap_or_default();
                names.push(format!("{}{field}", item.written));
            }
            world.line(&format!("  {verb}: {}", names.join(", ")));
        }
        world.line("}");
        let end = world.text.len();
        grants.push(Grant {
            to: subject.name,
            is_workflow: subject.is_workflow,
            start,
            end,
            items: subject.items,
        });
    }
    Spec {
        text: world.text,
        grants,
        resources: world.resources,
        families: world.families,
        flows: world.flows,
    }
}
