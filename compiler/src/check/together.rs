//! Specs that are checked or compiled in one call: no two of them should make resources of one name.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

use pipe_dsl::Lines;
use pipe_dsl::tree::Span;
use rustc_hash::FxHashMap;

use crate::diag::{self, Diagnostic};
use crate::lower::PhysicalName;

/// So many lines of a spec are shown; who has more learns it from these.
const SHOWN_MAX: usize = 8;

/// So many specs are told of what they share with others; who compiles a hundred copies at once means to deploy them apart.
const TOLD_MAX: usize = 10;

/// The physical names of the specs so far, and where each comes from.
#[derive(Debug, Default)]
pub struct Together {
    /// By kind and name: index of the spec, and line. Asked for one name at a time, so that its order is nobody's.
    taken: FxHashMap<(&'static str, String), (usize, usize)>,
    /// The specs as they are to be shown: `specs/payments.pipe`.
    shown: Vec<String>,
    /// How many specs have names of earlier ones.
    meeting: usize,
}

impl Together {
    /// Adds a spec, and says which of its names an earlier one has. The spans lie in `text`.
    pub fn add(&mut self, shown: &str, text: &str, names: Vec<PhysicalName>) -> Option<Diagnostic> {
        let this = self.shown.len();
        self.shown.push(shown.to_owned());
        let is_told = self.meeting < TOLD_MAX;
        let mut meets = false;
        // By line, since what a declaration makes beside its resource would meet as well.
        let mut met: BTreeMap<usize, (PhysicalName, usize, usize)> = BTreeMap::new();
        for PhysicalName { kind, name, line } in names {
            let first = match self.taken.entry((kind, name)) {
                Entry::Vacant(free) => {
                    free.insert((this, line));
                    continue;
                }
                Entry::Occupied(first) => first,
            };
            let (spec, its_line) = *first.get();
            meets |= spec != this;
            if is_told && spec != this {
                met.entry(line).or_insert_with(|| {
                    let name = first.key().1.clone();
                    (PhysicalName { kind, name, line }, spec, its_line)
                });
            }
        }
        self.meeting += usize::from(meets);
        self.diagnostic(text, &met)
    }

    /// How many specs have names of earlier ones and were not told of it.
    #[must_use]
    pub fn untold(&self) -> usize {
        self.meeting.saturating_sub(TOLD_MAX)
    }

    fn diagnostic(
        &self,
        text: &str,
        met: &BTreeMap<usize, (PhysicalName, usize, usize)>,
    ) -> Option<Diagnostic> {
        let mut places = met.values();
        let (first, spec, line) = places.next()?;
        let lines = Lines::new(text);
        let at = |it: &PhysicalName| head(text, &lines, it.line);
        let there = |spec: &usize, line: &usize| {
            format!(
                "{}:{line}",
                self.shown.get(*spec).map_or("", String::as_str)
            )
        };
        let name = first.shown();
        let message = format!("another spec makes the {} `{name}` too", first.kind);
        let mut it = diag::P0123
            .at(at(first), message)
            .label(format!("made in {} too", there(spec, line)));
        for (also, spec, line) in places.take(SHOWN_MAX - 1) {
            let text = format!(
                "{} `{}`: in {} too",
                also.kind,
                also.shown(),
                there(spec, line)
            );
            it = it.second(at(also), text);
        }
        let shown = met.len().min(SHOWN_MAX);
        let more = match met.len() - shown {
            0 => String::new(),
            more => format!("; {more} more lines meet so"),
        };
        let mend = if met.values().any(|(it, ..)| it.is_for_all_suffixes()) {
            "rename one of them (a `name` without `${suffix}` is there once for all suffixes), or deploy to another account or region"
        } else {
            "rename one of them, or deploy the two with different values of `EnvironmentSuffix`, or to another account or region"
        };
        Some(it.help(format!("{mend}{more}")))
    }
}

/// The head of what stands in a line: without what its block or its value says.
fn head(text: &str, lines: &Lines, line: usize) -> Span {
    let start = lines.start(line);
    let rest = text.get(start..).unwrap_or_default();
    let rest = rest.lines().next().unwrap_or_default();
    let indent = rest.len() - rest.trim_start().len();
    let head = rest.split(['{', '/']).next().unwrap_or_default();
    Span {
        start: start + indent,
        end: start + head.trim_end().len().max(indent),
    }
}
