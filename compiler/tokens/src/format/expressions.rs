//! Expressions and statements as they are read, before they are laid out: a chain of calls is laid out as a whole.

use crate::tokens::{Delimiter, Kind, Token};

use super::Formatter;
use super::layout::INDENT;
use super::tree::{Id, List};

/// An expression, or a part of one that stands in a list. What stands in it as tokens is laid out by going back to their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Literal(Token, bool),
    /// What is not known yet.
    Hole,
    /// A path, by its place and, where it is one short name, its length.
    Path(usize, Option<usize>),
    /// A macro without arguments, by its name.
    Macro(Token),
    Call(Id, List),
    /// Receiver, place of the name and its turbofish, arguments.
    Method(Id, usize, List),
    Field(Id, Token),
    Await(Id),
    Try(Id),
    /// `&`, `&mut `, `*`, `!`, `-`
    Prefix(&'static str, Id),
    Array(List),
    Tuple(List),
    Parentheses(Id),
    /// A path and entries.
    Structure(Id, List),
    Entry(Token, Option<Id>),
    Closure {
        before: &'static str,
        /// Place of what stands between the bars.
        parameters: usize,
        body: Id,
    },
    /// A subject and arms.
    Match(Id, List),
    /// The place of the pattern, and what is done.
    Arm(usize, Id),
    /// Statements.
    Block(List),
    /// `let`: the place of its pattern, the value.
    Let(usize, Id),
    /// An expression as a statement, and whether a semicolon ends it.
    Statement(Id, bool),
}

use Expression as E;

impl E {
    /// What prettyplease puts behind a bracket without a line of its own.
    pub(super) fn is_blocklike(&self) -> bool {
        matches!(
            self,
            E::Array(_) | E::Tuple(_) | E::Structure(..) | E::Closure { .. } | E::Block(_)
        )
    }

    /// A name of at most four characters, after which a chain goes on in the same line.
    pub(super) fn is_short(&self) -> bool {
        matches!(self, E::Path(_, Some(length)) if i8::try_from(*length).is_ok_and(|it| it <= INDENT))
    }
}

fn may_be_keyword(name: &str) -> bool {
    const LONGEST: usize = "continue".len();
    name.len() <= LONGEST && name != "self" && name.starts_with(|it: char| it.is_ascii_lowercase())
}

impl Formatter<'_> {
    /// None where that is not known yet.
    pub(super) fn wraps_before_brace(&self, it: E) -> Option<bool> {
        match it {
            E::Hole => None,
            E::Await(_) | E::Field(..) | E::Method(..) => Some(true),
            E::Call(it, _) | E::Try(it) | E::Prefix(_, it) | E::Parentheses(it) => {
                self.wraps_before_brace(self.tree.get(it)?)
            }
            _ => Some(false),
        }
    }

    /// Reads an expression; `before_brace` where a `{` after it does not belong to it.
    pub(super) fn read_expression(&mut self, before_brace: bool) -> Option<E> {
        let mut it = self.read_operand(before_brace)?;
        // What is called, or continued by a dot, has to be known.
        while !matches!(it, E::Hole) {
            if self.tokens.take_sign("?") {
                it = E::Try(self.tree.add(it));
            } else if self.tokens.take_open(Delimiter::Parenthesis) {
                // The call of a field needs parentheses of its own.
                (!matches!(it, E::Field(..) | E::Match(..) | E::Block(_))).then_some(())?;
                it = E::Call(self.tree.add(it), self.read_list()?);
            } else if self.tokens.is_sign(".") && !self.tokens.is_sign("..") {
                (!matches!(it, E::Match(..) | E::Block(_))).then_some(())?;
                self.tokens.next()?;
                it = self.read_member(it)?;
            } else {
                break;
            }
        }
        // Operators, casts, ranges, macros and indexing are not known.
        match self.tokens.peek(0) {
            None | Some(Kind::Close | Kind::Sign(b',' | b';', _)) => Some(it),
            Some(Kind::Open(Delimiter::Brace)) if before_brace => Some(it),
            // After a `match` in a list of statements or arms comes the next one.
            Some(_) if matches!(it, E::Match(..) | E::Block(_)) => Some(it),
            Some(_) => None,
        }
    }

    /// What comes after a dot.
    fn read_member(&mut self, receiver: E) -> Option<E> {
        let receiver = self.tree.add(receiver);
        if self.tokens.take_name("await") {
            return Some(E::Await(receiver));
        }
        let place = self.tokens.place();
        let name = self.tokens.next()?;
        matches!(name.kind, Kind::Name | Kind::Literal | Kind::Hole).then_some(())?;
        self.skip_turbofish()?;
        if self.tokens.take_open(Delimiter::Parenthesis) {
            return Some(E::Method(receiver, place, self.read_list()?));
        }
        (name.kind != Kind::Hole).then_some(E::Field(receiver, name))
    }

    /// Past `::<…>`, if it is there.
    fn skip_turbofish(&mut self) -> Option<()> {
        let place = self.tokens.place();
        if !self.tokens.take_sign("::") {
            return Some(());
        }
        if !self.tokens.take_sign("<") {
            self.tokens.back_to(place);
            return Some(());
        }
        let mut depth = 1;
        while depth > 0 {
            match self.tokens.next()?.kind {
                Kind::Sign(b'<', _) => depth += 1,
                Kind::Sign(b'>', _) => depth -= 1,
                _ => {}
            }
        }
        Some(())
    }

    fn read_operand(&mut self, before_brace: bool) -> Option<E> {
        match self.tokens.peek(0)? {
            Kind::Literal => {
                let token = self.tokens.next()?;
                let text = self.tokens.text(token);
                let simple = !text.bytes().any(|it| matches!(it, b'"' | b'.'));
                Some(E::Literal(token, simple))
            }
            Kind::Sign(b'|', _) => self.read_closure(""),
            Kind::Sign(sign @ (b'&' | b'*' | b'!' | b'-'), _) => {
                self.tokens.next()?;
                let mutable = sign == b'&' && self.tokens.take_name("mut");
                let operator = match sign {
                    b'&' if mutable => "&mut ",
                    b'&' => "&",
                    b'*' => "*",
                    b'!' => "!",
                    _ => "-",
                };
                let inner = self.read_expression(before_brace)?;
                Some(E::Prefix(operator, self.tree.add(inner)))
            }
            Kind::Open(delimiter) => self.read_group(delimiter),
            Kind::Hole if !matches!(self.tokens.peek(1), Some(Kind::Sign(b':', true))) => {
                self.tokens.next()?;
                Some(E::Hole)
            }
            Kind::Name | Kind::Hole => self.read_named(before_brace),
            Kind::Sign(..) | Kind::Doc | Kind::Close | Kind::Holes | Kind::Laid(_) => None,
        }
    }

    fn read_group(&mut self, delimiter: Delimiter) -> Option<E> {
        self.tokens.next()?;
        match delimiter {
            Delimiter::Brace => Some(E::Block(self.read_statements()?)),
            Delimiter::Hole => None,
            Delimiter::Bracket => Some(E::Array(self.read_list()?)),
            Delimiter::Parenthesis if self.tokens.take_close() => Some(E::Tuple(List::EMPTY)),
            Delimiter::Parenthesis => {
                let first = self.read_expression(false)?;
                if self.tokens.take_close() {
                    return Some(E::Parentheses(self.tree.add(first)));
                }
                self.tokens.take_sign(",").then_some(())?;
                let begin = self.tree.begin();
                self.tree.push(first);
                Some(E::Tuple(self.read_list_from(begin)?))
            }
        }
    }

    /// Expressions with commas between them, up to the closing bracket.
    fn read_list(&mut self) -> Option<List> {
        let begin = self.tree.begin();
        self.read_list_from(begin)
    }

    fn read_list_from(&mut self, begin: usize) -> Option<List> {
        while !self.tokens.is_close() {
            let it = self.read_expression(false)?;
            self.tree.push(it);
            (self.tokens.take_sign(",") || self.tokens.is_close()).then_some(())?;
        }
        self.tokens.take_close().then(|| self.tree.end(begin))
    }

    fn read_named(&mut self, before_brace: bool) -> Option<E> {
        let place = self.tokens.place();
        let first = self.tokens.next()?;
        match self.tokens.text(first) {
            // Most names are paths, which begin with a capital or are longer than any keyword.
            other if !may_be_keyword(other) => {}
            "async" if self.tokens.is_sign("|") => return self.read_closure("async "),
            "move" if self.tokens.is_sign("|") => return self.read_closure("move "),
            "match" => return self.read_match(),
            "true" | "false" => return Some(E::Literal(first, true)),
            "async" | "move" | "if" | "for" | "while" | "loop" | "unsafe" | "return" | "break"
            | "continue" | "let" | "const" | "static" | "use" | "fn" | "struct" => return None,
            _ => {}
        }
        let length = self.tokens.text(first).len();
        if self.tokens.take_sign("!") {
            let empty = self.tokens.take_open(Delimiter::Parenthesis) && self.tokens.take_close();
            return empty.then_some(E::Macro(first));
        }
        self.skip_turbofish()?;
        let mut alone = self.tokens.place() == place + 1;
        while self.tokens.take_sign("::") {
            alone = false;
            matches!(self.tokens.next()?.kind, Kind::Name | Kind::Hole).then_some(())?;
            self.skip_turbofish()?;
        }
        let path = E::Path(place, alone.then_some(length));
        if !before_brace && self.tokens.take_open(Delimiter::Brace) {
            return self.read_structure(path);
        }
        Some(path)
    }

    fn read_structure(&mut self, path: E) -> Option<E> {
        let path = self.tree.add(path);
        let begin = self.tree.begin();
        while !self.tokens.is_close() {
            let name = self.tokens.next()?;
            (name.kind == Kind::Name).then_some(())?;
            let value = if self.tokens.take_sign(":") {
                let value = self.read_expression(false)?;
                Some(self.tree.add(value))
            } else {
                None
            };
            self.tree.push(E::Entry(name, value));
            (self.tokens.take_sign(",") || self.tokens.is_close()).then_some(())?;
        }
        self.tokens.take_close().then_some(())?;
        Some(E::Structure(path, self.tree.end(begin)))
    }

    fn read_closure(&mut self, before: &'static str) -> Option<E> {
        self.tokens.take_sign("|").then_some(())?;
        let parameters = self.tokens.place();
        while !self.tokens.is_sign("|") {
            matches!(
                self.tokens.next()?.kind,
                Kind::Name
                    | Kind::Hole
                    | Kind::Sign(b',' | b':' | b'&' | b'<' | b'>', _)
                    | Kind::Open(Delimiter::Parenthesis)
                    | Kind::Close
            )
            .then_some(())?;
        }
        self.tokens.take_sign("|").then_some(())?;
        let body = self.read_expression(false)?;
        let body = self.tree.add(body);
        Some(E::Closure {
            before,
            parameters,
            body,
        })
    }

    fn read_match(&mut self) -> Option<E> {
        let subject = self.read_expression(true)?;
        let subject = self.tree.add(subject);
        self.tokens.take_open(Delimiter::Brace).then_some(())?;
        let begin = self.tree.begin();
        while !self.tokens.is_close() {
            let place = self.tokens.place();
            while !self.tokens.is_sign("=>") {
                match self.tokens.next()?.kind {
                    // A guard, or a pattern with fields.
                    Kind::Sign(b'@' | b'.', _) | Kind::Open(Delimiter::Brace) => return None,
                    _ => {}
                }
            }
            self.tokens.take_sign("=>").then_some(())?;
            let body = self.read_expression(false)?;
            let body = self.tree.add(body);
            self.tree.push(E::Arm(place, body));
            self.tokens.take_sign(",");
        }
        self.tokens.take_close().then_some(())?;
        Some(E::Match(subject, self.tree.end(begin)))
    }

    /// Statements up to the closing brace, which is taken too.
    pub(super) fn read_statements(&mut self) -> Option<List> {
        let begin = self.tree.begin();
        while !self.tokens.is_close() {
            if self.tokens.take_name("let") {
                let place = self.tokens.place();
                while !self.tokens.is_sign("=") {
                    self.tokens.next()?;
                }
                self.tokens.take_sign("=").then_some(())?;
                let value = self.read_expression(false)?;
                self.tokens.take_sign(";").then_some(())?;
                let value = self.tree.add(value);
                self.tree.push(E::Let(place, value));
                continue;
            }
            let value = self.read_expression(false)?;
            let ended = self.tokens.take_sign(";");
            (ended || self.tokens.is_close()).then_some(())?;
            let value = self.tree.add(value);
            self.tree.push(E::Statement(value, ended));
        }
        self.tokens.take_close().then(|| self.tree.end(begin))
    }
}
