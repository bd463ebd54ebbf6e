//! Every diagnostic code has a page whose failing example raises it alone and whose corrected example raises nothing.
//!
//! `BLESS=1 cargo test -p pipe-compiler --test it errors_pages` writes what is printed into the pages.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;

use crate::bless;

use pipe_compiler::diag::{CODES, Code, Severity, render_human};
use pipe_compiler::lower::{lower, physical_names};
use pipe_compiler::{Checked, Together, check_bytes};

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

/// An example as bytes. `raw`: `U+202E` stands for that character; `bytes`: `~` stands for the byte FF; `repeat=N` puts the last line, or with `lines=M` the last M, N times.
fn bytes(info: &str, text: &str) -> Vec<u8> {
    let mut text = text.to_owned();
    let number = |name| info.split(' ').find_map(|it| it.strip_prefix(name));
    if let Some(count) = number("repeat=") {
        let lines: Vec<&str> = text.lines().collect();
        let repeated = number("lines=").map_or(1, |it| it.parse().unwrap());
        let last = lines.split_at(lines.len() - repeated).1.join("\n");
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

/// The examples of a page, without the spec `beside` that stands before them where two are checked together.
fn examples(page: &str) -> (Option<String>, Vec<(String, String)>) {
    let mut fences = fences(page);
    let beside = fences.first().is_some_and(|it| it.0 == "pipe beside");
    let beside = beside.then(|| fences.remove(0).1);
    (beside, fences)
}

/// What an example raises, checked after the spec beside it: its file's name, the diagnostics, and the text that their spans lie in.
fn raised(beside: Option<&str>, info: &str, text: &str) -> (String, Checked, String) {
    let name = file_name(info, text);
    let (mut checked, source) = check_bytes(&name, &bytes(info, text));
    if let Some(beside) = beside {
        let mut together = Together::default();
        let (other, _) = check_bytes("beside.pipe", beside.as_bytes());
        assert_eq!(other.diagnostics, [], "{beside}");
        for (name, text, checked) in [
            ("beside.pipe", beside, &mut other.clone()),
            (name.as_str(), &source, &mut checked),
        ] {
            let names = physical_names(&lower(checked.pipeline.as_ref().unwrap()));
            checked.diagnostics.extend(together.add(name, text, names));
        }
    }
    (name, checked, source)
}

/// What is wrong with the page of a code, if anything.
fn fault(code: &Code, accept: bool) -> Option<String> {
    let path = format!("{PAGES}/{}.md", code.id);
    let page = fs::read_to_string(&path).unwrap();
    if !page.starts_with(&format!("# {}: {}\n", code.id, code.title)) {
        return Some(format!("the title is not `# {}: {}`", code.id, code.title));
    }
    let (beside, fences) = examples(&page);
    let [(fails, failing), (text, shown), (fixed, corrected)] = fences.as_slice() else {
        return Some("needs a failing example, its output and a corrected example".to_owned());
    };
    assert!(
        fails.starts_with("pipe fails") && text == "text" && fixed.starts_with("pipe"),
        "{}",
        code.id
    );
    let (name, checked, source) = raised(beside.as_deref(), fails, failing);
    let codes: Vec<&str> = checked.diagnostics.iter().map(|it| it.code.id).collect();
    let printed = render_human(&checked.diagnostics, &name, &source, false);
    if codes != [code.id] {
        return Some(format!("the failing example raises {codes:?}\n{printed}"));
    }
    assert_eq!(
        checked.pipeline.is_none(),
        code.severity == Severity::Error,
        "{}",
        code.id
    );
    let (name, checked, source) = raised(beside.as_deref(), fixed, corrected);
    if !checked.diagnostics.is_empty() {
        let printed = render_human(&checked.diagnostics, &name, &source, false);
        return Some(format!("the corrected example raises\n{printed}"));
    }
    let printed = format!("{}\n", printed.trim_end());
    if accept {
        let old = format!("```text\n{shown}```");
        bless::write(
            &path,
            page.replacen(&old, &format!("```text\n{printed}```"), 1),
        );
        return None;
    }
    (printed != *shown).then(|| format!("BLESS=1 would write\n{printed}"))
}

#[test]
fn each_page_fails_as_it_says_and_its_correction_does_not() {
    let accept = bless::is_asked();
    let faults: Vec<String> = CODES
        .iter()
        .filter_map(|code| fault(code, accept).map(|fault| format!("{}: {fault}", code.id)))
        .collect();
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_mend_mends() {
    let mut mended = 0;
    for code in CODES {
        let page = fs::read_to_string(format!("{PAGES}/{}.md", code.id)).unwrap();
        let (beside, fences) = examples(&page);
        let (info, text) = &fences[0];
        let (name, checked, source) = raised(beside.as_deref(), info, text);
        let Some(it) = checked.diagnostics[0].suggestion.clone() else {
            continue;
        };
        let text = format!(
            "{}{}{}",
            &source[..it.span.start],
            it.replacement,
            &source[it.span.end..]
        );
        let (checked, _) = check_bytes(&name, text.as_bytes());
        let left: Vec<&str> = checked.diagnostics.iter().map(|it| it.code.id).collect();
        // A name in the wrong case has to be changed where it is used too.
        assert!(
            left.is_empty() || code.id == "P0112",
            "{}: {left:?} in\n{text}",
            code.id
        );
        mended += 1;
    }
    assert!(mended >= 10, "{mended} pages have a mend");
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
}

#[test]
fn messages_are_worded_alike() {
    for code in CODES {
        let page = fs::read_to_string(format!("{PAGES}/{}.md", code.id)).unwrap();
        let (beside, fences) = examples(&page);
        let (info, text) = &fences[0];
        let (_, checked, _) = raised(beside.as_deref(), info, text);
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
