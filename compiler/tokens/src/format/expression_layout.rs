//! Expressions and statements, laid out.

use crate::laid::Step;
use crate::tokens::Delimiter;

use super::Formatter;
use super::expressions::Expression as E;
use super::layout::{Break, INDENT, Otherwise};
use super::tree::{Id, List};

impl Formatter<'_> {
    /// The statements of a function, up to its closing brace, which is left.
    pub(super) fn statements(&mut self) -> Option<()> {
        let all = self.read_statements()?;
        let end = self.tokens.place();
        self.lay_out_statements(all)?;
        self.tokens.back_to(end - 1);
        Some(())
    }

    pub(super) fn lay_out_statements(&mut self, all: List) -> Option<()> {
        for statement in all.ids() {
            self.open_filled(0);
            match self.tree.get(statement)? {
                E::Let(place, value) => {
                    self.word("let ");
                    self.at(place, |it| {
                        it.pattern()?;
                        it.tokens.is_sign("=").then_some(())
                    })?;
                    self.word(" = ");
                    self.no_break();
                    self.expression_at(value)?;
                    self.close();
                    self.word(";");
                }
                E::Statement(value, ended) => {
                    self.begun(self.tree.get(value)?, true)?;
                    if ended {
                        self.word(";");
                    }
                    self.close();
                }
                _ => return None,
            }
            self.line();
        }
        Some(())
    }

    /// Lays out what stands at a place, and comes back.
    fn at(&mut self, place: usize, work: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let here = self.tokens.place();
        self.tokens.back_to(place);
        work(self)?;
        self.tokens.back_to(here);
        Some(())
    }

    pub(super) fn expression(&mut self, it: E) -> Option<()> {
        self.begun(it, false)
    }

    fn expression_at(&mut self, id: Id) -> Option<()> {
        self.begun(self.tree.get(id)?, false)
    }

    /// Lays out an expression; `first` where it begins a line.
    pub(super) fn begun(&mut self, it: E, first: bool) -> Option<()> {
        match it {
            E::Literal(word, _) => self.token(word),
            E::Hole if first => self.layout.hole(Step::Begun),
            E::Hole => self.layout.hole(Step::Expression),
            E::Path(place, _) => self.at(place, |it| it.path(true))?,
            E::Macro(name) => {
                self.token(name);
                self.word("!()");
            }
            E::Call(function, arguments) => {
                self.expression_at(function)?;
                self.arguments_of(arguments)?;
            }
            E::Method(..) | E::Field(..) | E::Await(_) => {
                self.open(INDENT);
                let short =
                    matches!(it, E::Method(receiver, ..) if self.tree.get(receiver)?.is_short());
                self.chain(it, first, first && short)?;
                self.close();
            }
            E::Try(inner) => {
                self.begun(self.tree.get(inner)?, first)?;
                self.word("?");
            }
            E::Prefix(operator, inner) => {
                self.word(operator);
                self.expression_at(inner)?;
            }
            E::Array(elements) => self.array(elements)?,
            E::Tuple(elements) => self.tuple(elements)?,
            E::Parentheses(inner) => {
                self.word("(");
                self.expression_at(inner)?;
                self.word(")");
            }
            E::Structure(path, fields) => self.structure_of(path, fields)?,
            E::Closure {
                before,
                parameters,
                body,
            } => self.closure(before, parameters, self.tree.get(body)?)?,
            E::Match(subject, arms) => self.match_of(self.tree.get(subject)?, arms)?,
            E::Block(statements) => {
                self.open(INDENT);
                self.block(statements)?;
                self.close();
            }
            E::Entry(..) | E::Arm(..) | E::Let(..) | E::Statement(..) => return None,
        }
        Some(())
    }

    /// A chain of fields, calls and `.await`, each on a line where they do not fit on one.
    fn chain(&mut self, it: E, first: bool, outdent_arguments: bool) -> Option<()> {
        let link = |it: &mut Self, inner: Id| {
            let inner = it.tree.get(inner)?;
            it.chain(inner, first, false)?;
            if !(first && inner.is_short()) {
                it.breaks(Otherwise::Nothing);
            }
            Some(())
        };
        match it {
            E::Await(inner) => {
                link(self, inner)?;
                self.word(".await");
            }
            E::Field(inner, name) => {
                link(self, inner)?;
                self.word(".");
                self.token(name);
            }
            E::Method(inner, place, arguments) => {
                link(self, inner)?;
                self.word(".");
                self.at(place, |it| {
                    it.name()?;
                    it.turbofish()
                })?;
                self.open(if outdent_arguments { -INDENT } else { 0 });
                self.arguments_of(arguments)?;
                self.close();
            }
            E::Call(function, arguments) => {
                // What is called never counts as the beginning of a line.
                self.chain(self.tree.get(function)?, false, false)?;
                self.arguments_of(arguments)?;
            }
            E::Try(inner) => {
                self.chain(self.tree.get(inner)?, first, false)?;
                self.word("?");
            }
            other => {
                self.open(-INDENT);
                self.expression(other)?;
                self.close();
            }
        }
        Some(())
    }

    fn arguments_of(&mut self, arguments: List) -> Option<()> {
        self.word("(");
        self.inside_parentheses(arguments)?;
        self.word(")");
        Some(())
    }

    /// What fills the hole of an only argument.
    pub(super) fn filled_argument(&mut self) -> Option<()> {
        if !self.tokens.take_open(Delimiter::Hole) {
            let word = E::Literal(self.tokens.next()?, false);
            return self.inside_parentheses_alone(word);
        }
        let argument = self.read_expression(false)?;
        self.tokens.take_close().then_some(())?;
        self.inside_parentheses_alone(argument)
    }

    fn inside_parentheses_alone(&mut self, argument: E) -> Option<()> {
        let begin = self.tree.begin();
        self.tree.push(argument);
        let arguments = self.tree.end(begin);
        self.inside_parentheses(arguments)
    }

    fn inside_parentheses(&mut self, arguments: List) -> Option<()> {
        match self.tree.list(arguments) {
            [E::Hole] => self.layout.hole(Step::Argument),
            [only] if only.is_blocklike() => self.expression(*only)?,
            _ => self.separated(arguments)?,
        }
        Some(())
    }

    fn separated(&mut self, all: List) -> Option<()> {
        self.open(INDENT);
        self.breaks(Otherwise::Nothing);
        for (index, it) in all.ids().enumerate() {
            self.expression_at(it)?;
            self.comma(index + 1 == all.len(), Otherwise::Nothing);
        }
        self.outdent();
        self.close();
        Some(())
    }

    fn array(&mut self, elements: List) -> Option<()> {
        if elements.is_empty() {
            self.word("[]");
            return Some(());
        }
        let simple = |it: &E| matches!(it, E::Literal(_, true));
        if !self.tree.list(elements).iter().all(simple) {
            // A number in a hole would be as simple as the rest.
            let open = |it: &E| simple(it) || matches!(it, E::Hole);
            (!self.tree.list(elements).iter().all(open)).then_some(())?;
            self.word("[");
            self.separated(elements)?;
            self.word("]");
            return Some(());
        }
        self.open(INDENT);
        self.word("[");
        self.breaks(Otherwise::Nothing);
        self.open_filled(0);
        for (index, it) in elements.ids().enumerate() {
            self.expression_at(it)?;
            if index + 1 < elements.len() {
                self.word(",");
                self.space();
            }
        }
        self.close();
        self.comma(true, Otherwise::Nothing);
        self.outdent();
        self.word("]");
        self.close();
        Some(())
    }

    fn tuple(&mut self, elements: List) -> Option<()> {
        self.word("(");
        if let Some(only) = elements.only() {
            self.open(INDENT);
            self.breaks(Otherwise::Nothing);
            self.expression_at(only)?;
            self.word(",");
            self.breaks(Otherwise::Nothing);
            self.outdent();
            self.close();
        } else {
            self.separated(elements)?;
        }
        self.word(")");
        Some(())
    }

    fn structure_of(&mut self, path: Id, fields: List) -> Option<()> {
        /// Wider ones have a line for each field.
        const WIDTH_MAX: i32 = 34;
        self.open(INDENT);
        self.open_filled(-INDENT);
        self.expression_at(path)?;
        self.close();
        self.word(" {");
        self.layout.add_break(Break {
            otherwise: Otherwise::Blank,
            only_between: true,
            ..Break::default()
        });
        for (index, field) in fields.ids().enumerate() {
            let E::Entry(name, value) = self.tree.get(field)? else {
                return None;
            };
            self.token(name);
            if let Some(value) = value {
                self.word(": ");
                self.open_filled(0);
                self.expression_at(value)?;
                self.close();
            }
            self.comma(index + 1 == fields.len(), Otherwise::Blank);
        }
        self.outdent();
        self.layout.end_within(WIDTH_MAX);
        self.word("}");
        Some(())
    }

    fn closure(&mut self, before: &'static str, parameters: usize, body: E) -> Option<()> {
        self.open_filled(0);
        self.word(before);
        self.open(INDENT);
        self.word("|");
        self.at(parameters, Self::closure_parameters)?;
        self.word("|");
        self.space();
        self.outdent();
        self.close();
        self.no_break();
        if matches!(body, E::Hole) {
            return None;
        }
        if matches!(body, E::Match(..) | E::Call(..)) || body.is_blocklike() {
            self.expression(body)?;
        } else {
            self.open(INDENT);
            self.layout.add_break(Break {
                before: Some(b'{'),
                ..Break::default()
            });
            self.expression(body)?;
            self.layout.add_break(Break {
                offset: -INDENT,
                after: Some(b'}'),
                ..Break::default()
            });
            self.close();
        }
        self.close();
        Some(())
    }

    fn closure_parameters(&mut self) -> Option<()> {
        if !self.tokens.is_sign("|") {
            self.breaks(Otherwise::Nothing);
        }
        while !self.tokens.take_sign("|") {
            self.pattern()?;
            if self.tokens.take_sign(":") {
                self.word(": ");
                self.ty()?;
            }
            if self.tokens.take_sign(",") {
                self.word(",");
                self.space();
            }
        }
        Some(())
    }

    fn match_of(&mut self, subject: E, arms: List) -> Option<()> {
        self.open_filled(0);
        self.word("match ");
        self.open(0);
        self.expression(subject)?;
        if self.wraps_before_brace(subject)? {
            self.space();
        } else {
            self.word(" ");
        }
        self.close();
        self.word("{");
        self.no_break();
        self.open(INDENT);
        self.line_between();
        for arm in arms.ids() {
            let E::Arm(place, body) = self.tree.get(arm)? else {
                return None;
            };
            self.open_filled(0);
            self.at(place, |it| {
                it.alternatives()?;
                it.tokens.is_sign("=>").then_some(())
            })?;
            self.word(" => ");
            self.arm(self.tree.get(body)?)?;
            self.close();
            self.line();
        }
        self.outdent();
        self.close();
        self.word("}");
        self.close();
        Some(())
    }

    fn arm(&mut self, mut body: E) -> Option<()> {
        while let E::Block(statements) = body
            && let [E::Statement(only, false)] = *self.tree.list(statements)
        {
            body = self.tree.get(only)?;
        }
        let statements = match body {
            E::Block(statements) => statements,
            E::Tuple(elements) if elements.is_empty() => List::EMPTY,
            E::Hole => return None,
            other => return self.arm_of(other),
        };
        self.word("{");
        self.no_break();
        self.open(INDENT);
        self.line_between();
        self.lay_out_statements(statements)?;
        self.outdent();
        self.close();
        self.word("}");
        Some(())
    }

    fn arm_of(&mut self, body: E) -> Option<()> {
        self.no_break();
        self.open(INDENT);
        self.layout.add_break(Break {
            before: Some(b'{'),
            ..Break::default()
        });
        self.begun(body, true)?;
        self.layout.add_break(Break {
            offset: -INDENT,
            after: Some(b'}'),
            otherwise: match body {
                E::Match(..) => Otherwise::Nothing,
                _ => Otherwise::Comma,
            },
            ..Break::default()
        });
        self.close();
        Some(())
    }

    fn block(&mut self, statements: List) -> Option<()> {
        self.word("{");
        if !statements.is_empty() {
            self.space();
            if let [E::Statement(only, false)] = *self.tree.list(statements) {
                self.open_filled(0);
                self.begun(self.tree.get(only)?, true)?;
                self.close();
                self.space();
            } else {
                self.lay_out_statements(statements)?;
            }
            self.outdent();
        }
        self.word("}");
        Some(())
    }
}
