//! A provider that signs nothing is asked, and its answer stands in the header `Answer` of the input.

use serde_json::Value;

use super::received::{Received, single};

/// The form names one payment, and the answer is about that one. `None` where the answer names it twice, which this cannot see.
pub(super) fn accepts(received: &Received) -> Option<bool> {
    let form = String::from_utf8_lossy(&received.body);
    let pairs = form.split('&').filter_map(|it| it.split_once('='));
    let ids: Vec<&str> = pairs.filter(|it| it.0 == "id").map(|it| it.1).collect();
    let answer: Value = serde_json::from_str(answer(received)).unwrap_or_default();
    let [id] = ids.as_slice() else {
        return Some(false);
    };
    let is_id = id.len() > 3
        && id.len() <= 67
        && id.starts_with("tr_")
        && id.chars().skip(3).all(|it| it.is_ascii_alphanumeric());
    let about_it = answer.is_object() && answer["id"] == **id;
    (!(is_id && about_it)).then_some(false)
}

pub(super) fn answer(received: &Received) -> &str {
    single(received, "Answer").unwrap_or_default()
}
