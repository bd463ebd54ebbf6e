//! What handlers count is what alarms watch: the same namespace, name and dimension, with the value that the deployed function has. Both
//! sides are read from what comes out: the template, and the lines that the runtime's own telemetry writes.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use pipe_compiler::metrics::{METRICS, SubjectKind};
use pipe_runtime::telemetry::{Outcome, Report, Speaker, Telemetry};
use pipe_runtime::{Timestamp, metric};
use serde_json::Value;

/// One function that can count everything, and one that is a member of a family.
const SPEC: &str = r#"pipeline counted

secret hook_key
param address: string at deploy

provider stripe { verify: stripe(secret: hook_key) }

type Note { id: string }
event Noted once id { id: string }
event Unread once body_sha256 { body_sha256: string, reason: unknown_type | unreadable }
table notes { partition: id, holds: Noted }
table unread { partition: body_sha256, holds: Unread }
topic ops { email: address }
queue lane per provider { dead_letter: lane_dlq after 5 }
queue lane_dlq per provider { watch: off because "looked at by hand" }

route POST /hooks/{provider} {
  verify:  provider.verify
  accept:  stripe.charge.failed
  other:   unread
  handler: take
  expect:  id != ""
  append:  notes
  send:    lane[provider]
}
function take(Accepted) -> Noted
function record(Noted) -> Noted per provider { on: lane, append: notes }

grant take   { read: hook_key, append: unread, notes, send: lane }
grant record { receive: lane, append: notes }
"#;

/// Namespace, name, dimensions.
type Series = (String, String, BTreeMap<String, String>);

/// An alarm on everything that the runtime counts.
fn spec() -> String {
    let mut spec = SPEC.to_owned();
    let own = METRICS.iter().filter(|it| it.is_of_runtime());
    for (index, it) in own.enumerate() {
        let subject = match it.of {
            SubjectKind::Secret => "hook_key",
            _ => "take",
        };
        let percent = if it.percent { "%" } else { "" };
        spec += &format!(
            "alarm a_{index} {{ when: {subject}.{} > 0{percent} for 5m, send: ops }}\n",
            it.word
        );
    }
    spec
}

fn template(spec: &str) -> Value {
    let checked = pipe_compiler::check("counted.pipe", spec);
    let shown = pipe_compiler::diag::render_short(&checked.diagnostics, "counted.pipe", spec);
    let artifacts = pipe_compiler::compile(&checked.pipeline.expect(&shown));
    let template = artifacts.iter().find(|it| it.path == "template.json");
    serde_json::from_slice(&template.unwrap().contents).unwrap()
}

/// What CloudFormation makes of a value, of the stack with the suffix `dev`.
fn deployed(template: &Value, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        _ if value["Ref"].is_string() => {
            // `Ref` of a function is its name.
            let function = &template["Resources"][value["Ref"].as_str().unwrap()];
            assert_eq!(function["Type"], "AWS::Lambda::Function");
            return deployed(template, &function["Properties"]["FunctionName"]);
        }
        _ => value["Fn::Sub"].as_str().unwrap().to_owned(),
    };
    let text = text.replace("${EnvironmentSuffix}", "dev");
    assert!(!text.contains("${"), "{text}");
    text
}

/// The series of the runtime's namespace that the template's alarms watch.
fn watched(template: &Value) -> BTreeSet<Series> {
    let resources = template["Resources"].as_object().unwrap().values();
    let alarms = resources.filter(|it| it["Type"] == "AWS::CloudWatch::Alarm");
    let metrics = alarms.flat_map(|it| match it["Properties"]["Metrics"].as_array() {
        Some(queries) => queries
            .iter()
            .map(|it| &it["MetricStat"]["Metric"])
            .collect(),
        None => vec![&it["Properties"]],
    });
    let own = metrics.filter(|it| it["Namespace"] == metric::NAMESPACE);
    let series = own.map(|it| {
        let dimensions = it["Dimensions"].as_array().unwrap().iter();
        let dimensions = dimensions.map(|it| {
            let name = it["Name"].as_str().unwrap().to_owned();
            (name, deployed(template, &it["Value"]))
        });
        (
            it["Namespace"].as_str().unwrap().to_owned(),
            it["MetricName"].as_str().unwrap().to_owned(),
            dimensions.collect(),
        )
    });
    series.collect()
}

/// The series that the runtime writes, of the function as it is deployed: everything that it counts, once.
fn counted(template: &Value) -> BTreeSet<Series> {
    let function = &template["Resources"]["TakeFunction"]["Properties"];
    let variables = &function["Environment"]["Variables"];
    let speaker = Speaker {
        pipeline: "counted",
        function: "take".to_owned(),
        // What Lambda gives as `AWS_LAMBDA_FUNCTION_NAME`.
        lambda: deployed(template, &function["FunctionName"]),
        ..Speaker::default()
    };
    let parameter = deployed(template, &variables["PIPE_SECRET_HOOK_KEY"]);
    let output = Rc::new(RefCell::new(Vec::new()));
    let telemetry = Telemetry::to(output.clone());
    let now = Timestamp::UNIX_EPOCH;
    for outcome in [
        Outcome::Recorded,
        Outcome::Duplicate,
        Outcome::Mismatch,
        Outcome::Refused,
        Outcome::Invalid,
        Outcome::Rejected,
        Outcome::Unexpected,
        Outcome::Unavailable,
        Outcome::Succeeded,
        Outcome::Failed,
    ] {
        let report = Report {
            outcome: Some(outcome),
            ..Report::default()
        };
        telemetry.request(&speaker, now, "ended", &report);
    }
    for counted in [metric::UNKNOWN_TYPE, metric::UNREADABLE] {
        let report = Report {
            counted: Some(counted),
            ..Report::default()
        };
        telemetry.request(&speaker, now, "kept", &report);
    }
    telemetry.key_used(&speaker, now, &parameter, true);
    let lines = String::from_utf8(output.take()).unwrap();
    lines.lines().flat_map(embedded).collect()
}

/// The series of a line in CloudWatch's embedded metric format, as its specification reads one.
fn embedded(line: &str) -> Vec<Series> {
    let line: Value = serde_json::from_str(line).unwrap();
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let mut found = Vec::new();
    for directive in line["_aws"]["CloudWatchMetrics"]
        .as_array()
        .into_iter()
        .flatten()
    {
        for name in directive["Metrics"].as_array().unwrap() {
            let name = text(&name["Name"]);
            assert!(line[&name].is_number(), "{line}");
            for set in directive["Dimensions"].as_array().unwrap() {
                let keys = set.as_array().unwrap().iter().map(text);
                let dimensions = keys.map(|key| (key.clone(), text(&line[&key]))).collect();
                found.push((text(&directive["Namespace"]), name.clone(), dimensions));
            }
        }
    }
    found
}

#[test]
fn alarms_watch_exactly_what_the_runtime_counts() {
    let template = template(&spec());
    let (watched, counted) = (watched(&template), counted(&template));
    assert_eq!(watched, counted);
    assert_eq!(counted.len(), 9);
}

/// One alarm for each member, on its own function.
#[test]
fn a_family_is_watched_member_by_member() {
    let spec = format!(
        "{SPEC}alarm other_body {{ when: record.mismatched > 0 for 5m, send: ops }}
alarm anywhere {{ when: functions.mismatched > 0 for 5m, send: ops }}\n"
    );
    let template = template(&spec);
    for (alarm, function) in [
        ("OtherBodyStripeAlarm", "record-stripe-dev"),
        ("AnywhereRecordStripeAlarm", "record-stripe-dev"),
        ("AnywhereTakeAlarm", "take-dev"),
    ] {
        let properties = &template["Resources"][alarm]["Properties"];
        assert_eq!(properties["MetricName"], "PayloadMismatch", "{alarm}");
        let value = &properties["Dimensions"][0]["Value"];
        assert_eq!(deployed(&template, value), function);
        assert_eq!(properties["TreatMissingData"], "notBreaching");
    }
}

/// Without a change of keys nothing is measured, which is no share of nothing: an alarm on a small share waits for a change.
#[test]
fn a_share_is_a_percentage_and_nothing_without_a_change_of_keys() {
    let spec = format!(
        "{SPEC}alarm unused {{ when: hook_key.previous_key_share <= 0% for 1d, send: ops }}\n"
    );
    let alarm = &template(&spec)["Resources"]["UnusedAlarm"]["Properties"];
    assert_eq!(alarm["TreatMissingData"], "notBreaching");
    assert_eq!(alarm["Statistic"], "Average");
    assert_eq!(alarm["Threshold"], 0);
    let graph = "dashboard d { graph \"Old key\" { show: hook_key.previous_key_share } }";
    let document = template(&format!("{SPEC}{graph}\n"));
    let body = &document["Resources"]["DDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"];
    let line = r#""pipec","PreviousKey","ParameterName","/counted/${EnvironmentSuffix}/hook-key""#;
    assert!(body.as_str().unwrap().contains(line), "{body}");
}

/// Who names what it cannot count is told what can.
#[test]
fn what_cannot_be_counted_names_what_can() {
    let asked = |metric: &str| {
        let spec = format!("{SPEC}alarm a {{ when: {metric} > 0 for 5m, send: ops }}\n");
        let checked = pipe_compiler::check("counted.pipe", &spec);
        pipe_compiler::diag::render_human(&checked.diagnostics, "counted.pipe", &spec, false)
    };
    let said = asked("record.unknown_types");
    for part in [
        "`record` has no `unknown_types`",
        "only a function whose route has `accept:` has it",
        "here that is `take`",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let said = asked("route.refused");
    assert!(
        said.contains("`refused` is a metric of a function"),
        "{said}"
    );
    let said = asked("take.previous_key_share");
    let part = "`previous_key_share` is a metric of a secret";
    assert!(said.contains(part), "{said}");
}

/// The alarms that `docs/signatures.md` shows are those of specs.
#[test]
fn the_alarms_of_the_page_on_signatures_stand_in_specs() {
    let page = std::fs::read_to_string("../docs/signatures.md").unwrap();
    let specs = ["payments", "webhook_processing"]
        .map(|it| std::fs::read_to_string(format!("../specs/{it}.pipe")).unwrap())
        .concat();
    let shown: Vec<&str> = page
        .split(['`', '\n'])
        .filter(|it| it.starts_with("alarm "))
        .collect();
    assert!(shown.len() >= 3, "{shown:?}");
    for alarm in shown {
        assert!(specs.lines().any(|it| it == alarm), "{alarm}");
    }
}
