//! The filter of a Pipe, or of a function that reads a stream: the part of `where` that an event pattern over DynamoDB's JSON can say.

use serde::Serialize;

use crate::emit::ordered::Ordered;
use crate::model::{Condition, Literal, Pipeline, Workflow};

use super::{Wanted, split_filter};

/// A value in an event pattern.
#[derive(Serialize)]
#[serde(untagged)]
enum Match {
    Text(String),
    Bool(bool),
    Prefix {
        prefix: String,
    },
    Exists {
        exists: bool,
    },
    Not {
        #[serde(rename = "anything-but")]
        values: Vec<Match>,
    },
}

type Attribute = Ordered<Vec<Match>>;

/// The Pipe's filter as JSON: inserts of that event for which the sayable part of `where` holds.
pub(crate) fn pattern(pipeline: &Pipeline, workflow: &Workflow) -> String {
    stream_pattern(
        pipeline,
        workflow.table(),
        &workflow.event,
        workflow.filter.as_ref(),
    )
}

/// The same for any reader of a table's stream.
pub(crate) fn stream_pattern(
    pipeline: &Pipeline,
    table: &str,
    event: &str,
    filter: Option<&Condition>,
) -> String {
    #[derive(Serialize)]
    struct Image<'a> {
        #[serde(rename = "NewImage")]
        new_image: &'a Ordered<Attribute>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Pattern<'a> {
        event_name: [&'static str; 1],
        dynamodb: Image<'a>,
    }
    let (terms, _) = split_filter(pipeline, table, filter);
    let mut image: Ordered<Attribute> = Ordered::default();
    image.push(
        "_event",
        Ordered::default().with("S", vec![Match::Text(event.to_owned())]),
    );
    for term in terms {
        // Two terms on one field cannot both stand in a pattern; the Choice tests all of them anyway.
        if image.0.iter().any(|(name, _)| *name == term.field) {
            continue;
        }
        let values: Vec<Match> = term.values.iter().map(matched).collect();
        let values = if term.negated {
            vec![Match::Not { values }]
        } else {
            values
        };
        image.push(term.field, Ordered::default().with(term.kind, values));
    }
    let pattern = Pattern {
        event_name: ["INSERT"],
        dynamodb: Image { new_image: &image },
    };
    let text = serde_json::to_string(&pattern).unwrap_or_default();
    inert(&text)
}

fn matched(wanted: &Wanted) -> Match {
    match wanted {
        Wanted::Is(Literal::String(text) | Literal::Variant(text) | Literal::Number(text)) => {
            Match::Text(text.clone())
        }
        Wanted::Is(Literal::Bool(value)) => Match::Bool(*value),
        Wanted::StartsWith(prefix) => Match::Prefix {
            prefix: prefix.clone(),
        },
        Wanted::Present => Match::Exists { exists: true },
    }
}

/// JSON with the same meaning in which CloudFormation finds no `{{…}}` and no `${…}`: both can only be inside its texts.
fn inert(json: &str) -> String {
    let mut inert = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '{' && (inert.ends_with('{') || inert.ends_with('$')) {
            inert.push_str("\\u007b");
        } else {
            inert.push(character);
        }
    }
    inert
}
