//! What a spec grants, what its policies allow, what its program can do and what its picture shows are the same, for any spec.
//!
//! The specs are made up as text, so that the checker takes part, and the views are read from what is emitted: `template.json`,
//! the definitions of state machines, the generated Rust, and the description in `graph.svg`. `docs/testing.md` says what this catches.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use crate::grants::generator::{self, Spec};
use crate::grants::picture::{self, Edge};
use crate::grants::policies::{self, Meaning, Role};
use crate::grants::{Kind, Permission, difference, program};
use pipe_compiler::{check, compile, diag};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::Value;

const FILE: &str = "sample.pipe";
/// Specs whose views are compared.
const CASES: u32 = 1000;
const SEED: u64 = 20_261_121;
/// Specs that lose a grant.
const CASES_MENDED: u32 = 100;

fn numbers() -> impl Strategy<Value = Vec<u8>> {
    // Mostly noughts, so that specs stay small and many.
    prop::collection::vec(prop_oneof![2 => Just(0_u8), 1 => any::<u8>()], 0..160)
}

/// The same cases every time: a failure is found again by running the test again.
fn config(cases: u32, seed: u64) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    }
}

/// What is emitted for a spec, as text by path.
fn emitted(spec: &Spec) -> BTreeMap<String, String> {
    let checked = check(FILE, &spec.text);
    let shown = diag::render_short(&checked.diagnostics, FILE, &spec.text);
    let pipeline = checked
        .pipeline
        .unwrap_or_else(|| panic!("{shown}\n{}", spec.text));
    let artifacts = compile(&pipeline).into_iter();
    artifacts
        .map(|it| (it.path, String::from_utf8(it.contents).unwrap()))
        .collect()
}

fn expect<T: Ord + std::fmt::Display>(
    what: &str,
    spec: &Spec,
    expected: &BTreeSet<T>,
    found: &BTreeSet<T>,
) {
    assert!(
        expected == found,
        "{what}:{}\n{}",
        difference(expected, found),
        spec.text
    );
}

/// The policies allow what is granted, each statement for one grant, and nothing else without a reason.
fn policies_allow_what_is_granted(spec: &Spec, template: &Value, granted: &BTreeSet<Permission>) {
    let mut allowed = BTreeSet::new();
    for role in policies::roles(template) {
        for statement in &role.statements {
            no_wildcards(&role, statement);
        }
        if role.actor.contains('.') {
            continue;
        }
        for statement in &role.statements {
            match policies::meaning(spec, &role, statement, granted) {
                Some(Meaning::Granted(it)) => assert!(
                    allowed.insert(it),
                    "{statement:?} stands twice\n{}",
                    spec.text
                ),
                Some(Meaning::Needed(_)) => {}
                None => panic!(
                    "{}: no grant and no reason for {statement:?}\n{}",
                    role.actor, spec.text
                ),
            }
        }
    }
    // A parameter of the template is in the environment.
    let in_policies = granted
        .iter()
        .filter(|it| spec.kind(&it.resource) != Kind::ParamAtDeploy)
        .cloned()
        .collect();
    expect("policies", spec, &in_policies, &allowed);
}

/// Actions are written out, and a resource ends in `*` only where what follows is known at run time.
fn no_wildcards(role: &Role, statement: &policies::Statement) {
    for action in &statement.actions {
        assert!(!action.contains(['*', '?']), "{}: {statement:?}", role.id);
    }
    let unscoped = ["xray:", "logs:", "dynamodb:ListStreams", "ec2:"];
    for resource in &statement.resources {
        let known_later = resource.contains("Bucket.Arn}/")
            || resource.contains(":execution:")
            || resource.contains(":log-group:");
        let knows_none = resource == "*"
            && statement
                .actions
                .iter()
                .all(|it| unscoped.iter().any(|no| it.starts_with(no)));
        assert!(
            !resource.contains('*') || known_later || knows_none,
            "{}: {statement:?}",
            role.id
        );
    }
}

/// The code of each function can do what is granted to it beyond the spec's edges, and the runtime does the edges, and no more.
fn program_does_what_is_granted(spec: &Spec, artifacts: &BTreeMap<String, String>) {
    let workflows: BTreeSet<&str> = spec
        .grants
        .iter()
        .filter(|it| it.is_workflow)
        .map(|it| it.to.as_str())
        .collect();
    let permissions = spec.permissions();
    let of = |wanted: &dyn Fn(&Permission, bool) -> bool| -> BTreeSet<Permission> {
        permissions
            .iter()
            .filter(|(it, item)| wanted(it, item.by_edge))
            .map(|it| it.0.clone())
            .collect()
    };
    let is_workflow = |it: &Permission| workflows.contains(it.to.as_str());
    let source = |name: &str| &artifacts[&format!("handlers/src/{name}.rs")];
    let code = of(&|it, by_edge| !by_edge && !is_workflow(it));
    expect(
        "capabilities",
        spec,
        &code,
        &program::capabilities(spec, source("capabilities")),
    );
    let runtime = of(&|it, by_edge| by_edge && !is_workflow(it));
    expect(
        "what the runtime does",
        spec,
        &runtime,
        &program::edges(spec, source("lib")),
    );
    for (path, text) in artifacts {
        let Some(workflow) = path.strip_suffix(".asl.json") else {
            continue;
        };
        let machine = serde_json::from_str(text).unwrap();
        let granted = of(&|it, _| it.to == workflow);
        let mut tasks = program::tasks(spec, workflow, &machine);
        // Beginning once is a claim in the table that begins it, which needs the same right as recording there.
        let claim = tasks.iter().find(|it| it.verb == "append").cloned();
        if workflow == "settle"
            && let Some(claim) = claim
            && !granted.contains(&claim)
        {
            tasks.remove(&claim);
        }
        expect("tasks", spec, &granted, &tasks);
    }
}

/// The picture shows each grant as an arrow with its word and line, and no other arrow but what flows without one.
fn picture_shows_what_is_granted(spec: &Spec, svg: &str) {
    let mut expected: BTreeMap<(String, String, String), BTreeSet<usize>> = BTreeMap::new();
    for (permission, item) in spec.permissions() {
        let subject = spec.declared(&permission.to).to_owned();
        let resource = spec.declared(&permission.resource).to_owned();
        let into = matches!(item.verb, "read" | "receive");
        let (from, to) = if into {
            (resource, subject)
        } else {
            (subject, resource)
        };
        expected
            .entry((from, to, item.verb.to_owned()))
            .or_default()
            .insert(item.line);
    }
    let edge = |((from, to, word), lines): ((String, String, String), BTreeSet<usize>)| Edge {
        from,
        to,
        word,
        lines: lines.into_iter().collect(),
    };
    let expected: BTreeSet<Edge> = expected.into_iter().map(edge).collect();
    let flows = |it: &Edge| {
        spec.flows
            .iter()
            .any(|(from, to, word)| (from, to, word) == (&it.from, &it.to, &it.word))
    };
    let found = picture::edges(svg);
    let granted: BTreeSet<Edge> = found
        .iter()
        .filter(|it| !flows(it) && it.word != "after 5" && !it.word.starts_with("where "))
        .cloned()
        .collect();
    expect("picture", spec, &expected, &granted);
    for (from, to, word) in &spec.flows {
        let shown = found
            .iter()
            .any(|it| (&it.from, &it.to, &it.word) == (from, to, word));
        assert!(
            shown,
            "the picture lacks {from} to {to}: {word}\n{}",
            spec.text
        );
    }
}

fn all_views_agree(spec: &Spec, artifacts: &BTreeMap<String, String>) {
    let granted = spec.permissions().into_iter().map(|it| it.0).collect();
    let template = serde_json::from_str(&artifacts["template.json"]).unwrap();
    policies_allow_what_is_granted(spec, &template, &granted);
    program_does_what_is_granted(spec, artifacts);
    picture_shows_what_is_granted(spec, &artifacts["graph.svg"]);
}

/// Half of the cases, since tests run side by side.
fn cases_agree(seed: u64) {
    let mut runner = TestRunner::new(config(CASES / 2, seed));
    let result = runner.run(&numbers(), |numbers| {
        let spec = generator::spec(&numbers);
        all_views_agree(&spec, &emitted(&spec));
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn grant_statement_capability_and_arrow_are_one() {
    cases_agree(SEED);
}

#[test]
fn grant_statement_capability_and_arrow_are_one_in_other_specs() {
    cases_agree(SEED + 1);
}

proptest! {
    // Each asks the checker several times, which is slow without optimisation.
    #![proptest_config(config(CASES_MENDED, SEED))]

    #[test]
    fn an_edge_without_its_grant_is_an_error_that_mends_itself(numbers in numbers(), which in any::<prop::sample::Index>()) {
        let spec = generator::spec(&numbers);
        let edges: Vec<(usize, usize)> = spec.grants.iter().enumerate()
            .flat_map(|(grant, it)| it.items.iter().enumerate().filter(|(_, it)| it.by_edge).map(move |(item, _)| (grant, item)))
            .collect();
        let (grant, item) = edges[which.index(edges.len())];
        edge_without_its_grant(&spec, grant, item);
    }
}

/// Takes one permission that an edge uses out of its grant: the checker objects at the use, and its mend brings it back.
fn edge_without_its_grant(spec: &Spec, grant: usize, item: usize) {
    let text = spec.without(grant, item);
    let (grant, item) = (&spec.grants[grant], &spec.grants[grant].items[item]);
    let wanted = format!(
        "{}: {}{}",
        item.verb,
        item.written,
        item.field.map(|it| format!(".{it}")).unwrap_or_default()
    );
    let checked = check(FILE, &text);
    assert!(
        checked.pipeline.is_none(),
        "`{wanted}` is missed by nobody\n{text}"
    );
    let missing: Vec<_> = checked
        .diagnostics
        .iter()
        .filter(|it| it.code.id == "P0601")
        .collect();
    assert!(
        !missing.is_empty(),
        "{}\n{text}",
        diag::render_short(&checked.diagnostics, FILE, &text)
    );
    // The place is the use, and the grant is the second one.
    for it in &missing {
        assert!(
            it.primary.span.end <= grant.start || it.primary.span.start >= grant.end,
            "{it:?}"
        );
        assert!(
            it.message.contains(&format!("`{}`", grant.to)),
            "{}",
            it.message
        );
        assert!(
            it.secondary
                .iter()
                .any(|it| it.span.start >= grant.start && it.span.end <= grant.end),
            "{it:?}"
        );
        let help = it.help.as_deref().unwrap_or_default();
        assert!(help.contains("add `") && help.contains(item.verb), "{help}");
    }
    // Each mend adds one permission; of a family that is one for each member.
    let mut mended = text;
    for _ in 0..=generator::PROVIDERS.len() {
        let checked = check(FILE, &mended);
        if let Some(pipeline) = &checked.pipeline {
            let again = check(FILE, &spec.text).pipeline.unwrap();
            let same = |it: &pipe_compiler::model::Pipeline| -> BTreeSet<(String, String, Option<String>, bool)> {
                let all = it.grants.values().flat_map(|grant| grant.permissions.iter().map(move |it| (grant, it)));
                all.map(|(grant, it)| (format!("{} {:?}", grant.to, it.verb), it.resource.clone(), it.field.clone(), it.used_by_edge)).collect()
            };
            assert_eq!(same(pipeline), same(&again), "\n{mended}");
            return;
        }
        let mend = checked
            .diagnostics
            .iter()
            .find_map(|it| it.suggestion.clone())
            .unwrap_or_else(|| panic!("no mend\n{mended}"));
        mended.replace_range(mend.span.start..mend.span.end, &mend.replacement);
    }
    panic!("the mends do not mend it\n{mended}");
}

/// The generator makes what it is for: each verb on each kind of resource, as an edge and as a capability.
#[test]
fn the_cases_hold_every_verb_on_every_kind() {
    let seen = std::cell::RefCell::new(BTreeSet::new());
    let mut runner = TestRunner::new(config(CASES, SEED));
    runner
        .run(&numbers(), |numbers| {
            let spec = generator::spec(&numbers);
            let all = spec.permissions();
            seen.borrow_mut().extend(
                all.iter()
                    .map(|(it, item)| (it.verb.clone(), spec.kind(&it.resource), item.by_edge)),
            );
            Ok(())
        })
        .unwrap();
    let seen = seen.into_inner();
    for (verb, kind, by_edge) in [
        ("read", Kind::Secret, true),
        ("read", Kind::Secret, false),
        ("read", Kind::Param, false),
        ("read", Kind::ParamAtDeploy, false),
        ("read", Kind::Table, false),
        ("read", Kind::Bucket, false),
        ("append", Kind::Table, true),
        ("append", Kind::Table, false),
        ("update", Kind::Table, true),
        ("update", Kind::Table, false),
        ("write", Kind::Bucket, true),
        ("write", Kind::Bucket, false),
        ("send", Kind::Queue, true),
        ("send", Kind::Queue, false),
        ("send", Kind::Topic, true),
        ("send", Kind::Topic, false),
        ("send", Kind::Bus, true),
        ("send", Kind::Bus, false),
        ("receive", Kind::Queue, true),
        ("call", Kind::Function, true),
        ("start", Kind::Workflow, true),
        ("start", Kind::Workflow, false),
    ] {
        assert!(
            seen.contains(&(verb.to_owned(), kind, by_edge)),
            "no case has {verb} on {kind:?}, by an edge: {by_edge}"
        );
    }
}

/// Ways to make one view differ from the others: artifact, what stands in it, and what is put in its place.
const BREAKAGES: &[(&str, &str, &str)] = &[
    // A statement more, less, wider, or for something else.
    (
        "template.json",
        "\"dynamodb:PutItem\"",
        "[\"dynamodb:PutItem\", \"dynamodb:DeleteItem\"]",
    ),
    ("template.json", "\"dynamodb:PutItem\"", "\"dynamodb:*\""),
    (
        "template.json",
        "\"dynamodb:PutItem\"",
        "\"dynamodb:DeleteItem\"",
    ),
    (
        "template.json",
        "\"dynamodb:PutItem\"",
        "\"dynamodb:UpdateItem\"",
    ),
    (
        "template.json",
        "\"states:StartExecution\"",
        "\"states:StopExecution\"",
    ),
    (
        "template.json",
        "\"s3:PutObject\"",
        "[\"s3:PutObject\", \"s3:DeleteObject\"]",
    ),
    (
        "template.json",
        "\"dynamodb:Attributes\": \"false\"",
        "\"dynamodb:Attributes\": \"true\"",
    ),
    (
        "template.json",
        "parameter/sample/${EnvironmentSuffix}/hook-key",
        "parameter/sample/${EnvironmentSuffix}/*",
    ),
    // A capability more or less.
    (
        "handlers/src/capabilities.rs",
        "impl TakeGrant<read> for orders {}",
        "",
    ),
    (
        "handlers/src/capabilities.rs",
        "impl TakeGrant<read> for orders {}",
        "impl TakeGrant<read> for orders {} impl TakeGrant<append> for archive {}",
    ),
    // The runtime does less, or something else.
    (
        "handlers/src/lib.rs",
        "sink::append::<orders, Placed>(),",
        "",
    ),
    (
        "handlers/src/lib.rs",
        "secret: Some(\"hook_key\")",
        "secret: Some(\"other_key\")",
    ),
    // A machine does what is not granted.
    (
        "settle.asl.json",
        "arn:aws:states:::sns:publish",
        "arn:aws:states:::sqs:sendMessage",
    ),
    // The picture hides an arrow, draws one more, or cites another line.
    (
        "graph.svg",
        "hook_key to take: read :",
        "hook_key to take: send :",
    ),
    ("graph.svg", "<desc>", "<desc>take to orders: update :1. "),
    (
        "graph.svg",
        "hook_key to take: read :",
        "hook_key to take: read :1",
    ),
];

/// Each check is one that can fail: what is changed in a view, and only there, is found.
#[test]
fn a_view_that_differs_is_found() {
    let spec = generator::spec(&[1; 120]);
    let artifacts = emitted(&spec);
    all_views_agree(&spec, &artifacts);
    let mut unseen = Vec::new();
    for (path, from, to) in BREAKAGES {
        let mut broken = artifacts.clone();
        let text = broken.get_mut(*path).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        *text = text.replacen(from, to, 1);
        let found = std::panic::catch_unwind(|| all_views_agree(&spec, &broken)).is_err();
        if !found {
            unseen.push(format!("{path}: {from} -> {to}"));
        }
    }
    assert!(unseen.is_empty(), "nobody minds:\n{}", unseen.join("\n"));
}
