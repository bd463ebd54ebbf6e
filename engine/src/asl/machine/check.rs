//! Checks of a group of states as a whole: every state can be reached, and some state ends the group.

use std::collections::BTreeSet;

use super::{Kind, State};
use crate::asl::error::DefinitionError;

pub(super) fn reachable(start: usize, states: &[State], at: &str) -> Result<(), DefinitionError> {
    let mut seen = BTreeSet::from([start]);
    let mut ahead = vec![start];
    let mut ends = false;
    while let Some(state) = ahead.pop().and_then(|index| states.get(index)) {
        let next = successors(state);
        ends |= matches!(state.kind, Kind::Succeed | Kind::Fail { .. });
        ends |= state.next.is_none() && !matches!(state.kind, Kind::Choice { .. });
        ahead.extend(next.into_iter().filter(|index| seen.insert(*index)));
    }
    if let Some((_, state)) = states
        .iter()
        .enumerate()
        .find(|(index, _)| !seen.contains(index))
    {
        return Err(DefinitionError::new(
            &format!("{at}/{}", state.name),
            "no transition leads to this state",
        ));
    }
    if !ends {
        return Err(DefinitionError::new(
            at,
            "no state ends this: one must be Succeed, Fail or have `End`",
        ));
    }
    Ok(())
}

/// The states that may follow a state.
fn successors(state: &State) -> Vec<usize> {
    let mut next: Vec<usize> = state.next.into_iter().collect();
    if let Kind::Choice { choices, default } = &state.kind {
        next.extend(choices.iter().map(|choice| choice.next).chain(*default));
    }
    if let Some(work) = state.kind.work() {
        next.extend(work.catch.iter().map(|catcher| catcher.next));
    }
    next
}
