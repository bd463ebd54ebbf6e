//! An entry of `PutEvents`: how it is checked, and the event that it becomes.

use serde_json::Value;

use super::super::time;
use crate::asl::Json;

/// An event on its way through a bus.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::core) struct Event {
    pub(in crate::core) id: String,
    /// The event as targets see it, its numbers with the digits that they came with.
    pub(in crate::core) json: Json,
    /// The same for patterns, which look at values only.
    pub(in crate::core) value: Value,
    pub(in crate::core) trace: Option<String>,
    /// The partition value that it is about, for the observer.
    pub(in crate::core) subject: Option<String>,
    /// Buses that it has come through.
    pub(in crate::core) hops: u32,
}

/// An entry that is refused, in the terms of its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// What one entry counts towards the limit of a request, as the page "Calculating PutEvents event entry size" has it.
pub(super) fn bytes(entry: &Value) -> usize {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map_or(0, str::len);
    let time = if entry.get("Time").is_some() { 14 } else { 0 };
    let resources = entry.get("Resources").and_then(Value::as_array);
    let resources = resources.into_iter().flatten().filter_map(Value::as_str);
    time + text("Source")
        + text("DetailType")
        + text("Detail")
        + resources.map(str::len).sum::<usize>()
}

/// The account and region that an event names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
}

impl Event {
    /// Makes the event of a well-formed entry.
    pub(super) fn read(
        entry: &Value,
        id: String,
        origin: Origin<'_>,
        now_ms: u64,
    ) -> Result<Self, Refused> {
        let required = |key: &'static str| {
            let value = entry.get(key).and_then(Value::as_str).unwrap_or_default();
            if value.is_empty() {
                return Err(Refused {
                    code: "InvalidArgument",
                    message: format!(
                        "Parameter {key} is not valid. Reason: {key} is a required argument."
                    ),
                });
            }
            Ok(value)
        };
        let source = required("Source")?;
        if source.starts_with("aws.") {
            return Err(Refused {
                code: "NotAuthorizedForSourceException",
                message: "Not authorized for the source.".to_owned(),
            });
        }
        let detail_type = required("DetailType")?;
        let written = required("Detail")?;
        let detail: Option<Json> = written.parse().ok();
        let Some(detail @ Json::Object(_)) = detail else {
            return Err(Refused {
                code: "MalformedDetail",
                message: "Detail is malformed.".to_owned(),
            });
        };
        let at_ms = entry.get("Time").and_then(time::instant_ms);
        let resources = entry.get("Resources").and_then(Value::as_array);
        let resources = resources.into_iter().flatten().filter_map(Value::as_str);
        let json = Json::object(vec![
            ("version".into(), Json::string("0")),
            ("id".into(), Json::string(id.as_str())),
            ("detail-type".into(), Json::string(detail_type)),
            ("source".into(), Json::string(source)),
            ("account".into(), Json::string(origin.account)),
            (
                "time".into(),
                Json::string(time::rfc3339_seconds(at_ms.unwrap_or(now_ms))),
            ),
            ("region".into(), Json::string(origin.region)),
            (
                "resources".into(),
                Json::array(resources.map(Json::string).collect()),
            ),
            ("detail".into(), detail),
        ]);
        let trace = entry.get("TraceHeader").and_then(Value::as_str);
        Ok(Self {
            id,
            value: super::super::integration::value_of(&json),
            json,
            trace: trace.map(str::to_owned),
            subject: None,
            hops: 0,
        })
    }
}
