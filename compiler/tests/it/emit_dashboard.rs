//! A dashboard's body is what CloudWatch takes: AWS, "Dashboard body structure and syntax".

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of a test file is part of its tests"
)]

use std::collections::BTreeSet;

use crate::emit_fixture::surroundings::surrounded;
use pipe_compiler::compile;
use serde_json::Value;

/// The body as it stands in the template, and as CloudFormation hands it on.
fn bodies() -> (String, Value) {
    let artifacts = compile(&surrounded());
    let template = artifacts
        .iter()
        .find(|it| it.path == "template.json")
        .unwrap();
    let template: Value = serde_json::from_slice(&template.contents).unwrap();
    let body =
        &template["Resources"]["OverviewDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"];
    let text = body.as_str().unwrap().to_owned();
    (
        text.clone(),
        serde_json::from_str(&substituted(&text)).unwrap(),
    )
}

/// `Fn::Sub`: `${!x}` is `${x}`, and `${Name}` becomes a value, here `<Name>`.
fn substituted(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        result.push_str(before);
        let (name, after) = after.split_once('}').unwrap();
        match name.strip_prefix('!') {
            Some(literal) => result.push_str(&format!("${{{literal}}}")),
            None => result.push_str(&format!("<{name}>")),
        }
        rest = after;
    }
    result + rest
}

fn members(value: &Value, known: &[&str]) {
    for name in value.as_object().unwrap().keys() {
        assert!(
            known.contains(&name.as_str()),
            "{name} is unknown to CloudWatch here"
        );
    }
}

#[test]
fn the_body_has_the_structure_that_cloudwatch_takes() {
    let (_, body) = bodies();
    members(
        &body,
        &["widgets", "start", "end", "periodOverride", "variables"],
    );
    let mut places = BTreeSet::new();
    for widget in body["widgets"].as_array().unwrap() {
        members(widget, &["type", "x", "y", "width", "height", "properties"]);
        assert_eq!(widget["type"], "metric");
        let number = |name: &str| widget[name].as_u64().unwrap();
        assert!(number("x") + number("width") <= 24 && number("height") <= 1000);
        assert!(
            places.insert((number("x"), number("y"))),
            "two graphs in one place"
        );
        let properties = &widget["properties"];
        members(
            properties,
            &["title", "view", "stacked", "region", "period", "metrics"],
        );
        assert!(
            ["timeSeries", "singleValue", "gauge", "bar", "pie"]
                .contains(&properties["view"].as_str().unwrap())
        );
        assert_eq!(properties["region"], "<AWS::Region>");
        assert_eq!(properties["period"].as_u64().unwrap() % 60, 0);
        lines(properties["metrics"].as_array().unwrap());
    }
}

fn lines(lines: &[Value]) {
    assert!((1..=500).contains(&lines.len()));
    let mut ids = BTreeSet::new();
    for line in lines {
        let line = line.as_array().unwrap();
        let (options, metric) = line.split_last().unwrap();
        members(options, &["expression", "id", "label", "stat", "visible"]);
        if let Some(id) = options["id"].as_str() {
            assert!(id.starts_with(|it: char| it.is_ascii_lowercase()), "{id}");
            assert!(ids.insert(id.to_owned()), "{id} twice in one graph");
        }
        if options["expression"].is_string() {
            assert!(metric.is_empty(), "an expression is no metric");
            continue;
        }
        // Namespace, metric, then pairs of a dimension's name and value.
        assert!(metric.len() >= 4 && metric.len() % 2 == 0, "{metric:?}");
        assert!(metric.iter().all(Value::is_string));
        assert!(metric[0].as_str().unwrap().starts_with("AWS/"));
    }
    // Each expression is over lines of its own graph.
    for line in lines {
        let text = line.as_array().unwrap().last().unwrap()["expression"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let words = text.split(|it: char| !it.is_ascii_alphanumeric());
        let used: Vec<&str> = words.filter(|it| it.starts_with('m')).collect();
        assert!(used.iter().all(|it| ids.contains(*it)), "{text}: {ids:?}");
    }
}

#[test]
fn two_ratios_in_one_graph_are_calculated_apart() {
    let (_, body) = bodies();
    let metrics = body["widgets"][1]["properties"]["metrics"]
        .as_array()
        .unwrap();
    let expressions: Vec<&Value> = metrics
        .iter()
        .map(|it| &it.as_array().unwrap().last().unwrap()["expression"])
        .collect();
    assert_eq!(
        metrics.len(),
        7,
        "two expressions with two metrics each, and one metric"
    );
    assert_eq!(expressions[0], "100 * m1 / m2");
    assert_eq!(expressions[3], "100 * m4 / m5");
    assert_eq!(metrics[6][4]["label"], "process errors");
}

#[test]
fn text_of_the_spec_is_no_reference() {
    let (text, body) = bodies();
    let title = body["widgets"][0]["properties"]["title"].as_str().unwrap();
    assert!(
        title.starts_with("API \"latency\" $ {AWS::Region}")
            || title.starts_with("API \"latency\" ${AWS::Region}"),
        "{title}"
    );
    assert!(
        !text.contains("{{resolve"),
        "CloudFormation would put a parameter's value here"
    );
}
