//! What is emitted depends on what is declared: not on the order of declarations, not on comments (`comments.rs`), not on names elsewhere (`names.rs`).

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test file is part of its tests"
)]

mod comments;
mod names;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use pipe_compiler::{Artifact, check, compile};
use pipe_dsl::Lines;
use pipe_dsl::tree::{Body, ExprKind};
use proptest::prelude::*;
use serde_json::Value;

const SPEC: &str = include_str!("../../../specs/payments.pipe");

fn emit(text: &str) -> BTreeMap<String, String> {
    let checked = check("payments.pipe", text);
    let pipeline = checked.pipeline.expect("the spec checks");
    let text = |it: Artifact| (it.path, String::from_utf8(it.contents).expect("text"));
    compile(&pipeline).into_iter().map(text).collect()
}

/// The template without the numbers of the spec's lines, which do move. Everything else of the metadata stays: reasons, statements, skips.
fn template(artifacts: &BTreeMap<String, String>) -> Value {
    let mut template: Value = serde_json::from_str(&artifacts["template.json"]).expect("JSON");
    let resources = template["Resources"].as_object_mut().expect("resources");
    for resource in resources.values_mut() {
        without_lines(&mut resource["Metadata"]);
    }
    template
}

/// Takes the line out of each `"pipe": "payments.pipe:31"`.
fn without_lines(metadata: &mut Value) {
    let Some(members) = metadata.as_object_mut() else {
        return;
    };
    for (name, value) in members {
        match value.as_str().and_then(|it| it.rsplit_once(':')) {
            Some((file, line)) if name == "pipe" => {
                line.parse::<usize>().expect("a line");
                *value = file.into();
            }
            _ => without_lines(value),
        }
    }
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
    // The alarm is on the share of its old key.
    let reached = ["OldKeyUnusedAlarm", "ValidateFunction", "ValidateRole"];
    assert_eq!(changed, reached);
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

/// Every spec with something in it that may be called otherwise, and what of the template may then change.
const SPECS: [Spec; 5] = [
    Spec {
        file: "payments.pipe",
        text: SPEC,
        renamed: ("webhook_key", "other_key"),
        reached: &["OldKeyUnusedAlarm", "ValidateFunction", "ValidateRole"],
    },
    Spec {
        file: "archive.pipe",
        text: include_str!("../../../specs/archive.pipe"),
        renamed: ("config", "settings"),
        reached: &[
            "ConfigParameter",
            "WebhookReceiverFunction",
            "WebhookReceiverRole",
        ],
    },
    Spec {
        file: "notifications.pipe",
        text: include_str!("../../../specs/notifications.pipe"),
        renamed: ("downstream", "receiver_url"),
        // The endpoint's policy names the parameters that pass.
        reached: &[
            "PrivateSsmEndpoint",
            "WebhookProcessorFunction",
            "WebhookProcessorRole",
        ],
    },
    Spec {
        file: "refunds.pipe",
        text: include_str!("../../../specs/refunds.pipe"),
        renamed: ("shop_key", "store_key"),
        reached: &["TakeFunction", "TakeRole"],
    },
    Spec {
        file: "webhook_processing.pipe",
        text: include_str!("../../../specs/webhook_processing.pipe"),
        renamed: ("refunds", "returned"),
        reached: &[
            // Policies name every rule that they let in.
            "OpsTopicPolicy",
            "PaymentEventsUndeliveredQueuePolicy",
            "PipelineKey",
            "RefundsRule",
        ],
    },
];

struct Spec {
    file: &'static str,
    text: &'static str,
    renamed: (&'static str, &'static str),
    reached: &'static [&'static str],
}

impl Spec {
    /// What is emitted for it as it stands.
    fn emitted(&self) -> &'static BTreeMap<String, String> {
        static ALL: LazyLock<BTreeMap<&str, BTreeMap<String, String>>> =
            LazyLock::new(|| SPECS.iter().map(|it| (it.file, it.emit(it.text))).collect());
        &ALL[self.file]
    }

    fn emit(&self, text: &str) -> BTreeMap<String, String> {
        let checked = check(self.file, text);
        let Some(pipeline) = checked.pipeline else {
            let found = checked.diagnostics.iter();
            let found: Vec<&str> = found.map(|it| it.message.as_str()).collect();
            panic!("{}: {found:?}", self.file);
        };
        let text = |it: Artifact| (it.path, String::from_utf8(it.contents).expect("text"));
        compile(&pipeline).into_iter().map(text).collect()
    }
}

/// Logical ids in the order of the template, which `Value` does not see.
fn ids(artifacts: &BTreeMap<String, String>) -> Vec<String> {
    let lines = artifacts["template.json"].lines();
    lines
        .filter(|it| it.starts_with("    \""))
        .map(str::to_owned)
        .collect()
}

/// A part of the template as it is written, by logical id.
fn part(artifacts: &BTreeMap<String, String>, name: &str) -> BTreeMap<String, String> {
    type Part = BTreeMap<String, Box<serde_json::value::RawValue>>;
    type Template = BTreeMap<String, Box<serde_json::value::RawValue>>;
    let template: Template = serde_json::from_str(&artifacts["template.json"]).expect("JSON");
    let part: Part = serde_json::from_str(template[name].get()).expect("an object");
    let part = part.into_iter();
    part.map(|(id, it)| (id, it.get().to_owned())).collect()
}

/// Each resource as it is written, byte for byte, but for the numbers of the spec's lines.
fn resources(artifacts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let resources = part(artifacts, "Resources").into_iter();
    resources
        .map(|(id, it)| (id, text_without_lines(&it)))
        .collect()
}

/// The definition of each workflow, by its name: a file of its own, and a part of its resource as well.
fn definitions(artifacts: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let all = artifacts.iter();
    all.filter_map(|(path, text)| Some((path.strip_suffix(".asl.json")?, text.as_str())))
        .collect()
}

/// A declaration: its kind, what it is called, its lines from 1.
struct Declared<'t> {
    kind: &'t str,
    name: Option<&'t str>,
    lines: RangeInclusive<usize>,
}

/// What a spec declares, in order.
fn declared(text: &str) -> Vec<Declared<'_>> {
    let parsed = pipe_dsl::parse(text);
    assert_eq!(parsed.errors, []);
    let lines = Lines::new(text);
    let declarations = parsed.file.declarations.iter();
    declarations
        .map(|it| Declared {
            kind: it.kind.text,
            name: name(&it.body),
            lines: lines.line(it.span.start)..=lines.line(it.span.end - 1),
        })
        .collect()
}

/// What a declaration is called, if it has a name.
fn name<'t>(body: &Body<'t>) -> Option<&'t str> {
    let phrase = match body {
        Body::Attribute(it) => return Some(it.key.text),
        Body::Phrase(it) => it,
    };
    match &phrase.items.first()?.kind {
        ExprKind::Name(name) | ExprKind::Call { name, .. } => name.first().map(|it| it.text),
        _ => None,
    }
}

/// The line of the spec that each resource is of.
fn lines(artifacts: &BTreeMap<String, String>) -> BTreeMap<String, usize> {
    let template: Value = serde_json::from_str(&artifacts["template.json"]).expect("JSON");
    let resources = template["Resources"].as_object().expect("resources");
    let line = |it: &Value| {
        let (_, line) = it["Metadata"]["pipe"].as_str()?.rsplit_once(':')?;
        line.parse().ok()
    };
    resources
        .iter()
        .map(|(id, it)| (id.clone(), line(it).expect("a line")))
        .collect()
}

/// Takes the line out of each `"pipe": "payments.pipe:31"` of a text.
fn text_without_lines(text: &str) -> String {
    const BEFORE: &str = "\"pipe\": \"";
    let mut pieces = text.split(BEFORE);
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (place, rest) = piece.split_once('"').expect("a text ends");
        let (file, line) = place.rsplit_once(':').expect("a file and a line");
        line.parse::<usize>().expect("a line");
        kept.extend([BEFORE, file, "\"", rest]);
    }
    kept
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_declarations_does_not_matter(
        which in 0..SPECS.len(),
        seed in any::<u64>(),
    ) {
        let spec = &SPECS[which];
        let blocks = declarations(spec.text);
        // The head stays first; the rest is put in an order that the seed decides.
        let mut rest: Vec<(u64, &String)> = blocks[1..]
            .iter()
            .enumerate()
            .map(|(index, it)| (seed.rotate_left(index as u32 * 7).wrapping_mul(0x9E37_79B9_7F4A_7C15 ^ index as u64), it))
            .collect();
        rest.sort();
        let rest: String = rest.into_iter().map(|(_, it)| it.as_str()).collect();
        let (before, after) = (spec.emitted(), spec.emit(&format!("{}{rest}", blocks[0])));
        prop_assert_eq!(resources(before), resources(&after));
        prop_assert_eq!(ids(before), ids(&after));
        for (path, text) in before.iter().filter(|(path, _)| path.ends_with(".asl.json")) {
            prop_assert_eq!(text, &after[path]);
        }
    }
}
