//! The Rust that makes tokens when the compiler runs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use pipe_tokens::{Kind, Mark, MarkKind, Step, Token, lay_out};
use proc_macro::{Delimiter, Group, Ident, Punct, Span, TokenStream, TokenTree};

use crate::read::{Filler, Row};

/// Where the tokens are.
const TOKENS: &str = "::pipe_tokens";

/// An expression that makes these tokens.
pub(crate) fn tokens(row: &Row) -> TokenStream {
    if let [Filler::Laid(items)] = row.fillers.as_slice()
        && items.fillers.is_empty()
    {
        let laid = laid(items);
        return block(source(&format!(
            "{laid} static ITEMS: [&{TOKENS}::Laid; 1] = [&LAID]; {TOKENS}::Tokens::fixed_items(&ITEMS)"
        )));
    }
    if row.fillers.is_empty() {
        let run: String = row.tokens.all().iter().map(|it| token(it, 0)).collect();
        let text = row.tokens.texts();
        return source(&format!("{TOKENS}::Tokens::fixed({text:?}, &[{run}])"));
    }
    let (bytes, tokens) = (row.tokens.texts().len(), row.tokens.all().len());
    let mut body = source(&format!(
        "let mut quoted = {TOKENS}::Tokens::with_capacity({bytes}, {tokens});"
    ));
    body.extend(statements(row));
    body.extend(source("quoted"));
    block(body)
}

fn block(body: TokenStream) -> TokenStream {
    TokenTree::Group(Group::new(Delimiter::Brace, body)).into()
}

/// Statements that append to `quoted`.
fn statements(row: &Row) -> TokenStream {
    let mut out = TokenStream::new();
    let mut fillers = row.fillers.iter();
    let mut run: Vec<Token> = Vec::new();
    for it in row.tokens.all() {
        if matches!(it.kind, Kind::Hole | Kind::Holes) {
            out.extend(fixed(row, &run));
            run.clear();
            out.extend(fillers.next().map(filled));
        } else {
            run.push(*it);
        }
    }
    out.extend(fixed(row, &run));
    out
}

/// Appends what stands between two holes, in one piece.
fn fixed(row: &Row, run: &[Token]) -> Option<TokenStream> {
    let (first, last) = (run.first()?, run.last()?);
    let start = usize::try_from(first.start).ok()?;
    let end = usize::try_from(last.end).ok()?;
    let text = row.tokens.texts().get(start..end)?;
    let run: String = run.iter().map(|it| token(it, first.start)).collect();
    Some(source(&format!(
        "{TOKENS}::Tokens::add_run(&mut quoted, {text:?}, &[{run}]);"
    )))
}

fn token(it: &Token, before: u32) -> String {
    let kind = match it.kind {
        Kind::Open(delimiter) => format!("Open({TOKENS}::Delimiter::{delimiter:?})"),
        other => format!("{other:?}"),
    };
    let (start, end) = (it.start - before, it.end - before);
    format!("{TOKENS}::Token {{ kind: {TOKENS}::Kind::{kind}, start: {start}, end: {end} }},")
}

/// Appends what comes into a hole.
fn filled(filler: &Filler) -> TokenStream {
    match filler {
        Filler::Name(name) => call("Interpolate::add_to", name),
        Filler::Repeated(each, separator) => repetition(each, separator),
        Filler::Plain(row) => statements(row),
        Filler::Laid(items) => laid_items(items),
    }
}

/// `Interpolate::add_to(&name, &mut quoted);`
fn call(function: &str, name: &Ident) -> TokenStream {
    let mut arguments = source("&");
    arguments.extend([TokenTree::Ident(name.clone())]);
    arguments.extend(source(", &mut quoted"));
    let mut call = source(&format!("{TOKENS}::{function}"));
    let arguments = Group::new(Delimiter::Parenthesis, arguments);
    call.extend([TokenTree::Group(arguments)]);
    call.extend(source(";"));
    call
}

/// `for (a, b) in a.each().zip(b.each()) { … }`
fn repetition(each: &Row, separator: &[Punct]) -> TokenStream {
    let mut holes: Vec<&Ident> = Vec::new();
    for it in &each.fillers {
        if let Filler::Name(name) = it
            && holes.iter().all(|it| it.to_string() != name.to_string())
        {
            holes.push(name);
        }
    }
    let Some((first, more)) = holes.split_first() else {
        return TokenStream::new();
    };
    let step = |name: &Ident| {
        let mut it: TokenStream = TokenTree::Ident(name.clone()).into();
        it.extend(source(".each()"));
        it
    };
    let mut pattern: TokenStream = TokenTree::Ident((*first).clone()).into();
    let mut steps = step(first);
    for name in more {
        pattern.extend(source(","));
        pattern.extend([TokenTree::Ident((*name).clone())]);
        pattern = TokenTree::Group(Group::new(Delimiter::Parenthesis, pattern)).into();
        steps.extend(source(".zip"));
        let other = Group::new(Delimiter::Parenthesis, step(name));
        steps.extend([TokenTree::Group(other)]);
    }
    let mut out = source(&format!(
        "use {TOKENS}::{{EachOfIterator as _, EachOfSlice as _}};"
    ));
    let mut body = TokenStream::new();
    if !separator.is_empty() {
        let signs: String = separator.iter().map(Punct::as_char).collect();
        let sign = |(start, it): (u32, u8)| {
            let end = start + 1;
            let kind = Kind::Sign(it, usize::try_from(end) != Ok(signs.len()));
            token(&Token { kind, start, end }, 0)
        };
        let run: String = (0..).zip(signs.bytes()).map(sign).collect();
        out.extend(source("let mut again = false;"));
        body.extend(source(&format!(
            "if again {{ {TOKENS}::Tokens::add_run(&mut quoted, {signs:?}, &[{run}]); }} again = true;"
        )));
    }
    body.extend(statements(each));
    out.extend(source("for"));
    out.extend(pattern);
    out.extend(source("in"));
    out.extend(steps);
    out.extend(block(body));
    block(out)
}

/// Appends items that are laid out already, and what comes into each hole in them.
fn laid_items(items: &Row) -> TokenStream {
    let laid = laid(items);
    let mut out = source(&format!(
        "{laid} {TOKENS}::Tokens::add_laid(&mut quoted, &LAID);"
    ));
    let steps = lay_out(&items.tokens).unwrap_or_default();
    for (step, filler) in steps.iter().filter(|it| it.is_hole()).zip(&items.fillers) {
        match (step, filler) {
            (Step::Word, Filler::Name(name)) => out.extend(call("Word::add_word", name)),
            (Step::Type | Step::Expression | Step::Begun | Step::Argument, Filler::Name(name)) => {
                out.extend(call("Interpolate::fill", name));
            }
            (_, filler) => {
                out.extend(source(&format!(
                    "{TOKENS}::Tokens::begin_hole(&mut quoted);"
                )));
                out.extend(filled(filler));
                out.extend(source(&format!("{TOKENS}::Tokens::end_hole(&mut quoted);")));
            }
        }
    }
    block(out)
}

/// `static LAID: Laid = …;`
fn laid(items: &Row) -> String {
    let steps = lay_out(&items.tokens).unwrap_or_default();
    let steps: String = steps.iter().map(step).collect();
    let mut names = BTreeSet::new();
    items.tokens.each_name(|it| {
        names.insert(it);
    });
    let text = items.tokens.texts();
    let tokens: String = items.tokens.all().iter().map(|it| token(it, 0)).collect();
    format!(
        "static LAID: {TOKENS}::Laid = {TOKENS}::Laid {{
            steps: &[{steps}], names: &{names:?}, text: {text:?}, tokens: &[{tokens}],
        }};",
        names = names.iter().collect::<Vec<_>>(),
    )
}

fn step(it: &Step) -> String {
    let Step::Piece(piece) = it else {
        return format!("{TOKENS}::Step::{it:?},");
    };
    let marks: String = piece.marks.iter().map(mark).collect();
    let mut out = format!("{TOKENS}::Step::Piece({TOKENS}::Piece {{");
    let cow = "::std::borrow::Cow::Borrowed";
    let (text, width) = (&piece.text, piece.width);
    let _ = write!(
        out,
        "text: {cow}({text:?}), marks: {cow}(&[{marks}]), width: {width},"
    );
    out + "}),"
}

fn mark(it: &Mark) -> String {
    let kind = match it.kind {
        MarkKind::Line(at) => {
            let otherwise = at.otherwise;
            format!(
                "Line({TOKENS}::Break {{ offset: {}, otherwise: {TOKENS}::Otherwise::{otherwise:?},
                    before: {:?}, after: {:?}, only_between: {} }})",
                at.offset, at.before, at.after, at.only_between,
            )
        }
        other => format!("{other:?}"),
    };
    let (at, width) = (it.at, it.width);
    format!("{TOKENS}::Mark {{ kind: {TOKENS}::MarkKind::{kind}, at: {at}, width: {width} }},")
}

/// Rust of our own, whose variables are not seen by what stands around it.
pub(crate) fn source(text: &str) -> TokenStream {
    // Every text is written here, so that it can always be read.
    let stream: TokenStream = text.parse().unwrap_or_default();
    own(stream)
}

fn own(stream: TokenStream) -> TokenStream {
    let own_tree = |mut it: TokenTree| {
        if let TokenTree::Group(group) = &it {
            it = TokenTree::Group(Group::new(group.delimiter(), own(group.stream())));
        }
        it.set_span(Span::mixed_site());
        it
    };
    stream.into_iter().map(own_tree).collect()
}
