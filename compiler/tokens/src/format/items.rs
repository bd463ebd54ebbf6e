//! Items: imports, constants, types, traits and implementations.

use crate::laid::Step;
use crate::tokens::{Delimiter, Kind};

use super::Formatter;
use super::layout::{INDENT, Otherwise};

impl Formatter<'_> {
    pub(super) fn item(&mut self) -> Option<()> {
        self.attributes()?;
        while matches!(self.tokens.peek(0), Some(Kind::Hole | Kind::Holes)) {
            self.hole(Step::Items)?;
            self.attributes()?;
        }
        if self.tokens.is_close() {
            return Some(());
        }
        if let Some(Kind::Laid(index)) = self.tokens.peek(0) {
            self.tokens.next()?;
            return self.laid(self.tokens.laid(index)?);
        }
        let place = self.tokens.place();
        self.skip_visibility();
        let keyword = self.tokens.next()?;
        let keyword = self.tokens.text(keyword);
        let second_is_fn = self.tokens.is_name(0, "fn");
        self.tokens.back_to(place);
        match keyword {
            "use" => self.import(),
            "mod" => self.module(),
            "const" if !second_is_fn => self.constant(),
            "struct" => self.structure(),
            "enum" => self.enumeration(),
            "trait" => self.contract(),
            "impl" => self.implementation(),
            "fn" => self.function(),
            "async" if second_is_fn => self.function(),
            "type" => self.alias(),
            _ => None,
        }
    }

    fn skip_visibility(&mut self) {
        if self.tokens.take_name("pub") && self.tokens.take_open(Delimiter::Parenthesis) {
            while !self.tokens.is_close() && self.tokens.next().is_some() {}
            self.tokens.take_close();
        }
    }

    fn visibility(&mut self) -> Option<()> {
        if !self.tokens.take_name("pub") {
            return Some(());
        }
        if !self.tokens.take_open(Delimiter::Parenthesis) {
            self.word("pub ");
            return Some(());
        }
        let inside = ["crate", "super", "self"]
            .iter()
            .any(|it| self.tokens.is_name(0, it));
        inside.then_some(())?;
        self.word("pub(");
        self.name()?;
        self.tokens.take_close().then_some(())?;
        self.word(") ");
        Some(())
    }

    fn keyword(&mut self, keyword: &str, with_blank: &'static str) -> Option<()> {
        self.tokens.take_name(keyword).then_some(())?;
        self.word(with_blank);
        Some(())
    }

    fn semicolon(&mut self) -> Option<()> {
        self.tokens.take_sign(";").then_some(())?;
        self.word(";");
        Some(())
    }

    fn import(&mut self) -> Option<()> {
        self.visibility()?;
        self.keyword("use", "use ")?;
        self.import_tree()?;
        self.semicolon()?;
        self.line();
        Some(())
    }

    fn import_tree(&mut self) -> Option<()> {
        if self.tokens.take_sign("*") {
            self.word("*");
            return Some(());
        }
        if self.tokens.take_open(Delimiter::Brace) {
            return self.import_group();
        }
        self.name()?;
        if self.tokens.take_name("as") {
            self.word(" as ");
            return self.name();
        }
        if self.tokens.take_sign("::") {
            self.word("::");
            return self.import_tree();
        }
        Some(())
    }

    /// Names in braces; one alone needs none.
    fn import_group(&mut self) -> Option<()> {
        let place = self.tokens.place();
        let mut several = false;
        let mut ahead = 0;
        while !matches!(self.tokens.peek(ahead)?, Kind::Close) {
            match self.tokens.peek(ahead)? {
                Kind::Sign(b',', _) => several |= self.tokens.peek(ahead + 1)? != Kind::Close,
                Kind::Open(_) | Kind::Holes => return None,
                _ => {}
            }
            ahead += 1;
        }
        self.tokens.back_to(place);
        if !several {
            (ahead > 0 && !self.tokens.is_name(0, "self")).then_some(())?;
            self.import_tree()?;
            self.tokens.take_sign(",");
            return self.tokens.take_close().then_some(());
        }
        self.open(INDENT);
        self.word("{");
        self.breaks(Otherwise::Nothing);
        self.open_filled(0);
        loop {
            self.import_tree()?;
            let more = self.tokens.take_sign(",") && !self.tokens.is_close();
            if !more {
                break;
            }
            self.word(",");
            self.space();
        }
        self.tokens.take_close().then_some(())?;
        self.close();
        self.comma(true, Otherwise::Nothing);
        self.outdent();
        self.word("}");
        self.close();
        Some(())
    }

    fn module(&mut self) -> Option<()> {
        self.open(INDENT);
        self.visibility()?;
        self.keyword("mod", "mod ")?;
        self.name()?;
        self.semicolon()?;
        self.close();
        self.line();
        Some(())
    }

    fn constant(&mut self) -> Option<()> {
        self.open(0);
        self.visibility()?;
        self.keyword("const", "const ")?;
        self.name()?;
        self.tokens.take_sign(":").then_some(())?;
        self.word(": ");
        self.ty()?;
        self.tokens.take_sign("=").then_some(())?;
        self.word(" = ");
        self.no_break();
        let value = self.read_expression(false)?;
        self.expression(value)?;
        self.semicolon()?;
        self.close();
        self.line();
        Some(())
    }

    /// A type of a trait's implementation. Elsewhere prettyplease lays it out alike.
    fn alias(&mut self) -> Option<()> {
        self.open(INDENT);
        self.visibility()?;
        self.keyword("type", "type ")?;
        self.name()?;
        self.generics()?;
        self.tokens.take_sign("=").then_some(())?;
        self.word(" = ");
        self.no_break();
        self.open_filled(-INDENT);
        self.ty()?;
        self.close();
        self.semicolon()?;
        self.close();
        self.line();
        Some(())
    }

    fn structure(&mut self) -> Option<()> {
        self.open(INDENT);
        self.visibility()?;
        self.keyword("struct", "struct ")?;
        self.name()?;
        self.generics()?;
        if self.tokens.is_sign(";") {
            self.semicolon()?;
            self.close();
        } else {
            self.tokens.take_open(Delimiter::Brace).then_some(())?;
            self.word(" {");
            self.line_between();
            if !self.takes_body(Step::Fields) {
                self.elements(Self::field)?;
            }
            self.end_braces();
        }
        self.line();
        Some(())
    }

    fn enumeration(&mut self) -> Option<()> {
        self.open(INDENT);
        self.visibility()?;
        self.keyword("enum", "enum ")?;
        self.name()?;
        self.generics()?;
        self.tokens.take_open(Delimiter::Brace).then_some(())?;
        self.word(" {");
        self.line_between();
        if !self.takes_body(Step::Variants) {
            self.elements(Self::variant)?;
        }
        self.end_braces();
        self.line();
        Some(())
    }

    pub(super) fn field(&mut self) -> Option<()> {
        self.attributes()?;
        self.visibility()?;
        self.name()?;
        self.tokens.take_sign(":").then_some(())?;
        self.word(": ");
        self.ty()
    }

    pub(super) fn variant(&mut self) -> Option<()> {
        self.attributes()?;
        self.name()?;
        if self.tokens.take_open(Delimiter::Parenthesis) {
            self.open(INDENT);
            self.word("(");
            self.breaks(Otherwise::Nothing);
            self.list(Self::ty)?;
            self.outdent();
            self.word(")");
            self.close();
        }
        Some(())
    }

    /// Elements up to the closing brace, each on a line with its comma.
    pub(super) fn elements(&mut self, element: impl Fn(&mut Self) -> Option<()>) -> Option<()> {
        while !self.tokens.is_close() {
            element(self)?;
            (self.tokens.take_sign(",") || self.tokens.is_close()).then_some(())?;
            self.word(",");
            self.line();
        }
        self.tokens.take_close().then_some(())
    }

    fn end_braces(&mut self) {
        self.outdent();
        self.close();
        self.word("}");
    }

    fn contract(&mut self) -> Option<()> {
        self.open(INDENT);
        self.visibility()?;
        self.keyword("trait", "trait ")?;
        self.name()?;
        self.generics()?;
        if self.tokens.take_sign(":") {
            self.word(": ");
            self.bounds_in_line()?;
        }
        self.where_clause()?;
        self.members()
    }

    fn implementation(&mut self) -> Option<()> {
        self.open(INDENT);
        self.open_filled(-INDENT);
        self.open(INDENT);
        self.keyword("impl", "impl")?;
        self.generics()?;
        self.close();
        self.word(" ");
        self.ty()?;
        if self.tokens.take_name("for") {
            self.space();
            self.word("for ");
            self.ty()?;
        }
        self.close();
        self.where_clause()?;
        self.members()
    }

    /// What stands in the braces of a trait or an implementation.
    fn members(&mut self) -> Option<()> {
        self.tokens.take_open(Delimiter::Brace).then_some(())?;
        self.word("{");
        self.line_between();
        while !self.tokens.is_close() {
            self.item()?;
        }
        self.tokens.take_close().then_some(())?;
        self.end_braces();
        self.line();
        Some(())
    }

    fn function(&mut self) -> Option<()> {
        self.open(INDENT);
        self.visibility()?;
        if self.tokens.take_name("async") {
            self.word("async ");
        }
        self.keyword("fn", "fn ")?;
        self.name()?;
        self.generics()?;
        self.tokens
            .take_open(Delimiter::Parenthesis)
            .then_some(())?;
        self.word("(");
        self.no_break();
        self.open(0);
        self.breaks(Otherwise::Nothing);
        self.list(Self::parameter)?;
        self.outdent();
        self.close();
        self.word(")");
        self.open(-INDENT);
        if self.tokens.take_sign("->") {
            self.word(" -> ");
            self.ty()?;
        }
        self.close();
        if self.tokens.is_sign(";") {
            self.semicolon()?;
            self.close();
            self.line();
            return Some(());
        }
        self.where_clause()?;
        self.tokens.take_open(Delimiter::Brace).then_some(())?;
        self.word("{");
        self.line_between();
        if !self.takes_body(Step::Statements) {
            self.statements()?;
            self.tokens.take_close().then_some(())?;
        }
        self.end_braces();
        self.line();
        Some(())
    }

    /// `&'a self`, `name: Type`.
    fn parameter(&mut self) -> Option<()> {
        let place = self.tokens.place();
        if self.tokens.take_sign("&") {
            self.word("&");
            if matches!(self.tokens.peek(0), Some(Kind::Sign(b'\'', _))) {
                self.verbatim()?;
                self.name()?;
                self.word(" ");
            }
            if self.tokens.take_name("mut") {
                self.word("mut ");
            }
            return self.tokens.is_name(0, "self").then(|| self.name())?;
        }
        if self.tokens.is_name(0, "self") {
            self.name()?;
            return (!self.tokens.is_sign(":")).then_some(());
        }
        self.tokens.back_to(place);
        self.pattern()?;
        self.tokens.take_sign(":").then_some(())?;
        self.word(": ");
        self.ty()
    }
}
