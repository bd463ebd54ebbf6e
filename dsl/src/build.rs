//! pest's pairs to the syntax tree.

use std::collections::BTreeMap;

use pest::iterators::Pair;

use crate::grammar::{Rule, child, children, span_of};
use crate::lines::Lines;
use crate::scan::unescape;
use crate::tree::{
    Argument, Attribute, Block, Body, Comment, Declaration, Entry, EntryKind, Expr, ExprKind,
    Phrase, Span, Word,
};

/// The `///` lines by the line below them.
pub(crate) struct Docs<'t> {
    lines: &'t Lines,
    by_line: BTreeMap<usize, String>,
}

impl<'t> Docs<'t> {
    /// Joins consecutive `///` lines; they document what begins on the next line.
    pub(crate) fn new(text: &str, lines: &'t Lines, comments: &[Comment]) -> Docs<'t> {
        let mut by_line: BTreeMap<usize, String> = BTreeMap::new();
        for comment in comments.iter().filter(|it| it.alone) {
            let Some(doc) = comment.span.text(text).strip_prefix("///") else {
                continue;
            };
            let line = lines.line(comment.span.start);
            let mut joined = by_line.remove(&line).unwrap_or_default();
            if !joined.is_empty() {
                joined.push('\n');
            }
            joined.push_str(doc.trim());
            by_line.insert(line + 1, joined);
        }
        Docs { lines, by_line }
    }

    fn of(&self, span: Span) -> String {
        self.by_line
            .get(&self.lines.line(span.start))
            .cloned()
            .unwrap_or_default()
    }
}

/// The declaration of a chunk that begins at byte `at` of the file.
pub(crate) fn declaration(
    chunk: &Pair<'_, Rule>,
    at: usize,
    docs: &Docs<'_>,
) -> Option<Declaration> {
    let build = Build { at, docs };
    let pair = child(chunk, Rule::declaration)?;
    let span = span_of(&pair, at);
    let kind = build.word(&child(&pair, Rule::key)?);
    let body = match (child(&pair, Rule::attribute), child(&pair, Rule::head)) {
        (Some(attribute), _) => Body::Attribute(build.attribute(&attribute)?),
        (None, Some(head)) => Body::Phrase(build.phrase(&head)),
        (None, None) => {
            let end = Span {
                start: kind.span.end,
                end: kind.span.end,
            };
            Body::Phrase(Phrase {
                span: end,
                ..Phrase::default()
            })
        }
    };
    Some(Declaration {
        doc: docs.of(span),
        kind,
        body,
        span,
    })
}

struct Build<'b> {
    at: usize,
    docs: &'b Docs<'b>,
}

impl Build<'_> {
    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        span_of(pair, self.at)
    }

    fn word(&self, pair: &Pair<'_, Rule>) -> Word {
        Word {
            text: pair.as_str().to_owned(),
            span: self.span(pair),
        }
    }

    fn name(&self, pair: &Pair<'_, Rule>) -> Vec<Word> {
        pair.clone().into_inner().map(|it| self.word(&it)).collect()
    }

    fn attribute(&self, pair: &Pair<'_, Rule>) -> Option<Attribute> {
        let key = self.word(&child(pair, Rule::key)?);
        let value = child(pair, Rule::value)?;
        let values = children(&value, Rule::phrase)
            .map(|it| self.phrase(&it))
            .collect();
        Some(Attribute {
            key,
            values,
            span: self.span(pair),
        })
    }

    /// A `phrase` or a `head`.
    fn phrase(&self, pair: &Pair<'_, Rule>) -> Phrase {
        let mut phrase = Phrase {
            span: self.span(pair),
            ..Phrase::default()
        };
        for it in pair.clone().into_inner() {
            match it.as_rule() {
                Rule::default | Rule::head_default => {
                    phrase.default =
                        Some(it.into_inner().filter_map(|it| self.expr(&it)).collect());
                }
                _ => phrase.items.extend(self.expr(&it)),
            }
        }
        phrase
    }

    fn block(&self, pair: &Pair<'_, Rule>) -> Block {
        let entries = children(pair, Rule::entry)
            .filter_map(|it| self.entry(&it))
            .collect();
        Block {
            entries,
            span: self.span(pair),
        }
    }

    fn entry(&self, pair: &Pair<'_, Rule>) -> Option<Entry> {
        let span = self.span(pair);
        let inner = pair.clone().into_inner().next()?;
        let kind = match inner.as_rule() {
            Rule::spread => EntryKind::Spread(self.name(&child(&inner, Rule::name)?)),
            Rule::attribute => EntryKind::Attribute(self.attribute(&inner)?),
            _ => EntryKind::Statement(self.phrase(&inner)),
        };
        Some(Entry {
            doc: self.docs.of(span),
            kind,
            span,
        })
    }

    fn exprs(&self, pair: &Pair<'_, Rule>, rule: Rule) -> Vec<Expr> {
        children(pair, rule)
            .filter_map(|it| self.expr(&it))
            .collect()
    }

    /// Any rule of an expression. A rule with one operand is that operand, so that the tree has no empty layers.
    fn expr(&self, pair: &Pair<'_, Rule>) -> Option<Expr> {
        let span = self.span(pair);
        let kind = match pair.as_rule() {
            Rule::several => return joined(self.all(pair), span, ExprKind::Several),
            Rule::or_expression => {
                return joined(self.exprs(pair, Rule::and_expression), span, ExprKind::Or);
            }
            Rule::and_expression => {
                return joined(self.exprs(pair, Rule::not_expression), span, ExprKind::And);
            }
            Rule::alternatives => {
                return joined(
                    self.exprs(pair, Rule::primary),
                    span,
                    ExprKind::Alternatives,
                );
            }
            Rule::not_expression => {
                let inner = self.expr(&child(pair, Rule::comparison)?)?;
                // Two `not` cancel out, so that a million of them need no stack.
                if children(pair, Rule::not_word).count().is_multiple_of(2) {
                    return Some(inner);
                }
                ExprKind::Not(Box::new(inner))
            }
            Rule::comparison => return self.comparison(pair, span),
            Rule::primary => return self.expr(&pair.clone().into_inner().next()?),
            Rule::arrow => {
                ExprKind::Arrow(Box::new(self.expr(&pair.clone().into_inner().next()?)?))
            }
            Rule::block => ExprKind::Block(self.block(pair)),
            Rule::string => ExprKind::String(string_value(pair.as_str())),
            Rule::number => ExprKind::Number {
                digits: child(pair, Rule::digits)?.as_str().to_owned(),
                unit: child(pair, Rule::unit)
                    .map(|it| it.as_str().to_owned())
                    .unwrap_or_default(),
            },
            Rule::path => ExprKind::Path(pair.as_str().to_owned()),
            Rule::list => return Some(self.list(pair, span)),
            Rule::parens => {
                ExprKind::Parens(Box::new(self.expr(&pair.clone().into_inner().next()?)?))
            }
            Rule::reference | Rule::plain => return self.reference(pair, span),
            _ => return None,
        };
        Some(Expr { kind, span })
    }

    fn all(&self, pair: &Pair<'_, Rule>) -> Vec<Expr> {
        pair.clone()
            .into_inner()
            .filter_map(|it| self.expr(&it))
            .collect()
    }

    fn comparison(&self, pair: &Pair<'_, Rule>, span: Span) -> Option<Expr> {
        let mut sides = self.exprs(pair, Rule::alternatives).into_iter();
        let left = sides.next()?;
        let (Some(right), Some(operator)) = (sides.next(), child(pair, Rule::operator)) else {
            return Some(left);
        };
        let operator = operator.as_str().to_owned();
        let kind = ExprKind::Compare {
            left: Box::new(left),
            operator,
            right: Box::new(right),
        };
        Some(Expr { kind, span })
    }

    fn list(&self, pair: &Pair<'_, Rule>, span: Span) -> Expr {
        let list = Expr {
            kind: ExprKind::List(self.all(pair)),
            span,
        };
        self.optional(pair, list)
    }

    fn optional(&self, pair: &Pair<'_, Rule>, inner: Expr) -> Expr {
        match child(pair, Rule::optional) {
            Some(_) => {
                let span = inner.span;
                Expr {
                    kind: ExprKind::Optional(Box::new(inner)),
                    span,
                }
            }
            None => inner,
        }
    }

    fn reference(&self, pair: &Pair<'_, Rule>, span: Span) -> Option<Expr> {
        let name = self.name(&child(pair, Rule::name)?);
        let kind = match (child(pair, Rule::arguments), child(pair, Rule::index)) {
            (Some(arguments), _) => {
                let arguments = children(&arguments, Rule::argument)
                    .map(|it| self.argument(&it))
                    .collect();
                ExprKind::Call { name, arguments }
            }
            (None, Some(index)) => ExprKind::Index {
                name,
                index: Box::new(self.expr(&index.into_inner().next()?)?),
            },
            (None, None) => ExprKind::Name(name),
        };
        Some(self.optional(pair, Expr { kind, span }))
    }

    fn argument(&self, pair: &Pair<'_, Rule>) -> Argument {
        let name = child(pair, Rule::key).map(|it| self.word(&it));
        Argument {
            name,
            value: self.all(pair),
            span: self.span(pair),
        }
    }
}

fn joined(mut parts: Vec<Expr>, span: Span, kind: fn(Vec<Expr>) -> ExprKind) -> Option<Expr> {
    if parts.len() > 1 {
        Some(Expr {
            kind: kind(parts),
            span,
        })
    } else {
        parts.pop()
    }
}

/// The value of a string as written; the scanner has already refused bad escapes.
fn string_value(written: &str) -> String {
    let inner = written
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .unwrap_or_default();
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(it) = rest.chars().next() {
        let (it, len) = unescape(rest).unwrap_or((it, it.len_utf8()));
        value.push(it);
        rest = rest.get(len..).unwrap_or_default();
    }
    value
}
