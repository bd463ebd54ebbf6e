//! Starting a workflow: the name that makes two starts one, and the service that starts it.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::event::Event;
use crate::event_log::{Local, Unavailable};
use crate::identity;
use crate::json;
use crate::receipt::hex;
use crate::value::Map;

/// Longest name of an execution, in characters. AWS: Step Functions `StartExecution`, `name`.
const NAME_LENGTH_MAX: usize = 80;
/// Characters of a readable beginning before the hash of a name that is not its event's identity itself.
const PREFIX_LENGTH: usize = 40;

/// A workflow of the spec that a function may start.
pub trait Workflow: Copy + 'static {
    /// Declared name.
    const NAME: &'static str;
    /// The name that the workflow gives to the value it is started with.
    const BINDING: &'static str;
    /// What it is started with.
    type Input: Event + Serialize;
}

/// What became of a start. Both are successes: the workflow runs, or has run, once for this event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It runs now.
    Now,
    /// It had been started before, with the same input.
    Before,
}

/// What starts executions.
pub(crate) trait Executions {
    /// Starts an execution under this name. A name that is taken by an execution with another input is an error.
    fn start<'a>(
        &'a self,
        workflow: &'static str,
        name: &'a str,
        input: &'a str,
        deadline: Instant,
    ) -> Local<'a, Result<Started, Unavailable>>;
}

/// The execution's name: `RefundRequested.rf_1` from the event and its `once` fields. Where a value has a character that Step Functions
/// does not take in a name, a dot, or nothing, or where the name would be too long, a readable beginning and 32 digits of the identity's
/// SHA-256 stand for it, behind two dots, which no other name has: two events never share a name.
pub(crate) fn name<E: Event>(fields: &Map) -> String {
    let identity = identity::of_fact(E::NAME, E::ONCE, fields);
    let legal = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    let parts: Vec<&str> = identity.split('#').collect();
    let plain = parts
        .iter()
        .all(|it| !it.is_empty() && it.chars().all(legal));
    let name = parts.join(".");
    if plain && name.len() <= NAME_LENGTH_MAX {
        return name;
    }
    let digest = hex(&Sha256::digest(&identity));
    let readable = |it: char| if legal(it) { it } else { '-' };
    let prefix: String = name.chars().map(readable).take(PREFIX_LENGTH).collect();
    format!("{prefix}..{}", digest.get(..32).unwrap_or_default())
}

/// The input: the scope of the workflow with its one binding. Decimals are strings, as everywhere inside a workflow.
pub(crate) fn input(binding: &str, event: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(&BTreeMap::from([(binding, event)]))
}

/// True when both texts are the same JSON value, however they are spaced and ordered.
pub(crate) fn is_same_input(one: &str, other: &str) -> bool {
    match (json::parse(one.as_bytes()), json::parse(other.as_bytes())) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::tests::{Paid, paid};
    use crate::value::Record;

    fn name_of(id: &str) -> String {
        name::<Paid>(&paid(id).to_fields())
    }

    #[test]
    fn a_name_is_the_identity_wherever_step_functions_takes_it() {
        assert_eq!(name_of("pay_1-a"), "Paid.pay_1-a.pending");
        let long = name_of(&"x".repeat(100));
        assert_eq!(long.len(), 40 + 2 + 32);
        for odd in ["a.b", "a#b", "a b", "", "é", "a*"] {
            let name = name_of(odd);
            assert!(
                name.len() <= NAME_LENGTH_MAX && name.contains(".."),
                "{odd}: {name}"
            );
            assert!(
                name.chars()
                    .all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it)),
                "{odd}: {name}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn different_events_have_different_names(one in "[a.#_-]{0,6}", other in "[a.#_-]{0,6}") {
            proptest::prop_assert_eq!(name_of(&one) == name_of(&other), one == other);
        }
    }

    #[test]
    fn the_same_value_is_the_same_input_however_it_is_written() {
        assert!(is_same_input(
            r#"{"a":1,"b":[2]}"#,
            "{ \"b\": [2], \"a\": 1 }"
        ));
        assert!(!is_same_input(r#"{"a":1}"#, r#"{"a":"1"}"#));
    }
}
