//! Rules that send to a function: the event, and which rule or case it was, as the rule's input transformer puts them together. Lambda is
//! invoked asynchronously: what fails is tried again, and then kept.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{KnownBy, Message};
use crate::condition::Where;
use crate::context::Context;
use crate::lambda::{Invocation, Reply};
use crate::sink::{Output, Sink};
use crate::value::Value;
use crate::{Failure, Receipt, json};

/// The rules that send to a function.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Declared names; of a case `<group>_<case>`. No other rule may call.
    pub names: &'static [&'static str],
    /// What an event is known by.
    pub known_by: KnownBy,
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    detail: &'a RawValue,
    id: String,
    /// Of a case the group.
    rule: String,
    #[serde(default)]
    case: String,
}

impl Input<'_> {
    /// The rule's declared name; of a case `<group>_<case>`.
    fn name(&self) -> String {
        match self.case.as_str() {
            "" => self.rule.clone(),
            case => format!("{}_{case}", self.rule),
        }
    }
}

impl Invocation {
    /// Serves an event that a rule sent. The context says which rule it was.
    pub async fn rules<I, O, X, H>(self, from: &Rules, handler: H, sinks: &[Sink]) -> Reply
    where
        I: Value,
        O: Output,
        X: Into<Failure>,
        H: AsyncFn(I, Context) -> Result<O, X>,
    {
        if let Some(incoming) = self.asked_by_url() {
            return self.reply(incoming).await;
        }
        let input: Input<'_> = match serde_json::from_str(self.payload()) {
            Ok(input) => input,
            Err(_) => return self.unreadable("an event from a rule"),
        };
        let rule = input.name();
        if !from.names.contains(&rule.as_str()) {
            return self.unreadable("an event from a rule that sends to this function");
        }
        let detail = input.detail.get().as_bytes();
        let message = Message {
            heading: format!("{rule} {}", input.id),
            receipt: Receipt::new(detail, self.started_at()),
            wire: json::parse(detail).map_err(|it| it.to_string()),
            id: format!("{rule}/{}", input.id),
            scope: Some(rule.clone()),
            trace: None,
            by: format!("function {} from {rule}", self.function()),
            case: Some(rule),
            filter: Where::Always,
        };
        match self.handle(message, from.known_by, &handler, sinks).await {
            Ok(()) => self.give(&()),
            Err(failed) => self.failed_quietly(failed.into_failure()),
        }
    }
}
