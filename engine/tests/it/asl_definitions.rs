//! The checks of definitions against the verdicts of AWS, its linter, its editor and a third party.

use std::collections::BTreeMap;

use crate::asl_support::{cases, listed, text};
use pipe_engine::asl::{DefinitionError, Machine};

/// Definitions whose verdict here is another one, `id | reason` a line.
const EXCEPTIONS: &str = include_str!("asl_support/definition_exceptions.txt");

fn parse(case: &pipe_engine::asl::Json) -> Result<Machine, DefinitionError> {
    let machine = match case.get("definition") {
        Some(definition) => Machine::from_json(definition)?,
        None => Machine::parse(text(case, "definition_text"))?,
    };
    if text(case, "workflow_type") == "EXPRESS" {
        machine.check_express()?;
    }
    Ok(machine)
}

#[test]
fn definitions_are_taken_and_refused_as_their_judges_do() {
    let Some(cases) = cases("definitions.jsonl") else {
        return;
    };
    let exceptions = listed(EXCEPTIONS);
    let mut counts: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    let mut unexpected = Vec::new();
    for case in &cases {
        let id = text(case, "id");
        let verdict = parse(case);
        let count = counts.entry(text(case, "suite")).or_default();
        count.1 += 1;
        // What is not interpreted is refused for that reason, whatever the judge says of it.
        if verdict
            .as_ref()
            .is_err_and(|error| error.message.starts_with("NotSupported: "))
        {
            count.2 += 1;
            continue;
        }
        let agrees = verdict.is_ok() == (text(case, "expect") == "valid");
        count.0 += usize::from(agrees);
        match (agrees, exceptions.get(id)) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(_)) => {
                unexpected.push(format!("{id}: agrees, so it is no exception any more"))
            }
            (false, None) => unexpected.push(format!(
                "{id}: expected {}, but {verdict:.200?}",
                text(case, "expect")
            )),
        }
    }
    for (suite, (agreed, all, unsupported)) in &counts {
        println!(
            "{suite}: {agreed} of {all} verdicts the same, {unsupported} refused as not supported"
        );
    }
    assert!(
        unexpected.is_empty(),
        "{} definitions:\n{}",
        unexpected.len(),
        unexpected.join("\n")
    );
}

/// Where a definition with one state `A` is refused; nothing where it is taken.
fn refused(state: &str) -> Option<String> {
    let definition = format!(r#"{{"StartAt":"A","States":{{"A":{{{state}}}}}}}"#);
    Machine::parse(&definition).err().map(|error| error.at)
}

#[test]
fn the_label_of_a_map_is_part_of_an_arn() {
    let map = |label: &str| {
        let states = r#""StartAt":"I","States":{"I":{"Type":"Succeed"}}"#;
        let config = r#""ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}"#;
        let label = pipe_engine::asl::Json::from(label).to_text();
        format!(r#""Type":"Map","End":true,"Label":{label},"ItemProcessor":{{{config},{states}}}"#)
    };
    let most = "ü".repeat(40);
    for label in ["orders-1_a.b/c", most.as_str()] {
        assert_eq!(refused(&map(label)), None, "{label}");
    }
    let more = "a".repeat(41);
    let mut wrong = vec![String::new(), more];
    let outside = " \t\u{85}\u{7f}?*<>{}[]:;,\\|^~$#%&`\"";
    wrong.extend(outside.chars().map(|character| format!("a{character}b")));
    for label in wrong {
        let at = Some("/States/A/Label".to_owned());
        assert_eq!(refused(&map(&label)), at, "{label:?}");
    }
    let (first, second) = (map("l"), map("l"));
    let first = first.replace(r#""End":true"#, r#""Next":"B""#);
    let twice = format!(r#"{{"StartAt":"A","States":{{"A":{{{first}}},"B":{{{second}}}}}}}"#);
    let error = Machine::parse(&twice).expect_err("a label names one Map");
    assert_eq!(error.at, "/States/B/Label");
}

#[test]
fn a_distributed_map_says_what_its_executions_are_and_needs_a_standard_machine() {
    let map = |config: &str| {
        format!(
            r#"{{"StartAt":"A","States":{{"A":{{"Type":"Map","End":true,"ItemProcessor":{{"ProcessorConfig":{config},"StartAt":"I","States":{{"I":{{"Type":"Succeed"}}}}}}}}}}}}"#
        )
    };
    let error = Machine::parse(&map(r#"{"Mode":"DISTRIBUTED"}"#)).expect_err("of which type?");
    assert_eq!(error.at, "/States/A/ItemProcessor/ProcessorConfig");
    let both = r#"{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"}"#;
    let machine = Machine::parse(&map(both)).expect("it is valid");
    let error = machine
        .check_express()
        .expect_err("Express has no distributed Map");
    assert_eq!(error.at, "/States/A");
    let inline = Machine::parse(&map(r#"{"Mode":"INLINE"}"#)).expect("it is valid");
    assert_eq!(inline.check_express(), Ok(()));
}

#[test]
fn credentials_are_an_object() {
    let task = |credentials: &str| {
        format!(r#""Type":"Task","Resource":"r","End":true,"Credentials":{credentials}"#)
    };
    for taken in [r#"{"RoleArn":"r"}"#, r#"{"RoleArn.$":"$.role"}"#] {
        assert_eq!(refused(&task(taken)), None, "{taken}");
    }
    for other in ["false", "null", "5", r#""r""#, "[]"] {
        let at = Some("/States/A/Credentials".to_owned());
        assert_eq!(refused(&task(other)), at, "{other}");
    }
}

#[test]
fn an_error_and_its_cause_are_texts() {
    for (function, text) in [
        ("Format('a{}', $.a)", true),
        ("JsonToString($.a)", true),
        ("ArrayGetItem($.a, 0)", true),
        ("Base64Encode($.a)", true),
        ("Base64Decode($.a)", true),
        ("Hash($.a, 'MD5')", true),
        ("UUID()", true),
        ("StringToJson($.a)", false),
        ("MathAdd($.a, 1)", false),
        ("MathRandom(1, 2)", false),
        ("Array($.a)", false),
        ("ArrayLength($.a)", false),
        ("ArrayRange(1, 2, 1)", false),
        ("ArrayPartition($.a, 1)", false),
        ("ArrayContains($.a, 1)", false),
        ("ArrayUnique($.a)", false),
        ("StringSplit($.a, ',')", false),
        ("JsonMerge($.a, $.b, false)", false),
    ] {
        for field in ["ErrorPath", "CausePath"] {
            let state = format!(r#""Type":"Fail","{field}":"States.{function}""#);
            let at = (!text).then(|| format!("/States/A/{field}"));
            assert_eq!(refused(&state), at, "{field} {function}");
        }
    }
}

#[test]
fn an_integration_that_step_functions_does_not_have_is_refused() {
    for (integration, there) in [
        ("dynamodb:putItem", true),
        ("dynamodb:query", false),
        ("dynamodb:putItem.sync", false),
        ("aws-sdk:dynamodb:query", true),
        ("sqs:sendMessage.waitForTaskToken", true),
        ("sqs:receiveMessage", false),
        ("lambda:invoke.waitForTaskToken", true),
        ("lambda:invoke.sync", false),
        ("states:startExecution.sync:2", true),
        ("states:stopExecution", false),
        ("glue:startJobRun.sync", true),
    ] {
        let state =
            format!(r#""Type":"Task","Resource":"arn:aws:states:::{integration}","End":true"#);
        let at = (!there).then(|| "/States/A/Resource".to_owned());
        assert_eq!(refused(&state), at, "{integration}");
    }
}

#[test]
fn a_name_within_is_not_one_around() {
    let around = |inner: &str, config: &str| {
        format!(
            r#"{{"StartAt":"Set","States":{{
                "Set":{{"Type":"Pass","Assign":{{"x":1}},"Next":"M"}},
                "M":{{"Type":"Map","End":true,"ItemProcessor":{{{config}"StartAt":"P","States":{{"P":{{"Type":"Parallel","End":true,"Branches":[
                    {{"StartAt":"I","States":{{"I":{{"Type":"Pass","Assign":{{"y":1}},"End":true}}}}}},{inner}]}}}}}}}}}}}}"#
        )
    };
    let pass = |name: &str, assign: &str| {
        format!(
            r#"{{"StartAt":"{name}","States":{{"{name}":{{"Type":"Pass","Assign":{{{assign}}},"End":true}}}}}}"#
        )
    };
    let chosen = r#"{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$","IsNull":true,"Assign":{"x":1},"Next":"D"}]},"D":{"Type":"Succeed"}}}"#;
    let caught = r#"{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"r","Catch":[{"ErrorEquals":["E"],"Assign":{"x":1},"Next":"D"}],"Next":"D"},"D":{"Type":"Succeed"}}}"#;
    let distributed = r#""ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"#;
    let inside = "/States/M/ItemProcessor/States/P/Branches/1/States";
    for (inner, config, state) in [
        (pass("I", r#""y":1"#), "", None),
        (pass("J", r#""z.$":"$x""#), "", None),
        (pass("J", r#""x":1"#), "", Some("J")),
        (pass("J", r#""x.$":"$x""#), "", Some("J")),
        (chosen.to_owned(), "", Some("C")),
        (caught.to_owned(), "", Some("C")),
        // The variables of the state machine are out of sight there, its states are its states.
        (pass("J", r#""x":1"#), distributed, None),
        (pass("Set", r#""z":1"#), distributed, Some("Set")),
        (pass("M", r#""z":1"#), "", Some("M")),
    ] {
        let error = Machine::parse(&around(&inner, config)).err();
        let at = state.map(|state| format!("{inside}/{state}"));
        assert_eq!(error.map(|error| error.at), at, "{config} {inner}");
    }
}

#[test]
fn the_name_of_a_variable_begins_with_a_letter() {
    for (name, taken) in [("a_1", true), ("é", true), ("_a", false), ("1a", false)] {
        let state = format!(r#""Type":"Pass","End":true,"Assign":{{"{name}":1}}"#);
        let at = (!taken).then(|| format!("/States/A/Assign/{name}"));
        assert_eq!(refused(&state), at, "{name}");
    }
}
