//! What the spec says in words, where CloudFormation reads along.

/// Text for people in a place where CloudFormation would resolve `{{resolve:…}}` and offers no escape: the braces are set apart.
pub(crate) fn readable(text: &str) -> String {
    let mut readable = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '{' && (readable.ends_with('{') || readable.ends_with('$')) {
            readable.push(' ');
        }
        readable.push(character);
    }
    readable
}
