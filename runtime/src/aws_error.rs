//! What a failed AWS call says in a log: the service's code and message, or why there was no answer. Never the answer itself, nor the
//! client's own state, in which a log may find what it must not hold.

use std::error::Error;

/// `CODE: MESSAGE` where the service has answered; otherwise each cause after the other, as `dispatch failure: io error: …`.
///
/// `code` and `message` are those of the SDK's `ProvideErrorMetadata`, which is one trait for all services.
pub(crate) fn told(error: &dyn Error, code: Option<&str>, message: Option<&str>) -> String {
    if let Some(code) = code {
        return message.map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"));
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        let more = it.to_string();
        // Some of the SDK's errors show their cause as their own text.
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = it.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_quoted_and_a_failure_on_the_way_names_its_causes() {
        let refused = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "refused");
        assert_eq!(told(&refused, None, None), "refused");
        let outer = std::io::Error::other(refused);
        assert_eq!(told(&outer, None, None), "refused");
        assert_eq!(told(&outer, Some("Throttling"), None), "Throttling");
        let said = told(&outer, Some("AccessDenied"), Some("not authorized"));
        assert_eq!(said, "AccessDenied: not authorized");
    }
}
