//! What a scheme is configured with: arguments checked against its parameters, secrets turned into keys or refused before the first request.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::scheme::{KeyForm, KeyRule, Scheme, Setting, ValueError, parse_duration_s};
use super::tag::decode_hex;
use crate::secret::Secret;

/// Keys that may be valid at the same time; a rotation needs two.
pub const KEYS_MAX: usize = 4;

/// Why a verifier cannot be made. Each is a fault of the deployment: without a verifier nothing is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigError {
    /// The scheme has no such parameter.
    UnknownArgument(String),
    /// An argument is given twice.
    RepeatedArgument(String),
    /// A required argument is absent.
    MissingArgument(&'static str),
    /// A value does not fit its parameter.
    BadArgument(&'static str, ValueError),
    /// No secret at all.
    NoSecret,
    /// More secrets than [`KEYS_MAX`].
    TooManySecrets,
    /// A secret was given to a scheme that has none.
    SecretNotUsed,
    /// The secret at `index` cannot be the key.
    BadSecret {
        /// Position among the secrets that were given.
        index: usize,
        /// Why; never the secret itself.
        why: SecretFault,
    },
    /// The roots to trust are no certificates.
    BadRoots,
    /// This build lacks the cargo feature that the scheme needs.
    NeedsFeature(&'static str),
}

/// What is wrong with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretFault {
    /// Nothing in it.
    Empty,
    /// A text that people write where a secret belongs later: `changeme`, `whsec_xxx`.
    Placeholder,
    /// A blank or a line end before or behind it, which a copy or a file left there.
    SurroundingWhitespace,
    /// Not spelled as the provider spells its keys.
    NotDecodable,
    /// Shorter than the scheme allows, in bytes.
    TooShort {
        /// Fewest bytes.
        bytes_min: usize,
    },
    /// Longer than the scheme allows, in bytes.
    TooLong {
        /// Most bytes.
        bytes_max: usize,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownArgument(name) => write!(f, "the scheme takes no `{name}`"),
            Self::RepeatedArgument(name) => write!(f, "`{name}` is given twice"),
            Self::MissingArgument(name) => write!(f, "`{name}` is missing"),
            Self::BadArgument(name, why) => write!(f, "`{name}` {why}"),
            Self::NoSecret => f.write_str("the signing secret is missing"),
            Self::TooManySecrets => write!(f, "more than {KEYS_MAX} secrets at once"),
            Self::SecretNotUsed => f.write_str("the scheme takes no secret"),
            Self::BadSecret { index: 0, why } => write!(f, "the signing secret {why}"),
            Self::BadSecret { index, why } => {
                write!(f, "signing secret {} of those valid now {why}", index + 1)
            }
            Self::BadRoots => f.write_str("the roots to trust are no certificates"),
            Self::NeedsFeature(feature) => {
                write!(f, "this program was built without the feature `{feature}`")
            }
        }
    }
}

impl fmt::Display for SecretFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::Placeholder => f.write_str("is a placeholder"),
            Self::SurroundingWhitespace => f.write_str("begins or ends with white space"),
            Self::NotDecodable => f.write_str("is not spelled as the provider spells its keys"),
            Self::TooShort { bytes_min } => write!(f, "is shorter than {bytes_min} bytes"),
            Self::TooLong { bytes_max } => write!(f, "is longer than {bytes_max} bytes"),
        }
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// What is wrong and what to do, for whoever knows what the secret at an index is called; a scheme is given secrets without names.
    pub fn told(&self, secret_named: impl Fn(usize) -> String) -> String {
        match self {
            Self::BadSecret { index, why } => {
                format!("{} {why}; {}", secret_named(*index), why.remedy())
            }
            other => other.to_string(),
        }
    }
}

impl SecretFault {
    /// What to do about it.
    fn remedy(self) -> &'static str {
        match self {
            Self::Empty | Self::Placeholder => {
                "put the key there that the provider gave out, it is read without a deploy"
            }
            Self::SurroundingWhitespace => "put it there again without the white space",
            Self::NotDecodable | Self::TooShort { .. } | Self::TooLong { .. } => {
                "copy the provider's key again, whole and as it is shown there"
            }
        }
    }
}

/// Arguments that fit the parameters of a scheme.
pub(crate) struct Arguments<'a> {
    scheme: &'static Scheme,
    given: &'a [(&'a str, &'a str)],
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(
        scheme: &'static Scheme,
        given: &'a [(&'a str, &'a str)],
    ) -> Result<Self, ConfigError> {
        for (index, (name, value)) in given.iter().enumerate() {
            let parameter = scheme
                .parameter(name)
                .ok_or_else(|| ConfigError::UnknownArgument((*name).to_owned()))?;
            if given.iter().take(index).any(|(earlier, _)| earlier == name) {
                return Err(ConfigError::RepeatedArgument((*name).to_owned()));
            }
            parameter
                .check(value)
                .map_err(|why| ConfigError::BadArgument(parameter.name, why))?;
        }
        // The secret is not among the arguments: it comes as a value of its own, and `keys` asks for it.
        let secret = scheme.secret_parameter().map(|it| it.name);
        let missing = |name: &str| given.iter().all(|(it, _)| *it != name);
        match scheme
            .parameters
            .iter()
            .find(|it| it.required && Some(it.name) != secret && missing(it.name))
        {
            Some(parameter) => Err(ConfigError::MissingArgument(parameter.name)),
            None => Ok(Self { scheme, given }),
        }
    }

    /// The argument or its default.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let given = self
            .given
            .iter()
            .find(|(it, _)| *it == name)
            .map(|(_, value)| *value);
        given.or_else(|| self.scheme.parameter(name).and_then(|it| it.default))
    }

    /// The text that a setting stands for.
    pub(crate) fn text(&self, setting: Setting) -> Option<&'a str> {
        match setting {
            Setting::Fixed(text) => Some(text),
            Setting::Argument(name) => self.get(name),
            Setting::Absent => None,
        }
    }

    /// The tolerance, for schemes that sign a time.
    pub(crate) fn tolerance_s(&self) -> Option<u64> {
        self.get("tolerance").and_then(parse_duration_s)
    }
}

/// Turns secrets into keys; the first one that cannot be a key is an error, so that a bad new key does not hide behind a good old one.
pub(crate) fn keys<K>(
    secrets: &[&Secret],
    rule: &KeyRule,
    arguments: &Arguments<'_>,
    make: impl Fn(&[u8]) -> Option<K>,
) -> Result<Vec<K>, ConfigError> {
    match secrets.len() {
        0 => return Err(ConfigError::NoSecret),
        1..=KEYS_MAX => (),
        _ => return Err(ConfigError::TooManySecrets),
    }
    let make_one = |(index, secret): (usize, &&Secret)| {
        let key = key_bytes(secret.expose_secret(), rule, arguments);
        let key = key.and_then(|bytes| make(&bytes).ok_or(SecretFault::NotDecodable));
        key.map_err(|why| ConfigError::BadSecret { index, why })
    };
    secrets.iter().enumerate().map(make_one).collect()
}

fn key_bytes(
    secret: &[u8],
    rule: &KeyRule,
    arguments: &Arguments<'_>,
) -> Result<Zeroizing<Vec<u8>>, SecretFault> {
    if secret.is_empty() || secret.trim_ascii().is_empty() {
        return Err(SecretFault::Empty);
    }
    if secret.trim_ascii().len() != secret.len() {
        return Err(SecretFault::SurroundingWhitespace);
    }
    if is_placeholder(secret) {
        return Err(SecretFault::Placeholder);
    }
    let key = decode_key(secret, rule.form, arguments).ok_or(SecretFault::NotDecodable)?;
    let (bytes_min, bytes_max) = (rule.bytes_min, rule.bytes_max);
    match key.len() {
        0 => Err(SecretFault::Empty),
        len if len < bytes_min => Err(SecretFault::TooShort { bytes_min }),
        len if len > bytes_max => Err(SecretFault::TooLong { bytes_max }),
        _ => Ok(key),
    }
}

fn decode_key(
    secret: &[u8],
    form: KeyForm,
    arguments: &Arguments<'_>,
) -> Option<Zeroizing<Vec<u8>>> {
    match form {
        KeyForm::Text => Some(Zeroizing::new(secret.to_vec())),
        KeyForm::Hex => {
            let mut key = Zeroizing::new(vec![0; secret.len() / 2]);
            decode_hex(std::str::from_utf8(secret).ok()?, &mut key)?;
            Some(key)
        }
        KeyForm::Base64 { prefix } => {
            let text = secret.strip_prefix(prefix.as_bytes()).unwrap_or(secret);
            let padding = text.iter().rev().take_while(|it| **it == b'=').count();
            let (text, _) = text.split_at_checked(text.len() - padding)?;
            KEY_BASE64.decode(text).ok().map(Zeroizing::new)
        }
        KeyForm::Chosen(parameter) => match arguments.get(parameter) {
            Some("hex") => decode_key(secret, KeyForm::Hex, arguments),
            Some("base64") => decode_key(secret, KeyForm::Base64 { prefix: "" }, arguments),
            _ => decode_key(secret, KeyForm::Text, arguments),
        },
    }
}

/// Keys are read as the providers' libraries read them, however much padding is behind them. Nobody who sends a request spells a key.
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Prefixes that providers put before their keys.
const PREFIXES: [&str; 4] = ["whsec_", "whsk_", "sk_test_", "sk_live_"];

/// Texts that stand where a secret will be put later, without the characters between words.
const PLACEHOLDERS: [&str; 24] = [
    "changeme",
    "changethis",
    "changeit",
    "replaceme",
    "placeholder",
    "secret",
    "mysecret",
    "yoursecret",
    "yoursecrethere",
    "yourkey",
    "yourwebhooksecret",
    "webhooksecret",
    "signingsecret",
    "password",
    "passw0rd",
    "todo",
    "tbd",
    "none",
    "null",
    "undefined",
    "dummy",
    "example",
    "test",
    "default",
];

/// True for texts that nobody generated: the list above, one character repeated, `<your key>` and `${KEY}`.
fn is_placeholder(secret: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(secret) else {
        return false;
    };
    let bare = PREFIXES
        .iter()
        .find_map(|it| text.strip_prefix(it))
        .unwrap_or(text);
    let word: String = bare
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|it| it.to_ascii_lowercase())
        .collect();
    let first = word.chars().next();
    let one_character = word.chars().all(|it| Some(it) == first);
    let bracketed = [("<", ">"), ("${", "}"), ("{{", "}}"), ("[", "]")]
        .iter()
        .any(|(l, r)| bare.starts_with(l) && bare.ends_with(r));
    one_character || bracketed || PLACEHOLDERS.contains(&word.as_str())
}
