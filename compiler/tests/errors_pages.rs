//! Every diagnostic code has a page whose failing example raises it alone and whose corrected example raises nothing.
//!
//! `BLESS=1 cargo test -p pipe-compiler --test errors_pages` writes what is printed into the pages.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;

use pipe_compiler::check_bytes;
use pipe_compiler::diag::{CODES, Code, Severity, render_human};

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

/// What is wrong with the page of a code, if anything.
fn fault(code: &Code, bless: bool) -> Option<String> {
    let path = format!("{PAGES}/{}.md", code.id);
    let page = fs::read_to_string(&path).unwrap();
    if !page.starts_with(&format!("# {}: {}\n", code.id, code.title)) {
        return Some(format!("the title is not `# {}: {}`", code.id, code.title));
    }
    let fences = fences(&page);
    let [(fails, failing), (text, shown), (fixed, corrected)] = fences.as_slice() else {
        return Some("needs a failing example, its output and a corrected example".to_owned());
    };
    assert!(
        fails.starts_with("pipe fails") && text == "text" && fixed.starts_with("pipe"),
        "{}",
        code.id
    );
    let name = file_name(fails, failing);
    let (checked, source) = check_bytes(&name, &bytes(fails, failing));
    let raised: Vec<&str> = checked.diagnostics.iter().map(|it| it.code.id).collect();
    let printed = render_human(&checked.diagnostics, &name, &source, false);
    if raised != [code.id] {
        return Some(format!("the failing example raises {raised:?}\n{printed}"));
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
        return Some(format!("the corrected example raises\n{printed}"));
    }
    let printed = format!("{}\n", printed.trim_end());
    if bless {
        let old = format!("```text\n{shown}```");
        fs::write(
            &path,
            page.replacen(&old, &format!("```text\n{printed}```"), 1),
        )
        .unwrap();
        return None;
    }
    (printed != *shown).then(|| format!("BLESS=1 would write\n{printed}"))
}

#[test]
fn each_page_fails_as_it_says_and_its_correction_does_not() {
    let bless = std::env::var_os("BLESS").is_some();
    let faults: Vec<String> = CODES
        .iter()
        .filter_map(|code| fault(code, bless).map(|fault| format!("{}: {fault}", code.id)))
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
        let (info, text) = &fences(&page)[0];
        let name = file_name(info, text);
        let (checked, source) = check_bytes(&name, &bytes(info, text));
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
