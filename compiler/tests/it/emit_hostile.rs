//! Text of a spec stays text in every language it is written to: CloudFormation, States Language, event patterns, SVG, Markdown.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test file is part of its tests"
)]

use crate::emit_fixture::{fail, failed, payments, text};
use pipe_compiler::compile;
use pipe_compiler::model::{Condition, Literal, Operator, Pipeline, Statement, Type, Verify};
use proptest::prelude::*;
use serde_json::Value;

/// The pipeline with `hostile` wherever a spec holds free text.
fn pipeline(hostile: &str) -> Pipeline {
    let mut pipeline = payments();
    pipeline.doc = hostile.to_owned();
    let origin = pipeline.routes[0].origin;
    pipeline.routes[0].verify = Verify::Off {
        because: hostile.to_owned(),
        origin,
    };
    for function in pipeline.functions.values_mut() {
        function.doc = hostile.to_owned();
    }
    let workflow = pipeline
        .workflows
        .get_mut("settle_payment")
        .expect("the workflow");
    workflow.doc = hostile.to_owned();
    workflow.filter = Some(Condition::Compare {
        field: "provider".into(),
        ty: Type::String,
        operator: Operator::Equal,
        value: Literal::String(hostile.to_owned()),
    });
    if let Statement::Call { catches, .. } = &mut workflow.body[0] {
        catches[1].body = vec![failed(text(hostile), 78), fail(text(hostile), 79)];
    }
    pipeline
}

fn artifact(pipeline: &Pipeline, path: &str) -> String {
    let artifacts = compile(pipeline);
    let found = artifacts
        .into_iter()
        .find(|it| it.path == path)
        .expect("the artifact");
    String::from_utf8(found.contents).expect("text")
}

/// Every text in a JSON value, keys too.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|it| texts(it, found)),
        Value::Object(members) => {
            for (key, value) in members {
                found.push(key.clone());
                texts(value, found);
            }
        }
        _ => {}
    }
}

/// What States Language makes of a member: the constant under `name`, or the `States.Format` without arguments under `name.$`.
fn evaluated(object: &Value, name: &str) -> String {
    if let Some(text) = object[name].as_str() {
        return text.to_owned();
    }
    let call = object[format!("{name}.$")].as_str().expect("a member");
    let template = call
        .strip_prefix("States.Format('")
        .and_then(|it| it.strip_suffix("')"))
        .expect("one template");
    let mut text = String::new();
    let mut characters = template.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            '\'' | '{' | '}' => panic!("{character} ends or fills the template: {template}"),
            other => text.push(other),
        }
    }
    text
}

fn tokens() -> impl Strategy<Value = String> {
    let hostile = prop::sample::select(vec![
        "${",
        "}",
        "{{",
        "{{resolve:ssm:/a:1}}",
        "${AWS::AccountId}",
        "${PaymentEventsTable}",
        ".$",
        "$.payment",
        "$$.",
        "States.",
        "States.UUID()",
        "{%",
        "%}",
        "'",
        "\"",
        "\\",
        "\\'",
        "{",
        "}",
        "{}",
        "#",
        "%",
        "|",
        "`",
        "*",
        "</text>",
        "<script>",
        "&",
        "]]>",
        "\n",
        "\u{1}",
        "\u{202e}",
        "é",
        " ",
    ]);
    prop::collection::vec(
        prop_oneof![hostile.prop_map(str::to_owned), "[a-z ]{0,4}"],
        0..8,
    )
    .prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hostile_text_comes_through_as_data(hostile in tokens()) {
        let pipeline = pipeline(&hostile);
        let template: Value = serde_json::from_str(&artifact(&pipeline, "template.json")).expect("JSON");

        let mut found = Vec::new();
        texts(&template, &mut found);
        for text in &found {
            prop_assert!(!text.contains("{{"), "a dynamic reference: {}", text);
            for reference in text.split("${").skip(1).filter(|it| !it.starts_with('!')) {
                let name = reference.split('}').next().unwrap_or_default();
                let id = name.split('.').next().unwrap_or_default();
                let known = name.starts_with("AWS::") && ["AccountId", "Region", "Partition", "URLSuffix"].contains(&&name[5..]);
                prop_assert!(known || id == "EnvironmentSuffix" || template["Resources"].get(id).is_some(), "{}", text);
            }
        }

        let states = &template["Resources"]["SettlePaymentStateMachine"]["Properties"]["Definition"]["States"];
        let item = &states["any: append PaymentFailed"]["Parameters"]["TransactItems"][0]["Put"]["Item"];
        prop_assert_eq!(evaluated(&item["reason"], "S"), hostile.clone());
        let fail = &states["any: fail Unsettled"];
        let reason = if fail["Type"] == "Fail" {
            let cause: Value = serde_json::from_str(fail["Cause"].as_str().expect("a cause")).expect("JSON");
            cause["reason"].as_str().expect("text").to_owned()
        } else {
            evaluated(&fail["Parameters"], "reason")
        };
        prop_assert_eq!(reason, hostile.clone());

        let pipe = &template["Resources"]["SettlePaymentPipe"]["Properties"]["SourceParameters"];
        let pattern = pipe["FilterCriteria"]["Filters"][0]["Pattern"].as_str().expect("a pattern");
        let pattern: Value = serde_json::from_str(pattern).expect("JSON");
        prop_assert_eq!(&pattern["dynamodb"]["NewImage"]["provider"]["S"][0], &Value::from(hostile.clone()));
    }

    #[test]
    fn hostile_text_is_no_markup(hostile in tokens()) {
        let pipeline = pipeline(&hostile);
        let svg = artifact(&pipeline, "graph.svg");
        prop_assert!(!svg.contains("<script"));
        // Every `<` opens or closes one of the elements that are drawn.
        for tag in svg.split('<').skip(1) {
            let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphabetic).collect();
            let known = ["svg", "title", "desc", "style", "rect", "text", "path", "polygon", "g"];
            prop_assert!(known.contains(&name.as_str()), "<{}", name);
        }
        let report = artifact(&pipeline, "permissions.md");
        prop_assert!(!report.contains("<script"));
        prop_assert!(report.lines().filter(|it| it.starts_with("# ")).count() == 1);
    }
}
