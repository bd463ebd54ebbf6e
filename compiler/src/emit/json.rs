//! JSON as it stands in an emitted file.

use serde::Serialize;

/// Two spaces, members in the order of the types, a newline at the end.
pub(crate) fn file<T: Serialize>(value: &T) -> Vec<u8> {
    // Our types have text keys and finite numbers, so this cannot fail; an empty file would not pass any test.
    let mut contents = serde_json::to_vec_pretty(value).unwrap_or_default();
    contents.push(b'\n');
    contents
}
