//! The boxes: one for each declaration that something flows through. A family is one box, and so is a group of rules.

use crate::emit::piece::text_of;
use crate::metrics;
use crate::model::{
    Alarm, Bucket, Bus, Function, Operator, Parameter, ParameterSource, Pipeline, Queue, Route,
    Rule, Subject, Table, Target, Topic, Verify, Workflow,
};

use super::{Kind, Node, words};

/// Every box, in the order in which a layout should meet them: what comes in first.
pub(super) fn all(pipeline: &Pipeline) -> Vec<Node> {
    // Each field is named, so that a new kind cannot be left out of the picture: rustc asks for it.
    let Pipeline {
        routes,
        secrets,
        parameters,
        functions,
        tables,
        buckets,
        queues,
        buses,
        rules,
        topics,
        alarms,
        workflows,
        // The others are no boxes: they are part of one, or of what stands on it.
        name: _,
        file: _,
        doc: _,
        key: _,
        providers: _,
        networks: _,
        api_keys: _,
        events: _,
        types: _,
        errors: _,
        retries: _,
        dashboards: _,
        grants: _,
    } = pipeline;
    let mut nodes: Vec<Node> = routes.iter().map(route).collect();
    nodes.extend(secrets.values().map(|it| {
        let details = vec!["SSM, made outside".to_owned()];
        node(&it.name, Kind::Secret, it.origin.line, details)
    }));
    nodes.extend(
        parameters
            .values()
            .filter(|it| is_read(pipeline, it))
            .map(parameter),
    );
    push_all(
        &mut nodes,
        functions.values().map(|it| function(pipeline, it)),
    );
    nodes.extend(tables.values().map(table));
    nodes.extend(buckets.values().map(bucket));
    push_all(&mut nodes, queues.values().map(|it| queue(pipeline, it)));
    nodes.extend(buses.values().map(bus));
    push_all(&mut nodes, rules.values().map(|it| rule(pipeline, it)));
    push_all(&mut nodes, rules.values().flat_map(logs));
    nodes.extend(topics.values().map(topic));
    push_all(&mut nodes, alarms.values().map(|it| alarm(pipeline, it)));
    nodes.extend(workflows.values().map(workflow));
    nodes
}

/// Members of one family make one box.
fn push_all(nodes: &mut Vec<Node>, more: impl Iterator<Item = Node>) {
    for node in more {
        if !nodes.iter().any(|it| it.id == node.id) {
            nodes.push(node);
        }
    }
}

fn node(id: &str, kind: Kind, line: usize, details: Vec<String>) -> Node {
    Node {
        id: id.to_owned(),
        kind,
        line,
        details,
    }
}

/// The box of a declared name: of a member, its family's.
pub(super) fn id<'p>(pipeline: &'p Pipeline, name: &'p str) -> &'p str {
    let queue = pipeline.queues.get(name).and_then(|it| it.member.as_ref());
    let function = pipeline.functions.get(name);
    let member = queue.or_else(|| function.and_then(|it| it.member.as_ref()));
    member.map_or(name, |it| &it.family)
}

pub(super) fn route_id(route: &Route) -> String {
    text_of((&route.method, " ", &route.path))
}

/// Where a rule stands; of a group, its first case.
pub(super) fn rule_line(pipeline: &Pipeline, rule: &Rule) -> usize {
    let group = rule.case.as_ref().map(|(group, _)| group);
    let cases = pipeline.rules.values();
    let cases = cases.filter(|it| it.case.is_some() && it.case.as_ref().map(|(it, _)| it) == group);
    cases
        .map(|it| it.origin.line)
        .min()
        .unwrap_or(rule.origin.line)
}

fn route(route: &Route) -> Node {
    let verified = match &route.verify {
        Verify::Scheme { scheme, .. } => text_of(("verified: ", scheme)),
        Verify::PerProvider { .. } => "verified: as the provider declares".to_owned(),
        Verify::Off { .. } => "NOT VERIFIED".to_owned(),
    };
    let mut details = vec![verified];
    if let Some(key) = &route.auth {
        details.push(format!("with a key of {key}"));
    }
    if route.via.is_none() {
        details.push(text_of((route.rate_per_s, "/s, burst ", route.burst)));
    }
    node(&route_id(route), Kind::Route, route.origin.line, details)
}

/// An address that a topic writes to is said at the topic.
fn is_read(pipeline: &Pipeline, parameter: &Parameter) -> bool {
    let mut permissions = pipeline.grants.values().flat_map(|it| &it.permissions);
    permissions.any(|it| it.resource == parameter.name)
}

fn parameter(parameter: &Parameter) -> Node {
    let from = match parameter.source {
        ParameterSource::External => "SSM, made outside",
        ParameterSource::Value(_) => "SSM, made by the stack",
        ParameterSource::AtDeploy => "set at deployment",
    };
    let details = vec![from.to_owned()];
    node(&parameter.name, Kind::Param, parameter.origin.line, details)
}

fn function(pipeline: &Pipeline, function: &Function) -> Node {
    let size = (function.memory_mb, " MB, ", function.timeout_s, " s, ");
    let mut details = vec![text_of((size, function.concurrency, " at once"))];
    details.extend(
        function
            .network
            .iter()
            .map(|it| text_of(("in the network ", it))),
    );
    if !function.fails.is_empty() {
        details.push(format!("fails {}", function.fails.join(", ")));
    }
    let id = id(pipeline, &function.name);
    if let Some(member) = &function.member {
        let members = pipeline
            .functions
            .values()
            .filter_map(|it| it.member.as_ref());
        details.push(providers(members, &member.family));
    }
    node(id, Kind::Function, function.origin.line, details)
}

fn providers<'a>(members: impl Iterator<Item = &'a crate::model::Member>, family: &str) -> String {
    let providers = members.filter(|it| it.family == family);
    let providers: Vec<&str> = providers.map(|it| it.provider.as_str()).collect();
    format!("one each: {}", providers.join(", "))
}

fn table(table: &Table) -> Node {
    let key = match &table.sort {
        Some((sort, _)) => text_of((&table.partition, " / ", sort)),
        None => table.partition.clone(),
    };
    let mut details = vec![key];
    details.extend(table.holds.iter().cloned());
    details.extend(table.indexes.iter().map(|it| format!("index {}", it.name)));
    node(&table.name, Kind::Table, table.origin.line, details)
}

fn bucket(bucket: &Bucket) -> Node {
    let mut details = Vec::new();
    if bucket.versioned {
        details.push("versioned".to_owned());
    }
    details.extend(
        bucket
            .glacier_after_days
            .map(|it| format!("glacier after {it} d")),
    );
    node(&bucket.name, Kind::Bucket, bucket.origin.line, details)
}

fn queue(pipeline: &Pipeline, queue: &Queue) -> Node {
    let kind = match &queue.group {
        Some(group) => format!("FIFO, ordered per {group}"),
        None if queue.fifo => "FIFO".to_owned(),
        None => String::new(),
    };
    let mut details: Vec<String> = [kind].into_iter().filter(|it| !it.is_empty()).collect();
    details.push(text_of(("keeps ", queue.retention_s / 86_400, " d")));
    if let Some(member) = &queue.member {
        let members = pipeline.queues.values().filter_map(|it| it.member.as_ref());
        details.push(providers(members, &member.family));
    }
    let id = id(pipeline, &queue.name);
    node(id, Kind::Queue, queue.origin.line, details)
}

fn topic(topic: &Topic) -> Node {
    let mut details = topic.holds.clone();
    details.extend(topic.email.iter().map(|_| "e-mail".to_owned()));
    node(&topic.name, Kind::Topic, topic.origin.line, details)
}

fn bus(bus: &Bus) -> Node {
    let details = bus.holds.iter().map(|(event, _)| event.clone()).collect();
    node(&bus.name, Kind::Bus, bus.origin.line, details)
}

fn rule(pipeline: &Pipeline, rule: &Rule) -> Node {
    let condition = |it: &Rule| it.condition.as_ref().map_or("always".to_owned(), words);
    let Some((group, _)) = &rule.case else {
        return node(
            &rule.name,
            Kind::Rule,
            rule.origin.line,
            vec![condition(rule)],
        );
    };
    let mut cases: Vec<(&Rule, &str)> = pipeline
        .rules
        .values()
        .filter_map(|it| it.case.as_ref().map(|(own, case)| (it, own, case.as_str())))
        .filter(|(_, own, _)| *own == group)
        .map(|(it, _, case)| (it, case))
        .collect();
    cases.sort_by_key(|(it, _)| it.origin);
    let details = cases
        .iter()
        .map(|(it, case)| format!("{case}: {}", condition(it)));
    node(
        group,
        Kind::Rules,
        rule_line(pipeline, rule),
        details.collect(),
    )
}

fn logs(rule: &Rule) -> Vec<Node> {
    let line = rule.origin.line;
    let logs = rule.sends.iter().filter_map(|target| match target {
        Target::Log {
            name,
            retention_days,
        } => Some(node(
            name,
            Kind::Log,
            line,
            vec![format!("keeps {retention_days} d")],
        )),
        _ => None,
    });
    logs.collect()
}

fn alarm(pipeline: &Pipeline, alarm: &Alarm) -> Node {
    let subject = match &alarm.metric.subject {
        // One for each function is named after the function, one for each member of a family after its provider.
        Subject::Function(name) if alarm.name == format!("{}_{name}", alarm.declared) => {
            "functions"
        }
        Subject::Function(name)
        | Subject::Queue(name)
        | Subject::Table(name)
        | Subject::Topic(name)
        | Subject::Bus(name)
        | Subject::Workflow(name)
        | Subject::Secret(name) => id(pipeline, name),
        Subject::Api => "route",
    };
    let operator = match alarm.operator {
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
    };
    let is_percentage = metrics::METRICS
        .iter()
        .any(|it| it.word == alarm.metric.name && it.percent);
    let unit = if is_percentage { "%" } else { "" };
    let asked = (subject, ".", &alarm.metric.name, " ", operator, " ");
    let details = vec![text_of((
        asked,
        &alarm.threshold,
        unit,
        " for ",
        alarm.for_s,
        " s",
    ))];
    node(&alarm.declared, Kind::Alarm, alarm.origin.line, details)
}

fn workflow(workflow: &Workflow) -> Node {
    let mut details = vec![text_of(("once for each ", &workflow.event))];
    if !workflow.fails.is_empty() {
        details.push(format!("fails {}", workflow.fails.join(", ")));
    }
    node(
        &workflow.name,
        Kind::Workflow,
        workflow.origin.line,
        details,
    )
}
