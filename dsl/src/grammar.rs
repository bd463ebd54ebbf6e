//! The parser that pest derives from `pipe.pest`, and access to its pairs by rule instead of by position.

use pest::iterators::{Pair, Pairs};

use crate::tree::Span;

mod derived {
    #![expect(unreachable_pub, reason = "pest_derive makes these items public")]

    /// The derived parser.
    #[derive(pest_derive::Parser)]
    #[grammar = "pipe.pest"]
    pub struct PipeParser;
}

pub(crate) use derived::{PipeParser, Rule};

/// The bytes a pair covers, with blanks at its end left out; `at` is where the parsed text begins in the file.
pub(crate) fn span_of(pair: &Pair<'_, Rule>, at: usize) -> Span {
    let span = pair.as_span();
    let text = span.as_str().trim_end();
    Span {
        start: at + span.start(),
        end: at + span.start() + text.len(),
    }
}

/// First child of a rule.
pub(crate) fn child<'i>(pair: &Pair<'i, Rule>, rule: Rule) -> Option<Pair<'i, Rule>> {
    pair.clone().into_inner().find(|it| it.as_rule() == rule)
}

/// Children of a rule, in order.
pub(crate) fn children<'i>(
    pair: &Pair<'i, Rule>,
    rule: Rule,
) -> impl Iterator<Item = Pair<'i, Rule>> + use<'i> {
    let inner: Pairs<'i, Rule> = pair.clone().into_inner();
    inner.filter(move |it| it.as_rule() == rule)
}
