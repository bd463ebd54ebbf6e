//! Every diagnostic code has a page whose failing example raises it alone and whose corrected example raises nothing.
//!
//! `BLESS=1 cargo test -p pipe-compiler --test errors_pages` writes what is printed into the pages.

use std::collections::BTreeSet;
use std::fs;

use pipe_compiler::diag::{CODES, Severity, render_human};
use pipe_compiler::{check_bytes, explain};

const PAGES: &str = "../docs/errors";

/// A fenced block of a page: what stands after the three backticks, and the text.
fn fences(page: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info.to_owned(), String::new())),
            (Some(_), Some(_)) => out.extend(open.take()),
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    out
}

/// The file that an example stands in: said by `file=`, else the one of its pipeline.
fn file_name(info: &str, text: &str) -> String {
    let said = info.split(' ').find_map(|it| it.strip_prefix("file="));
    let named = text.lines().find_map(|it| it.strip_prefix("pipeline "));
    said.map_or_else(
        || format!("{}.pipe", named.unwrap_or("shop").trim()),
        str::to_owned,
    )
}

/// An example as bytes: `\x{FF}` is a byte and `\u{202E}` a character that a page cannot show. `repeat=N` puts the last line N times.
fn bytes(info: &str, text: &str) -> Vec<u8> {
    let mut text = text.to_owned();
    if let Some(count) = info.split(' ').find_map(|it| it.strip_prefix("repeat=")) {
        let last = text.lines().last().unwrap().to_owned();
        for number in 1..count.parse().unwrap() {
            text.push_str(&last.replace('0', &number.to_string()));
            text.push('\n');
        }
    }
    if info.contains("raw") {
        text.replace("U+202E", "\u{202E}").into_bytes()
    } else {
        text.into_bytes()
    }
    .into_iter()
    .map(|it| {
        if info.contains("bytes") && it == b'~' {
            0xFF
        } else {
            it
        }
    })
    .collect()
}

#[test]
fn each_page_fails_as_it_says_and_its_correction_does_not() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut faults = Vec::new();
    for code in CODES {
        let path = format!("{PAGES}/{}.md", code.id);
        let page = fs::read_to_string(&path).unwrap();
        if !page.starts_with(&format!("# {}: {}\n", code.id, code.title)) {
            faults.push(format!(
                "{}: the title is not `# {}: {}`",
                code.id, code.id, code.title
            ));
        }
        let fences = fences(&page);
        let [(fails, failing), (text, shown), (fixed, corrected)] = fences.as_slice() else {
            faults.push(format!(
                "{}: needs a failing example, its output and a corrected example",
                code.id
            ));
            continue;
        };
        assert!(
            fails.starts_with("pipe fails") && text == "text" && fixed.starts_with("pipe"),
            "{}",
            code.id
        );
        let name = file_name(fails, failing);
        let (checked, source) = check_bytes(&name, &bytes(fails, failing));
        let raised: BTreeSet<&str> = checked.diagnostics.iter().map(|it| it.code.id).collect();
        let printed = render_human(&checked.diagnostics, &name, &source, false);
        if raised != BTreeSet::from([code.id]) || checked.diagnostics.len() != 1 {
            faults.push(format!(
                "{}: the failing example raises {raised:?}\n{printed}",
                code.id
            ));
            continue;
        }
        assert_eq!(
            checked.pipeline.is_none(),
            code.severity == Severity::Error,
            "{}",
            code.id
        );
        let name = file_name(fixed, corrected);
        let (checked, source) = check_bytes(&name, &bytes(fixed, corrected));
        if !checked.diagnostics.is_empty() {
            let printed = render_human(&checked.diagnostics, &name, &source, false);
            faults.push(format!(
                "{}: the corrected example raises\n{printed}",
                code.id
            ));
        }
        let printed = format!("{}\n", printed.trim_end());
        if bless {
            fs::write(
                &path,
                page.replacen(
                    &format!("```text\n{shown}```"),
                    &format!("```text\n{printed}```"),
                    1,
                ),
            )
            .unwrap();
        } else if printed != *shown {
            faults.push(format!("{}: BLESS=1 would write\n{printed}", code.id));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_page_has_its_code_and_every_code_its_place() {
    let pages: BTreeSet<String> = fs::read_dir(PAGES)
        .unwrap()
        .filter_map(|it| it.unwrap().file_name().into_string().ok())
        .filter_map(|it| it.strip_suffix(".md").map(str::to_owned))
        .filter(|it| it.starts_with('P'))
        .collect();
    let codes: BTreeSet<String> = CODES.iter().map(|it| it.id.to_owned()).collect();
    assert_eq!(pages, codes);
    assert!(
        CODES.is_sorted_by_key(|it| it.id),
        "codes are listed in order"
    );
    assert!(explain("p0101").unwrap().starts_with("# P0101"));
    assert!(explain("P9999").is_none());
}

#[test]
fn messages_are_worded_alike() {
    for code in CODES {
        let page = fs::read_to_string(format!("{PAGES}/{}.md", code.id)).unwrap();
        let (info, text) = &fences(&page)[0];
        let (checked, _) = check_bytes(&file_name(info, text), &bytes(info, text));
        for it in &checked.diagnostics {
            let message = &it.message;
            assert!(
                !message.ends_with('.') && !message.contains('\n'),
                "{message}"
            );
            let first = message.chars().next().unwrap();
            assert!(
                !first.is_uppercase()
                    || message.starts_with("CloudWatch")
                    || message.starts_with("CloudFormation"),
                "{message}"
            );
        }
    }
}
