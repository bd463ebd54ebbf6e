//! What a target of a rule gets: the event, a constant, a part of the event, or a text made from its values.
//!
//! Source: EventBridge User Guide, "Amazon EventBridge input transformation". A text outside of quotes is put in with its quotes,
//! inside of them without; an object inside of quotes loses its own; a path that is not in the event gives an empty text.

use crate::artifacts::TargetInput;
use crate::asl::Json;

/// Variables that every template may use.
const PREDEFINED: &[&str] = &[
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
];

/// What a template may ask for beside the event's own fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occasion<'a> {
    pub(super) rule_arn: &'a str,
    pub(super) rule_name: &'a str,
    /// RFC 3339.
    pub(super) ingested: &'a str,
}

/// One piece of a template.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable { name: &'a str, quoted: bool },
}

/// Cuts a template at its `<variables>`; a `<` that begins no name is text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
    };
    let mut out = Vec::new();
    let (mut rest, mut quoted) = (template, false);
    while let Some((text, after)) = rest.split_once('<') {
        let found = after.split_once('>').filter(|(name, _)| is_name(name));
        quoted ^= odd_quotes(text);
        out.push(Piece::Text(text));
        match found {
            Some((name, tail)) => {
                out.push(Piece::Variable { name, quoted });
                rest = tail;
            }
            None => {
                out.push(Piece::Text("<"));
                rest = after;
            }
        }
    }
    out.push(Piece::Text(rest));
    out
}

/// Whether a text opens or closes a JSON string, escaped quotes aside.
fn odd_quotes(text: &str) -> bool {
    let (mut odd, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            '\\' => escaped = !escaped,
            '"' if !escaped => odd = !odd,
            _ => escaped = false,
        }
        if c != '\\' {
            escaped = false;
        }
    }
    odd
}

/// Refuses a transformer that EventBridge would refuse: an unknown variable, a path that is none, a template that gives no JSON.
pub(crate) fn check_input_template(
    paths: &[(String, String)],
    template: &str,
) -> Result<(), String> {
    for (name, path) in paths {
        if name.starts_with("AWS") || name.starts_with("aws.") {
            return Err(format!("the name `{name}` is reserved"));
        }
        if steps(path).is_none() {
            return Err(format!("`{path}` is no path that a transformer takes"));
        }
    }
    let mut sample = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => sample.push_str(text),
            Piece::Variable { name, quoted } => {
                let known = PREDEFINED.contains(&name) || paths.iter().any(|(own, _)| own == name);
                if !known {
                    return Err(format!("the template uses `<{name}>`, which has no path"));
                }
                sample.push_str(if quoted { "x" } else { "1" });
            }
        }
    }
    match sample.parse::<Json>() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("the template gives no JSON: {error}")),
    }
}

/// One step of a path.
#[derive(Debug, PartialEq, Eq)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// `$.detail.items[0]['first name']` as steps; nothing when it is another kind of path.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut rest = path.strip_prefix('$')?;
    let mut out = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (key, tail) = after.split_at_checked(end)?;
            if key.is_empty() || key == "*" {
                return None;
            }
            out.push(Step::Key(key));
            rest = tail;
        } else {
            let (inside, tail) = rest.strip_prefix('[')?.split_once(']')?;
            let quoted = ['\'', '"']
                .iter()
                .find_map(|quote| inside.strip_prefix(*quote)?.strip_suffix(*quote));
            out.push(match quoted {
                Some(key) => Step::Key(key),
                None => Step::Index(inside.parse().ok()?),
            });
            rest = tail;
        }
    }
    Some(out)
}

/// The value under a path.
fn at(event: &Json, path: &str) -> Option<Json> {
    let mut here = event.clone();
    for step in steps(path)? {
        here = match (step, &here) {
            (Step::Key(key), Json::Object(object)) => object.get(key)?.clone(),
            (Step::Index(index), Json::Array(items)) => items.get(index)?.clone(),
            _ => return None,
        };
    }
    Some(here)
}

/// The text that the target gets.
pub(super) fn input(input: &TargetInput, event: &Json, occasion: Occasion<'_>) -> String {
    match input {
        TargetInput::Event => event.to_string(),
        TargetInput::Constant(text) => text.clone(),
        TargetInput::Path(path) => {
            at(event, path).map_or_else(|| "{}".to_owned(), |it| it.to_string())
        }
        TargetInput::Transformed { paths, template } => {
            let value = |name: &str| {
                let path = paths.iter().find(|(own, _)| own == name);
                match path {
                    Some((_, path)) => at(event, path),
                    None => predefined(name, event, occasion),
                }
            };
            let mut text = String::with_capacity(template.len());
            for piece in pieces(template) {
                match piece {
                    Piece::Text(piece) => text.push_str(piece),
                    Piece::Variable { name, quoted } => put(value(name), quoted, &mut text),
                }
            }
            text
        }
    }
}

fn predefined(name: &str, event: &Json, occasion: Occasion<'_>) -> Option<Json> {
    match name {
        "aws.events.rule-arn" => Some(Json::string(occasion.rule_arn)),
        "aws.events.rule-name" => Some(Json::string(occasion.rule_name)),
        "aws.events.event.ingestion-time" => Some(Json::string(occasion.ingested)),
        "aws.events.event.json" => Some(event.clone()),
        // The event without its detail.
        "aws.events.event" => match event {
            Json::Object(object) => {
                let fields = object.iter().filter(|(key, _)| &***key != "detail");
                Some(Json::object(
                    fields
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect(),
                ))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Puts a value into the template, by whether it stands within quotes there.
fn put(value: Option<Json>, quoted: bool, into: &mut String) {
    match (value, quoted) {
        (None, true) => {}
        (None, false) => into.push_str("\"\""),
        (Some(value), false) => into.push_str(&value.to_string()),
        (Some(value @ Json::String(_)), true) => {
            let text = value.to_string();
            into.push_str(text.get(1..text.len() - 1).unwrap_or_default());
        }
        (Some(value @ (Json::Object(_) | Json::Array(_))), true) => {
            into.extend(
                value
                    .to_string()
                    .chars()
                    .filter(|c| *c != '"' && *c != '\\'),
            );
        }
        (Some(value), true) => into.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OCCASION: Occasion<'_> = Occasion {
        rule_arn: "arn:r",
        rule_name: "r",
        ingested: "2026-11-20T19:23:00Z",
    };

    fn made(template: &str) -> String {
        let event: Json = r#"{"id":"e1","detail":{"name":"a \"b\"","amount":10.10,"list":[1,{"x":"y"}],"none":null,"ok":true}}"#.parse().unwrap();
        let paths = [
            ("name", "$.detail.name"),
            ("amount", "$.detail.amount"),
            ("list", "$.detail.list"),
            ("first", "$.detail.list[0]"),
            ("none", "$.detail.none"),
            ("ok", "$['detail'].ok"),
            ("missing", "$.detail.missing"),
        ];
        let paths: Vec<(String, String)> = paths.map(|(a, b)| (a.into(), b.into())).to_vec();
        check_input_template(&paths, template).unwrap();
        let transformed = TargetInput::Transformed {
            paths,
            template: template.into(),
        };
        input(&transformed, &event, OCCASION)
    }

    #[test]
    fn quotes_decide_how_a_value_is_put_in() {
        let cases = [
            (r#"{"a": <name>}"#, r#"{"a": "a \"b\""}"#),
            (r#"{"a": "<name>!"}"#, r#"{"a": "a \"b\"!"}"#),
            (r#"{"a": <amount>}"#, r#"{"a": 10.10}"#),
            (r#"{"a": "<amount>"}"#, r#"{"a": "10.10"}"#),
            (
                r#"{"a": <list>, "b": <first>}"#,
                r#"{"a": [1,{"x":"y"}], "b": 1}"#,
            ),
            (r#"{"a": "<list>"}"#, r#"{"a": "[1,{x:y}]"}"#),
            (r#"{"a": <none>, "b": <ok>}"#, r#"{"a": null, "b": true}"#),
            (
                r#"{"a": <missing>, "b": "<missing>"}"#,
                r#"{"a": "", "b": ""}"#,
            ),
            (r#""\"<ok>\" is <name>""#, r#""\"true\" is a \"b\"""#),
            (
                r#"{"rule": <aws.events.rule-name>, "at": "<aws.events.event.ingestion-time>"}"#,
                r#"{"rule": "r", "at": "2026-11-20T19:23:00Z"}"#,
            ),
            (r#"{"e": <aws.events.event>}"#, r#"{"e": {"id":"e1"}}"#),
            (r#""a < b""#, r#""a < b""#),
        ];
        for (template, expected) in cases {
            assert_eq!(made(template), expected, "{template}");
        }
    }

    #[test]
    fn a_transformer_that_cannot_work_is_refused() {
        let path = |path: &str| [("a".to_owned(), path.to_owned())];
        for (path, template) in [
            (path("$.x"), r#"{"b": <b>}"#),
            (path("x"), r#"{"a": <a>}"#),
            (path("$.x[*]"), r#"{"a": <a>}"#),
            (path("$.x"), "text <a>"),
            (path("$.x"), r#"{"a": <a>"#),
        ] {
            assert!(check_input_template(&path, template).is_err(), "{template}");
        }
    }
}
