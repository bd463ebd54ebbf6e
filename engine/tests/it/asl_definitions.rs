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
