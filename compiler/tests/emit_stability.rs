//! What is emitted depends on what is declared: not on the order of declarations, not on comments, not on names elsewhere.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a helper of a test file is part of its tests"
)]

use std::collections::BTreeMap;

use pipe_compiler::{Artifact, check, compile};
use proptest::prelude::*;
use serde_json::Value;

const SPEC: &str = include_str!("../../specs/payments.pipe");

fn emit(text: &str) -> BTreeMap<String, String> {
    let checked = check("payments.pipe", text);
    let pipeline = checked.pipeline.expect("the spec checks");
    let text = |it: Artifact| (it.path, String::from_utf8(it.contents).expect("text"));
    compile(&pipeline).into_iter().map(text).collect()
}

/// The template without lines of the spec, which do move.
fn template(artifacts: &BTreeMap<String, String>) -> Value {
    let mut template: Value = serde_json::from_str(&artifacts["template.json"]).expect("JSON");
    for resource in template["Resources"]
        .as_object_mut()
        .expect("resources")
        .values_mut()
    {
        let statements = resource["Metadata"]
            .get("statements")
            .and_then(Value::as_object);
        let sids: Vec<Value> = statements
            .into_iter()
            .flatten()
            .map(|(sid, _)| sid.as_str().into())
            .collect();
        resource["Metadata"] = sids.into();
    }
    template
}

/// Declarations with their comments: a block begins after a blank line before column 0.
fn declarations(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    for line in text.lines() {
        if blocks.is_empty() || (depth == 0 && line.is_empty()) {
            blocks.push(String::new());
        }
        depth += line.matches('{').count();
        depth -= line.matches('}').count();
        let block = blocks.last_mut().expect("a block");
        block.push_str(line);
        block.push('\n');
    }
    blocks
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    assert_eq!(emit(SPEC), emit(SPEC));
}

#[test]
fn a_comment_at_the_end_changes_no_byte() {
    assert_eq!(emit(SPEC), emit(&format!("{SPEC}\n// a remark\n")));
}

#[test]
fn a_comment_in_front_moves_lines_and_nothing_else() {
    let moved = SPEC.replacen("\nsecret ", "\n// a remark\n// and another\nsecret ", 1);
    let (before, after) = (emit(SPEC), emit(&moved));
    assert_eq!(template(&before), template(&after));
    assert_eq!(
        before["settle_payment.asl.json"],
        after["settle_payment.asl.json"]
    );
}

#[test]
fn another_name_for_a_retry_policy_changes_no_resource() {
    let renamed = SPEC.replace("gently", "kindly");
    assert_eq!(emit(SPEC)["template.json"], emit(&renamed)["template.json"]);
}

#[test]
fn another_name_for_a_secret_reaches_only_what_reads_it() {
    let (before, after) = (
        template(&emit(SPEC)),
        template(&emit(&SPEC.replace("webhook_key", "other_key"))),
    );
    let resources = before["Resources"].as_object().expect("resources");
    let changed: Vec<&String> = resources
        .iter()
        .filter(|(id, it)| after["Resources"].get(id.as_str()) != Some(it))
        .map(|(id, _)| id)
        .collect();
    assert_eq!(changed, ["ValidateFunction", "ValidateRole"]);
}

#[test]
fn another_function_leaves_every_other_resource_as_it_is() {
    let more = format!(
        "{SPEC}\nfunction audit(PaymentReceived) -> Receipt {{\n  memory: 128MB\n}}\n\ngrant audit {{ }}\n"
    );
    let (before, after) = (template(&emit(SPEC)), template(&emit(&more)));
    for (id, resource) in before["Resources"].as_object().expect("resources") {
        // The key's policy names every log group.
        assert!(
            id == "PipelineKey" || after["Resources"][id] == *resource,
            "{id}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_declarations_does_not_matter(order in Just(declarations(SPEC)).prop_map(|it| it[1..].to_vec()).prop_shuffle()) {
        let shuffled = format!("{}{}", declarations(SPEC)[0], order.concat());
        let (before, after) = (emit(SPEC), emit(&shuffled));
        prop_assert_eq!(template(&before), template(&after));
        // The order of members too, which `Value` does not see.
        let ids = |text: &str| text.lines().filter(|it| it.starts_with("    \"")).map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(ids(&before["template.json"]), ids(&after["template.json"]));
        prop_assert_eq!(&before["settle_payment.asl.json"], &after["settle_payment.asl.json"]);
    }
}
