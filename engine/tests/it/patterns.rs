//! Event patterns against the recorded verdicts of EventBridge, of DynamoDB stream filters and of AWS's event-ruler.

use std::path::PathBuf;

use pipe_engine::pattern::Pattern;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A recorded pattern: as text where it is no JSON, else as JSON, of which the order of keys counts too.
#[derive(Deserialize)]
struct Recorded<'a> {
    #[serde(borrow)]
    pattern: Option<&'a RawValue>,
    pattern_text: Option<String>,
}

fn conformance() -> Option<PathBuf> {
    let given = std::env::var_os("PIPEC_CONFORMANCE")
        .map_or_else(|| PathBuf::from("../shared/conformance"), PathBuf::from);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(given);
    folder.is_dir().then_some(folder)
}

#[test]
fn every_recorded_pattern_gets_the_recorded_verdict() {
    let Some(folder) = conformance() else {
        eprintln!("SKIPPED: no conformance data (set PIPEC_CONFORMANCE)");
        return;
    };
    let cases = std::fs::read_to_string(folder.join("patterns/cases.jsonl"))
        .expect("the cases are readable");
    let mut wrong = Vec::new();
    let mut total = 0;
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).expect("each line is JSON");
        total += 1;
        let recorded: Recorded<'_> = serde_json::from_str(line).expect("each case has a pattern");
        let text = recorded.pattern_text.as_deref();
        let pattern = Pattern::parse(
            text.or(recorded.pattern.map(RawValue::get))
                .unwrap_or_default(),
        );
        let verdict = match (&pattern, case.get("event")) {
            (Err(_), _) => "invalid",
            (Ok(_), None) => "valid",
            (Ok(pattern), Some(event)) if pattern.matches(event) => "match",
            (Ok(_), Some(_)) => "no_match",
        };
        if case["expect"] != verdict {
            wrong.push(format!(
                "{}: expected {}, got {verdict}; {}",
                case["id"],
                case["expect"],
                line.get(line.find("\"pattern").unwrap_or(0)..)
                    .unwrap_or_default()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {total} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn verdict(pattern: &str, event: &Value) -> &'static str {
    match Pattern::parse(pattern) {
        Err(_) => "invalid",
        Ok(pattern) if pattern.matches(event) => "match",
        Ok(_) => "no_match",
    }
}

/// Each line: what is expected, the pattern, the event. Without an event only validity is asked.
#[expect(clippy::expect_used, reason = "a case that cannot be read is no case")]
fn expect(cases: &str) {
    let lines = cases
        .lines()
        .map(str::trim)
        .filter(|it| !it.is_empty() && !it.starts_with("//"));
    let mut wrong = Vec::new();
    for line in lines {
        let (expected, rest) = line.split_once(": ").expect("a verdict");
        let (pattern, event) = rest.split_once(" <- ").unwrap_or((rest, "{}"));
        let event = serde_json::from_str(event).expect("the event is JSON");
        let found = match (expected, verdict(pattern, &event)) {
            ("valid", "match" | "no_match") => "valid",
            (_, found) => found,
        };
        if found != expected {
            wrong.push(format!("{found}, not {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_pattern_is_read_from_front_to_back() {
    expect(
        r#"
        // Of two that ask about one path the later one counts, whether a key or `$or`.
        no_match: {"a": [1], "a": [2]} <- {"a": 1}
        match: {"a": [2], "a": [1]} <- {"a": 1}
        match: {"$or": [{"a": [2]}, {"x": [{"exists": false}]}], "a": [1]} <- {"a": 1}
        no_match: {"$or": [{"a": [1]}, {"a": [1], "x": [1]}], "a": [2]} <- {"a": 1}
        match: {"a": [2], "$or": [{"a": [1]}, {"x": [1]}]} <- {"a": 1}
        no_match: {"b.c": [1], "b": {"c": [2]}} <- {"b": {"c": 1}}
        // Objects with one key are one object, and so are a path and what it spells.
        match: {"b": {"c": [1]}, "b": {"d": [2]}} <- {"b": {"c": 1, "d": 2}}
        no_match: {"b": {"c": [9]}, "b": {"d": [2]}} <- {"b": {"c": 1, "d": 2}}
        match: {"b": {"c": [1]}, "b.d": [2]} <- {"b": {"c": 1, "d": 2}}
        no_match: {"b": [1], "b.c": [1]} <- {"b": {"c": 1}}
        // Two `$or`s are all combinations of both.
        match: {"$or": [{"a": [1]}, {"a": [2]}], "$or": [{"c": [{"exists": false}]}, {"a": [7]}]} <- {"a": 1}
        no_match: {"$or": [{"a": [1]}, {"x": [2]}], "$or": [{"c": [1]}, {"d": [1]}]} <- {"a": 1}
        // An alternative about another field of the same object takes nothing away.
        no_match: {"b": {"c": [9]}, "$or": [{"b": {"d": [2]}}, {"x": [1]}]} <- {"b": {"c": 1, "d": 2}}
        match: {"b": {"c": [1]}, "$or": [{"b": {"d": [2]}}, {"x": [1]}]} <- {"b": {"c": 1, "d": 2}}
        // A match expression has one key, also where it is the same one twice.
        invalid: {"a": [{"prefix": "x", "prefix": "y"}]}
        invalid: {"a": [{"anything-but": {"prefix": "x", "prefix": "y"}}]}
        invalid: {"a": [{}]}
        "#,
    );
    let written = serde_json::json!({ "a": [2], "$or": [{ "a": [1] }, { "x": [1] }] });
    let pattern = Pattern::from_value(&written).expect("valid");
    assert!(pattern.matches(&serde_json::json!({ "a": 1 })));
}

#[test]
fn an_alternative_names_no_field_as_an_operator() {
    for name in ["prefix", "exists", "exactly", "=", "regex", "date-before"] {
        expect(&format!(
            r#"
            invalid: {{"$or": [{{"{name}": ["x"]}}, {{"b": [1]}}]}}
            invalid: {{"$or": [{{"a": {{"{name}": ["x"]}}}}, {{"b": [1]}}]}}
            valid: {{"{name}": ["x"], "$or": [{{"a": [1]}}, {{"b": [1]}}]}}
            "#
        ));
    }
    for (count, expected) in [(9, "valid"), (10, "invalid"), (60, "invalid")] {
        let each =
            (0..count).map(|at| format!(r#""x{at}": {{"$or": [{{"a": [1]}}, {{"b": [1]}}]}}"#));
        let each: Vec<String> = each.collect();
        expect(&format!("{expected}: {{{}}}", each.join(",")));
    }
}

#[test]
fn numbers_are_compared_to_six_digits_after_the_point_and_beyond_as_they_are() {
    expect(
        r#"
        match: {"a": [300]} <- {"a": 3.0e2}
        match: {"a": [3e-6]} <- {"a": 0.000003}
        match: {"a": [{"numeric": ["=", 0]}]} <- {"a": -0.0}
        match: {"a": [{"numeric": [">", 0.1, "<", 0.100002]}]} <- {"a": 0.100001}
        no_match: {"a": [{"numeric": [">", 0.1]}]} <- {"a": 0.1}
        match: {"a": [{"numeric": [">", 499999999999]}]} <- {"a": 500000000000}
        // Too fine or too large to be compared by value.
        no_match: {"a": [{"numeric": [">", 0]}]} <- {"a": 0.1234567}
        no_match: {"a": [{"numeric": [">", 0]}]} <- {"a": 1700000000000}
        no_match: {"a": [{"numeric": ["<", 0]}]} <- {"a": -1e300}
        match: {"a": [{"anything-but": 5}]} <- {"a": 1700000000000}
        match: {"a": [9007199254740993]} <- {"a": 9007199254740993}
        no_match: {"a": [9007199254740993]} <- {"a": 9007199254740992}
        no_match: {"a": [1e400]} <- {"a": 1}
        invalid: {"a": [{"numeric": ["=", 0.1234567]}]}
        invalid: {"a": [{"numeric": ["<", 1e12]}]}
        invalid: {"a": [{"numeric": ["<", 1e999999999999]}]}
        invalid: {"a": [{"numeric": ["<", 1e99999999999999999999]}]}
        invalid: {"a": [{"anything-but": 1e12}]}
        invalid: {"a": [{"anything-but": [1, 0.1234567]}]}
        // A lower bound comes first, and below an upper one.
        valid: {"a": [{"numeric": [">=", 1, "<", 5]}]}
        invalid: {"a": [{"numeric": ["<", 5, ">", 1]}]}
        invalid: {"a": [{"numeric": [">", 5, "<", 1]}]}
        invalid: {"a": [{"numeric": [">=", 5, "<=", 5]}]}
        invalid: {"a": [{"numeric": [">", 1, "<", 5, "<", 6]}]}
        invalid: {"a": [{"numeric": ["=", 1, "<", 5]}]}
        invalid: {"a": [{"numeric": [">", 1, "=", 5]}]}
        invalid: {"a": [{"numeric": ["!=", 1]}]}
        invalid: {"a": [{"numeric": ["=", "1"]}]}
        invalid: {"a": [{"numeric": []}]}
        "#,
    );
}

#[test]
fn an_address_is_compared_as_an_address() {
    expect(
        r#"
        match: {"a": ["10.0.0.1"]} <- {"a": "010.0.0.1"}
        match: {"a": ["2001:db8::1"]} <- {"a": "2001:0DB8:0:0:0:0:0:1"}
        match: {"a": ["10.0.0.1"]} <- {"a": "::ffff:a00:1"}
        no_match: {"a": [{"exactly": "10.0.0.1"}]} <- {"a": "010.0.0.1"}
        match: {"a": ["256.0.0.1"]} <- {"a": "256.0.0.1"}
        match: {"a": ["08:23"]} <- {"a": "08:23"}
        match: {"a": [{"anything-but": "10.0.0.1"}]} <- {"a": "010.0.0.1"}
        match: {"a": [{"cidr": "10.0.0.77/24"}]} <- {"a": "10.0.0.0"}
        no_match: {"a": [{"cidr": "10.0.0.77/24"}]} <- {"a": "10.0.1.0"}
        match: {"a": [{"cidr": "0.0.0.0/0"}]} <- {"a": "255.255.255.255"}
        no_match: {"a": [{"cidr": "0.0.0.0/0"}]} <- {"a": "::1"}
        match: {"a": [{"cidr": "2001:db8::/32"}]} <- {"a": "2001:db8:ffff::"}
        invalid: {"a": [{"cidr": "10.0.0.1"}]}
        invalid: {"a": [{"cidr": "10.0.0.1/"}]}
        invalid: {"a": [{"cidr": "10.0.0.1/32"}]}
        valid: {"a": [{"cidr": "10.0.0.1/31"}]}
        invalid: {"a": [{"cidr": "2001:db8::/128"}]}
        invalid: {"a": [{"cidr": "10.0.0.1/-1"}]}
        invalid: {"a": [{"cidr": "10.0.0/8"}]}
        invalid: {"a": [{"cidr": "::10.0.0.1/8"}]}
        invalid: {"a": [{"cidr": "10.0.0.0/8/8"}]}
        "#,
    );
}

#[test]
fn case_is_ignored_character_by_character() {
    expect(
        r#"
        match: {"a": [{"equals-ignore-case": "ΑΣ"}]} <- {"a": "ασ"}
        match: {"a": [{"equals-ignore-case": "straße"}]} <- {"a": "STRASSE"}
        no_match: {"a": [{"equals-ignore-case": "strasse"}]} <- {"a": "straße"}
        no_match: {"a": [{"equals-ignore-case": "k"}]} <- {"a": "\u212a"}
        match: {"a": [{"equals-ignore-case": "Ⱥx"}]} <- {"a": "ⱥX"}
        match: {"a": [{"prefix": {"equals-ignore-case": "ÄÖ"}}]} <- {"a": "äöx"}
        match: {"a": [{"suffix": {"equals-ignore-case": "xß"}}]} <- {"a": "aXSS"}
        no_match: {"a": [{"suffix": {"equals-ignore-case": "xa"}}]} <- {"a": "A"}
        no_match: {"a": [{"equals-ignore-case": "ab"}]} <- {"a": "abc"}
        match: {"a": [{"equals-ignore-case": ""}]} <- {"a": ""}
        match: {"a": [{"anything-but": {"equals-ignore-case": ""}}]} <- {"a": "x"}
        no_match: {"a": [{"anything-but": {"equals-ignore-case": ["", "b"]}}]} <- {"a": "B"}
        "#,
    );
}

#[test]
fn fields_are_of_one_element_of_an_array_that_they_share() {
    let event = r#"{"e": [{"a": 1, "m": 1}, {"a": 2, "z": 2, "l": [{"x": 1, "y": 1}, {"x": 2, "y": 2}]}], "o": [{"k": 1}]}"#;
    let of_event = r#"
        match: {"e": {"a": [2], "z": [2]}} <- EVENT
        no_match: {"e": {"a": [1], "z": [2]}} <- EVENT
        match: {"e": {"a": [2]}, "o": {"k": [1]}} <- EVENT
        match: {"e": {"a": [2], "l": {"x": [1], "y": [1]}}} <- EVENT
        no_match: {"e": {"a": [2], "l": {"x": [1], "y": [2]}}} <- EVENT
        no_match: {"e": {"a": [1], "l": {"x": [1]}}} <- EVENT
        // What the alternatives ask is of the same element as what stands beside them.
        no_match: {"e": {"a": [1]}, "$or": [{"e": {"z": [2]}}, {"x": [1]}]} <- EVENT
        match: {"e": {"a": [2]}, "$or": [{"e": {"z": [2]}}, {"x": [1]}]} <- EVENT
        // Absent is looked for in the elements that an earlier path has settled on, else in the whole event.
        match: {"e": {"a": [1], "z": [{"exists": false}]}} <- EVENT
        no_match: {"e": {"a": [2], "z": [{"exists": false}]}} <- EVENT
        no_match: {"e": {"l.x": [{"exists": false}], "m": [{"exists": false}]}} <- EVENT
        no_match: {"e": {"m": [{"exists": false}], "z": [2]}} <- EVENT
    "#;
    expect(&of_event.replace("EVENT", event));
    expect(
        r#"
        // Scalars of an array go together with everything.
        match: {"t": ["a"], "t.k": [1]} <- {"t": ["a", {"k": 1}]}
        match: {"t": [2]} <- {"t": [[1], [[2]]]}
        no_match: {"t": [{"exists": true}]} <- {"t": [[], {}]}
        match: {"t": [{"exists": true}]} <- {"t": null}
        // A dotted key is the path that it spells.
        match: {"a": {"b": [1], "c": [2]}} <- {"a.b": 1, "a": {"c": 2}}
        match: {"a": {"b": [1]}} <- {"a": 5, "a.b": 1}
        // What is no object is no event.
        no_match: {"a": [{"exists": false}]} <- null
        "#,
    );
}

#[test]
fn long_arrays_side_by_side_are_not_multiplied() {
    let list: Value = (0..300).map(|it| serde_json::json!({ "k": it })).collect();
    let any = serde_json::json!([{ "exists": true }]);
    let event = serde_json::json!({ "a": list, "b": list, "c": list, "d": list, "e": list });
    let pattern = serde_json::json!({
        "a": { "k": any }, "b": { "k": any }, "c": { "k": any }, "d": { "k": any }, "e": { "k": [-1] },
    });
    let pattern = Pattern::from_value(&pattern).expect("valid");
    assert!(!pattern.matches(&event));
}
