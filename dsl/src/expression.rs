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

/// What stands between operands, the loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Joint {
    Or,
    And,
    Comparison,
    Alternatives,
}

impl<'t> Parser<'_, 't> {
    pub(crate) fn expression(&mut self) -> Step<Expr<'t>> {
        self.joined(Joint::Or)
    }

    /// Operands with joints between them that bind at least as tightly as this one. One operand alone is itself, so that the tree has no
    /// empty layers; mostly the next byte tells that it is.
    fn joined(&mut self, loosest: Joint) -> Step<Expr<'t>> {
        let start = self.cursor.next_at();
        let negates = loosest <= Joint::Comparison && self.cursor.is_at("not");
        let (mut left, mut tightest) = if negates {
            (self.negation(start)?, Joint::And)
        } else {
            (self.primary()?, Joint::Alternatives)
        };
        loop {
            let joint = match self.cursor.next() {
                Some(b'|') => Joint::Alternatives,
                Some(b'=' | b'!' | b'<' | b'>' | b's') => Joint::Comparison,
                Some(b'a') => Joint::And,
                Some(b'o') => Joint::Or,
                _ => return Ok(left),
            };
            if joint < loosest || joint > tightest {
                return Ok(left);
            }
            let takes: fn(&mut Self) -> bool = match joint {
                Joint::Or => |it| it.cursor.takes_word("or"),
                Joint::And => |it| it.cursor.takes_word("and"),
                Joint::Alternatives => |it| it.cursor.takes(b'|'),
                Joint::Comparison => {
                    let Some(operator) = self.operator() else {
                        return Ok(left);
                    };
                    left = self.comparison(left, operator, start)?;
                    tightest = Joint::And;
                    continue;
                }
            };
            if !takes(self) {
                return Ok(left);
            }
            let mut all = vec![left, self.operand(joint)?];
            while takes(self) {
                all.push(self.operand(joint)?);
            }
            let kind = match joint {
                Joint::Or => ExprKind::Or(all),
                Joint::And => ExprKind::And(all),
                Joint::Alternatives | Joint::Comparison => ExprKind::Alternatives(all),
            };
            left = Expr {
                kind,
                span: self.cursor.since(start),
            };
            tightest = joint;
        }
    }

    /// What stands on either side of a joint.
    fn operand(&mut self, joint: Joint) -> Step<Expr<'t>> {
        match joint {
            Joint::Or => self.joined(Joint::And),
            Joint::And => self.joined(Joint::Comparison),
            Joint::Comparison => self.joined(Joint::Alternatives),
            Joint::Alternatives => self.primary(),
        }
    }

    /// Two `not` cancel out, so that a million of them need no stack.
    fn negation(&mut self, start: usize) -> Step<Expr<'t>> {
        let mut negated = false;
        while self.cursor.takes_word("not") {
            negated = !negated;
        }
        let inner = self.operand(Joint::And)?;
        if !negated {
            return Ok(inner);
        }
        Ok(Expr {
            kind: ExprKind::Not(Box::new(inner)),
            span: self.cursor.since(start),
        })
    }

    fn comparison(
        &mut self,
        left: Expr<'t>,
        operator: &'static str,
        start: usize,
    ) -> Step<Expr<'t>> {
        let right = self.operand(Joint::Comparison)?;
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
