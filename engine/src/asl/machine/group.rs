//! Reads a `States` field: the machine itself, a branch of a Parallel state, the processor of a Map state.

use super::fields::{Fields, SECONDS_MAX};
use super::{Group, Machine, check, state};
use crate::asl::error::DefinitionError;
use crate::asl::json::Json;

const MACHINE_FIELDS: [&str; 6] = [
    "Comment",
    "StartAt",
    "States",
    "Version",
    "TimeoutSeconds",
    "QueryLanguage",
];
const BRANCH_FIELDS: [&str; 5] = [
    "Comment",
    "StartAt",
    "States",
    "QueryLanguage",
    "ProcessorConfig",
];

/// Groups inside groups; a bound, so that no definition can exhaust the stack.
const LEVELS_MAX: usize = 32;

/// Characters that the name of a state may have.
const NAME_CHARACTERS_MAX: usize = 80;

pub(super) fn machine(definition: &Json) -> Result<Machine, DefinitionError> {
    let fields = Fields::of(definition, "")?;
    fields.only("state machine", &[&MACHINE_FIELDS])?;
    query_language(&fields)?;
    match fields.text("Version")? {
        None | Some("1.0") => {}
        Some(_) => return Err(fields.error("Version", "must be \"1.0\"")),
    }
    fields.text("Comment")?;
    let timeout_s = fields.integer("TimeoutSeconds", 1, SECONDS_MAX)?;
    let mut reader = GroupReader {
        groups: Vec::new(),
        level: 0,
    };
    reader.group(&fields)?;
    Ok(Machine {
        groups: reader.groups,
        timeout_s,
    })
}

/// Refuses JSONata; the whole machine and each state may name a language.
pub(super) fn query_language(fields: &Fields<'_>) -> Result<(), DefinitionError> {
    match fields.text("QueryLanguage")? {
        None | Some("JSONPath") => Ok(()),
        Some("JSONata") => Err(DefinitionError::not_supported(
            &fields.place("QueryLanguage"),
            "JSONata is not interpreted, only JSONPath",
        )),
        Some(_) => Err(fields.error("QueryLanguage", "must be \"JSONPath\" or \"JSONata\"")),
    }
}

/// Collects the groups of a machine while it is read.
pub(super) struct GroupReader {
    groups: Vec<Group>,
    level: usize,
}

impl GroupReader {
    /// Reads a branch or an item processor; gives its index.
    pub(super) fn branch(&mut self, value: &Json, at: &str) -> Result<usize, DefinitionError> {
        let fields = Fields::of(value, at)?;
        fields.only("branch", &[&BRANCH_FIELDS])?;
        query_language(&fields)?;
        fields.text("Comment")?;
        self.group(&fields)
    }

    fn group(&mut self, fields: &Fields<'_>) -> Result<usize, DefinitionError> {
        if self.level >= LEVELS_MAX {
            return Err(DefinitionError::new(
                fields.at,
                "states are nested too deeply",
            ));
        }
        self.level += 1;
        fields.required("StartAt")?;
        let start = fields.text("StartAt")?.unwrap_or("");
        let states_at = fields.place("States");
        let Json::Object(states) = fields.required("States")? else {
            return Err(fields.error("States", "must be an object"));
        };
        let mut entries: Vec<(&str, &Json)> = states
            .iter()
            .map(|(name, value)| (&**name, value))
            .collect();
        entries.sort_unstable_by_key(|(name, _)| *name);
        let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
        for name in &names {
            let length = name.chars().count();
            if length == 0 || length > NAME_CHARACTERS_MAX {
                let message = format!(
                    "the name of a state has 1 to {NAME_CHARACTERS_MAX} characters, not {length}"
                );
                return Err(DefinitionError::new(
                    &format!("{states_at}/{name}"),
                    message,
                ));
            }
        }
        let missing = || fields.error("StartAt", &format!("there is no state `{start}` here"));
        let start = names.binary_search(&start).map_err(|_| missing())?;
        // The place is taken before the states are read, so that an outer group has a lower index than its inner ones.
        let index = self.groups.len();
        self.groups.push(Group {
            start,
            states: Vec::new(),
        });
        let mut read = Vec::with_capacity(entries.len());
        for (name, value) in entries {
            read.push(state::read(
                name,
                value,
                &format!("{states_at}/{name}"),
                &names,
                self,
            )?);
        }
        check::reachable(start, &read, &states_at)?;
        if let Some(group) = self.groups.get_mut(index) {
            group.states = read;
        }
        self.level -= 1;
        Ok(index)
    }
}
