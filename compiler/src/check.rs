//! Text to checked pipeline: every check there is, in the order in which they depend on each other.

pub(crate) mod accept;
pub(crate) mod amounts;
mod arms;
pub(crate) mod attributes;
pub(crate) mod branches;
pub(crate) mod builtin;
pub(crate) mod bus_rules;
mod callers;
pub(crate) mod cases;
pub(crate) mod catches;
pub(crate) mod clauses;
pub(crate) mod comparisons;
pub(crate) mod conditions;
pub(crate) mod context;
pub(crate) mod distance;
pub(crate) mod effects;
mod ends;
pub mod expected;
mod families;
pub(crate) mod feeds;
pub(crate) mod fields;
pub(crate) mod flow;
pub(crate) mod grants;
pub(crate) mod head;
pub(crate) mod holders;
pub(crate) mod identity;
mod keys;
mod limits;
mod literals;
pub(crate) mod metric;
pub(crate) mod names;
pub(crate) mod quantity;
mod queues;
pub(crate) mod rates;
mod reach;
pub(crate) mod resolve;
mod retries;
pub(crate) mod sinks;
pub(crate) mod slips;
pub(crate) mod strict;
mod syntax;
pub(crate) mod targets;
pub(crate) mod templates;
pub(crate) mod texts;
pub mod together;
pub(crate) mod transmissions;
pub(crate) mod types;
pub(crate) mod updates;
mod usage;
pub(crate) mod value;
pub(crate) mod verify;

use pipe_dsl::SyntaxErrorKind;
use pipe_dsl::tree::Span;

use crate::diag::{self, Diagnostic, Severity};
use crate::kinds::KindId;
use crate::lower::{self, Lowered, Refusal};
use crate::model::Pipeline;
use context::Context;
use expected::{Expected, Outline};

/// What checking gives.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The pipeline; only if there is no error.
    pub pipeline: Option<Pipeline>,
    /// What was found, by position.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Takes the pipeline back, for these errors; without any it stays.
    pub fn refuse(&mut self, errors: Vec<Diagnostic>) {
        if errors.is_empty() {
            return;
        }
        self.pipeline = None;
        self.diagnostics.extend(errors);
        self.sort();
    }

    /// Adds what only shows beside other specs.
    pub fn add(&mut self, it: Diagnostic) {
        self.diagnostics.push(it);
        self.sort();
    }

    fn sort(&mut self) {
        self.diagnostics
            .sort_by_key(|it| (it.primary.span, it.code.id));
    }
}

/// The errors of a pipeline that is lowered to more than AWS takes.
pub fn oversize(pipeline: &Pipeline, lowered: &Lowered) -> Vec<Diagnostic> {
    let found = lower::oversize(pipeline, lowered);
    found.into_iter().map(refused).collect()
}

/// A refusal as a diagnostic.
fn refused(it: Refusal) -> Diagnostic {
    it.code.at(context::span_of(it.origin), it.message)
}

/// Checks a spec, and how large it becomes. `file_name` is cited by artifacts and must be the pipeline's name; one that begins with `<`, such as `<stdin>`, is not compared.
#[must_use]
pub fn check(file_name: &str, text: &str) -> Checked {
    let mut checked = check_declared(file_name, text);
    let pipeline = checked.pipeline.as_ref();
    let errors = pipeline.map(|it| oversize(it, &lower::lower(it)));
    checked.refuse(errors.unwrap_or_default());
    checked
}

/// Checks what a spec says, without what it is lowered to: that is for [`oversize`].
#[must_use]
pub fn check_declared(file_name: &str, text: &str) -> Checked {
    let parsed = pipe_dsl::parse(text);
    let mut cx = Context::new(text, &parsed);
    let file_name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    check_parsed(&mut cx, &parsed, file_name);
    cx.model.file = file_name.to_owned();
    cx.model.doc.clone_from(&parsed.file.doc);
    let (pipeline, mut diagnostics) = cx.into_parts();
    let no_error = |it: &Diagnostic| it.severity() != Severity::Error;
    if diagnostics.iter().all(no_error) {
        // Only a whole pipeline can be asked what of it AWS offers no way to do.
        diagnostics.extend(lower::refusals(&pipeline).into_iter().map(refused));
    }
    let fine = diagnostics.iter().all(no_error);
    let mut checked = Checked {
        pipeline: fine.then_some(pipeline),
        diagnostics,
    };
    checked.sort();
    checked
}

/// What belongs at each word of a text, and what is declared in it, as the checks come by.
#[must_use]
pub fn outline(file_name: &str, text: &str) -> Outline {
    let parsed = pipe_dsl::parse(text);
    let mut cx = Context::new(text, &parsed);
    cx.expected = Some(Vec::new());
    check_parsed(&mut cx, &parsed, file_name);
    for it in &parsed.file.broken {
        if let Some(word) = &it.kind {
            cx.expect(word.span, || Expected::Kind);
        }
    }
    cx.outline()
}

fn check_parsed<'t>(cx: &mut Context<'t>, parsed: &'t pipe_dsl::Parsed<'t>, file_name: &str) {
    for error in &parsed.errors {
        cx.report(syntax::diagnostic(error, cx.text));
    }
    if cx.text.len() <= pipe_dsl::BYTES_MAX {
        literals::check(cx);
        // What lies beyond the limit was not parsed, so nothing can be said about names.
        let beyond = |it: &SyntaxErrorKind| {
            matches!(it, SyntaxErrorKind::TooMany | SyntaxErrorKind::TooMuch)
        };
        if !parsed.errors.iter().any(|it| beyond(&it.kind)) {
            check_declarations(cx, file_name);
        }
    }
}

/// The text of a file, or the diagnostic of a file that is none. The span lies in `String::from_utf8_lossy` of the bytes.
pub fn decode(bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        // The bytes that are no text are shown as one replacement character of three bytes.
        let span = Span {
            start,
            end: start + '\u{FFFD}'.len_utf8(),
        };
        let message = format!("byte {start} is not UTF-8 text");
        Box::new(
            diag::P0008
                .at(span, message)
                .label("not text")
                .help("save the file as UTF-8"),
        )
    })
}

/// Checks the bytes of a file, and gives the text that the diagnostics' spans lie in.
#[must_use]
pub fn check_bytes(file_name: &str, bytes: &[u8]) -> (Checked, String) {
    check_bytes_by(check, file_name, bytes)
}

/// As [`check_bytes`], without what the spec is lowered to.
#[must_use]
pub fn check_declared_bytes(file_name: &str, bytes: &[u8]) -> (Checked, String) {
    check_bytes_by(check_declared, file_name, bytes)
}

fn check_bytes_by(
    check: fn(&str, &str) -> Checked,
    file_name: &str,
    bytes: &[u8],
) -> (Checked, String) {
    match decode(bytes) {
        Ok(text) => (check(file_name, text), text.to_owned()),
        Err(it) => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            (
                Checked {
                    pipeline: None,
                    diagnostics: vec![*it],
                },
                text,
            )
        }
    }
}

fn check_declarations<'t>(cx: &mut Context<'t>, file_name: &str) {
    let mut declarations = cx.declare_all();
    for (_, it) in &declarations {
        cx.expect(it.kind.span, || Expected::Kind);
        if KindId::of(it.kind.text).is_none() {
            cx.report_unknown_kind(&it.kind);
        }
    }
    check_pipeline(cx, file_name);
    // In the order in which kinds depend on each other; those of one kind as they stand.
    declarations.sort_by_key(|it| it.0);
    for (kind, it) in declarations {
        if let Some(kind) = kind {
            kind.read(cx, it);
        }
    }
    names::check_collisions(cx);
    fields::check_recursion(cx);
    feeds::queues(cx);
    callers::assign(cx);
    keys::check(cx);
    queues::check(cx);
    cases::check_groups(cx);
    grants::check(cx);
    reach::check(cx);
    limits::check(cx);
    families::check(cx);
    // What nothing does is only known of a spec of which all could be read.
    if !cx.has_errors() {
        transmissions::check(cx);
        usage::check(cx);
        ends::check(cx);
        amounts::check(cx);
        families::expand(cx);
    }
}

/// Exactly one `pipeline`, called like the file; at most one `key`.
fn check_pipeline(cx: &mut Context<'_>, file_name: &str) {
    let tree = cx.tree;
    for kind in [KindId::Pipeline, KindId::Key] {
        let keyword = kind.kind().keyword;
        let mut all = tree
            .declarations
            .iter()
            .filter(|it| KindId::meant(it.kind.text) == Some(kind));
        let Some(first) = all.next() else { continue };
        for it in all {
            let message = format!("`{keyword}` is declared twice");
            cx.report(
                diag::P0104
                    .at(it.kind.span, message)
                    .label("again here")
                    .second(first.kind.span, "first declared here"),
            );
        }
    }
    let stem = file_name.strip_suffix(".pipe").unwrap_or(file_name);
    let Some(declaration) = tree
        .declarations
        .iter()
        .find(|it| KindId::meant(it.kind.text) == Some(KindId::Pipeline))
    else {
        let broken = tree
            .broken
            .iter()
            .any(|it| it.kind.as_ref().is_none_or(|it| it.text == "pipeline"));
        if !broken {
            let message = "this file declares no pipeline";
            let it = diag::P0109
                .at(Span::default(), message)
                .label("`pipeline NAME` is missing");
            let name = names::snake(&stem.replace(['-', ' ', '.'], "_"));
            let help = if name == stem {
                format!("begin with `pipeline {name}`")
            } else {
                format!("begin with `pipeline {name}`, and rename the file to `{name}.pipe`")
            };
            cx.report(it.help(help));
        }
        return;
    };
    cx.model.key.origin = cx.head_origin(declaration);
    if let Some(name) = context::declared_name(declaration)
        && name.text != stem
        && !file_name.starts_with('<')
    {
        let message = format!("pipeline `{}` stands in `{file_name}`", name.text);
        cx.report(
            diag::P0110
                .at(name.span, message)
                .label(format!("`{stem}` would be"))
                .help(format!(
                    "rename one of them: the file of `{0}` is `{0}.pipe`",
                    name.text
                ))
                .suggest(name.span, stem),
        );
    }
}
