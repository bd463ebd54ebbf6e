//! The operations of EventBridge.

use serde_json::{Value, json};

use super::super::api::{ApiError, ApiResult};
use super::super::authority::KeyUse;
use super::super::delivery::{Undelivered, text_attribute};
use super::super::input::{Caller, Output};
use super::super::page::page;
use super::super::queues::NewMessage;
use super::super::{Core, authority};
use super::deliver::message;
use super::entry::{self, Event, Origin, Refused};
use crate::artifacts::{Bus, Rule, RuleTarget, TargetInput, TargetKind, bus_name};
use crate::observe::StepKind;
use crate::pattern::Pattern;

/// Entries of one `PutEvents`.
const ENTRIES_MAX: usize = 10;
/// All entries of one `PutEvents` together.
const ENTRIES_BYTES_MAX: usize = 262_144;

/// One page of rules or targets.
const PAGE_MAX: u64 = 100;

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", message)
}

fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::new("ResourceNotFoundException", message)
}

fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body.get(key).and_then(Value::as_str)
}

impl Core {
    pub(in crate::core) fn events(
        &mut self,
        operation: &str,
        body: &Value,
        caller: &Caller,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        match operation {
            "PutEvents" => self.put_events(body, caller, now_ms, out),
            "ListEventBuses" => Ok(self.list_buses(body)),
            "DescribeEventBus" => {
                let name = bus_name(text(body, "Name").unwrap_or_default());
                self.bus_or_error(name)?;
                Ok(json!({ "Name": name, "Arn": self.bus_arn(name) }))
            }
            "ListRules" => {
                let bus = bus_name(text(body, "EventBusName").unwrap_or_default());
                self.bus_or_error(bus)?;
                let prefix = text(body, "NamePrefix").unwrap_or_default();
                let rules = self.deployment.rules.iter();
                let rules = rules.filter(|it| it.bus == bus && it.name.starts_with(prefix));
                paged(rules, |it| &it.name, body, "Rules", shown_rule)
            }
            "DescribeRule" => self.rule_or_error(body, "Name").map(shown_rule),
            "ListTargetsByRule" => {
                let targets = &self.rule_or_error(body, "Rule")?.targets;
                paged(targets.iter(), |it| &it.id, body, "Targets", shown_target)
            }
            "TestEventPattern" => test_pattern(body),
            other => Err(ApiError::unknown(other)),
        }
    }

    /// The ARN of a bus that is given by name or ARN.
    pub(in crate::core) fn bus_arn(&self, given: &str) -> String {
        self.arn("events", &format!("event-bus/{}", bus_name(given)))
    }

    fn bus_or_error(&self, name: &str) -> Result<(), ApiError> {
        if self.has_bus(name) {
            return Ok(());
        }
        Err(not_found(format!("Event bus {name} does not exist.")))
    }

    fn rule_or_error(&self, body: &Value, key: &str) -> Result<&Rule, ApiError> {
        let bus = bus_name(text(body, "EventBusName").unwrap_or_default());
        self.bus_or_error(bus)?;
        let name = text(body, key).unwrap_or_default();
        let mut rules = self.deployment.rules.iter();
        rules
            .find(|it| it.bus == bus && it.name == name)
            .ok_or_else(|| not_found(format!("Rule {name} does not exist on EventBus {bus}.")))
    }

    fn list_buses(&self, body: &Value) -> Value {
        let prefix = text(body, "NamePrefix").unwrap_or_default();
        let own = self.deployment.buses.iter().map(|it| it.name.as_str());
        let names = std::iter::once("default").chain(own);
        let shown = names
            .filter(|it| it.starts_with(prefix))
            .map(|name| json!({ "Name": name, "Arn": self.bus_arn(name) }));
        json!({ "EventBuses": shown.collect::<Vec<_>>() })
    }

    /// Each entry is taken or refused by itself; the request is refused when it is too long as a whole.
    fn put_events(
        &mut self,
        body: &Value,
        caller: &Caller,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let entries = body.get("Entries").and_then(Value::as_array);
        let entries = entries.map(Vec::as_slice).unwrap_or_default();
        if entries.is_empty() || entries.len() > ENTRIES_MAX {
            return Err(invalid(format!(
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and {ENTRIES_MAX}"
            )));
        }
        if entries.iter().map(entry::bytes).sum::<usize>() > ENTRIES_BYTES_MAX {
            return Err(invalid(
                "Total size of the entries in the request is over the limit.",
            ));
        }
        let mut failed = 0;
        let mut results = Vec::new();
        for entry in entries {
            match self.put_event(entry, caller, now_ms, out) {
                Ok(id) => results.push(json!({ "EventId": id })),
                Err(refused) => {
                    failed += 1;
                    results.push(
                        json!({ "ErrorCode": refused.code, "ErrorMessage": refused.message }),
                    );
                }
            }
        }
        Ok(json!({ "FailedEntryCount": failed, "Entries": results }))
    }

    fn put_event(
        &mut self,
        entry: &Value,
        caller: &Caller,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<String, Refused> {
        let bus = bus_name(text(entry, "EventBusName").unwrap_or_default()).to_owned();
        if !self.has_bus(&bus) {
            return Err(Refused {
                code: "InvalidArgument",
                message: format!(
                    "Parameter EventBusName is not valid. Reason: the event bus {bus} does not exist."
                ),
            });
        }
        let id = self.ids.uuid();
        let deployment = self.deployment.clone();
        let origin = Origin {
            account: &deployment.account,
            region: &deployment.region,
        };
        let mut event = Event::read(entry, id.clone(), origin, now_ms)?;
        event.trace = event.trace.or_else(|| self.trace_of(caller));
        let detail = text(entry, "Detail").unwrap_or_default();
        event.subject = self
            .subject_of_call(caller)
            .or_else(|| self.subject_in(detail));
        let step = StepKind::EventPut {
            bus: bus.clone(),
            detail_type: text(entry, "DetailType").unwrap_or_default().to_owned(),
        };
        self.observe(event.subject.clone(), step, now_ms, out);
        let own = deployment.buses.iter().find(|it| it.name == bus);
        match own.map_or(Ok(()), |own| self.encrypt_on_bus(own)) {
            Ok(()) => self.route_event(&bus, &event, now_ms, out),
            Err(failure) => self.give_up_on_bus(own, &event, &failure, now_ms, out),
        }
        Ok(id)
    }

    /// EventBridge itself uses the key of a bus.
    fn encrypt_on_bus(&self, bus: &Bus) -> Result<(), Undelivered> {
        let Some(key) = &bus.kms_key else {
            return Ok(());
        };
        let events = authority::service("events.amazonaws.com", &bus.arn);
        let used = KeyUse {
            key,
            actions: authority::WRITE,
            via: None,
            context: &[("aws:events:event-bus:arn", &bus.arn)],
        };
        Ok(self.authorize_key(&events, used)?)
    }

    fn give_up_on_bus(
        &mut self,
        bus: Option<&Bus>,
        event: &Event,
        failure: &Undelivered,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(bus) = bus else { return };
        let step = StepKind::Undelivered {
            from: bus.name.clone(),
            to: bus.name.clone(),
            error: failure.code.to_owned(),
            cause: failure.message.clone(),
            dead_letter_queue: bus.dead_letter_arn.clone(),
        };
        self.observe(event.subject.clone(), step, now_ms, out);
        let Some(queue_arn) = &bus.dead_letter_arn else {
            return;
        };
        let attributes = [
            ("ERROR_CODE", failure.code),
            ("ERROR_MESSAGE", failure.message.as_str()),
            ("EVENT_BUS_ARN", bus.arn.as_str()),
        ];
        let attributes = attributes.into_iter();
        let kept = NewMessage {
            attributes: attributes
                .map(|(name, value)| (name.to_owned(), text_attribute(value)))
                .collect(),
            ..message(event.json.to_string(), event)
        };
        let events = authority::service("events.amazonaws.com", &bus.arn);
        if let Err(lost) = self.deliver_to_queue(&events, queue_arn, kept, now_ms, out) {
            let message = format!("the event {} is lost: {}", event.id, lost.message);
            self.observe(None, StepKind::Notice { message }, now_ms, out);
        }
    }
}

/// One page of a list, in the order of its names: `Limit` and `NextToken` of the request, `NextToken` of the answer.
fn paged<'a, T: 'a>(
    items: impl Iterator<Item = &'a T>,
    name: fn(&T) -> &str,
    body: &Value,
    key: &str,
    shown: fn(&T) -> Value,
) -> ApiResult {
    let most = match body.get("Limit") {
        None | Some(Value::Null) => PAGE_MAX,
        Some(given) => given
            .as_u64()
            .filter(|it| (1..=PAGE_MAX).contains(it))
            .ok_or_else(|| {
                invalid(format!("1 validation error detected: Value '{given}' at 'limit' failed to satisfy constraint: Member must be between 1 and {PAGE_MAX}"))
            })?,
    };
    let mut items: Vec<&T> = items.collect();
    items.sort_by_key(|it| name(it).to_owned());
    let size = usize::try_from(most).unwrap_or(usize::MAX);
    let (page, next) = page(items, |it| name(it), size, text(body, "NextToken"))
        .ok_or_else(|| invalid("Parameter NextToken is not valid."))?;
    let mut answer = serde_json::Map::new();
    answer.insert(key.to_owned(), page.into_iter().map(shown).collect());
    if let Some(next) = next {
        answer.insert("NextToken".to_owned(), Value::String(next));
    }
    Ok(Value::Object(answer))
}

fn shown_rule(rule: &Rule) -> Value {
    let mut shown = json!({
        "Name": rule.name, "Arn": rule.arn, "EventPattern": rule.text, "EventBusName": rule.bus,
        "State": if rule.enabled { "ENABLED" } else { "DISABLED" },
    });
    if let (Some(description), Some(map)) = (&rule.description, shown.as_object_mut()) {
        map.insert("Description".to_owned(), json!(description));
    }
    shown
}

fn shown_target(target: &RuleTarget) -> Value {
    let mut shown = json!({ "Id": target.id, "Arn": target.arn });
    let Some(map) = shown.as_object_mut() else {
        return shown;
    };
    let mut add = |key: &str, value: Value| map.insert(key.to_owned(), value);
    if let Some(role) = &target.role_arn {
        add("RoleArn", json!(role));
    }
    match &target.input {
        TargetInput::Event => {}
        TargetInput::Constant(text) => {
            add("Input", json!(text));
        }
        TargetInput::Path(path) => {
            add("InputPath", json!(path));
        }
        TargetInput::Transformed { paths, template } => {
            let paths: serde_json::Map<String, Value> = paths
                .iter()
                .map(|(name, path)| (name.clone(), json!(path)))
                .collect();
            let transformer = json!({ "InputPathsMap": paths, "InputTemplate": template });
            add("InputTransformer", transformer);
        }
    }
    if let TargetKind::Queue { group: Some(group) } = &target.kind {
        add("SqsParameters", json!({ "MessageGroupId": group }));
    }
    if let Some(queue) = &target.dead_letter_arn {
        add("DeadLetterConfig", json!({ "Arn": queue }));
    }
    let retries = json!({
        "MaximumRetryAttempts": target.max_retries, "MaximumEventAgeInSeconds": target.max_age_s,
    });
    add("RetryPolicy", retries);
    shown
}

fn test_pattern(body: &Value) -> ApiResult {
    let pattern = Pattern::parse(text(body, "EventPattern").unwrap_or_default());
    let pattern = pattern.map_err(|error| {
        ApiError::new(
            "InvalidEventPatternException",
            format!("Event pattern is not valid. Reason: {error}"),
        )
    })?;
    let event: Value = serde_json::from_str(text(body, "Event").unwrap_or_default())
        .map_err(|error| invalid(format!("Parameter Event is not valid. Reason: {error}")))?;
    // The page of this operation names `resources` too, but recorded answers show that an event passes without.
    let required = ["id", "account", "source", "time", "region", "detail-type"];
    if let Some(missing) = required.iter().find(|key| event.get(**key).is_none()) {
        return Err(invalid(format!(
            "Parameter Event is not valid. Reason: {missing} is a required argument."
        )));
    }
    Ok(json!({ "Result": pattern.matches(&event) }))
}
