//! Splits an expression into tokens. It never fails: what is no token becomes an `Unknown` one.

/// What a token is, as far as the parser cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bare attribute name, a function's name or a keyword.
    Name,
    /// `#name`
    NamePlaceholder,
    /// `:value`
    ValuePlaceholder,
    /// Digits, which only an index has.
    Digits,
    /// An operator or a bracket.
    Symbol,
    /// Text that begins no token.
    Unknown,
    /// The end of the expression.
    End,
}

/// A piece of the expression and where it begins, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) start: usize,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Splits `text`; the last token is always the end.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = 0;
    loop {
        let rest = text.get(start..).unwrap_or("");
        let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        start += rest.len() - trimmed.len();
        let (kind, length) = first(trimmed);
        let token = Token {
            kind,
            text: trimmed.get(..length).unwrap_or(""),
            start,
        };
        start = token.end();
        tokens.push(token);
        if kind == Kind::End {
            return tokens;
        }
    }
}

/// The kind and the length in bytes of the token that `text` begins with.
fn first(text: &str) -> (Kind, usize) {
    let word = |from: &str| {
        from.bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count()
    };
    let Some(head) = text.chars().next() else {
        return (Kind::End, 0);
    };
    let tail = text.get(head.len_utf8()..).unwrap_or("");
    match head {
        'a'..='z' | 'A'..='Z' => (Kind::Name, 1 + word(tail)),
        '#' if word(tail) > 0 => (Kind::NamePlaceholder, 1 + word(tail)),
        ':' if word(tail) > 0 => (Kind::ValuePlaceholder, 1 + word(tail)),
        '0'..='9' => (
            Kind::Digits,
            text.bytes().take_while(u8::is_ascii_digit).count(),
        ),
        '<' if tail.starts_with(['=', '>']) => (Kind::Symbol, 2),
        '>' if tail.starts_with('=') => (Kind::Symbol, 2),
        '(' | ')' | '[' | ']' | '.' | ',' | '=' | '<' | '>' | '+' | '-' => (Kind::Symbol, 1),
        _ => (Kind::Unknown, head.len_utf8()),
    }
}
