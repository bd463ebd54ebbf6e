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

use std::borrow::Cow;

use crate::cursor::Step;
use crate::declaration::Parser;
use crate::scan::unescape;
use crate::tree::{Argument, Expr, ExprKind};

/// The operator that is a word.
const STARTS_WITH: &str = "starts_with";

impl<'t> Parser<'_, 't> {
    pub(crate) fn expression(&mut self) -> Step<Expr<'t>> {
        self.joined(
            Self::and_expression,
            |it| it.cursor.takes_word("or"),
            ExprKind::Or,
        )
    }

    fn and_expression(&mut self) -> Step<Expr<'t>> {
        self.joined(
            Self::not_expression,
            |it| it.cursor.takes_word("and"),
            ExprKind::And,
        )
    }

    fn alternatives(&mut self) -> Step<Expr<'t>> {
        self.joined(
            Self::primary,
            |it| it.cursor.takes(b'|'),
            ExprKind::Alternatives,
        )
    }

    /// Operands and what stands between them. One operand alone is itself, so that the tree has no empty layers.
    #[inline]
    fn joined(
        &mut self,
        operand: fn(&mut Self) -> Step<Expr<'t>>,
        takes_joint: fn(&mut Self) -> bool,
        kind: fn(Vec<Expr<'t>>) -> ExprKind<'t>,
    ) -> Step<Expr<'t>> {
        let start = self.cursor.next_at();
        let first = operand(self)?;
        if !takes_joint(self) {
            return Ok(first);
        }
        self.joined_to(first, start, operand, takes_joint, kind)
    }

    /// The operands behind the first. Few expressions have any, so that this one function serves all the joints.
    fn joined_to(
        &mut self,
        first: Expr<'t>,
        start: usize,
        operand: fn(&mut Self) -> Step<Expr<'t>>,
        takes_joint: fn(&mut Self) -> bool,
        kind: fn(Vec<Expr<'t>>) -> ExprKind<'t>,
    ) -> Step<Expr<'t>> {
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
    fn not_expression(&mut self) -> Step<Expr<'t>> {
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

    fn comparison(&mut self) -> Step<Expr<'t>> {
        let start = self.cursor.next_at();
        let left = self.alternatives()?;
        let Some(operator) = self.operator() else {
            return Ok(left);
        };
        let right = self.alternatives()?;
        Ok(Expr {
            kind: ExprKind::Compare {
                left: Box::new(left),
                operator,
                right: Box::new(right),
            },
            span: self.cursor.since(start),
        })
    }

    /// Takes the operator of a comparison. Its first byte tells that there is none.
    fn operator(&mut self) -> Option<&'static str> {
        let first = self.cursor.next()?;
        let is_two = self.cursor.second_byte() == Some(b'=');
        let operator = match first {
            b'=' if is_two => "==",
            b'!' if is_two => "!=",
            b'<' if is_two => "<=",
            b'>' if is_two => ">=",
            b'<' => "<",
            b'>' => ">",
            b's' => return self.cursor.takes_word(STARTS_WITH).then_some(STARTS_WITH),
            _ => return None,
        };
        self.cursor.skip(operator.len());
        Some(operator)
    }

    fn primary(&mut self) -> Step<Expr<'t>> {
        let start = self.cursor.next_at();
        let kind = match self.cursor.byte() {
            Some(b'{') => ExprKind::Block(self.block()?),
            Some(b'"') => ExprKind::String(string_value(self.cursor.string())),
            Some(b'0'..=b'9') => self.number(),
            Some(b'-') if matches!(self.cursor.second_byte(), Some(b'0'..=b'9')) => self.number(),
            Some(b'[') => return self.list(),
            Some(b'(') => self.parens()?,
            Some(b'/') => ExprKind::Path(self.cursor.path()),
            _ if self.cursor.is_at_name() => return self.reference(),
            _ => return self.cursor.stop("a value"),
        };
        Ok(Expr {
            kind,
            span: self.cursor.since(start),
        })
    }

    fn number(&mut self) -> ExprKind<'t> {
        let (digits, unit) = self.cursor.number();
        ExprKind::Number { digits, unit }
    }

    fn parens(&mut self) -> Step<ExprKind<'t>> {
        self.cursor.must_take(b'(', "`(`")?;
        self.cursor.lines();
        let inner = Box::new(self.expression()?);
        self.cursor.lines();
        self.cursor.must_take(b')', "`)`")?;
        Ok(ExprKind::Parens(inner))
    }

    fn list(&mut self) -> Step<Expr<'t>> {
        let start = self.cursor.next_at();
        self.cursor.must_take(b'[', "`[`")?;
        let all = self.until(b']', "`]`", Self::expression)?;
        let is_optional = self.cursor.takes(b'?');
        Ok(self.optional(ExprKind::List(all), is_optional, start))
    }

    /// What commas separate, up to the closing bracket.
    fn until<T>(
        &mut self,
        close: u8,
        shown: &'static str,
        one: fn(&mut Self) -> Step<T>,
    ) -> Step<Vec<T>> {
        let mut all = Vec::new();
        self.cursor.lines();
        while !self.cursor.takes(close) {
            all.push(one(self)?);
            if self.cursor.takes(b',') {
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

    fn optional(&self, kind: ExprKind<'t>, is_optional: bool, start: usize) -> Expr<'t> {
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

    fn reference(&mut self) -> Step<Expr<'t>> {
        let start = self.cursor.next_at();
        let name = self.name()?;
        let kind = if self.cursor.takes_here(b'(') {
            let arguments = self.until(b')', "`)`", Self::argument)?;
            ExprKind::Call { name, arguments }
        } else if self.cursor.takes_here(b'[') {
            let index = Box::new(self.expression()?);
            self.cursor.must_take(b']', "`]`")?;
            ExprKind::Index { name, index }
        } else {
            ExprKind::Name(name)
        };
        let is_optional = self.cursor.takes_here(b'?');
        Ok(self.optional(kind, is_optional, start))
    }

    fn argument(&mut self) -> Step<Argument<'t>> {
        let start = self.cursor.next_at();
        let name = if self.cursor.is_at_key() {
            let key = self.cursor.key()?;
            self.cursor.must_take(b':', "`:`")?;
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
fn string_value(written: &str) -> Cow<'_, str> {
    let inner = written
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .unwrap_or_default();
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(it) = rest.chars().next() {
        let (it, len) = unescape(rest).unwrap_or((it, it.len_utf8()));
        value.push(it);
        rest = rest.get(len..).unwrap_or_default();
    }
    Cow::Owned(value)
}
