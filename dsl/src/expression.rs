//! Expressions, from the loosest binding to the tightest.
//!
//! ```text
//! expression   = and_expr ("or" and_expr)*
//! and_expr     = not_expr ("and" not_expr)*
//! not_expr     = "not"* comparison
//! comparison   = alternatives (operator alternatives)?
//! operator     = "==" | "!=" | "<=" | ">=" | "<" | ">" | "starts_with"
//! alternatives = primary ("|" primary)*
//! primary      = block | string | number | list | parens | path | reference
//! list         = "[" NL* (expression ("," NL* expression)* ","? NL*)? "]" "?"?
//! parens       = "(" NL* expression NL* ")"
//! reference    = name (arguments | index)? "?"?      no blank inside, so that `where (a)` is no call
//! arguments    = "(" NL* (argument ("," NL* argument)* ","? NL*)? ")"
//! argument     = (key ":")? item+
//! index        = "[" expression "]"
//! name         = word ("." key)*                     a word is a key that is not reserved
//! number       = "-"? digit+ ("." digit+)? ("%" | letter alphanumeric*)?
//! ```

use crate::cursor::Step;
use crate::declaration::Parser;
use crate::scan::unescape;
use crate::tree::{Argument, Expr, ExprKind};

/// Longer ones first, because `<` begins `<=`.
const OPERATORS: &[&str] = &["==", "!=", "<=", ">=", "<", ">"];
/// The operator that is a word.
const STARTS_WITH: &str = "starts_with";

impl Parser<'_> {
    pub(crate) fn expression(&mut self) -> Step<Expr> {
        self.joined(
            Self::and_expression,
            |it| it.cursor.takes_word("or"),
            ExprKind::Or,
        )
    }

    fn and_expression(&mut self) -> Step<Expr> {
        self.joined(
            Self::not_expression,
            |it| it.cursor.takes_word("and"),
            ExprKind::And,
        )
    }

    fn alternatives(&mut self) -> Step<Expr> {
        self.joined(
            Self::primary,
            |it| it.cursor.takes("|"),
            ExprKind::Alternatives,
        )
    }

    /// Operands and what stands between them. One operand alone is itself, so that the tree has no empty layers.
    fn joined(
        &mut self,
        operand: fn(&mut Self) -> Step<Expr>,
        takes_joint: fn(&mut Self) -> bool,
        kind: fn(Vec<Expr>) -> ExprKind,
    ) -> Step<Expr> {
        let start = self.cursor.next_at();
        let first = operand(self)?;
        if !takes_joint(self) {
            return Ok(first);
        }
        let mut all = vec![first, operand(self)?];
        while takes_joint(self) {
            all.push(operand(self)?);
        }
        Ok(Expr {
            kind: kind(all),
            span: self.cursor.since(start),
        })
    }

    /// Two `not` cancel out, so that a million of them need no stack.
    fn not_expression(&mut self) -> Step<Expr> {
        let start = self.cursor.next_at();
        let mut negated = false;
        while self.cursor.takes_word("not") {
            negated = !negated;
        }
        let inner = self.comparison()?;
        if !negated {
            return Ok(inner);
        }
        Ok(Expr {
            kind: ExprKind::Not(Box::new(inner)),
            span: self.cursor.since(start),
        })
    }

    fn comparison(&mut self) -> Step<Expr> {
        let start = self.cursor.next_at();
        let left = self.alternatives()?;
        let operator = match self.cursor.takes_one_of(OPERATORS) {
            Some(it) => it,
            None if self.cursor.takes_word(STARTS_WITH) => STARTS_WITH,
            None => return Ok(left),
        };
        let right = self.alternatives()?;
        Ok(Expr {
            kind: ExprKind::Compare {
                left: Box::new(left),
                operator: operator.to_owned(),
                right: Box::new(right),
            },
            span: self.cursor.since(start),
        })
    }

    fn primary(&mut self) -> Step<Expr> {
        let start = self.cursor.next_at();
        let kind = match self.cursor.byte() {
            Some(b'{') => ExprKind::Block(self.block()?),
            Some(b'"') => ExprKind::String(string_value(self.cursor.string())),
            Some(b'0'..=b'9') => self.number(),
            Some(b'-') if matches!(self.cursor.second_byte(), Some(b'0'..=b'9')) => self.number(),
            Some(b'[') => return self.list(),
            Some(b'(') => self.parens()?,
            Some(b'/') => ExprKind::Path(self.cursor.path().to_owned()),
            _ if self.cursor.is_at_name() => return self.reference(),
            _ => return self.cursor.stop("a value"),
        };
        Ok(Expr {
            kind,
            span: self.cursor.since(start),
        })
    }

    fn number(&mut self) -> ExprKind {
        let (digits, unit) = self.cursor.number();
        ExprKind::Number {
            digits: digits.to_owned(),
            unit: unit.to_owned(),
        }
    }

    fn parens(&mut self) -> Step<ExprKind> {
        self.cursor.must_take("(", "`(`")?;
        self.cursor.lines();
        let inner = Box::new(self.expression()?);
        self.cursor.lines();
        self.cursor.must_take(")", "`)`")?;
        Ok(ExprKind::Parens(inner))
    }

    fn list(&mut self) -> Step<Expr> {
        let start = self.cursor.next_at();
        self.cursor.must_take("[", "`[`")?;
        let all = self.until("]", "`]`", Self::expression)?;
        let is_optional = self.cursor.takes("?");
        Ok(self.optional(ExprKind::List(all), is_optional, start))
    }

    /// What commas separate, up to the closing bracket.
    fn until<T>(
        &mut self,
        close: &str,
        shown: &'static str,
        one: fn(&mut Self) -> Step<T>,
    ) -> Step<Vec<T>> {
        let mut all = Vec::new();
        self.cursor.lines();
        while !self.cursor.takes(close) {
            all.push(one(self)?);
            if self.cursor.takes(",") {
                self.cursor.lines();
                continue;
            }
            self.cursor.lines();
            self.cursor.missed("`,`");
            self.cursor.must_take(close, shown)?;
            break;
        }
        Ok(all)
    }

    fn optional(&self, kind: ExprKind, is_optional: bool, start: usize) -> Expr {
        let span = self.cursor.since(start);
        let inner = Expr { kind, span };
        if !is_optional {
            return inner;
        }
        Expr {
            kind: ExprKind::Optional(Box::new(inner)),
            span,
        }
    }

    fn reference(&mut self) -> Step<Expr> {
        let start = self.cursor.next_at();
        let name = self.name()?;
        let kind = if self.cursor.takes_here("(") {
            let arguments = self.until(")", "`)`", Self::argument)?;
            ExprKind::Call { name, arguments }
        } else if self.cursor.takes_here("[") {
            let index = Box::new(self.expression()?);
            self.cursor.must_take("]", "`]`")?;
            ExprKind::Index { name, index }
        } else {
            ExprKind::Name(name)
        };
        let is_optional = self.cursor.takes_here("?");
        Ok(self.optional(kind, is_optional, start))
    }

    fn argument(&mut self) -> Step<Argument> {
        let start = self.cursor.next_at();
        let name = if self.cursor.is_at_key() {
            let key = self.cursor.key()?;
            self.cursor.must_take(":", "`:`")?;
            Some(key)
        } else {
            None
        };
        Ok(Argument {
            name,
            value: self.items()?,
            span: self.cursor.since(start),
        })
    }
}

/// The value of a string as written; the scanner has already refused bad escapes.
fn string_value(written: &str) -> String {
    let inner = written
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .unwrap_or_default();
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(it) = rest.chars().next() {
        let (it, len) = unescape(rest).unwrap_or((it, it.len_utf8()));
        value.push(it);
        rest = rest.get(len..).unwrap_or_default();
    }
    value
}
