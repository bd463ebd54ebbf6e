//! A Rust file from items: each formatted, a blank line between them.

use pipe_quote::quote;
use rustc_hash::FxHashMap;

use pipe_tokens::Printer;
use pipe_tokens::{Doc, Ident, Tokens, comment};

/// A file with its documentation, its imports in groups and its items in order.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) doc: Vec<String>,
    /// Attributes of the file: `#![forbid(unsafe_code)]`.
    pub(super) attributes: Tokens,
    /// Each group is printed as one block.
    pub(super) groups: Vec<Tokens>,
    pub(super) items: Items,
}

/// The items of a file.
#[derive(Debug, Default)]
pub(super) struct Items(Vec<Tokens>);

impl From<Vec<Tokens>> for Items {
    fn from(items: Vec<Tokens>) -> Self {
        Self(items)
    }
}

impl Items {
    /// Which of these words the items have as identifiers; what comments say is none.
    pub(super) fn mention<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Words<'w> {
        let mut asked: FxHashMap<&str, bool> = words.into_iter().map(|it| (it, false)).collect();
        let mut looks = Looks::default();
        asked.keys().for_each(|it| looks.add(it));
        for it in &self.0 {
            it.each_name(|name| {
                if looks.contain(name)
                    && let Some(mentioned) = asked.get_mut(name)
                {
                    *mentioned = true;
                }
            });
        }
        Words(asked)
    }
}

/// First letters and lengths of words, which tell most others apart without a look into a table.
#[derive(Default)]
struct Looks([u64; 32]);

impl Looks {
    /// The set for its first letter, and the bit for its length.
    fn place(word: &str) -> (usize, u64) {
        let letter = word.as_bytes().first().map_or(0, |it| it % 32);
        (usize::from(letter), 1 << (word.len() % 64))
    }

    fn add(&mut self, word: &str) {
        let (letter, length) = Self::place(word);
        if let Some(lengths) = self.0.get_mut(letter) {
            *lengths |= length;
        }
    }

    fn contain(&self, word: &str) -> bool {
        let (letter, length) = Self::place(word);
        self.0.get(letter).is_some_and(|it| it & length != 0)
    }
}

/// What was asked for, and whether the items of a file mention it.
pub(super) struct Words<'w>(FxHashMap<&'w str, bool>);

impl Words<'_> {
    pub(super) fn contains(&self, word: &str) -> bool {
        self.0.get(word).is_some_and(|it| *it)
    }
}

/// Names of the runtime, by path.
pub(super) type Imported = [(&'static str, &'static [&'static str])];

/// All names that may be imported.
pub(super) fn names_of(from: &Imported) -> impl Iterator<Item = &str> {
    from.iter().flat_map(|(_, names)| names.iter().copied())
}

impl Source {
    pub(super) fn render(self) -> String {
        /// What most files have; growing is copying.
        const BYTES: usize = 16 << 10;
        let mut out = String::with_capacity(BYTES);
        for line in &self.doc {
            out.push_str("//!");
            comment(line, &mut out);
            out.push('\n');
        }
        let mut printer = Printer::default();
        let blocks = std::iter::once(self.attributes).chain(self.groups);
        for block in blocks.chain(self.items.0).filter(|it| !it.is_empty()) {
            out.push('\n');
            pretty(&mut printer, &block, &mut out);
        }
        out
    }
}

/// Imports of what the items mention and of nothing else: by path, the names in alphabetical order.
pub(super) fn imports(mentioned: &Words<'_>, from: &Imported) -> Tokens {
    let group = |(path, names): &(&'static str, &'static [&'static str])| {
        let names = names.iter().filter(|it| mentioned.contains(it));
        let names: Vec<Ident> = names.map(|it| Ident::fixed(it)).collect();
        let path = path.split("::").map(Ident::fixed);
        (!names.is_empty()).then(|| quote!(use #(#path)::*::{#(#names),*};))
    };
    let groups = from.iter().filter_map(group);
    quote!(#(#groups)*)
}

/// Adds one block of items.
fn pretty(printer: &mut Printer, tokens: &Tokens, out: &mut String) {
    if !printer.format(tokens, out) {
        out.push_str(&in_one_line(tokens));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
}

/// A form that the printer does not know is the same Rust, only not laid out. The tests see to it that nothing emitted is one.
fn in_one_line(tokens: &Tokens) -> String {
    let line = tokens.spaced();
    #[cfg(test)]
    tests::UNKNOWN.with_borrow_mut(|it| it.push(line.clone()));
    line
}

/// The spec's own words, then where they stand.
pub(super) fn doc_at(words: &str, place: &str) -> Doc<'static> {
    Doc::new(match words {
        "" => place.to_owned(),
        words => format!("{words}\n\n{place}"),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::fs;

    use pipe_quote::quote;
    use pipe_tokens::Ident;

    thread_local! {
        /// What this thread could not lay out.
        pub(super) static UNKNOWN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// Every block that is emitted for the specs of this repository has forms that the printer knows.
    #[test]
    fn nothing_that_is_emitted_is_left_in_one_line() {
        let mut files = 0;
        for entry in fs::read_dir("../specs").unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|it| it != "pipe") {
                continue;
            }
            let file = path.file_name().unwrap().to_str().unwrap();
            let checked = crate::check(file, &fs::read_to_string(&path).unwrap());
            let pipeline = checked.pipeline.unwrap();
            files += super::super::artifacts(&pipeline).len();
            files += super::super::user_stubs(&pipeline, "").len();
        }
        assert!(files >= 20, "{files}");
        let unknown = UNKNOWN.take();
        assert!(unknown.is_empty(), "{}", unknown.join("\n\n"));
    }

    #[test]
    fn a_form_that_is_not_known_is_the_same_rust() {
        let tokens = quote!(
            const A: u8 = 1 + 2;
        );
        let mut printed = String::new();
        super::pretty(&mut super::Printer::default(), &tokens, &mut printed);
        assert_eq!(printed, "const A : u8 = 1 + 2 ;\n");
        assert_eq!(UNKNOWN.take().len(), 1);
    }

    #[test]
    fn holes_and_repetitions_are_filled() {
        let (name, texts) = (Ident::new("type"), ["a", "b\""]);
        let numbers = [1_u32, 2].into_iter();
        let absent: Option<Ident> = None;
        let tokens = quote!(#[x] fn #name #absent(&'a self) { #(#texts => #numbers),* });
        let spaced = r##"# [ x ] fn r#type ( & 'a self ) { "a" => 1 , "b\"" => 2 } "##;
        assert_eq!(tokens.spaced(), spaced);
        let none: [&str; 0] = [];
        assert!(quote!(#(#none;)*).is_empty());
    }
}
