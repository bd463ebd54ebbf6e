//! Types, paths, generics and patterns.

use crate::laid::Step;
use crate::tokens::{Delimiter, Kind};

use super::Formatter;
use super::layout::{INDENT, Otherwise};

impl Formatter<'_> {
    pub(super) fn ty(&mut self) -> Option<()> {
        if self.tokens.take_sign("&") {
            self.word("&");
            if self.lifetime()? {
                self.word(" ");
            }
            if self.tokens.take_name("mut") {
                self.word("mut ");
            }
            return self.ty();
        }
        match self.tokens.peek(0)? {
            Kind::Open(Delimiter::Parenthesis) => self.tuple_type(),
            Kind::Open(Delimiter::Bracket) => {
                self.tokens.next()?;
                self.word("[");
                self.ty()?;
                self.tokens.take_close().then_some(())?;
                self.word("]");
                Some(())
            }
            Kind::Name if self.tokens.is_name(0, "impl") => {
                self.tokens.next()?;
                self.word("impl ");
                self.bounds_in_line()
            }
            Kind::Name if self.tokens.is_name(0, "dyn") || self.tokens.is_name(0, "fn") => None,
            Kind::Hole if !matches!(self.tokens.peek(1), Some(Kind::Sign(b':' | b'<', _))) => {
                self.hole(Step::Type)
            }
            Kind::Name | Kind::Hole | Kind::Sign(b'<', _) => self.path(false),
            Kind::Sign(..)
            | Kind::Literal
            | Kind::Doc
            | Kind::Open(_)
            | Kind::Close
            | Kind::Holes
            | Kind::Laid(_) => None,
        }
    }

    pub(super) fn bounds_in_line(&mut self) -> Option<()> {
        self.bound()?;
        while self.tokens.take_sign("+") {
            self.word(" + ");
            self.bound()?;
        }
        Some(())
    }

    /// A tuple; of one type in parentheses it is not known which it is.
    fn tuple_type(&mut self) -> Option<()> {
        self.tokens.next()?;
        self.word("(");
        self.open(INDENT);
        self.breaks(Otherwise::Nothing);
        let count = self.list(Self::ty)?;
        (count != 1).then_some(())?;
        self.outdent();
        self.close();
        self.word(")");
        Some(())
    }

    /// `'a`, if there is one.
    fn lifetime(&mut self) -> Option<bool> {
        if !matches!(self.tokens.peek(0), Some(Kind::Sign(b'\'', _))) {
            return Some(false);
        }
        self.verbatim()?;
        self.name()?;
        Some(true)
    }

    /// `a::B<T>`, `<A as B>::C`; in an expression `a::b::<T>`.
    pub(super) fn path(&mut self, in_expression: bool) -> Option<()> {
        if self.tokens.take_sign("<") {
            self.word("<");
            self.ty()?;
            if self.tokens.take_name("as") {
                self.word(" as ");
                self.path(false)?;
            }
            self.tokens.take_sign(">").then_some(())?;
            self.word(">");
        } else {
            self.segment(in_expression)?;
        }
        while self.tokens.is_sign("::") {
            self.tokens.take_sign("::");
            self.word("::");
            self.segment(in_expression)?;
        }
        Some(())
    }

    fn segment(&mut self, in_expression: bool) -> Option<()> {
        self.name()?;
        if in_expression {
            return self.turbofish();
        }
        // `Fn(A) -> B` is nothing that is emitted.
        (self.tokens.peek(0) != Some(Kind::Open(Delimiter::Parenthesis))).then_some(())?;
        if self.tokens.take_sign("<") {
            return self.type_arguments();
        }
        Some(())
    }

    /// `::<A, B>`, if it is there.
    pub(super) fn turbofish(&mut self) -> Option<()> {
        let place = self.tokens.place();
        if self.tokens.take_sign("::") {
            if self.tokens.take_sign("<") {
                self.word("::");
                return self.type_arguments();
            }
            self.tokens.back_to(place);
        }
        Some(())
    }

    fn type_arguments(&mut self) -> Option<()> {
        let mut types_began = false;
        self.angled(INDENT, |it| {
            let is_lifetime = it.lifetime()?;
            // prettyplease puts lifetimes first; they are emitted so.
            (!(is_lifetime && types_began)).then_some(())?;
            types_began |= !is_lifetime;
            if !is_lifetime {
                if matches!(it.tokens.peek(1), Some(Kind::Sign(b'=', false))) {
                    it.name()?;
                    it.tokens.next()?;
                    it.word(" = ");
                }
                it.ty()?;
            }
            Some(())
        })
    }

    /// `<'a, T: Bound>` of an item, if there is any.
    pub(super) fn generics(&mut self) -> Option<()> {
        if !self.tokens.take_sign("<") {
            return Some(());
        }
        let mut types_began = false;
        self.angled(0, |it| {
            let is_lifetime = it.lifetime()?;
            (!(is_lifetime && (types_began || it.tokens.is_sign(":")))).then_some(())?;
            types_began |= !is_lifetime;
            if !is_lifetime {
                (!it.tokens.is_name(0, "const")).then_some(())?;
                it.name()?;
                it.open_filled(INDENT);
                if it.tokens.take_sign(":") {
                    it.word(": ");
                    it.bounds()?;
                }
                it.close();
            }
            Some(())
        })
    }

    /// A list in angle brackets, of which the first has been read.
    fn angled(
        &mut self,
        indent: i8,
        mut element: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.word("<");
        self.open(indent);
        self.breaks(Otherwise::Nothing);
        loop {
            element(self)?;
            let more = self.tokens.take_sign(",") && !self.tokens.is_sign(">");
            self.comma(!more, Otherwise::Nothing);
            if !more {
                break;
            }
        }
        self.tokens.take_sign(">").then_some(())?;
        self.outdent();
        self.close();
        self.word(">");
        Some(())
    }

    fn bounds(&mut self) -> Option<()> {
        self.bound()?;
        while self.tokens.take_sign("+") {
            self.space();
            self.word("+ ");
            self.bound()?;
        }
        Some(())
    }

    fn bound(&mut self) -> Option<()> {
        if self.lifetime()? {
            return Some(());
        }
        if self.tokens.take_sign("?") {
            self.word("?");
        }
        (!self.tokens.is_name(0, "for")).then_some(())?;
        self.path(false)
    }

    /// `where` with its predicates, each on a line, or the blank before a body.
    pub(super) fn where_clause(&mut self) -> Option<()> {
        if !self.tokens.take_name("where") {
            self.word(" ");
            return Some(());
        }
        self.line();
        self.outdent();
        self.word("where");
        self.line();
        while self.tokens.peek(0)? != Kind::Open(Delimiter::Brace) {
            self.predicate()?;
            self.tokens.take_sign(",");
            self.word(",");
            self.line();
        }
        self.outdent();
        Some(())
    }

    fn predicate(&mut self) -> Option<()> {
        (!self.tokens.is_name(0, "for")).then_some(())?;
        self.ty()?;
        self.tokens.take_sign(":").then_some(())?;
        self.word(":");
        let several = self.has_several_bounds();
        self.open_filled(if several { INDENT } else { 0 });
        self.word(" ");
        self.bounds()?;
        self.close();
        Some(())
    }

    /// True if a `+` stands before the end of the predicate, outside of angle brackets.
    fn has_several_bounds(&self) -> bool {
        let mut depth = 0;
        for ahead in 0.. {
            match self.tokens.peek(ahead) {
                Some(Kind::Sign(b'<', _)) => depth += 1,
                Some(Kind::Sign(b'>', _)) => depth -= 1,
                Some(Kind::Sign(b'+', _)) if depth == 0 => return true,
                Some(Kind::Sign(b',', _)) if depth == 0 => return false,
                None | Some(Kind::Open(_) | Kind::Close) => return false,
                Some(_) => {}
            }
        }
        false
    }

    pub(super) fn pattern(&mut self) -> Option<()> {
        match self.tokens.peek(0)? {
            Kind::Literal => self.verbatim()?,
            Kind::Sign(b'&', false) => {
                self.verbatim()?;
                self.pattern()?;
            }
            Kind::Open(Delimiter::Parenthesis) => {
                self.tokens.next()?;
                self.word("(");
                (self.pattern_list()? != 1).then_some(())?;
            }
            Kind::Name | Kind::Hole => {
                if self.tokens.take_name("mut") {
                    self.word("mut ");
                }
                self.path(true)?;
                if self.tokens.take_open(Delimiter::Parenthesis) {
                    self.word("(");
                    self.pattern_list()?;
                }
            }
            Kind::Sign(..)
            | Kind::Doc
            | Kind::Open(_)
            | Kind::Close
            | Kind::Holes
            | Kind::Laid(_) => return None,
        }
        // `A | B`, `A { … }`, `a @ b`, `1..2`
        let known = match self.tokens.peek(0) {
            Some(Kind::Open(_) | Kind::Doc | Kind::Hole | Kind::Holes | Kind::Laid(_)) => false,
            Some(Kind::Sign(sign, _)) => matches!(sign, b',' | b'=' | b':' | b'|'),
            Some(Kind::Name) => false,
            Some(Kind::Literal | Kind::Close) | None => true,
        };
        known.then_some(())
    }

    /// `A | B` up to the arrow of an arm. Literals fill the line, anything else has a line each.
    pub(super) fn alternatives(&mut self) -> Option<()> {
        let (mut several, mut literal, mut open) = (false, true, false);
        for ahead in 0.. {
            match self.tokens.peek(ahead)? {
                Kind::Sign(b'=', _) => break,
                Kind::Sign(b'|', _) => several = true,
                Kind::Literal => {}
                Kind::Name => literal &= self.tokens.is_name(ahead, "_"),
                Kind::Hole => open = true,
                Kind::Holes | Kind::Laid(_) => return None,
                Kind::Sign(..) | Kind::Doc | Kind::Open(_) | Kind::Close => literal = false,
            }
        }
        (!(several && open)).then_some(())?;
        if !several {
            return self.pattern();
        }
        self.layout.begin(0, !literal);
        self.pattern()?;
        while self.tokens.take_sign("|") {
            self.space();
            self.word("| ");
            self.pattern()?;
        }
        self.close();
        Some(())
    }

    fn pattern_list(&mut self) -> Option<usize> {
        self.open(INDENT);
        self.breaks(Otherwise::Nothing);
        let count = self.list(Self::pattern)?;
        self.outdent();
        self.close();
        self.word(")");
        Some(count)
    }
}
