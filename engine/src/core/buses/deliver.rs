//! Matches an event against the rules of its bus and sends it to their targets, else to a target's dead-letter queue.

use super::super::asynchronous::AsynchronousEvent;
use super::super::authority::{self, Principal};
use super::super::delivery::{Undelivered, text_attribute};
use super::super::input::Output;
use super::super::queues::NewMessage;
use super::super::starting::Start;
use super::super::topics::Notification;
use super::super::{Core, time};
use super::entry::Event;
use super::transform::{self, Occasion};
use crate::artifacts::{Rule, RuleTarget, TargetKind, bus_name};
use crate::observe::StepKind;

/// An event that has come through so many buses goes no further: rules that send it round would never end.
const HOPS_MAX: u32 = 5;

impl Core {
    /// Puts an event on a bus that is there.
    pub(in crate::core) fn route_event(
        &mut self,
        bus: &str,
        event: &Event,
        now_ms: u64,
        out: &mut Output,
    ) {
        let deployment = self.deployment.clone();
        let rules = deployment.rules.iter();
        let matching: Vec<&Rule> = rules
            .filter(|rule| rule.enabled && rule.bus == bus && rule.pattern.matches(&event.value))
            .collect();
        if matching.is_empty() {
            let step = StepKind::EventUnmatched {
                bus: bus.to_owned(),
                detail_type: detail_type(event),
            };
            return self.observe(event.subject.clone(), step, now_ms, out);
        }
        for rule in matching {
            let step = StepKind::RuleMatched {
                bus: bus.to_owned(),
                rule: rule.name.clone(),
                detail_type: detail_type(event),
            };
            self.observe(event.subject.clone(), step, now_ms, out);
            self.measure_rule(rule, "MatchedEvents", now_ms);
            self.measure_rule(rule, "TriggeredRules", now_ms);
            for target in &rule.targets {
                self.measure_rule(rule, "Invocations", now_ms);
                if let Err(failure) = self.deliver_event(rule, target, event, now_ms, out) {
                    self.measure_rule(rule, "FailedInvocations", now_ms);
                    self.dead_letter_event(rule, target, event, &failure, now_ms, out);
                }
            }
        }
    }

    fn deliver_event(
        &mut self,
        rule: &Rule,
        target: &RuleTarget,
        event: &Event,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(), Undelivered> {
        let ingested = time::rfc3339_seconds(now_ms);
        let occasion = Occasion {
            rule_arn: &rule.arn,
            rule_name: &rule.name,
            ingested: &ingested,
        };
        let text = transform::input(&target.input, &event.json, occasion);
        let principal = principal(rule, target);
        match &target.kind {
            TargetKind::Queue { group } => {
                let message = NewMessage {
                    group: group.clone(),
                    ..message(text, event)
                };
                self.deliver_to_queue(&principal, &target.arn, message, now_ms, out)
            }
            TargetKind::Function => {
                let event = AsynchronousEvent {
                    payload: text,
                    trace: event.trace.clone(),
                    subject: event.subject.clone(),
                    ..AsynchronousEvent::default()
                };
                self.deliver_to_function(&principal, &target.arn, event, now_ms, out)
            }
            TargetKind::Topic => {
                let topics = self.deployment.topics.iter();
                if !topics.into_iter().any(|it| it.arn == target.arn) {
                    return Err(Undelivered::no_resource(&target.arn));
                }
                self.authorize(&principal, "sns:Publish", &target.arn, &[])?;
                self.authorize_topic_key(&principal, &target.arn)?;
                let message = Notification {
                    topic_arn: target.arn.clone(),
                    text,
                    at_ms: now_ms,
                    trace: event.trace.clone(),
                    ..Notification::default()
                };
                self.notify(message, event.subject.as_deref(), now_ms, out);
                Ok(())
            }
            TargetKind::Machine => {
                self.start_by_event(&principal, target, event, &text, now_ms, out)
            }
            TargetKind::Bus => {
                let bus = bus_name(&target.arn).to_owned();
                if !self.has_bus(&bus) {
                    return Err(Undelivered::no_resource(&target.arn));
                }
                self.authorize(&principal, "events:PutEvents", &target.arn, &[])?;
                if event.hops >= HOPS_MAX {
                    return Err(Undelivered {
                        code: "THIRD_ACCOUNT_HOP_DETECTED",
                        message: format!("the event has come through {HOPS_MAX} buses already"),
                    });
                }
                let event = Event {
                    hops: event.hops + 1,
                    ..event.clone()
                };
                self.route_event(&bus, &event, now_ms, out);
                Ok(())
            }
            TargetKind::LogGroup(group) => {
                self.deliver_to_log(&principal, group, event, text, now_ms, out)
            }
        }
    }

    fn deliver_to_log(
        &mut self,
        principal: &Principal,
        group: &str,
        event: &Event,
        text: String,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(), Undelivered> {
        let groups = self.deployment.log_groups.iter();
        let Some(found) = groups.into_iter().find(|it| it.name == group).cloned() else {
            return Err(Undelivered::no_resource(
                &self.arn("logs", &format!("log-group:{group}")),
            ));
        };
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            let stream = format!("{}:log-stream:{}", found.arn, event.id);
            self.authorize(principal, action, &stream, &[])?;
        }
        let step = StepKind::Logged {
            group: group.to_owned(),
            message: text.clone(),
        };
        self.observe(event.subject.clone(), step, now_ms, out);
        self.write_log(group, &event.id, text, now_ms, Some(out));
        Ok(())
    }

    fn start_by_event(
        &mut self,
        principal: &Principal,
        target: &RuleTarget,
        event: &Event,
        input: &str,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(), Undelivered> {
        self.authorize(principal, "states:StartExecution", &target.arn, &[])?;
        let name = format!("{}_{}", event.id, self.ids.uuid());
        let start = Start {
            machine_arn: &target.arn,
            name: Some(name.clone()),
            input,
            subject: event.subject.clone(),
        };
        let machine = target.arn.rsplit(':').next().unwrap_or_default().to_owned();
        let step = StepKind::ExecutionStarted {
            machine,
            execution: name,
        };
        self.start_execution(start, Some(step), now_ms, out)
            .map(|_| ())
            .map_err(|error| Undelivered {
                code: "INVALID_PARAMETER",
                message: format!("{}: {}", error.kind, error.message),
            })
    }

    /// The target's dead-letter queue gets the event with AWS's attributes.
    fn dead_letter_event(
        &mut self,
        rule: &Rule,
        target: &RuleTarget,
        event: &Event,
        failure: &Undelivered,
        now_ms: u64,
        out: &mut Output,
    ) {
        let step = StepKind::Undelivered {
            from: rule.name.clone(),
            to: target.arn.clone(),
            error: failure.code.to_owned(),
            cause: failure.message.clone(),
            dead_letter_queue: target.dead_letter_arn.clone(),
        };
        self.observe(event.subject.clone(), step, now_ms, out);
        let Some(queue_arn) = &target.dead_letter_arn else {
            return;
        };
        let attributes = [
            ("RULE_ARN", rule.arn.as_str()),
            ("TARGET_ARN", target.arn.as_str()),
            ("ERROR_CODE", failure.code),
            ("ERROR_MESSAGE", failure.message.as_str()),
        ];
        let attributes = attributes.into_iter();
        let kept = NewMessage {
            attributes: attributes
                .map(|(name, value)| (name.to_owned(), text_attribute(value)))
                .collect(),
            ..message(event.json.to_string(), event)
        };
        let events = authority::service("events.amazonaws.com", &rule.arn);
        let metric = match self.deliver_to_queue(&events, queue_arn, kept, now_ms, out) {
            Ok(()) => "InvocationsSentToDlq",
            Err(failure) => {
                let message = format!(
                    "the event {} is lost for {}: {}",
                    event.id, target.arn, failure.message
                );
                self.observe(None, StepKind::Notice { message }, now_ms, out);
                "InvocationsFailedToBeSentToDlq"
            }
        };
        self.measure_rule(rule, metric, now_ms);
    }

    /// EventBridge gives its metrics by rule, by bus, and by both.
    fn measure_rule(&mut self, rule: &Rule, metric: &'static str, now_ms: u64) {
        let (name, bus) = (
            ("RuleName", rule.name.as_str()),
            ("EventBusName", rule.bus.as_str()),
        );
        for dimensions in [&[name][..], &[bus], &[bus, name]] {
            self.metrics
                .add("AWS/Events", metric, dimensions, 1.0, now_ms);
        }
    }

    pub(super) fn has_bus(&self, name: &str) -> bool {
        name == "default" || self.deployment.buses.iter().any(|it| it.name == name)
    }
}

/// Who delivers: the target's role, or EventBridge for the rule.
fn principal(rule: &Rule, target: &RuleTarget) -> Principal {
    match &target.role_arn {
        Some(role_arn) => authority::role(role_arn, &rule.name),
        None => authority::service("events.amazonaws.com", &rule.arn),
    }
}

/// A message by EventBridge.
pub(super) fn message(body: String, event: &Event) -> NewMessage {
    NewMessage {
        body,
        trace: event.trace.clone(),
        sender: "events.amazonaws.com".to_owned(),
        subject: event.subject.clone(),
        ..NewMessage::default()
    }
}

fn detail_type(event: &Event) -> String {
    let value = event.value.get("detail-type").and_then(|it| it.as_str());
    value.unwrap_or_default().to_owned()
}
