//! Event patterns, as rules, pipes, event source mappings and subscriptions use them: a pattern is parsed once and then asked about events.
//!
//! A field of the pattern holds for an array in the event when it holds for one element, and all fields must hold for the same element of
//! an array that they share. Patterns and events are compared by the paths of their scalars, as AWS does it (aws/event-ruler).

mod address;
mod event;
mod matcher;
mod number;
mod text;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use event::{Leaves, Membership, joined};
use matcher::Matcher;
use written::Written;

/// A valid pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// One of these must hold. `$or` makes several of one.
    branches: Vec<Branch>,
    /// Every path that a branch asks about, and every path to one.
    wanted: BTreeSet<String>,
}

/// What is asked of the scalars at some paths. All of it must hold.
type Branch = BTreeMap<String, Vec<Matcher>>;

/// EventBridge refuses a pattern whose `$or`s have more combinations than this.
const BRANCHES_MAX: usize = 1_000;

/// No field in an alternative of `$or` may be called so: AWS keeps these names for operators that it has or may have.
const RESERVED: [&str; 24] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError(pub(crate) String);

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PatternError {}

fn invalid<T>(message: impl Into<String>) -> Result<T, PatternError> {
    Err(PatternError(message.into()))
}

impl Pattern {
    /// Parses the JSON text of a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        Self::read(&Written::parse(text)?)
    }

    /// A pattern that is already parsed JSON.
    pub fn from_value(value: &Value) -> Result<Self, PatternError> {
        Self::read(&Written::of(value))
    }

    fn read(written: &Written) -> Result<Self, PatternError> {
        let Written::Object(members) = written else {
            return invalid("Filter is not an object");
        };
        let mut branches = vec![Branch::new()];
        add(&mut branches, members, "", false)?;
        let wanted = branches.iter().flat_map(Branch::keys).flat_map(|path| {
            let above = path.match_indices('.').filter_map(|(at, _)| path.get(..at));
            above.chain([path.as_str()]).map(str::to_owned)
        });
        let wanted = wanted.collect();
        Ok(Self { branches, wanted })
    }

    /// Whether the pattern holds for `event`.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        let leaves = Leaves::of(event, &self.wanted);
        event.is_object() && self.branches.iter().any(|branch| holds(branch, &leaves))
    }
}

/// Adds what the members of an object ask to each branch. Of two that ask about one path the later one counts.
fn add(
    branches: &mut Vec<Branch>,
    members: &[(String, Written)],
    path: &str,
    in_alternative: bool,
) -> Result<(), PatternError> {
    if members.is_empty() {
        return invalid("Empty objects are not allowed");
    }
    for (key, value) in members {
        if key == "$or" {
            fork(branches, value, path)?;
            continue;
        }
        if in_alternative && RESERVED.contains(&key.as_str()) {
            return invalid(format!(
                "{key} is Ruler reserved fieldName which cannot be used inside $or."
            ));
        }
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match value {
            Written::Object(below) => add(branches, below, &path, in_alternative)?,
            Written::Array(items) if items.is_empty() => {
                return invalid("Empty arrays are not allowed");
            }
            Written::Array(items) => {
                let matchers = items.iter().map(Matcher::parse);
                let matchers: Vec<Matcher> = matchers.collect::<Result<_, _>>()?;
                for branch in branches.iter_mut() {
                    branch.insert(path.clone(), matchers.clone());
                }
            }
            _ => return invalid(format!("\"{key}\" must be an object or an array")),
        }
    }
    Ok(())
}

/// Makes of each branch one for each alternative.
fn fork(branches: &mut Vec<Branch>, value: &Written, path: &str) -> Result<(), PatternError> {
    let Written::Array(alternatives) = value else {
        return invalid("It must be an Array followed with $or.");
    };
    let before = std::mem::take(branches);
    for alternative in alternatives {
        let Written::Object(members) = alternative else {
            return invalid("Only JSON object is allowed in array of $or relationship.");
        };
        let mut forked = before.clone();
        add(&mut forked, members, path, true)?;
        branches.append(&mut forked);
        if branches.len() > BRANCHES_MAX {
            return invalid(format!(
                "the use of $or results in more than {BRANCHES_MAX} combinations"
            ));
        }
    }
    if alternatives.len() < 2 {
        return invalid("There must have at least 2 Objects in $or relationship.");
    }
    Ok(())
}

/// Goes through the paths in their order and keeps the elements of arrays for which all holds so far. In that order too AWS looks whether
/// a field is absent: in those elements, where an earlier path has settled on some, else in the whole event.
fn holds(branch: &Branch, leaves: &Leaves<'_>) -> bool {
    let mut last_used = BTreeMap::new();
    for (at, path) in branch.keys().enumerate() {
        let arrays = leaves.at(path).iter().flat_map(|it| it.membership.keys());
        last_used.extend(arrays.map(|array| (*array, at)));
    }
    let mut states = BTreeSet::from([Membership::new()]);
    for (at, (path, matchers)) in branch.iter().enumerate() {
        let all = leaves.at(path);
        let asked = all
            .iter()
            .filter(|leaf| matchers.iter().any(|it| it.holds(leaf.value)));
        let asked: Vec<&Membership> = asked.map(|leaf| &leaf.membership).collect();
        let may_be_absent = matchers.contains(&Matcher::Exists(false));
        let mut next = BTreeSet::new();
        for state in &states {
            next.extend(asked.iter().filter_map(|it| joined(state, it)));
            if may_be_absent && !all.iter().any(|it| joined(state, &it.membership).is_some()) {
                next.insert(state.clone());
            }
        }
        // What no later path could contradict is forgotten, so that arrays side by side are not multiplied.
        states = next
            .into_iter()
            .map(|mut state| {
                state.retain(|array, _| last_used.get(array).is_some_and(|it| *it > at));
                state
            })
            .collect();
    }
    !states.is_empty()
}
