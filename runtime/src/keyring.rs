//! The keys behind one secret: the current one and, while it is being changed, the one before it until an instant.
//!
//! A secret's parameter holds the key itself, or for the time of a rotation one JSON object:
//!
//! ```json
//! {"current": "whsec_new", "previous": "whsec_old", "previous_until": "2026-11-22T12:00:00Z"}
//! ```
//!
//! Both keys are in one value, so that whoever reads it sees the old state or the new one and nothing between. Before `previous_until`
//! either key verifies, from that instant on the current one alone, whether or not anybody has put the parameter in order since.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::secret::Secret;

/// The keys of one secret.
pub struct Keyring {
    current: Rc<Secret>,
    previous: Option<Previous>,
}

struct Previous {
    key: Rc<Secret>,
    until_ms: i64,
}

/// Which key of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// The one that is to stay.
    Current,
    /// The one that is on its way out.
    Previous,
}

impl Generation {
    /// The key at a position of [`Keyring::valid_at`].
    pub fn at(index: usize) -> Self {
        if index == 0 {
            Self::Current
        } else {
            Self::Previous
        }
    }

    /// Its word in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
        }
    }
}

/// Why a JSON object that should hold two keys does not; never the keys themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyringFault {
    /// It has `current`, and is otherwise not the object above.
    Form,
    /// `previous_until` is not an RFC 3339 instant.
    Until,
    /// Both keys are the same, so that nothing is being rotated.
    SameKey,
}

impl fmt::Display for KeyringFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => {
                "a rotation is {\"current\": \"…\", \"previous\": \"…\", \"previous_until\": \"…\"} and nothing else"
            }
            Self::Until => "`previous_until` is not a time such as 2026-11-22T12:00:00Z",
            Self::SameKey => "`current` and `previous` are the same key",
        })
    }
}

impl std::error::Error for KeyringFault {}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let until_ms = self.previous.as_ref().map(|it| it.until_ms);
        f.debug_struct("Keyring")
            .field("previous_until_ms", &until_ms)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    current: String,
    previous: String,
    previous_until: String,
}

/// The names of an object's fields, without a copy of their values.
type Fields = BTreeMap<String, IgnoredAny>;

impl Keyring {
    /// One key, which is not being rotated.
    pub fn of(key: Secret) -> Self {
        Self {
            current: Rc::new(key),
            previous: None,
        }
    }

    /// What a parameter holds: a JSON object with a `current` is a rotation and must be a whole one, anything else is the key itself.
    pub fn read(value: Secret) -> Result<Self, KeyringFault> {
        let looks_like_one = value.expose_secret().trim_ascii_start().starts_with(b"{")
            && serde_json::from_slice::<Fields>(value.expose_secret())
                .is_ok_and(|it| it.contains_key("current"));
        if !looks_like_one {
            return Ok(Self::of(value));
        }
        let rotation: Rotation =
            serde_json::from_slice(value.expose_secret()).map_err(|_| KeyringFault::Form)?;
        let (current, previous) = (
            Secret::new(rotation.current),
            Secret::new(rotation.previous),
        );
        let until: jiff::Timestamp = rotation
            .previous_until
            .parse()
            .map_err(|_| KeyringFault::Until)?;
        if current.is_same_as(&previous) {
            return Err(KeyringFault::SameKey);
        }
        Ok(Self {
            current: Rc::new(current),
            previous: Some(Previous {
                key: Rc::new(previous),
                until_ms: until.as_millisecond(),
            }),
        })
    }

    /// The key that is to stay: what a handler that reads the secret gets.
    pub fn current(&self) -> &Rc<Secret> {
        &self.current
    }

    /// The key on its way out, whether or not its time is over.
    pub fn previous(&self) -> Option<&Secret> {
        self.previous.as_ref().map(|it| it.key.as_ref())
    }

    /// True while two keys are valid.
    pub fn is_rotating(&self, now_ms: i64) -> bool {
        self.previous
            .as_ref()
            .is_some_and(|it| now_ms < it.until_ms)
    }

    /// The keys that are valid now, newest first; their position is that of their [`Generation`].
    pub fn valid_at(&self, now_ms: i64) -> Vec<&Secret> {
        let previous = self.previous.as_ref().filter(|it| now_ms < it.until_ms);
        let previous = previous.map(|it| it.key.as_ref());
        std::iter::once(self.current.as_ref())
            .chain(previous)
            .collect()
    }

    /// True when nothing in it differs. The time it takes tells nothing about the keys but their lengths.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let previous = match (&self.previous, &other.previous) {
            (None, None) => true,
            (Some(a), Some(b)) => a.until_ms == b.until_ms && a.key.is_same_as(&b.key),
            _ => false,
        };
        self.current.is_same_as(&other.current) && previous
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_300_000_000;

    fn valid(text: &str, now_ms: i64) -> Vec<String> {
        let keyring = Keyring::read(Secret::new(text)).unwrap();
        let keys = keyring.valid_at(now_ms);
        assert_eq!(keyring.is_rotating(now_ms), keys.len() == 2);
        let text = |it: &&Secret| String::from_utf8(it.expose_secret().to_vec()).unwrap();
        keys.iter().map(text).collect()
    }

    /// SIG-10, SEC-06.
    #[test]
    fn both_keys_are_valid_until_the_instant_and_the_current_one_alone_from_then_on() {
        let until_ms = NOW_MS + 24 * 3_600_000;
        let until = jiff::Timestamp::from_millisecond(until_ms).unwrap();
        let text =
            format!(r#"{{"current": "new", "previous": "old", "previous_until": "{until}"}}"#);
        for (now_ms, keys) in [
            (NOW_MS, vec!["new", "old"]),
            (until_ms - 1_000, vec!["new", "old"]),
            (until_ms - 1, vec!["new", "old"]),
            (until_ms, vec!["new"]),
            (until_ms + 1_000, vec!["new"]),
        ] {
            assert_eq!(valid(&text, now_ms), keys, "{now_ms}");
        }
    }

    #[test]
    fn what_is_no_rotation_is_the_key_itself() {
        for text in [
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "{",
            "{}",
            r#"{"previous":"x"}"#,
            r#"["current"]"#,
            "{{webhook_key}}",
        ] {
            assert_eq!(valid(text, NOW_MS), [text]);
        }
        let bytes = Keyring::read(Secret::new(vec![0xff, 0xfe])).unwrap();
        assert_eq!(bytes.current().expose_secret(), [0xff, 0xfe]);
    }

    #[test]
    fn a_rotation_that_is_not_whole_is_a_fault_and_never_a_key() {
        let fault = |text: &str| Keyring::read(Secret::new(text)).err();
        for text in [
            r#"{"current":"a"}"#,
            r#"{"current":"a","previous":"b"}"#,
            r#"{"current":"a","previous":"b","previous_until":"2026-11-22T12:00:00Z","pending":"c"}"#,
            r#"{"current":1,"previous":"b","previous_until":"2026-11-22T12:00:00Z"}"#,
            r#" {"current":null,"current":"a","previous":"b","previous_until":"2026-11-22T12:00:00Z"}"#,
        ] {
            assert_eq!(fault(text), Some(KeyringFault::Form), "{text}");
        }
        for until in ["", "tomorrow", "2026-11-22", "2026-11-22T12:00:00"] {
            let text = format!(r#"{{"current":"a","previous":"b","previous_until":"{until}"}}"#);
            assert_eq!(fault(&text), Some(KeyringFault::Until), "{until}");
        }
        let same = r#"{"current":"a","previous":"a","previous_until":"2026-11-22T12:00:00Z"}"#;
        assert_eq!(fault(same), Some(KeyringFault::SameKey));
    }

    #[test]
    fn debug_shows_no_key() {
        let text =
            r#"{"current":"CANARY1","previous":"CANARY2","previous_until":"2026-11-22T12:00:00Z"}"#;
        let printed = format!("{:?}", Keyring::read(Secret::new(text)).unwrap());
        assert!(!printed.contains("CANARY"), "{printed}");
    }
}
