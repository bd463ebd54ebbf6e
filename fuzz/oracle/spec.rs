//! f1: any text ends as a tree or as diagnostics, whose places lie in it; formatting it changes blanks and nothing else.

use pipe_compiler::check_bytes;
use pipe_compiler::diag::{render_human, render_json, render_short};
use pipe_dsl::tree::File;
use pipe_dsl::{format, parse};

/// Judges one input.
pub fn judge(input: &[u8]) {
    let (checked, text) = check_bytes("payments.pipe", input);
    for diagnostic in &checked.diagnostics {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary).map(|it| it.span);
        for span in labels.chain(diagnostic.suggestion.iter().map(|it| it.span)) {
            assert!(text.get(span.start..span.end).is_some(), "{span:?} of {} bytes", text.len());
        }
    }
    let file = "payments.pipe";
    let shown = render_human(&checked.diagnostics, file, &text, false);
    assert_eq!(shown.is_empty(), checked.diagnostics.is_empty());
    for lines in [render_short(&checked.diagnostics, file, &text), render_json(&checked.diagnostics, file, &text)] {
        assert_eq!(lines.lines().count(), checked.diagnostics.len());
    }
    if checked.pipeline.is_some() {
        assert!(parse(&text).errors.is_empty());
    }
    formatted(&text);
}

fn formatted(text: &str) {
    let parsed = parse(text);
    for error in &parsed.errors {
        assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?}");
    }
    let Some(formatted) = format(text) else {
        assert!(!parsed.errors.is_empty());
        return;
    };
    let again = parse(&formatted);
    assert_eq!(again.errors, [], "{formatted}");
    assert_eq!(shape(&again.file), shape(&parsed.file), "{formatted}");
    assert_eq!(format(&formatted).as_ref(), Some(&formatted), "formatted again it changes");
}

/// A tree without its places.
fn shape(file: &File) -> String {
    let shown = format!("{:?} {:?}", file.doc, file.declarations);
    let mut parts = shown.split("span: Span {");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('}').map_or("", |it| it.1));
    }
    out
}
