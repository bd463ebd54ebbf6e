//! The tests of a Choice state.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Number;

/// A test, or a combination of tests.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// A comparison of the value at a path.
    Test {
        /// The path.
        variable: String,
        /// `StringEquals` and its kin.
        operator: &'static str,
        /// Compared with.
        value: Operand,
    },
    /// All hold, tested in order until one does not.
    And(Vec<Rule>),
    /// At least one holds.
    Or(Vec<Rule>),
    /// Does not hold.
    Not(Box<Rule>),
}

/// What a test compares with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Text, or the path of an operator that ends in `Path`.
    Text(String),
    /// A number.
    Number(Number),
    /// A truth value.
    Bool(bool),
}

impl Rule {
    /// A test.
    pub fn test(variable: impl Into<String>, operator: &'static str, value: Operand) -> Self {
        Self::Test {
            variable: variable.into(),
            operator,
            value,
        }
    }

    /// Text equality.
    pub fn string_equals(variable: impl Into<String>, value: &str) -> Self {
        Self::test(variable, "StringEquals", Operand::Text(value.to_owned()))
    }

    /// A text begins with this one, in which nothing stands for anything else.
    /// AWS: "Choice workflow state": `*` stands for any characters, and `\` before `*` and itself takes that meaning away.
    pub fn starts_with(variable: impl Into<String>, prefix: &str) -> Self {
        let literal = prefix.replace('\\', r"\\").replace('*', r"\*");
        Self::test(
            variable,
            "StringMatches",
            Operand::Text(format!("{literal}*")),
        )
    }

    /// The path exists. Any other test of a path that does not exist ends the execution.
    pub fn present(variable: impl Into<String>) -> Self {
        Self::test(variable, "IsPresent", Operand::Bool(true))
    }

    /// All of these; a single one stands alone.
    pub fn all(mut rules: Vec<Rule>) -> Self {
        match rules.pop() {
            Some(only) if rules.is_empty() => only,
            Some(last) => {
                rules.push(last);
                Self::And(rules)
            }
            None => Self::And(rules),
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Test {
                variable,
                operator,
                value,
            } => {
                map.serialize_entry("Variable", variable)?;
                match value {
                    Operand::Text(text) => map.serialize_entry(operator, text)?,
                    Operand::Number(number) => map.serialize_entry(operator, number)?,
                    Operand::Bool(value) => map.serialize_entry(operator, value)?,
                }
            }
            Self::And(rules) => map.serialize_entry("And", rules)?,
            Self::Or(rules) => map.serialize_entry("Or", rules)?,
            Self::Not(rule) => map.serialize_entry("Not", rule)?,
        }
        map.end()
    }
}
