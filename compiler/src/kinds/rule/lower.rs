//! `rule` and the cases of `rules`: which events of a bus go where, and the log groups that they go to.

use crate::declared::{Declared, granted_to_nobody, of_kind};
use crate::emit::cfn::events::{
    DeadLetterConfig, EventPattern, InputTransformer, RetryPolicy, Rule, Target as RuleTarget,
};
use crate::emit::cfn::iam::{Conditions, Effect, Policy, Principal, Statement};
use crate::emit::cfn::lambda::Permission;
use crate::emit::cfn::logs::{LogGroup, ResourcePolicy};
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Id, Sub, Value};
use crate::emit::graph::{self, Part, Picture};
use crate::emit::ordered::Ordered;
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::rule::KIND;
use crate::kinds::{bus, queue, rules, topic};
use crate::lower::outputs::Outputs;
use crate::lower::{Stack, log_group, names, pattern};
use crate::model::{self, Pipeline, Target};

/// Delivery to a target is tried for a day, as often as EventBridge offers.
const RETRY: RetryPolicy = RetryPolicy {
    maximum_event_age_in_seconds: 24 * 60 * 60,
    maximum_retry_attempts: 185,
};

/// The one resource policy of a stack with rules that write to log groups.
const LOG_POLICY: &str = "RuleLogsPolicy";

/// ARNs, made of names, of the rules that send to this.
pub(crate) fn sending_to(pipeline: &Pipeline, target: &Target) -> Vec<Value<Any>> {
    let rules = pipeline.rules.values();
    rules
        .filter(|it| it.sends.contains(target))
        .map(|it| arn_by_name(pipeline, it))
        .collect()
}

/// The ARN made of names, for policies that come before the rule.
pub(crate) fn arn_by_name(pipeline: &Pipeline, rule: &model::Rule) -> Value<Any> {
    let mut arn = Sub::arn_of("events").text("rule/");
    if let Some(bus) = pipeline.buses.get(&rule.bus) {
        arn = arn.followed_by(&bus::lower::physical(bus)).text("/");
    }
    names::named(arn, &rule.name).done()
}

/// Adds every log group that a rule writes to, and the policy that lets rules write.
pub(crate) fn logs(stack: &mut Stack<'_>) {
    let mut statements = Vec::new();
    let mut first = None;
    for (name, retention_days, rules) in log_targets(stack.pipeline) {
        let Some(rule) = rules.first() else { continue };
        let pipe = stack.at(&rule.origin);
        let physical = names::named(Sub::default().text("/aws/events/"), name);
        log_group::add(
            stack,
            log_handle(name).id,
            physical.clone(),
            retention_days,
            &pipe,
        );
        let sources: Vec<Value<Any>> = rules
            .iter()
            .map(|it| arn_by_name(stack.pipeline, it))
            .collect();
        statements.extend(may_write(name, &physical, &sources));
        first.get_or_insert(pipe);
    }
    let Some(pipe) = first else { return };
    let policy = ResourcePolicy {
        policy_name: names::physical(&text_of((&stack.pipeline.name, "_rules"))),
        policy_document: Policy::new(statements).in_text().done(),
    };
    stack.resources.add(
        &Handle::<ResourcePolicy>::new(LOG_POLICY),
        Resource::new(policy, pipe),
    );
}

/// Log groups with their retention and the rules that write to them, by name.
fn log_targets(pipeline: &Pipeline) -> Vec<(&str, u32, Vec<&model::Rule>)> {
    let mut found: Vec<(&str, u32, Vec<&model::Rule>)> = Vec::new();
    for rule in pipeline.rules.values() {
        for target in &rule.sends {
            let Target::Log {
                name,
                retention_days,
            } = target
            else {
                continue;
            };
            match found.iter_mut().find(|(it, ..)| it == name) {
                Some((_, _, rules)) => rules.push(rule),
                None => found.push((name, *retention_days, vec![rule])),
            }
        }
    }
    found.sort_by_key(|(name, ..)| *name);
    found
}

fn log_handle(name: &str) -> Handle<LogGroup> {
    Handle::new(names::id(name, "EventsLogGroup"))
}

/// AWS: "Using resource-based policies for Amazon EventBridge", CloudWatch Logs. Streams are made by CloudWatch's delivery, of which it
/// is not documented that it says for whom: its condition asks only where it does.
fn may_write(name: &str, group: &Sub, rules: &[Value<Any>]) -> [Statement; 2] {
    let account = || vec![Value::parameter("AWS::AccountId").any()];
    let arn = |end: &str| {
        let group = Sub::arn_of("logs").text("log-group:").followed_by(group);
        group.text(end).done()
    };
    let pascal = names::pascal(name);
    let services = || {
        Principal::Services(vec![
            Value::text("events.amazonaws.com").any(),
            Value::text("delivery.logs.amazonaws.com").any(),
        ])
    };
    let statement = |sid: String, action: &'static [&'static str], resource, condition| Statement {
        sid: sid.into(),
        effect: Effect::Allow,
        principal: Some(services()),
        action: action.into(),
        resource: vec![resource],
        condition,
    };
    [
        statement(
            text_of(("Begin", &pascal)),
            &["logs:CreateLogStream"],
            arn(":*"),
            Conditions::default()
                .with("ArnEqualsIfExists", "aws:SourceArn", rules.to_vec())
                .with("StringEqualsIfExists", "aws:SourceAccount", account()),
        ),
        statement(
            text_of(("Write", pascal)),
            &["logs:PutLogEvents"],
            arn(":*"),
            Conditions::default()
                .with("ArnEquals", "aws:SourceArn", rules.to_vec())
                .with("StringEquals", "aws:SourceAccount", account()),
        ),
    ]
}

impl Declared for model::Rule {
    of_kind!(KIND);

    /// Adds the rule, and the permissions of the functions that it sends to.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let pipe = stack.at(&self.origin);
        let undelivered = queue::lower::undelivered_handle(&self.bus);
        let mut after = vec![queue::lower::policy_handle(&undelivered).id];
        let mut targets = Vec::new();
        for target in &self.sends {
            let Some((name, arn)) = target_of(stack, target, self, &pipe, &mut after) else {
                continue;
            };
            let (input_path, input_transformer) = input(stack.pipeline, self, target);
            targets.push(RuleTarget {
                id: names::kebab(&name),
                arn,
                input_path,
                input_transformer,
                retry_policy: RETRY,
                dead_letter_config: DeadLetterConfig {
                    arn: undelivered.arn(),
                },
            });
        }
        let resource = Rule {
            name: names::physical(&self.name),
            description: description(self),
            event_bus_name: bus::lower::handle(&self.bus).attribute("Name"),
            event_pattern: event_pattern(stack.pipeline, self),
            state: "ENABLED",
            targets,
        };
        let handle = Handle::<Rule>::new(names::id(&self.name, "Rule"));
        // Whatever lets its events in comes first: what arrived before could not be delivered.
        stack
            .resources
            .add(&handle, Resource::new(resource, pipe).after(after));
    }

    fn outputs(&self, _: &Stack<'_>, _: &mut Outputs) {}

    fn draw(&self, picture: &mut Picture<'_>) {
        let condition = |it: &model::Rule| {
            it.condition
                .as_ref()
                .map_or("always".to_owned(), graph::words)
        };
        let (name, at) = match &self.case {
            None => {
                let details = vec![condition(self)];
                picture.add(Part::Bus, KIND.keyword, &self.name, self.origin, details);
                (&self.name, self.origin)
            }
            Some((group, _)) => {
                let cases = cases(picture.pipeline, group);
                let details = cases
                    .iter()
                    .map(|(case, it)| format!("{case}: {}", condition(it)));
                // A group stands at the first of its cases.
                let at = cases.first().map_or(self.origin, |it| it.1.origin);
                picture.add(Part::Bus, rules::KIND.keyword, group, at, details.collect());
                (group, at)
            }
        };
        picture.arrow(&self.bus, name, "on", at.line);
        for target in &self.sends {
            if let Target::Log {
                name,
                retention_days,
            } = target
            {
                let details = vec![format!("keeps {retention_days} d")];
                picture.add(Part::Log, "log", name, self.origin, details);
            }
            picture.arrow(name, target_name(target), "send", self.origin.line);
        }
    }

    fn report(&self, _: &mut Sections<'_>) {}

    granted_to_nobody!();
}

fn description(rule: &model::Rule) -> String {
    let doc = crate::lower::prose::readable(rule.doc.lines().next().unwrap_or_default().trim());
    if !doc.is_empty() {
        return doc.chars().take(512).collect();
    }
    match &rule.case {
        Some((group, case)) => text_of((
            "Case ",
            case,
            " of ",
            group,
            ": ",
            &rule.event,
            " on ",
            &rule.bus,
        )),
        None => text_of((&rule.event, " on ", &rule.bus)),
    }
}

/// The target's name and ARN. Adds what lets the rule's events in to `after`.
fn target_of(
    stack: &mut Stack<'_>,
    target: &Target,
    rule: &model::Rule,
    pipe: &SpecLine,
    after: &mut Vec<Id>,
) -> Option<(String, Value<Any>)> {
    match target {
        Target::Queue(name) => {
            let handle = queue::lower::handle(name);
            after.push(queue::lower::policy_handle(&handle).id);
            Some((name.clone(), handle.arn().any()))
        }
        Target::Topic(name) => {
            after.push(topic::lower::policy_handle(name).id);
            Some((name.clone(), topic::lower::handle(name).arn().any()))
        }
        Target::Function(name) => {
            after.push(permit(stack, name, rule, pipe));
            Some((name.clone(), stack.function(name).arn().any()))
        }
        Target::Log { name, .. } => {
            after.push(LOG_POLICY.into());
            // EventBridge wants the ARN without the `:*` that stands for the streams.
            let arn = Sub::arn_of("logs")
                .text("log-group:")
                .name(&log_handle(name));
            Some((name.clone(), arn.done()))
        }
        // A rule sends to no bus and to no member of a provider; `refusals` says so.
        Target::Bus(_) | Target::QueueOfProvider(_) => None,
    }
}

/// The declared name of what something is sent to.
pub(crate) fn target_name(target: &Target) -> &str {
    match target {
        Target::Queue(name)
        | Target::QueueOfProvider(name)
        | Target::Topic(name)
        | Target::Bus(name)
        | Target::Function(name)
        | Target::Log { name, .. } => name,
    }
}

/// Lets the rule call the function.
fn permit(stack: &mut Stack<'_>, function: &str, rule: &model::Rule, pipe: &SpecLine) -> Id {
    let permission = Permission {
        action: "lambda:InvokeFunction",
        function_name: stack.function(function).arn(),
        principal: "events.amazonaws.com",
        source_arn: arn_by_name(stack.pipeline, rule),
        source_account: Value::parameter("AWS::AccountId"),
    };
    let id = names::pascal(&rule.name) + &names::id(function, "Permission");
    let handle = Handle::<Permission>::new(id);
    let resource = Resource::new(permission, pipe.clone());
    stack.resources.add(&handle, resource);
    handle.id
}

/// What a target is sent: a function the event and which rule it was, people the event and why they are told, a consumer of messages the
/// event alone, a log everything.
fn input(
    pipeline: &Pipeline,
    rule: &model::Rule,
    target: &Target,
) -> (Option<&'static str>, Option<InputTransformer>) {
    let (name, case) = match &rule.case {
        Some((group, case)) => (group.as_str(), Some(case.as_str())),
        None => (rule.name.as_str(), None),
    };
    // Declared names are letters, digits and `_`: they need no escape in JSON.
    let case = case
        .map(|it| format!(r#","case":"{it}""#))
        .unwrap_or_default();
    let detail = Ordered::default().with("detail", "$.detail");
    match target {
        Target::Function(_) => (
            None,
            Some(InputTransformer {
                input_paths_map: detail.with("id", "$.id"),
                input_template: format!(
                    r#"{{"detail":<detail>,"id":"<id>","rule":"{name}"{case}}}"#
                ),
            }),
        ),
        Target::Topic(topic) if is_for_people(pipeline, topic) => (
            None,
            Some(InputTransformer {
                input_paths_map: detail,
                input_template: format!(
                    r#"{{"rule":"{name}"{case},"event":"{}","detail":<detail>}}"#,
                    rule.event
                ),
            }),
        ),
        Target::Queue(_) | Target::Topic(_) => (Some("$.detail"), None),
        Target::Bus(_) | Target::QueueOfProvider(_) | Target::Log { .. } => (None, None),
    }
}

/// A topic that holds no events takes alerts.
fn is_for_people(pipeline: &Pipeline, topic: &str) -> bool {
    pipeline
        .topics
        .get(topic)
        .is_some_and(|it| it.holds.is_empty())
}

fn event_pattern(pipeline: &Pipeline, rule: &model::Rule) -> EventPattern {
    let bus = pipeline.buses.get(&rule.bus);
    let detail_type = bus
        .and_then(|it| it.holds.iter().find(|(event, _)| *event == rule.event))
        .map_or(&rule.event, |(_, detail_type)| detail_type);
    let condition = rule.condition.as_ref();
    EventPattern {
        source: [bus.map(|it| it.source.clone()).unwrap_or_default()],
        detail_type: [detail_type.clone()],
        // `refusals` has shown what cannot be said.
        detail: condition
            .map(|it| pattern::pattern(pattern::EVENT_BRIDGE, it).unwrap_or_default())
            .unwrap_or_default(),
    }
}

/// The cases of a group with their names, in the order of the spec.
fn cases<'p>(pipeline: &'p Pipeline, group: &str) -> Vec<(&'p str, &'p model::Rule)> {
    let rules = pipeline.rules.values();
    let cases = rules.filter_map(|it| it.case.as_ref().map(|(own, case)| (own, case.as_str(), it)));
    let cases = cases.filter(|(own, _, _)| *own == group);
    let mut cases: Vec<(&str, &model::Rule)> = cases.map(|(_, case, it)| (case, it)).collect();
    cases.sort_by_key(|(_, it)| it.origin);
    cases
}
