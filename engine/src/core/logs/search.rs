//! Filter patterns of `FilterLogEvents`: terms, and comparisons of fields of a JSON line.
//!
//! Source: CloudWatch Logs User Guide, "Filter pattern syntax". Offered: terms (all of them, `?` for any, `-` for none) and
//! `{ $.field = value && … }` with `=`, `!=`, `<`, `<=`, `>`, `>=`. Anything else is refused.

use serde_json::Value;

/// A pattern that was understood.
#[derive(Debug, PartialEq)]
pub(super) enum Search {
    Terms {
        all: Vec<String>,
        any: Vec<String>,
        none: Vec<String>,
    },
    Fields(Vec<Comparison>),
}

#[derive(Debug, PartialEq)]
pub(super) struct Comparison {
    pointer: String,
    operator: &'static str,
    wanted: String,
}

const OPERATORS: [&str; 6] = ["!=", "<=", ">=", "=", "<", ">"];

impl Search {
    /// Reads a pattern; nothing for one that is not offered.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let pattern = pattern.trim();
        if let Some(inside) = pattern.strip_prefix('{') {
            let inside = inside.strip_suffix('}')?;
            let parts = inside.split("&&").map(comparison);
            return parts.collect::<Option<_>>().map(Self::Fields);
        }
        if pattern.starts_with('[') || pattern.starts_with('%') {
            return None;
        }
        let (mut all, mut any, mut none) = (Vec::new(), Vec::new(), Vec::new());
        for term in terms(pattern)? {
            match (term.strip_prefix('?'), term.strip_prefix('-')) {
                (Some(rest), _) => any.push(unquoted(rest)),
                (_, Some(rest)) => none.push(unquoted(rest)),
                _ => all.push(unquoted(&term)),
            }
        }
        Some(Self::Terms { all, any, none })
    }

    pub(super) fn finds(&self, line: &str) -> bool {
        match self {
            Self::Terms { all, any, none } => {
                all.iter().all(|term| line.contains(term.as_str()))
                    && (any.is_empty() || any.iter().any(|term| line.contains(term.as_str())))
                    && !none.iter().any(|term| line.contains(term.as_str()))
            }
            Self::Fields(comparisons) => {
                let parsed: Option<Value> = serde_json::from_str(line).ok();
                parsed.is_some_and(|parsed| comparisons.iter().all(|it| it.holds(&parsed)))
            }
        }
    }
}

/// Words, and texts in quotes as one.
fn terms(pattern: &str) -> Option<Vec<String>> {
    let (mut out, mut term, mut quoted) = (Vec::new(), String::new(), false);
    for c in pattern.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                term.push(c);
            }
            c if c.is_whitespace() && !quoted => {
                if !term.is_empty() {
                    out.push(std::mem::take(&mut term));
                }
            }
            c => term.push(c),
        }
    }
    if !term.is_empty() {
        out.push(term);
    }
    (!quoted).then_some(out)
}

fn unquoted(term: &str) -> String {
    let inside = term.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    inside.unwrap_or(term).to_owned()
}

fn comparison(text: &str) -> Option<Comparison> {
    let text = text.trim();
    let at = text.find(['=', '!', '<', '>'])?;
    let (path, rest) = text.split_at_checked(at)?;
    let operator = OPERATORS.into_iter().find(|it| rest.starts_with(it))?;
    let pointer = path.trim().strip_prefix("$.")?.replace('.', "/");
    let wanted = unquoted(rest.strip_prefix(operator)?.trim());
    let plain = !wanted.contains(['*', '|', '(', ')']) && !pointer.contains(['[', '*']);
    plain.then(|| Comparison {
        pointer: format!("/{pointer}"),
        operator,
        wanted,
    })
}

impl Comparison {
    fn holds(&self, line: &Value) -> bool {
        let Some(actual) = line.pointer(&self.pointer) else {
            return false;
        };
        let text = actual
            .as_str()
            .map_or_else(|| actual.to_string(), str::to_owned);
        match self.operator {
            "=" => text == self.wanted,
            "!=" => text != self.wanted,
            operator => match (actual.as_f64(), self.wanted.parse::<f64>()) {
                (Some(actual), Ok(wanted)) => match operator {
                    "<" => actual < wanted,
                    "<=" => actual <= wanted,
                    ">" => actual > wanted,
                    _ => actual >= wanted,
                },
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_find_lines() {
        let line = r#"{"level":"ERROR","message":"card expired","n":{"ms":12}}"#;
        let cases = [
            ("", true),
            ("ERROR", true),
            ("ERROR card", true),
            ("ERROR missing", false),
            ("\"card expired\"", true),
            ("?missing ?card", true),
            ("-card", false),
            ("{ $.level = \"ERROR\" }", true),
            ("{ $.level = ERROR && $.n.ms >= 12 }", true),
            ("{ $.n.ms < 12 }", false),
            ("{ $.level != \"ERROR\" }", false),
        ];
        for (pattern, expected) in cases {
            assert_eq!(
                Search::parse(pattern).unwrap().finds(line),
                expected,
                "{pattern}"
            );
        }
        for refused in [
            "[a, b]",
            "%re%",
            "{ $.a = x* }",
            "{ ($.a = 1) || ($.b = 2) }",
            "\"open",
        ] {
            assert_eq!(Search::parse(refused), None, "{refused}");
        }
    }
}
