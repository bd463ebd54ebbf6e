//! Every file in `check_cases` is found faulty exactly where its `//~ P0101` comments say, and nowhere else.
//!
//! A comment lists the codes of diagnostics that begin on its line; `//~12 P0003` speaks of line 12.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use pipe_compiler::diag::render_short;
use pipe_dsl::Lines;

fn expected(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some((_, note)) = line.split_once("//~") else {
            continue;
        };
        let (place, codes) = note.split_once(' ').unwrap_or((note, ""));
        let line = if place.is_empty() {
            index + 1
        } else {
            place.parse().unwrap()
        };
        out.extend(codes.split_whitespace().map(|code| (line, code.to_owned())));
    }
    out.sort();
    out
}

fn faults(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    let checked = pipe_compiler::check(&name, &text);
    let lines = Lines::new(&text);
    let mut found: Vec<(usize, String)> = checked
        .diagnostics
        .iter()
        .map(|it| (lines.line(it.primary.span.start), it.code.id.to_owned()))
        .collect();
    found.sort();
    let expected = expected(&text);
    let only = |a: &[(usize, String)], b: &[(usize, String)]| -> Vec<String> {
        a.iter()
            .filter(|it| !b.contains(it))
            .map(|it| format!("{} {}", it.0, it.1))
            .collect()
    };
    (found != expected).then(|| {
        let (more, less) = (only(&found, &expected), only(&expected, &found));
        format!(
            "{name}: unexpected {more:?}, missing {less:?}\n{}",
            render_short(&checked.diagnostics, &name, &text)
        )
    })
}

#[test]
fn every_case_is_faulty_where_it_says() {
    let mut paths: Vec<_> = fs::read_dir("tests/check_cases")
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    paths.sort();
    let faults: Vec<String> = paths.iter().filter_map(|it| faults(it)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
