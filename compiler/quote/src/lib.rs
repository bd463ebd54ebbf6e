//! `quote!` as the crate `quote` has it, for the flat tokens of `compiler/src/emit/rust/tokens.rs`: what stands between the holes is taken
//! apart when the compiler is compiled, and copied when it runs.
//!
//! `#name` is a hole for a value that is `Interpolate`. `#(…)*` and `#(…),*`, with any signs between, repeat what stands in the
//! parentheses, and step through every hole in it at once; a repetition within one is not known.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Where the tokens are, in the one crate that uses this.
const TOKENS: &str = "crate::emit::rust::tokens";

/// The tokens of Rust between the brackets, with the values of the holes.
#[proc_macro]
pub fn quote(input: TokenStream) -> TokenStream {
    let mut body = Body::default();
    if let Err(message) = body.add(input) {
        return source(&format!("::core::compile_error!({message:?})"));
    }
    let (bytes, tokens) = body.capacity;
    if body.statements.is_empty() {
        let (text, run) = (Literal::string(&body.text), &body.run);
        return source(&format!("{TOKENS}::Tokens::fixed({text}, &[{run}])"));
    }
    let statements = body.finish();
    let mut block = source(&format!(
        "let mut quoted = {TOKENS}::Tokens::with_capacity({bytes}, {tokens});"
    ));
    block.extend(statements);
    block.extend(source("quoted"));
    TokenTree::Group(Group::new(Delimiter::Brace, block)).into()
}

/// Statements that append to `quoted`.
#[derive(Default)]
struct Body {
    statements: TokenStream,
    /// What is appended at once: the texts of tokens in a row, and what each of them is.
    text: String,
    run: String,
    /// Bytes and tokens of all that is not a hole.
    capacity: (usize, usize),
    /// The names in the holes, each once.
    holes: Vec<Ident>,
    is_repeated: bool,
}

impl Body {
    fn add(&mut self, input: TokenStream) -> Result<(), String> {
        let mut trees = input.into_iter().peekable();
        while let Some(tree) = trees.next() {
            match tree {
                TokenTree::Punct(sign) if sign.as_char() == '#' => match trees.next() {
                    Some(TokenTree::Ident(name)) => self.hole(name),
                    Some(TokenTree::Group(group))
                        if group.delimiter() == Delimiter::Parenthesis =>
                    {
                        let mut separator = Vec::new();
                        loop {
                            match trees.next() {
                                Some(TokenTree::Punct(it)) if it.as_char() == '*' => break,
                                Some(TokenTree::Punct(it)) => separator.push(it),
                                _ => return Err("`#(…)` is repeated by `*`".to_owned()),
                            }
                        }
                        self.repetition(&group, &separator)?;
                    }
                    other => {
                        if let Some(TokenTree::Group(group)) = &other
                            && let Some(line) = documentation(group)
                        {
                            self.token("Doc", &line);
                            continue;
                        }
                        self.sign(&sign, false);
                        let rest = other.into_iter().chain(trees);
                        return self.add(rest.collect());
                    }
                },
                TokenTree::Punct(sign) => {
                    // The `#` of a hole is nothing that a sign can be joined to.
                    let next = trees.peek();
                    let at_hole = matches!(next, Some(TokenTree::Punct(it)) if it.as_char() == '#');
                    self.sign(&sign, !at_hole && sign.spacing() == Spacing::Joint);
                }
                TokenTree::Ident(name) => self.token("Name", &name.to_string()),
                TokenTree::Literal(literal) => self.token("Literal", &literal.to_string()),
                TokenTree::Group(group) => self.group(&group)?,
            }
        }
        Ok(())
    }

    fn group(&mut self, group: &Group) -> Result<(), String> {
        let delimiter = match group.delimiter() {
            Delimiter::Parenthesis => "Parenthesis",
            Delimiter::Brace => "Brace",
            Delimiter::Bracket => "Bracket",
            Delimiter::None => return self.add(group.stream()),
        };
        self.token(&format!("Open({TOKENS}::Delimiter::{delimiter})"), "");
        self.add(group.stream())?;
        self.token("Close", "");
        Ok(())
    }

    fn sign(&mut self, sign: &Punct, joint: bool) {
        let it = sign.as_char();
        self.token(&format!("Sign({it:?}, {joint})"), &it.to_string());
    }

    fn token(&mut self, kind: &str, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        let end = self.text.len();
        self.run += &format!(
            "{TOKENS}::Token {{ kind: {TOKENS}::Kind::{kind}, start: {start}, end: {end} }},"
        );
        self.capacity.0 += text.len();
        self.capacity.1 += 1;
    }

    /// Appends what was gathered.
    fn flush(&mut self) {
        if !self.run.is_empty() {
            let (text, run) = (Literal::string(&self.text), &self.run);
            self.statements.extend(source(&format!(
                "{TOKENS}::Tokens::add_run(&mut quoted, {text}, &[{run}]);"
            )));
            self.text.clear();
            self.run.clear();
        }
    }

    fn hole(&mut self, name: Ident) {
        self.flush();
        let mut arguments = source("&");
        arguments.extend([TokenTree::Ident(name.clone())]);
        arguments.extend(source(", &mut quoted"));
        self.statements
            .extend(source(&format!("{TOKENS}::Interpolate::add_to")));
        self.statements.extend([TokenTree::Group(Group::new(
            Delimiter::Parenthesis,
            arguments,
        ))]);
        self.statements.extend(source(";"));
        if self
            .holes
            .iter()
            .all(|it| it.to_string() != name.to_string())
        {
            self.holes.push(name);
        }
    }

    /// `for (a, b) in a.each().zip(b.each()) { … }`
    fn repetition(&mut self, group: &Group, separator: &[Punct]) -> Result<(), String> {
        if self.is_repeated {
            return Err("a repetition within a repetition is not known".to_owned());
        }
        self.flush();
        let mut each = Self {
            is_repeated: true,
            ..Self::default()
        };
        each.add(group.stream())?;
        let holes = std::mem::take(&mut each.holes);
        let Some((first, more)) = holes.split_first() else {
            return Err("a repetition without a hole has no end".to_owned());
        };
        let step = |name: &Ident| {
            let mut it: TokenStream = TokenTree::Ident(name.clone()).into();
            it.extend(source(".each()"));
            it
        };
        let mut pattern: TokenStream = TokenTree::Ident(first.clone()).into();
        let mut steps = step(first);
        for name in more {
            pattern.extend(source(","));
            pattern.extend([TokenTree::Ident(name.clone())]);
            pattern = TokenTree::Group(Group::new(Delimiter::Parenthesis, pattern)).into();
            steps.extend(source(".zip"));
            let other = Group::new(Delimiter::Parenthesis, step(name));
            steps.extend([TokenTree::Group(other)]);
        }
        let mut block = source(&format!(
            "use {TOKENS}::{{EachOfIterator as _, EachOfSlice as _}};"
        ));
        let mut body = TokenStream::new();
        if let Some((last, before)) = separator.split_last() {
            let mut between = Self::default();
            before.iter().for_each(|it| between.sign(it, true));
            between.sign(last, false);
            block.extend(source("let mut again = false;"));
            body.extend(source("if again"));
            let between = Group::new(Delimiter::Brace, between.finish());
            body.extend([TokenTree::Group(between)]);
            body.extend(source("again = true;"));
        }
        body.extend(each.finish());
        block.extend(source("for"));
        block.extend(pattern);
        block.extend(source("in"));
        block.extend(steps);
        block.extend([TokenTree::Group(Group::new(Delimiter::Brace, body))]);
        self.statements
            .extend([TokenTree::Group(Group::new(Delimiter::Brace, block))]);
        Ok(())
    }

    fn finish(mut self) -> TokenStream {
        self.flush();
        self.statements
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

/// Rust of our own, whose variables are not seen by what stands around it.
fn source(text: &str) -> TokenStream {
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
