//! Rows of the checklist that no template can show, or that no template of ours has, each with where it is held instead.

/// Row and reason.
pub(crate) const ELSEWHERE: &[(&str, &str)] = &[
    (
        "TPL-02",
        "a firewall has no word in the language yet; nothing is emitted that could be checked",
    ),
    (
        "TPL-03",
        "there is no custom domain; API Gateway's and Lambda's own endpoints take TLS 1.2 and later only",
    ),
    (
        "TPL-10",
        "no template can protect its own stack; the README gives the two commands that do, under \"In production\"",
    ),
    ("TPL-12", "a property of two templates: emit_stability.rs"),
    (
        "TPL-14",
        "the schemas of AWS are judged by cfn-lint: ./verify template-lint",
    ),
    ("TPL-15", "a report, not a property of a template"),
    (
        "TPL-16",
        "reasons of what is left out are checked with each rule that reads them; a date is not part of the language",
    ),
    (
        "IAM-06",
        "an option that is not offered: a role of a function can be taken by Lambda alone",
    ),
    (
        "IAM-12",
        "the engine's evaluator: engine/tests/it/iam_conformance.rs and ./verify decisions",
    ),
    ("IAM-13", "what does not compile: tests/ui"),
    (
        "IAM-14",
        "policy, capability and edge side by side: a property over generated specs",
    ),
    ("OBS-02", "lines that a program writes: the runtime's tests"),
    ("OBS-03", "values in lines: the runtime's tests"),
    (
        "OBS-06",
        "behaviour when telemetry fails: the runtime's tests",
    ),
    ("OBS-07", "lines that a refusal writes: the runtime's tests"),
    ("OBS-08", "metrics that the runtime writes: its tests"),
    ("DEL-02", "behaviour: the engine's tests"),
    ("DEL-03", "behaviour: the runtime's and the engine's tests"),
    ("DEL-04", "behaviour: the engine's tests"),
    ("DEL-05", "behaviour: the engine's tests"),
    ("DEL-07", "contents of a dead letter: the engine's tests"),
    ("DEL-10", "behaviour: the engine's simulation"),
    ("DEL-11", "behaviour: the engine's simulation"),
    ("DEL-12", "a command, not a template"),
    ("DEL-13", "behaviour: the runtime's tests"),
    ("DEL-14", "patterns: engine/tests/it/patterns.rs"),
    ("DEL-15", "order of sinks: the runtime's tests"),
    ("DEL-17", "a difference of two deployments"),
];
