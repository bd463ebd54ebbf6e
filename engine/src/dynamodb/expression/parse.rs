//! Parses the operands, conditions and paths that all expressions are made of into one plain tree.
//!
//! The tree still holds the placeholders as they were written; what they stand for, and which
//! function may stand where, is judged afterwards. Nesting is bounded, so no expression can exhaust
//! the stack.

use super::token::{Kind, Token, tokens};

/// Deepest nesting of parentheses, NOT and function calls.
const DEPTH_MAX: usize = 100;
/// Longest expression in bytes.
const EXPRESSION_BYTES_MAX: usize = 4096;
/// Most operators and functions in one expression.
const OPERATORS_MAX: usize = 300;

/// A step of a document path as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RawStep<'t> {
    Name(&'t str),
    Placeholder(&'t str),
    Index(usize),
}

/// How two operands are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparator {
    fn read(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "=" => Self::Equal,
            "<>" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// The comparator as it is written.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// An expression as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node<'t> {
    Path(Vec<RawStep<'t>>),
    Value(&'t str),
    Call(&'t str, Vec<Node<'t>>),
    Compare(Comparator, Box<Node<'t>>, Box<Node<'t>>),
    Between(Box<Node<'t>>, Box<Node<'t>>, Box<Node<'t>>),
    In(Box<Node<'t>>, Vec<Node<'t>>),
    And(Vec<Node<'t>>),
    Or(Vec<Node<'t>>),
    Not(Box<Node<'t>>),
}

impl Node<'_> {
    fn is_operand(&self) -> bool {
        matches!(self, Self::Path(_) | Self::Value(_) | Self::Call(..))
    }

    fn is_condition(&self) -> bool {
        !matches!(self, Self::Path(_) | Self::Value(_))
    }
}

/// Walks over the tokens of one expression.
#[derive(Debug)]
pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    position: usize,
    depth: usize,
    operators: usize,
    /// The expression had `((…))` around something.
    pub(super) redundant_parentheses: bool,
}

const END: Token<'static> = Token {
    kind: Kind::End,
    text: "",
    start: 0,
};

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("The expression can not be empty;".into());
        }
        if text.len() > EXPRESSION_BYTES_MAX {
            return Err(format!(
                "Expression size has exceeded the maximum allowed size; expression size: {}",
                text.len()
            ));
        }
        Ok(Self {
            text,
            tokens: tokens(text),
            position: 0,
            depth: 0,
            operators: 0,
            redundant_parentheses: false,
        })
    }

    fn peek(&self) -> Token<'t> {
        self.tokens.get(self.position).copied().unwrap_or(END)
    }

    /// Takes the next token if it is this symbol.
    pub(super) fn symbol(&mut self, symbol: &str) -> bool {
        let token = self.peek();
        let matches = token.kind == Kind::Symbol && token.text == symbol;
        self.position += usize::from(matches);
        matches
    }

    /// Takes the next token if it is this keyword, in any case.
    pub(super) fn keyword(&mut self, keyword: &str) -> bool {
        let token = self.peek();
        let matches = token.kind == Kind::Name && token.text.eq_ignore_ascii_case(keyword);
        self.position += usize::from(matches);
        matches
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Result<(), String> {
        if self.symbol(symbol) {
            Ok(())
        } else {
            Err(self.syntax_error())
        }
    }

    pub(super) fn expect_end(&self) -> Result<(), String> {
        if self.at_end() {
            Ok(())
        } else {
            Err(self.syntax_error())
        }
    }

    pub(super) fn at_end(&self) -> bool {
        self.peek().kind == Kind::End
    }

    /// The error for the next token, shown between its neighbours.
    pub(super) fn syntax_error(&self) -> String {
        let token = self.peek();
        let before = self
            .position
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at));
        let after = self.tokens.get(self.position + 1);
        let start = before.map_or(token.start, |token| token.start);
        let end = after.map_or(token.end(), Token::end).min(self.text.len());
        let near = self.text.get(start..end).unwrap_or("").trim_end();
        let shown = if token.kind == Kind::End {
            "<EOF>"
        } else {
            token.text
        };
        format!("Syntax error; token: \"{shown}\", near: \"{near}\"")
    }

    /// Counts one operator or function against the limit.
    pub(super) fn count_operator(&mut self) -> Result<(), String> {
        self.operators += 1;
        if self.operators > OPERATORS_MAX {
            return Err(format!(
                "The expression contains too many operators and functions; maximum: {OPERATORS_MAX}"
            ));
        }
        Ok(())
    }

    pub(super) fn deeper<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        if self.depth == DEPTH_MAX {
            return Err(format!(
                "The expression is nested too deeply; maximum depth: {DEPTH_MAX}"
            ));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// A whole condition, up to the end of the expression.
    pub(super) fn condition(&mut self) -> Result<Node<'t>, String> {
        let node = self.or()?;
        self.expect_end()?;
        if node.is_condition() {
            Ok(node)
        } else {
            Err(self.syntax_error())
        }
    }

    fn or(&mut self) -> Result<Node<'t>, String> {
        let first = self.and()?;
        let mut all = vec![first];
        while all.last().is_some_and(Node::is_condition) && self.keyword("OR") {
            self.count_operator()?;
            let next = self.and()?;
            self.require_condition(&next)?;
            all.push(next);
        }
        Ok(one_or(all, Node::Or))
    }

    fn and(&mut self) -> Result<Node<'t>, String> {
        let first = self.not()?;
        let mut all = vec![first];
        while all.last().is_some_and(Node::is_condition) && self.keyword("AND") {
            self.count_operator()?;
            let next = self.not()?;
            self.require_condition(&next)?;
            all.push(next);
        }
        Ok(one_or(all, Node::And))
    }

    fn require_condition(&self, node: &Node<'t>) -> Result<(), String> {
        if node.is_condition() {
            Ok(())
        } else {
            Err(self.syntax_error())
        }
    }

    fn not(&mut self) -> Result<Node<'t>, String> {
        if !self.keyword("NOT") {
            return self.comparison();
        }
        self.count_operator()?;
        let inner = self.deeper(Self::not)?;
        self.require_condition(&inner)?;
        Ok(Node::Not(Box::new(inner)))
    }

    fn comparison(&mut self) -> Result<Node<'t>, String> {
        let left = self.primary()?;
        if !left.is_operand() {
            return Ok(left);
        }
        let token = self.peek();
        if token.kind == Kind::Symbol
            && let Some(comparator) = Comparator::read(token.text)
        {
            self.position += 1;
            self.count_operator()?;
            let right = self.operand()?;
            return Ok(Node::Compare(comparator, Box::new(left), Box::new(right)));
        }
        if self.keyword("BETWEEN") {
            self.count_operator()?;
            let low = self.operand()?;
            if !self.keyword("AND") {
                return Err(self.syntax_error());
            }
            let high = self.operand()?;
            return Ok(Node::Between(Box::new(left), Box::new(low), Box::new(high)));
        }
        if self.keyword("IN") {
            self.count_operator()?;
            self.expect("(")?;
            return Ok(Node::In(Box::new(left), self.operands()?));
        }
        Ok(left)
    }

    /// An operand or, in parentheses, a whole condition.
    fn primary(&mut self) -> Result<Node<'t>, String> {
        let opening = self.position;
        if !self.symbol("(") {
            return self.plain_operand();
        }
        let inner = self.deeper(Self::or)?;
        // `((x))`: the inner parentheses began right after the outer and ended right before it.
        let doubled =
            self.is_symbol_at(opening + 1, "(") && self.is_symbol_at(self.position - 1, ")");
        self.expect(")")?;
        if doubled && self.encloses(opening + 1, self.position - 2) {
            self.redundant_parentheses = true;
        }
        Ok(inner)
    }

    fn is_symbol_at(&self, position: usize, symbol: &str) -> bool {
        self.tokens
            .get(position)
            .is_some_and(|token| token.kind == Kind::Symbol && token.text == symbol)
    }

    /// Whether the parenthesis that opens at the first token is the one that closes at the last.
    fn encloses(&self, first: usize, last: usize) -> bool {
        let mut open = 0_usize;
        for position in first..last {
            if self.is_symbol_at(position, "(") {
                open += 1;
            } else if self.is_symbol_at(position, ")") {
                open = open.saturating_sub(1);
            }
            if open == 0 {
                return false;
            }
        }
        true
    }

    /// A path, a value or a function call, perhaps in parentheses.
    pub(super) fn operand(&mut self) -> Result<Node<'t>, String> {
        let node = self.primary()?;
        if node.is_operand() {
            Ok(node)
        } else {
            Err(self.syntax_error())
        }
    }

    /// The operands up to the closing parenthesis.
    fn operands(&mut self) -> Result<Vec<Node<'t>>, String> {
        let mut operands = vec![self.operand()?];
        while self.symbol(",") {
            operands.push(self.operand()?);
        }
        self.expect(")")?;
        Ok(operands)
    }

    fn plain_operand(&mut self) -> Result<Node<'t>, String> {
        let token = self.peek();
        match token.kind {
            Kind::ValuePlaceholder => {
                self.position += 1;
                Ok(Node::Value(token.text))
            }
            Kind::Name if self.is_symbol_at(self.position + 1, "(") && !is_keyword(token.text) => {
                self.position += 2;
                self.count_operator()?;
                let arguments = self.deeper(Self::operands)?;
                Ok(Node::Call(token.text, arguments))
            }
            Kind::Name | Kind::NamePlaceholder => Ok(Node::Path(self.path()?)),
            Kind::Digits | Kind::Symbol | Kind::Unknown | Kind::End => Err(self.syntax_error()),
        }
    }

    /// `name`, `#name`, `name.name[0]` and so on.
    pub(super) fn path(&mut self) -> Result<Vec<RawStep<'t>>, String> {
        let mut steps = vec![self.name()?];
        loop {
            if self.symbol(".") {
                steps.push(self.name()?);
            } else if self.symbol("[") {
                let token = self.peek();
                let index = match token.kind {
                    Kind::Digits => token.text.parse().ok(),
                    _ => None,
                };
                let Some(index) = index else {
                    return Err(self.syntax_error());
                };
                self.position += 1;
                self.expect("]")?;
                steps.push(RawStep::Index(index));
            } else {
                return Ok(steps);
            }
        }
    }

    fn name(&mut self) -> Result<RawStep<'t>, String> {
        let token = self.peek();
        let step = match token.kind {
            Kind::Name if !is_keyword(token.text) => RawStep::Name(token.text),
            Kind::NamePlaceholder => RawStep::Placeholder(token.text),
            _ => return Err(self.syntax_error()),
        };
        self.position += 1;
        Ok(step)
    }

    /// `:value`, which is all that ADD and DELETE take.
    pub(super) fn value(&mut self) -> Result<&'t str, String> {
        let token = self.peek();
        if token.kind != Kind::ValuePlaceholder {
            return Err(self.syntax_error());
        }
        self.position += 1;
        Ok(token.text)
    }
}

/// The words that no expression can use as a name, whatever the place.
fn is_keyword(text: &str) -> bool {
    ["AND", "OR", "NOT", "BETWEEN", "IN"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

fn one_or<'t>(mut all: Vec<Node<'t>>, many: fn(Vec<Node<'t>>) -> Node<'t>) -> Node<'t> {
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            all.push(last);
            many(all)
        }
        (None, _) => many(all),
    }
}
