//! One layout for every spec: indentation, blanks and alignment. Lines stay the author's, and only blanks change.

use crate::parse::parse;

/// Blanks of one level.
const INDENT: usize = 2;

/// A token and whether it follows the one before without a blank.
#[derive(Clone, Debug)]
struct Token<'t> {
    text: &'t str,
    joined: bool,
}

/// One line with its tokens; a blank line has none.
#[derive(Debug, Default)]
struct Line<'t> {
    tokens: Vec<Token<'t>>,
    comment: Option<&'t str>,
    indent: usize,
}

/// The formatted text; `None` if the text has syntax errors.
#[must_use]
pub fn format(text: &str) -> Option<String> {
    if !parse(text).errors.is_empty() {
        return None;
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut lines: Vec<Line<'_>> = text.lines().map(lex).collect();
    indent(&mut lines);
    let mut written: Vec<String> = lines.iter().map(spaced).collect();
    align(&lines, &mut written, value_column);
    align(&lines, &mut written, block_column);
    Some(joined(&lines, &written))
}

/// Lines with their indentation and comments, blank ones only where they separate something.
fn joined(lines: &[Line<'_>], written: &[String]) -> String {
    let mut out = String::new();
    let mut blank = false;
    let mut before: Option<&Line<'_>> = None;
    for (line, code) in lines.iter().zip(written) {
        if line.tokens.is_empty() && line.comment.is_none() {
            blank = before.is_some();
            continue;
        }
        let opened = before.is_some_and(|it| {
            it.tokens.last().is_some_and(|it| it.text == "{") && it.comment.is_none()
        });
        let closes = line.tokens.first().is_some_and(|it| it.text == "}");
        if blank && !opened && !closes {
            out.push('\n');
        }
        blank = false;
        out.push_str(&" ".repeat(line.indent));
        out.push_str(code);
        if let Some(comment) = line.comment {
            out.push_str(if code.is_empty() { "" } else { "  " });
            out.push_str(comment);
        }
        out.push('\n');
        before = Some(line);
    }
    out
}

fn lex(line: &str) -> Line<'_> {
    let mut out = Line::default();
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start();
        let joined = trimmed.len() == rest.len() && !out.tokens.is_empty();
        if trimmed.is_empty() {
            return out;
        }
        if trimmed.starts_with("//") {
            out.comment = Some(trimmed.trim_end());
            return out;
        }
        let (text, after) = trimmed.split_at(token_len(trimmed));
        out.tokens.push(Token { text, joined });
        rest = after;
    }
}

/// Bytes of the token that a text begins with; the text has been parsed, so it is one.
fn token_len(text: &str) -> usize {
    if text.starts_with('"') {
        return string_len(text);
    }
    let digit = |it: char| it.is_ascii_digit();
    if text.starts_with('/') {
        return path_len(text);
    }
    for sign in ["->", "==", "!=", "<=", ">=", ".."] {
        if text.starts_with(sign) {
            return sign.len();
        }
    }
    let first = text.chars().next().unwrap_or_default();
    let negative = first == '-' && text.get(1..).is_some_and(|it| it.starts_with(digit));
    if !negative && !is_word(first) {
        return first.len_utf8();
    }
    let mut len = 1;
    while let Some(it) = text.get(len..).and_then(|it| it.chars().next()) {
        // A point belongs to a name or number only before a further part of it.
        let part = it == '.'
            && text
                .get(len + 1..)
                .is_some_and(|it| it.starts_with(is_word));
        if !is_word(it) && !part && it != '%' {
            break;
        }
        len += it.len_utf8();
    }
    len
}

fn is_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}

fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, it) in text.char_indices().skip(1) {
        match it {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A path goes on to a blank or to what the grammar does not take; braces inside it are pairs.
fn path_len(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, it) in text.char_indices() {
        match it {
            '/' if before == '/' => return at - 1,
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            _ if is_word(it) || "/-.~+*%:@".contains(it) => {}
            _ => return at,
        }
        before = it;
    }
    text.len()
}

/// Gives each line its indentation: two blanks for each open bracket, and for the rest of a list that a comma goes on with.
fn indent(lines: &mut [Line<'_>]) {
    let mut depth = 0_usize;
    let mut comma = false;
    for line in lines.iter_mut() {
        let closing = line
            .tokens
            .iter()
            .take_while(|it| matches!(it.text, "}" | ")" | "]"))
            .count();
        let key = line.tokens.get(1).is_some_and(|it| it.text == ":") || line.tokens.is_empty();
        let goes_on = usize::from(comma && !key && closing == 0);
        line.indent = (depth.saturating_sub(closing) + goes_on) * INDENT;
        for token in &line.tokens {
            match token.text {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if let Some(last) = line.tokens.last() {
            comma = last.text == ",";
        }
    }
}

/// The code of a line with the blanks that belong between its tokens.
fn spaced(line: &Line<'_>) -> String {
    let mut out = String::new();
    let mut before: Option<&str> = None;
    for token in &line.tokens {
        if before.is_some_and(|it| blank_between(it, token)) {
            out.push(' ');
        }
        out.push_str(token.text);
        before = Some(token.text);
    }
    out
}

fn blank_between(before: &str, token: &Token<'_>) -> bool {
    match (before, token.text) {
        ("(" | "[" | "..", _) | (_, "," | ")" | "]" | ":" | "?") => false,
        // `process(payment)` is a call, `where (a)` is not: the author's blank decides.
        (_, "(" | "[") => !token.joined || !before.ends_with(is_word),
        _ => true,
    }
}

/// Where in a line a column begins that lines below each other share.
type Column = fn(&Line<'_>) -> Option<usize>;

/// `key: value` on one line: the token after the colon.
fn value_column(line: &Line<'_>) -> Option<usize> {
    let colon = line.tokens.get(1).is_some_and(|it| it.text == ":");
    (colon && line.tokens.len() > 2 && !open_at_end(line)).then_some(2)
}

/// `error Declined { … }` on one line: its brace.
fn block_column(line: &Line<'_>) -> Option<usize> {
    let ends = line.tokens.last().is_some_and(|it| it.text == "}");
    let brace = line.tokens.iter().position(|it| it.text == "{")?;
    (ends && !open_at_end(line) && value_column(line).is_none()).then_some(brace)
}

fn open_at_end(line: &Line<'_>) -> bool {
    let count = |signs: [&str; 3]| {
        line.tokens
            .iter()
            .filter(|it| signs.contains(&it.text))
            .count()
    };
    count(["{", "(", "["]) != count(["}", ")", "]"])
}

/// Pads the column in runs of neighbouring lines of the same form.
fn align(lines: &[Line<'_>], written: &mut [String], column: Column) {
    let mut from = 0;
    while from < lines.len() {
        let Some(first) = lines.get(from) else { return };
        let alike = |it: &&Line<'_>| {
            column(it).is_some() && it.indent == first.indent && same_form(first, it, column)
        };
        let count = lines.iter().skip(from).take_while(alike).count();
        let run = from..from + count;
        let width = lines
            .get(run.clone())
            .unwrap_or_default()
            .iter()
            .filter_map(|it| width_of(it, column))
            .max();
        for (line, code) in lines
            .iter()
            .zip(written.iter_mut())
            .take(run.end)
            .skip(run.start)
        {
            if let (Some(own), Some(width)) = (width_of(line, column), width) {
                code.insert_str(own, &" ".repeat(width.saturating_sub(own)));
            }
        }
        from += count.max(1);
    }
}

/// Attributes stand in one column whatever their keys; declarations only with others of their kind.
fn same_form(first: &Line<'_>, it: &Line<'_>, column: Column) -> bool {
    let word = |it: &Line<'_>| it.tokens.first().map(|it| it.text.to_owned());
    column(first) == Some(2) && value_column(first).is_some() || word(first) == word(it)
}

/// Bytes of the line before its column; what stands there is ASCII or a string.
fn width_of(line: &Line<'_>, column: Column) -> Option<usize> {
    let at = column(line)?;
    let head = Line {
        tokens: line.tokens.get(..at)?.to_vec(),
        ..Line::default()
    };
    Some(spaced(&head).len() + 1)
}
