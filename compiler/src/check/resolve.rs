//! Names to what they name: declarations of the kinds that belong there, and kinds to what is declared.

use pipe_dsl::tree::Word;

use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::check::expected::Expected;
use crate::diag;
use crate::kinds::KindId;

impl<'t> Context<'t> {
    /// The declared name behind a use of it, if it is of one of the kinds. Marks it as used.
    pub(crate) fn resolve(&mut self, word: &'t Word<'t>, kinds: &[KindId]) -> Option<&'t str> {
        let text = word.text;
        self.expect(word.span, || Expected::Name(kinds.to_vec()));
        match self.symbols.get_mut(text) {
            Some(symbol) => {
                symbol.used = true;
                let symbol = *symbol;
                if kinds.contains(&symbol.kind) {
                    return Some(text);
                }
                let wanted = one_of(kinds);
                let message = format!("`{text}` is {}, not {wanted}", symbol.kind.with_article());
                self.report(
                    diag::P0108
                        .at(word.span, message)
                        .label(format!("{wanted} belongs here"))
                        .second(symbol.span, "declared here"),
                );
            }
            None if self.unreadable.contains(text) => {}
            None => return self.resolve_slip(word, kinds),
        }
        None
    }

    /// Reports a name that is not declared. What it is near to is what was meant: the rest is checked as if that were written.
    fn resolve_slip(&mut self, word: &Word, kinds: &[KindId]) -> Option<&'t str> {
        let wanted = one_of(kinds);
        let names = self.symbols.iter();
        let names = names.filter(|(_, it)| kinds.contains(&it.kind));
        let meant = nearest(word.text, names.map(|(name, _)| *name));
        let it = diag::P0103
            .at(word.span, format!("`{}` is not declared", word.text))
            .label(format!("{wanted} belongs here"));
        self.report_slip(it, word.span, meant);
        if let Some(symbol) = meant.and_then(|it| self.symbols.get_mut(it)) {
            symbol.used = true;
        }
        meant
    }

    pub(crate) fn report_unknown_kind(&mut self, word: &Word) {
        let text = &word.text;
        let known = KindId::ALL.iter().map(|it| it.kind().keyword);
        let all: Vec<String> = KindId::ALL
            .iter()
            .map(|it| format!("`{}`", it.kind().keyword))
            .collect();
        let it = diag::P0101
            .at(word.span, format!("`{text}` is not a kind of declaration"))
            .label("a declaration begins with its kind")
            .help(format!("kinds are {}", all.join(", ")))
            .nearest(text, word.span, known);
        self.report(it);
    }
}

/// `a queue, a topic or a bus`
fn one_of(kinds: &[KindId]) -> String {
    let words: Vec<String> = kinds.iter().map(|it| it.with_article()).collect();
    match words.as_slice() {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => words.concat(),
    }
}
