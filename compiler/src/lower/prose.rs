//! What the spec says in words, where CloudFormation reads along.

use crate::emit::piece::text_of;
use crate::model::{Pipeline, Verify};

/// What is known of a caller's request, with the scheme's own words for it: one that signs little never sounds like one that signs all.
/// `turned_off` says what stands for a check that the spec turns off, given its reason.
pub(crate) fn proven(
    pipeline: &Pipeline,
    verify: &Verify,
    turned_off: fn(&str) -> String,
) -> String {
    match verify {
        Verify::Scheme { scheme, .. } => {
            let covers = pipe_runtime::sign::scheme(scheme).map_or("nothing", |it| it.covers);
            text_of(("`", scheme, "`, which proves ", covers))
        }
        Verify::PerProvider { .. } => {
            let each = pipeline.providers.values().map(|it| {
                let proven = proven(pipeline, &it.verify, turned_off);
                text_of(("for ", &it.name, " ", proven))
            });
            format!(
                "the scheme of the provider in the path: {}",
                each.collect::<Vec<_>>().join("; ")
            )
        }
        Verify::Off { because, .. } => turned_off(because),
    }
}

/// Text for people in a place where CloudFormation would resolve `{{resolve:…}}` and offers no escape: the braces are set apart.
pub(crate) fn readable(text: &str) -> String {
    if !text.contains('{') {
        return text.to_owned();
    }
    let mut readable = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '{' && (readable.ends_with('{') || readable.ends_with('$')) {
            readable.push(' ');
        }
        readable.push(character);
    }
    readable
}
