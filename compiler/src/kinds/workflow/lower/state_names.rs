//! Names of states: readable, unique in their machine, at most 80 characters.

use std::collections::BTreeSet;

use crate::emit::piece::text_of;

/// AWS: "Amazon States Language specification", the length of a state name.
const LENGTH_MAX: usize = 80;

/// The names of one machine.
#[derive(Debug, Default)]
pub(crate) struct StateNames(BTreeSet<String>);

impl StateNames {
    /// `wanted`, shortened where it is too long, with a number where it is taken.
    pub(crate) fn take(&mut self, wanted: &str) -> String {
        let mut name = shorten(wanted, LENGTH_MAX);
        let mut count = 1_u32;
        while !self.0.insert(name.clone()) {
            count = count.saturating_add(1);
            let number = text_of((" ", count));
            name = format!(
                "{}{number}",
                shorten(wanted, LENGTH_MAX.saturating_sub(number.len()))
            );
        }
        name
    }
}

fn shorten(name: &str, length_max: usize) -> String {
    name.chars().take(length_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_a_number_and_a_long_one_is_cut() {
        let mut names = StateNames::default();
        assert_eq!(names.take("process"), "process");
        assert_eq!(names.take("process"), "process 2");
        assert_eq!(names.take("process"), "process 3");
        assert_eq!(names.take(&"x".repeat(200)).chars().count(), 80);
        assert_eq!(
            names.take(&"x".repeat(200)),
            format!("{} 2", "x".repeat(78))
        );
    }
}
