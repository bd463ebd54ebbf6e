//! UpdateExpression: SET, REMOVE, ADD and DELETE, and what may stand in each.

use super::parse::{Node, Parser};
use super::path::Path;
use super::placeholders::Placeholders;
use super::resolve::{Fault, Resolver};
use crate::dynamodb::value::AttributeValue;

/// What an update does, in the order it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Update {
    pub(crate) actions: Vec<Action>,
}

/// One change to one path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Action {
    pub(crate) path: Path,
    pub(crate) verb: Verb,
}

/// How the path is changed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verb {
    Set(Source),
    Plus(Source, Source),
    Minus(Source, Source),
    Remove,
    Add(AttributeValue),
    Delete(AttributeValue),
}

/// Where the new value of a SET comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    Path(Path),
    Value(AttributeValue),
    IfNotExists(Path, Box<Source>),
    ListAppend(Box<Source>, Box<Source>),
}

impl Source {
    fn known_type(&self) -> Option<&'static str> {
        match self {
            Self::Value(value) => Some(value.type_name()),
            Self::ListAppend(..) => Some("L"),
            Self::Path(_) | Self::IfNotExists(..) => None,
        }
    }
}

const SECTIONS: [&str; 4] = ["SET", "REMOVE", "ADD", "DELETE"];

impl Update {
    /// Reads an update; the error is DynamoDB's text without the name of the expression.
    pub(crate) fn parse(text: &str, placeholders: &mut Placeholders) -> Result<Self, String> {
        let mut parser = Parser::new(text)?;
        let mut reader = Reader {
            resolver: Resolver::new(placeholders),
            actions: Vec::new(),
            paths: Vec::new(),
        };
        let mut seen = Vec::new();
        while !parser.at_end() {
            let Some(section) = SECTIONS.into_iter().find(|section| parser.keyword(section)) else {
                return Err(parser.syntax_error());
            };
            if seen.contains(&section) {
                reader.resolver.fault(
                    Fault::Section,
                    format!(
                        "The \"{section}\" section can only be used once in an update expression;"
                    ),
                );
            }
            seen.push(section);
            loop {
                parser.count_operator()?;
                match section {
                    "SET" => reader.set(&mut parser)?,
                    "REMOVE" => reader.remove(&mut parser)?,
                    _ => reader.add_or_delete(section, &mut parser)?,
                }
                if !parser.symbol(",") {
                    break;
                }
            }
        }
        if parser.redundant_parentheses {
            reader.resolver.fault(
                Fault::Parentheses,
                "The expression has redundant parentheses;",
            );
        }
        reader.resolver.finish(Some(Self {
            actions: reader.actions,
        }))
    }
}

/// What a SET assigns: an operand, or the sum or difference of two.
enum Sum<'t> {
    One(Node<'t>),
    Two(&'static str, Node<'t>, Node<'t>),
}

/// Reads the right side of a SET, which may stand in parentheses, as may its operands.
fn sum<'t>(parser: &mut Parser<'t>) -> Result<Sum<'t>, String> {
    let left = if parser.symbol("(") {
        let inner = parser.deeper(sum)?;
        parser.expect(")")?;
        match inner {
            Sum::One(operand) => operand,
            Sum::Two(..) => return Ok(inner),
        }
    } else {
        parser.operand()?
    };
    let operator = if parser.symbol("+") {
        "+"
    } else if parser.symbol("-") {
        "-"
    } else {
        return Ok(Sum::One(left));
    };
    parser.count_operator()?;
    Ok(Sum::Two(operator, left, parser.operand()?))
}

struct Reader<'p> {
    resolver: Resolver<'p>,
    actions: Vec<Action>,
    paths: Vec<Path>,
}

impl Reader<'_> {
    fn act(&mut self, path: Option<Path>, verb: Option<Verb>) {
        let Some(path) = path else { return };
        self.resolver.no_clash(&self.paths, &path);
        self.paths.push(path.clone());
        if let Some(verb) = verb {
            self.actions.push(Action { path, verb });
        }
    }

    fn set(&mut self, parser: &mut Parser<'_>) -> Result<(), String> {
        let raw = parser.path()?;
        let path = self.resolver.path(&raw);
        parser.expect("=")?;
        let verb = match sum(parser)? {
            Sum::One(only) => self.resolver.source(&only).map(Verb::Set),
            Sum::Two(operator, left, right) => self.two(operator, &left, &right),
        };
        self.act(path, verb);
        Ok(())
    }

    fn two(&mut self, operator: &str, left: &Node<'_>, right: &Node<'_>) -> Option<Verb> {
        let sources = (self.resolver.source(left), self.resolver.source(right));
        for source in [&sources.0, &sources.1].into_iter().flatten() {
            if let Some(found) = source.known_type()
                && found != "N"
            {
                self.resolver.operand_type(operator, found);
            }
        }
        match (sources.0?, sources.1?) {
            (left, right) if operator == "+" => Some(Verb::Plus(left, right)),
            (left, right) => Some(Verb::Minus(left, right)),
        }
    }

    fn remove(&mut self, parser: &mut Parser<'_>) -> Result<(), String> {
        let raw = parser.path()?;
        let path = self.resolver.path(&raw);
        self.act(path, Some(Verb::Remove));
        Ok(())
    }

    fn add_or_delete(&mut self, section: &str, parser: &mut Parser<'_>) -> Result<(), String> {
        let raw = parser.path()?;
        let path = self.resolver.path(&raw);
        let value = self.resolver.value(parser.value()?);
        let verb = value.map(|value| {
            let allowed = match value {
                AttributeValue::Ss(_) | AttributeValue::Ns(_) | AttributeValue::Bs(_) => true,
                AttributeValue::N(_) => section == "ADD",
                _ => false,
            };
            if !allowed {
                self.resolver.fault(
                    Fault::OperandType,
                    format!(
                        "Incorrect operand type for operator or function; operator: {section}, operand \
                         type: {}",
                        value.long_type_name()
                    ),
                );
            }
            if section == "ADD" { Verb::Add(value) } else { Verb::Delete(value) }
        });
        self.act(path, verb);
        Ok(())
    }
}

impl Resolver<'_> {
    fn source(&mut self, node: &Node<'_>) -> Option<Source> {
        match node {
            Node::Path(path) => self.path(path).map(Source::Path),
            Node::Value(placeholder) => self.value(placeholder).map(Source::Value),
            Node::Call(name @ ("if_not_exists" | "list_append"), arguments) => {
                if !self.operand_count(name, 2, arguments) {
                    return None;
                }
                let (first, second) = (arguments.first()?, arguments.get(1)?);
                let sources = (self.source(first), self.source(second));
                let (first, second) = (sources.0?, sources.1?);
                if *name == "list_append" {
                    return Some(self.list_append(first, second));
                }
                let Source::Path(path) = first else {
                    self.requires_path(name);
                    return None;
                };
                Some(Source::IfNotExists(path, Box::new(second)))
            }
            Node::Call(
                name @ ("attribute_exists"
                | "attribute_not_exists"
                | "attribute_type"
                | "begins_with"
                | "contains"
                | "size"),
                _,
            ) => {
                self.misused_function(name);
                None
            }
            Node::Call(name, _) => {
                self.unknown_function(name);
                None
            }
            _ => None,
        }
    }

    fn list_append(&mut self, first: Source, second: Source) -> Source {
        for source in [&first, &second] {
            if matches!(source, Source::ListAppend(..)) {
                self.misused_function("list_append");
            } else if let Some(found) = source.known_type()
                && found != "L"
            {
                self.operand_type("list_append", found);
            }
        }
        Source::ListAppend(Box::new(first), Box::new(second))
    }
}
