//! Turns what was written into what it means: placeholders, reserved words, and the order in which
//! DynamoDB reports several faults of one expression.

use std::collections::BTreeMap;

use super::parse::{Node, RawStep};
use super::path::{Path, STEPS_MAX, Step};
use super::placeholders::Placeholders;
use super::reserved::is_reserved;
use crate::dynamodb::value::AttributeValue;

/// The kinds of faults, the one that is reported first at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    Parentheses,
    UnknownFunction,
    MisusedFunction,
    Reserved,
    Section,
    Undefined,
    OperandCount,
    Distinct,
    Overlap,
    Conflict,
    OperandType,
}

/// Resolves one expression, and gathers its faults on the way.
#[derive(Debug)]
pub(super) struct Resolver<'p> {
    placeholders: &'p mut Placeholders,
    faults: BTreeMap<Fault, String>,
}

impl<'p> Resolver<'p> {
    pub(super) fn new(placeholders: &'p mut Placeholders) -> Self {
        Self {
            placeholders,
            faults: BTreeMap::new(),
        }
    }

    /// Notes a fault; of each kind the first one counts.
    pub(super) fn fault(&mut self, fault: Fault, message: impl Into<String>) {
        self.faults.entry(fault).or_insert_with(|| message.into());
    }

    /// The result, unless there was a fault.
    pub(super) fn finish<T>(self, result: Option<T>) -> Result<T, String> {
        match (self.faults.into_values().next(), result) {
            (Some(message), _) => Err(message),
            (None, Some(result)) => Ok(result),
            (None, None) => Err("The expression is not valid".into()),
        }
    }

    pub(super) fn path(&mut self, raw: &[RawStep<'_>]) -> Option<Path> {
        if raw.len() > STEPS_MAX {
            self.fault(
                Fault::OperandType,
                format!(
                    "The document path has too many nesting elements; nesting elements: {}",
                    raw.len()
                ),
            );
            return None;
        }
        let steps: Option<Vec<Step>> = raw.iter().map(|step| self.step(step)).collect();
        let mut steps = steps?.into_iter();
        let Some(Step::Name(attribute)) = steps.next() else {
            return None;
        };
        Some(Path {
            attribute,
            steps: steps.collect(),
        })
    }

    fn step(&mut self, raw: &RawStep<'_>) -> Option<Step> {
        match raw {
            RawStep::Index(index) => Some(Step::Index(*index)),
            RawStep::Name(name) => {
                if is_reserved(name) {
                    self.fault(
                        Fault::Reserved,
                        format!("Attribute name is a reserved keyword; reserved keyword: {name}"),
                    );
                }
                Some(Step::Name((*name).to_owned()))
            }
            RawStep::Placeholder(placeholder) => match self.placeholders.name(placeholder) {
                Ok(name) => Some(Step::Name(name)),
                Err(message) => {
                    self.fault(Fault::Undefined, message);
                    None
                }
            },
        }
    }

    pub(super) fn value(&mut self, placeholder: &str) -> Option<AttributeValue> {
        match self.placeholders.value(placeholder) {
            Ok(value) => Some(value),
            Err(message) => {
                self.fault(Fault::Undefined, message);
                None
            }
        }
    }

    pub(super) fn unknown_function(&mut self, name: &str) {
        self.fault(
            Fault::UnknownFunction,
            format!("Invalid function name; function: {name}"),
        );
    }

    pub(super) fn misused_function(&mut self, name: &str) {
        self.fault(
            Fault::MisusedFunction,
            format!(
                "The function is not allowed to be used this way in an expression; function: {name}"
            ),
        );
    }

    /// Checks how many operands a function was given.
    pub(super) fn operand_count(
        &mut self,
        function: &str,
        expected: usize,
        given: &[Node<'_>],
    ) -> bool {
        if given.len() != expected {
            self.fault(
                Fault::OperandCount,
                format!(
                    "Incorrect number of operands for operator or function; operator or function: \
                     {function}, number of operands: {}",
                    given.len()
                ),
            );
        }
        given.len() == expected
    }

    pub(super) fn operand_type(&mut self, function: &str, found: &str) {
        self.fault(
            Fault::OperandType,
            format!(
                "Incorrect operand type for operator or function; operator or function: {function}, \
                 operand type: {found}"
            ),
        );
    }

    pub(super) fn requires_path(&mut self, function: &str) {
        self.fault(
            Fault::OperandType,
            format!(
                "Operator or function requires a document path; operator or function: {function}"
            ),
        );
    }
}
