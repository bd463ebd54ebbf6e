//! Reads a `States` field: the machine itself, a branch of a Parallel state, the processor of a Map state.

use std::collections::BTreeSet;

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
        around: Vec::new(),
        assigned: Vec::new(),
        labels: BTreeSet::new(),
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
    /// Names of the states of the groups around.
    around: Vec<BTreeSet<String>>,
    /// Names of the variables that the groups around assign, as far as they are in sight.
    assigned: Vec<BTreeSet<String>>,
    labels: BTreeSet<String>,
}

impl GroupReader {
    /// Reads a branch or an item processor; gives its index. `sees` says whether variables of the groups around are in
    /// its sight.
    pub(super) fn branch(
        &mut self,
        value: &Json,
        at: &str,
        sees: bool,
    ) -> Result<usize, DefinitionError> {
        let fields = Fields::of(value, at)?;
        fields.only("branch", &[&BRANCH_FIELDS])?;
        query_language(&fields)?;
        fields.text("Comment")?;
        if sees {
            return self.group(&fields);
        }
        let around = std::mem::take(&mut self.assigned);
        let index = self.group(&fields);
        self.assigned = around;
        index
    }

    /// Whether no other Map state has this label.
    pub(super) fn take_label(&mut self, label: &str) -> bool {
        self.labels.insert(label.to_owned())
    }

    /// Notes the states of a group and what they assign. Neither a state nor a variable may have the name of one around
    /// it. Branches side by side may use the same names, though the States Language forbids it for states: recorded
    /// executions do.
    fn enter_scope(&mut self, entries: &[(&str, &Json)], at: &str) -> Result<(), DefinitionError> {
        let mut own = BTreeSet::new();
        for (state, value) in entries {
            let at = format!("{at}/{state}");
            if self.around.iter().any(|outer| outer.contains(*state)) {
                return Err(DefinitionError::new(&at, "a state around it has this name"));
            }
            for name in assigned(value) {
                if self.assigned.iter().any(|outer| outer.contains(name)) {
                    let message = format!("assigns the variable `{name}` of the states around it");
                    return Err(DefinitionError::new(&at, message));
                }
                own.insert(name.to_owned());
            }
        }
        let states = entries.iter().map(|(state, _)| (*state).to_owned());
        self.around.push(states.collect());
        self.assigned.push(own);
        Ok(())
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
        self.enter_scope(&entries, &states_at)?;
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
        self.around.pop();
        self.assigned.pop();
        self.level -= 1;
        Ok(index)
    }
}

/// The variables that a state assigns: itself, in a rule of a Choice, in a catcher.
fn assigned(state: &Json) -> impl Iterator<Item = &str> {
    let lists = ["Choices", "Catch"].into_iter();
    let lists = lists.filter_map(|key| state.get(key)?.as_array());
    let entries = lists.flat_map(|list| list.iter()).chain([state]);
    let assigns = entries.filter_map(|entry| entry.get("Assign")?.as_object());
    let names = assigns.flat_map(|assign| assign.iter());
    names.map(|(key, _)| key.strip_suffix(".$").unwrap_or(key))
}
