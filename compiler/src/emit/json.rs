//! JSON as it stands in an emitted file.

use serde::Serialize;

/// What a template of fifty resources takes. Room that is not written to costs nothing, and growing into it would copy it again and again.
const BYTES: usize = 128 * 1024;

/// Two spaces, members in the order of the types, a newline at the end.
pub(crate) fn file<T: Serialize>(value: &T) -> Vec<u8> {
    let mut contents = Vec::with_capacity(BYTES);
    if serde_json::to_writer_pretty(&mut contents, value).is_err() {
        // Our types have text keys and finite numbers, so this cannot be; an empty file would not pass any test.
        contents.clear();
    }
    contents.push(b'\n');
    contents
}
