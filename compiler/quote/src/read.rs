//! What stands between the brackets, as the compiler's own tokens with holes among them.

use std::ops::Range;

use pipe_tokens::{Delimiter, Kind, Token, Tokens};
use proc_macro::{Group, Ident, Punct, Spacing, TokenStream, TokenTree};

/// Tokens, of which some are holes, and what comes into these, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) tokens: Tokens,
    pub(crate) fillers: Vec<Filler>,
}

#[derive(Clone, Debug)]
pub(crate) enum Filler {
    Name(Ident),
    /// What is repeated, and the signs between.
    Repeated(Row, Vec<Punct>),
    /// Items that can be laid out only when they are known.
    Plain(Row),
    /// Items that are laid out already, with what comes into their holes, hole by hole.
    Laid(Row),
}

impl Row {
    pub(crate) fn read(input: TokenStream) -> Result<Self, String> {
        let mut row = Self::default();
        row.add(input, false)?;
        Ok(row)
    }

    fn add(&mut self, input: TokenStream, is_repeated: bool) -> Result<(), String> {
        let mut trees = input.into_iter().peekable();
        while let Some(tree) = trees.next() {
            match tree {
                TokenTree::Punct(sign) if sign.as_char() == '#' => match trees.next() {
                    Some(TokenTree::Ident(name)) => self.add_hole(Kind::Hole, Filler::Name(name)),
                    Some(TokenTree::Group(group))
                        if group.delimiter() == proc_macro::Delimiter::Parenthesis =>
                    {
                        let mut separator = Vec::new();
                        loop {
                            match trees.next() {
                                Some(TokenTree::Punct(it)) if it.as_char() == '*' => break,
                                Some(TokenTree::Punct(it)) => separator.push(it),
                                _ => return Err("`#(…)` is repeated by `*`".to_owned()),
                            }
                        }
                        if is_repeated {
                            return Err("a repetition within a repetition is not known".to_owned());
                        }
                        let mut each = Self::default();
                        each.add(group.stream(), true)?;
                        if each.fillers.is_empty() {
                            return Err("a repetition without a hole has no end".to_owned());
                        }
                        self.add_hole(Kind::Holes, Filler::Repeated(each, separator));
                    }
                    other => {
                        if let Some(TokenTree::Group(group)) = &other
                            && let Some(line) = documentation(group)
                        {
                            self.token(Kind::Doc, &line);
                            continue;
                        }
                        self.sign(&sign, false);
                        let rest = other.into_iter().chain(trees);
                        return self.add(rest.collect(), is_repeated);
                    }
                },
                TokenTree::Punct(sign) => {
                    // The `#` of a hole is nothing that a sign can be joined to.
                    let next = trees.peek();
                    let at_hole = matches!(next, Some(TokenTree::Punct(it)) if it.as_char() == '#');
                    self.sign(&sign, !at_hole && sign.spacing() == Spacing::Joint);
                }
                TokenTree::Ident(name) => self.token(Kind::Name, &name.to_string()),
                TokenTree::Literal(literal) => self.token(Kind::Literal, &literal.to_string()),
                TokenTree::Group(group) => {
                    let delimiter = match group.delimiter() {
                        proc_macro::Delimiter::Parenthesis => Delimiter::Parenthesis,
                        proc_macro::Delimiter::Brace => Delimiter::Brace,
                        proc_macro::Delimiter::Bracket => Delimiter::Bracket,
                        proc_macro::Delimiter::None => {
                            self.add(group.stream(), is_repeated)?;
                            continue;
                        }
                    };
                    self.token(Kind::Open(delimiter), "");
                    self.add(group.stream(), is_repeated)?;
                    self.token(Kind::Close, "");
                }
            }
        }
        Ok(())
    }

    fn sign(&mut self, sign: &Punct, joint: bool) {
        let it = sign.as_char();
        // Signs of Rust are ASCII.
        self.token(
            Kind::Sign(u8::try_from(it).unwrap_or_default(), joint),
            &it.to_string(),
        );
    }

    fn token(&mut self, kind: Kind, text: &str) {
        let (start, end) = (0, u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.tokens.add_run(text, &[Token { kind, start, end }]);
    }

    pub(crate) fn add_hole(&mut self, kind: Kind, filler: Filler) {
        self.token(kind, "");
        self.fillers.push(filler);
    }

    /// Some of the tokens, with what comes into the holes among them.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::default();
        part.extend(self, range);
        part
    }

    pub(crate) fn extend(&mut self, other: &Self, range: Range<usize>) {
        let is_hole = |it: &&Token| matches!(it.kind, Kind::Hole | Kind::Holes);
        let all = other.tokens.all();
        let before = all.iter().take(range.start).filter(is_hole).count();
        for it in all.get(range).unwrap_or_default() {
            self.token(it.kind, other.tokens.text(*it));
        }
        let inside = self.tokens.all().iter().filter(is_hole).count() - self.fillers.len();
        let fillers = other.fillers.iter().skip(before).take(inside);
        self.fillers.extend(fillers.cloned());
    }
}

/// What `///` says, which comes here as `#[doc = "…"]`.
fn documentation(attribute: &Group) -> Option<String> {
    let trees: Vec<TokenTree> = attribute.stream().into_iter().collect();
    let [
        TokenTree::Ident(name),
        TokenTree::Punct(_),
        TokenTree::Literal(literal),
    ] = trees.as_slice()
    else {
        return None;
    };
    let literal = literal.to_string();
    let quoted = |it: &str| Some(it.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    // Comments come as literals of both sorts. Of escapes, they hold none but these.
    let line = match literal.strip_prefix('r') {
        Some(raw) => quoted(raw.trim_matches('#'))?,
        None => quoted(&literal)?.replace("\\\"", "\"").replace("\\'", "'"),
    };
    (name.to_string() == "doc").then_some(line)
}
