//! Conditions: what ConditionExpression, FilterExpression and KeyConditionExpression mean.

use super::parse::{Comparator, Node, Parser};
use super::path::Path;
use super::placeholders::Placeholders;
use super::resolve::{Fault, Resolver};
use crate::dynamodb::value::AttributeValue;

/// Most operands on the right of IN.
const IN_MAX: usize = 100;

/// A condition over one item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Compare(Comparator, Operand, Operand),
    Between(Operand, Operand, Operand),
    In(Operand, Vec<Operand>),
    Exists(Path),
    NotExists(Path),
    TypeIs(Operand, String),
    BeginsWith(Operand, Operand),
    Contains(Operand, Operand),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
}

/// What a condition compares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Path(Path),
    Value(AttributeValue),
    Size(Box<Operand>),
}

impl Operand {
    /// The type, where it is known without an item.
    fn known_type(&self) -> Option<&'static str> {
        match self {
            Self::Path(_) => None,
            Self::Value(value) => Some(value.type_name()),
            Self::Size(_) => Some("N"),
        }
    }
}

impl Condition {
    /// Reads a condition; the error is DynamoDB's text without the name of the expression.
    pub(crate) fn parse(text: &str, placeholders: &mut Placeholders) -> Result<Self, String> {
        let mut parser = Parser::new(text)?;
        let node = parser.condition()?;
        let mut resolver = Resolver::new(placeholders);
        if parser.redundant_parentheses {
            resolver.fault(
                Fault::Parentheses,
                "The expression has redundant parentheses;",
            );
        }
        let condition = resolver.condition(&node);
        resolver.finish(condition)
    }

    /// Every path in the condition, in the order it is written.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.gather(&mut paths);
        paths
    }

    fn gather<'c>(&'c self, paths: &mut Vec<&'c Path>) {
        let mut operand = |mut operand: &'c Operand| {
            while let Operand::Size(inner) = operand {
                operand = inner;
            }
            if let Operand::Path(path) = operand {
                paths.push(path);
            }
        };
        match self {
            Self::Compare(_, left, right)
            | Self::BeginsWith(left, right)
            | Self::Contains(left, right) => [left, right].into_iter().for_each(operand),
            Self::Between(value, low, high) => [value, low, high].into_iter().for_each(operand),
            Self::In(value, list) => std::iter::once(value).chain(list).for_each(operand),
            Self::TypeIs(value, _) => operand(value),
            Self::Exists(path) | Self::NotExists(path) => paths.push(path),
            Self::And(all) | Self::Or(all) => all.iter().for_each(|one| one.gather(paths)),
            Self::Not(inner) => inner.gather(paths),
        }
    }
}

/// The functions of conditions, and how many operands each takes.
const FUNCTIONS: [(&str, usize); 6] = [
    ("attribute_exists", 1),
    ("attribute_not_exists", 1),
    ("attribute_type", 2),
    ("begins_with", 2),
    ("contains", 2),
    ("size", 1),
];

impl Resolver<'_> {
    fn condition(&mut self, node: &Node<'_>) -> Option<Condition> {
        match node {
            Node::Compare(comparator, left, right) => self.compare(*comparator, left, right),
            Node::Between(value, low, high) => self.between(value, low, high),
            Node::In(value, list) => {
                let value = self.operand(value);
                let list: Vec<_> = list.iter().map(|operand| self.operand(operand)).collect();
                if list.len() > IN_MAX {
                    self.fault(
                        Fault::OperandCount,
                        format!(
                            "Incorrect number of operands for operator or function; operator or \
                             function: IN, number of operands: {}",
                            list.len()
                        ),
                    );
                }
                Some(Condition::In(
                    value?,
                    list.into_iter().collect::<Option<_>>()?,
                ))
            }
            Node::Call(name, arguments) => self.function(name, arguments),
            Node::And(all) => Some(Condition::And(self.conditions(all)?)),
            Node::Or(all) => Some(Condition::Or(self.conditions(all)?)),
            Node::Not(inner) => Some(Condition::Not(Box::new(self.condition(inner)?))),
            // The parser lets no bare operand stand where a condition must.
            Node::Path(_) | Node::Value(_) => None,
        }
    }

    fn conditions(&mut self, nodes: &[Node<'_>]) -> Option<Vec<Condition>> {
        let all: Vec<_> = nodes.iter().map(|node| self.condition(node)).collect();
        all.into_iter().collect()
    }

    fn compare(
        &mut self,
        comparator: Comparator,
        left: &Node<'_>,
        right: &Node<'_>,
    ) -> Option<Condition> {
        let (left, right) = (self.operand(left), self.operand(right));
        let (left, right) = (left?, right?);
        self.distinct(comparator.symbol(), &left, &right);
        if !matches!(comparator, Comparator::Equal | Comparator::NotEqual) {
            self.orderable(comparator.symbol(), &[&left, &right]);
        }
        Some(Condition::Compare(comparator, left, right))
    }

    fn between(&mut self, value: &Node<'_>, low: &Node<'_>, high: &Node<'_>) -> Option<Condition> {
        let (value, low, high) = (self.operand(value), self.operand(low), self.operand(high));
        let (value, low, high) = (value?, low?, high?);
        self.orderable("BETWEEN", &[&value, &low, &high]);
        if let (Operand::Value(low), Operand::Value(high)) = (&low, &high) {
            let bounds = || {
                let (low_type, high_type) = (low.type_name(), high.type_name());
                format!(
                    "lower bound operand: AttributeValue: {{{low_type}:{}}}, upper bound operand: \
                     AttributeValue: {{{high_type}:{}}}",
                    shown(low),
                    shown(high)
                )
            };
            if low.type_name() != high.type_name() {
                let message =
                    "The BETWEEN operator requires same data type for lower and upper bounds; ";
                self.fault(Fault::OperandType, format!("{message}{}", bounds()));
            } else if low.order(high).is_some_and(std::cmp::Ordering::is_gt) {
                let message = "The BETWEEN operator requires upper bound to be greater than or equal \
                               to lower bound; ";
                self.fault(Fault::OperandType, format!("{message}{}", bounds()));
            }
        }
        Some(Condition::Between(value, low, high))
    }

    /// Only strings, numbers and binaries have an order.
    fn orderable(&mut self, operator: &str, operands: &[&Operand]) {
        for found in operands.iter().filter_map(|operand| operand.known_type()) {
            if !["S", "N", "B"].contains(&found) {
                self.operand_type(operator, found);
            }
        }
    }

    fn distinct(&mut self, operator: &str, left: &Operand, right: &Operand) {
        if let (Operand::Path(left), Operand::Path(right)) = (left, right)
            && left == right
        {
            self.fault(
                Fault::Distinct,
                format!(
                    "The first operand must be distinct from the remaining operands for this operator \
                     or function; operator: {operator}, first operand: {left}"
                ),
            );
        }
    }

    /// A path, a value or `size(…)`; no other function yields something to compare.
    fn operand(&mut self, node: &Node<'_>) -> Option<Operand> {
        match node {
            Node::Path(path) => self.path(path).map(Operand::Path),
            Node::Value(placeholder) => self.value(placeholder).map(Operand::Value),
            Node::Call("size", arguments) => {
                if !self.operand_count("size", 1, arguments) {
                    return None;
                }
                let inner = self.operand(arguments.first()?)?;
                if let Some(found @ ("N" | "BOOL" | "NULL")) = inner.known_type() {
                    self.operand_type("size", found);
                }
                Some(Operand::Size(Box::new(inner)))
            }
            Node::Call(name, _) => {
                if is_condition_function(name) || is_update_function(name) {
                    self.misused_function(name);
                } else {
                    self.unknown_function(name);
                }
                None
            }
            _ => None,
        }
    }

    /// A function that stands as a condition of its own.
    fn function(&mut self, name: &str, arguments: &[Node<'_>]) -> Option<Condition> {
        if name == "size" || is_update_function(name) {
            self.misused_function(name);
            return None;
        }
        let Some((_, expected)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
            self.unknown_function(name);
            return None;
        };
        let operands: Vec<_> = arguments
            .iter()
            .map(|argument| self.operand(argument))
            .collect();
        if !self.operand_count(name, *expected, arguments) {
            return None;
        }
        let mut operands = operands.into_iter();
        match (name, operands.next(), operands.next()) {
            ("attribute_exists" | "attribute_not_exists", Some(operand), None) => {
                let Operand::Path(path) = operand? else {
                    self.requires_path(name);
                    return None;
                };
                Some(match name {
                    "attribute_exists" => Condition::Exists(path),
                    _ => Condition::NotExists(path),
                })
            }
            ("attribute_type", Some(left), Some(right)) => {
                let type_name = self.type_operand(&right?)?;
                Some(Condition::TypeIs(left?, type_name))
            }
            ("begins_with", Some(left), Some(right)) => {
                let (left, right) = (left?, right?);
                self.distinct(name, &left, &right);
                for found in [left.known_type(), right.known_type()]
                    .into_iter()
                    .flatten()
                {
                    if found != "S" && found != "B" {
                        self.operand_type(name, found);
                    }
                }
                Some(Condition::BeginsWith(left, right))
            }
            ("contains", Some(left), Some(right)) => {
                let (left, right) = (left?, right?);
                self.distinct(name, &left, &right);
                Some(Condition::Contains(left, right))
            }
            _ => None,
        }
    }

    /// The second operand of `attribute_type`: a string value that names a type.
    fn type_operand(&mut self, operand: &Operand) -> Option<String> {
        match operand {
            Operand::Value(AttributeValue::S(name)) => {
                let valid = ["B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"];
                if !valid.contains(&name.as_str()) {
                    self.fault(
                        Fault::OperandType,
                        format!(
                            "Invalid attribute type name found; type: {name}, valid types: {{{}}}",
                            valid.join(",")
                        ),
                    );
                }
                Some(name.clone())
            }
            other => {
                let found = other
                    .known_type()
                    .unwrap_or("{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
                self.operand_type("attribute_type", found);
                None
            }
        }
    }
}

fn is_condition_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _)| *known == name)
}

fn is_update_function(name: &str) -> bool {
    name == "if_not_exists" || name == "list_append"
}

fn shown(value: &AttributeValue) -> String {
    let json = value.to_json();
    let inner = json.get(value.type_name());
    inner
        .map(|inner| {
            inner
                .as_str()
                .map_or_else(|| inner.to_string(), str::to_owned)
        })
        .unwrap_or_default()
}
