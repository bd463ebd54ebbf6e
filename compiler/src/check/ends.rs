//! Loose ends, as warnings: what nothing feeds, what nobody hears, and failures that nobody is told about.

use pipe_dsl::tree::Span;

use crate::check::context::Context;
use crate::diag::{self, Diagnostic};
use crate::model::{Queue, Target, Trigger, Verb, Workflow};

/// Reports them. Only asked when everything else is right, and before families are expanded.
pub(crate) fn check(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for queue in cx.model.queues.values() {
        queue_ends(cx, queue, &mut found);
    }
    for workflow in cx.model.workflows.values() {
        unheard(cx, workflow, &mut found);
    }
    untold(cx, &mut found);
    topics(cx, &mut found);
    buses(cx, &mut found);
    for it in found {
        cx.report(it);
    }
}

fn loose(at: Span, message: String, help: &str) -> Diagnostic {
    let it = diag::P0119.at(at, message).label("declared here");
    if help.is_empty() { it } else { it.help(help) }
}

/// True if any role may send there: an edge needs a grant as well, and what is no edge is a capability.
fn is_sent(cx: &Context<'_>, name: &str) -> bool {
    let member = |resource: &str| {
        let rest = resource
            .strip_prefix(name)
            .and_then(|it| it.strip_prefix('_'));
        cx.families.contains(name) && rest.is_some_and(|it| cx.providers().iter().any(|p| p == it))
    };
    let mut granted = cx.model.grants.values().flat_map(|it| &it.permissions);
    granted.any(|it| it.verb == Verb::Send && (it.resource == name || member(&it.resource)))
}

fn is_ruled(cx: &Context<'_>, wanted: &Target) -> bool {
    cx.model.rules.values().any(|it| it.sends.contains(wanted))
}

fn queue_ends(cx: &Context<'_>, queue: &Queue, found: &mut Vec<Diagnostic>) {
    let name = &queue.name;
    let at = cx.name_span(name);
    let is_dead = cx
        .model
        .queues
        .values()
        .any(|it| it.dead_letter.as_ref().is_some_and(|it| it.0 == *name));
    if is_dead {
        unwatched(cx, queue, at, found);
        return;
    }
    let fed = queue.on.is_some() || is_sent(cx, name) || is_ruled(cx, &Target::Queue(name.clone()));
    if !fed {
        let message = format!("nothing sends to `{name}`");
        found.push(loose(
            at,
            message,
            "send to it in a route, a function or a rule, or let a topic feed it with `on:`",
        ));
    }
    let taken = cx
        .model
        .functions
        .values()
        .any(|it| matches!(&it.trigger, Trigger::Queue { queue, .. } if queue == name));
    if !taken {
        let message = format!("nothing takes from `{name}`");
        found.push(loose(
            at,
            message,
            "let a function do it: `on:` in its braces",
        ));
    }
}

/// A dead-letter queue without an alarm on how many are in it, or how old they are.
fn unwatched(cx: &Context<'_>, queue: &Queue, at: Span, found: &mut Vec<Diagnostic>) {
    if queue.unwatched_because.is_some() {
        return;
    }
    let names: Vec<String> = if cx.families.contains(queue.name.as_str()) {
        let providers = cx.providers().into_iter();
        providers.map(|it| format!("{}_{it}", queue.name)).collect()
    } else {
        vec![queue.name.clone()]
    };
    let watched = |name: &String| cx.model.tells_of_dead_letters(name);
    if !names.iter().all(watched) {
        let message = format!("nobody is told of dead letters in `{}`", queue.name);
        let it = diag::P0120.at(at, message).label("has no alarm");
        found.push(it.help(format!(
            "declare `alarm NAME {{ when: {}.depth > 0 for 5m, send: TOPIC }}`, or say `watch: off because \"…\"`",
            queue.name
        )));
    }
}

/// A topic for people that no alarm tells, where no alarm tells anyone. The compiler adds alarms on what it adds itself, the queues for what
/// could not be delivered and the watch over recorded events, and these tell whom the spec's own alarms tell.
fn untold(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = &cx.model;
    let adds_alarms = !model.tables.is_empty() || !model.buses.is_empty();
    let mut topics = model.topics.values().filter(|it| it.holds.is_empty());
    if !model.alarms.is_empty() || !adds_alarms {
        return;
    }
    if let Some(topic) = topics.next() {
        let message = "nobody is told of what could not be delivered, or of recorded events that were changed";
        let it = diag::P0120.at(cx.name_span(&topic.name), message);
        found.push(it.label("no alarm tells it").help(format!(
            "declare an alarm, such as `alarm NAME {{ when: route.errors_5xx > 0 for 5m, send: {0} }}`: those that the compiler adds tell `{0}` then, too",
            topic.name
        )));
    }
}

/// A workflow without an alarm on its failures. What it gave up is told nowhere else: it has no dead-letter queue.
fn unheard(cx: &Context<'_>, workflow: &Workflow, found: &mut Vec<Diagnostic>) {
    let name = &workflow.name;
    if cx.model.tells_of_failures(name) || workflow.unwatched_because.is_some() {
        return;
    }
    let message = format!("nobody is told when `{name}` fails");
    let it = diag::P0120.at(cx.name_span(name), message);
    found.push(it.label("has no alarm").help(format!(
        "declare `alarm NAME {{ when: {name}.failed > 0 for 5m, send: TOPIC }}`, or say `watch: off because \"…\"`"
    )));
}

fn topics(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for topic in cx.model.topics.values() {
        let name = &topic.name;
        let at = cx.name_span(name);
        let heard =
            topic.email.is_some() || !topic.holds.is_empty() || cx.heard.contains(name.as_str());
        if !heard {
            let message = format!("nobody subscribes to `{name}`");
            found.push(loose(
                at,
                message,
                "give it an address: `email: PARAM`, where the parameter is `string at deploy`",
            ));
        }
        let fed = is_sent(cx, name)
            || is_ruled(cx, &Target::Topic(name.clone()))
            || cx.model.alarms.values().any(|it| it.send.contains(name));
        if !fed {
            let message = format!("nothing is sent to `{name}`");
            found.push(loose(
                at,
                message,
                "send to it in a function, a rule or an alarm",
            ));
        }
    }
}

fn buses(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for bus in cx.model.buses.values() {
        let name = &bus.name;
        if !is_sent(cx, name) {
            let message = format!("nothing sends to `{name}`");
            found.push(loose(
                cx.name_span(name),
                message,
                "send to it in a route or a function",
            ));
            continue;
        }
        let spans = cx.held_at.get(name).map(Vec::as_slice).unwrap_or_default();
        for ((event, _), at) in bus.holds.iter().zip(spans) {
            if !cx.ruled_events.contains(&(event.clone(), name.clone())) {
                let message = format!("no rule on `{name}` takes `{event}`");
                let it = diag::P0119.at(*at, message).label("goes nowhere");
                found.push(it.help("declare a rule for it, or take it out of `holds`"));
            }
        }
    }
}
