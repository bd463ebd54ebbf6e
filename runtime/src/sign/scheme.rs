//! What a signature scheme is, as plain data: the compiler checks, explains, completes and documents from it; the verifier runs it.

use super::asking::Asking;

/// One way in which providers sign webhooks.
#[derive(Debug)]
pub struct Scheme {
    /// Its word in a spec: `stripe`.
    pub name: &'static str,
    /// One sentence for a person.
    pub doc: &'static str,
    /// Where the provider describes it.
    pub source: &'static str,
    /// What may be written in its parentheses, in the order in which documentation shows it.
    pub parameters: &'static [Parameter],
    /// What the signature proves, in words.
    pub covers: &'static str,
    /// How a key is changed without losing a delivery.
    pub rotation: Rotation,
    /// The cargo feature of this crate that its verifier needs; `None` when it is always there.
    pub feature: Option<&'static str>,
    /// A signed request that must verify, and whose every change must not.
    pub vector: Vector,
    /// How it is computed.
    pub(crate) method: Method,
}

/// How a key is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The secret holds two keys while they overlap, and the older one is refused from an instant on that stands beside it.
    Overlap,
    /// The keys are the sender's public ones, and an argument holds two while they overlap. Nothing ends the older one by itself.
    PublicKeys,
    /// There is no key that anybody could configure; the text says who changes what.
    Provider(&'static str),
}

impl Rotation {
    /// In words, for whoever has to change a key.
    pub fn told(self) -> &'static str {
        match self {
            Self::Overlap => "two keys overlap",
            Self::PublicKeys => {
                "two public keys of the sender overlap, until somebody takes out the old one"
            }
            Self::Provider(why) => why,
        }
    }
}

/// An argument that a scheme takes.
#[derive(Debug)]
pub struct Parameter {
    /// Its word: `header`.
    pub name: &'static str,
    /// What may be given.
    pub kind: ParameterKind,
    /// An error when it is missing. A parameter that is not required and has no default is simply absent.
    pub required: bool,
    /// What holds when it is not written, in the spelling of the language: `hex`, `5m`.
    pub default: Option<&'static str>,
    /// One sentence for a person.
    pub doc: &'static str,
}

/// What may stand for an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// The name of a declared `secret`.
    Secret,
    /// A string literal that is the name of an HTTP header.
    Header,
    /// A string literal.
    Literal,
    /// A string literal, or the name of a declared `param`.
    Value,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A duration within these bounds, both allowed.
    Duration {
        /// Shortest, in seconds.
        min_s: u64,
        /// Longest, in seconds.
        max_s: u64,
    },
}

/// A signed request with everything that is needed to verify it.
#[derive(Debug)]
pub struct Vector {
    /// Who made it.
    pub origin: &'static str,
    /// Arguments beside the secret.
    pub arguments: &'static [(&'static str, &'static str)],
    /// The key as it would be configured; empty when the scheme has none.
    pub secret: &'static str,
    /// Headers by name.
    pub headers: &'static [(&'static str, &'static str)],
    /// The exact body.
    pub body: &'static [u8],
    /// What the provider's API answers about it; empty where the request proves itself.
    pub answer: &'static [u8],
    /// Unix seconds at which it arrives.
    pub now_s: i64,
    /// What PayPal's verifier would fetch and trust; empty elsewhere.
    pub certificates: Certificates,
}

/// Certificates that belong to a vector.
#[derive(Debug, Clone, Copy)]
pub struct Certificates {
    /// What the certificate URL answers, PEM, leaf first.
    pub chain_pem: &'static str,
    /// The trusted root, PEM.
    pub root_pem: &'static str,
}

impl Certificates {
    /// For schemes that fetch nothing.
    pub const NONE: Self = Self {
        chain_pem: "",
        root_pem: "",
    };
}

impl Scheme {
    /// The parameters, in the order in which documentation shows them.
    pub fn parameters(&self) -> &'static [Parameter] {
        self.parameters
    }

    /// The parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|it| it.name == name)
    }

    /// The parameter that takes the key, if there is a key.
    pub fn secret_parameter(&self) -> Option<&'static Parameter> {
        self.parameters
            .iter()
            .find(|it| it.kind == ParameterKind::Secret)
    }

    /// False where nothing is signed and the provider is asked instead.
    pub fn is_signed(&self) -> bool {
        !matches!(self.method, Method::FetchBack(_))
    }

    /// False where the signature covers a checksum of the body, so that another body can be made to fit.
    pub fn covers_body(&self) -> bool {
        !matches!(self.method, Method::PayPal)
    }

    /// What a function asks for over the internet to verify, in words; `None` where a request and a key suffice.
    pub fn fetches(&self) -> Option<String> {
        match &self.method {
            Method::PayPal => Some("PayPal's certificate is fetched from its host".to_owned()),
            Method::FetchBack(it) => Some(format!(
                "{}'s API is asked about each delivery",
                it.provider
            )),
            Method::Headers(_) | Method::AdyenItems(_) | Method::Braintree(_) => None,
        }
    }

    /// How the ids begin that a provider which signs nothing sends: `tr_`.
    pub fn id_prefix(&self) -> Option<&'static str> {
        match &self.method {
            Method::FetchBack(it) => Some(it.id_prefix),
            _ => None,
        }
    }

    /// True where deliveries are forms, not JSON.
    pub fn is_form(&self) -> bool {
        matches!(self.method, Method::Braintree(_) | Method::FetchBack(_))
    }
}

impl Parameter {
    /// The shared key, with what a person should look for.
    pub(crate) const fn secret(doc: &'static str) -> Self {
        Self {
            name: "secret",
            kind: ParameterKind::Secret,
            required: true,
            default: None,
            doc,
        }
    }

    /// How far from our clock a delivery may be signed, for every scheme that signs a time: five minutes, as most providers' libraries
    /// have it.
    pub(crate) const TOLERANCE: Self = Self::tolerance("5m");

    /// The same with the default of a provider whose libraries have another.
    pub(crate) const fn tolerance(default: &'static str) -> Self {
        Self {
            name: "tolerance",
            kind: ParameterKind::Duration {
                min_s: 1,
                max_s: 3600,
            },
            required: false,
            default: Some(default),
            doc: "How long before or after our clock the time of signing may lie.",
        }
    }

    /// Checks a value as it is written in a spec, without its quotes: a choice, a duration (`5m`, `300s`, or bare seconds), a literal.
    /// The name of a secret or of a param is for the caller to resolve.
    pub fn check(&self, value: &str) -> Result<(), ValueError> {
        match self.kind {
            ParameterKind::Secret => Ok(()),
            ParameterKind::Header if is_header_name(value) => Ok(()),
            ParameterKind::Header => Err(ValueError::NotAHeaderName),
            ParameterKind::Literal | ParameterKind::Value if value.is_empty() => {
                Err(ValueError::Empty)
            }
            ParameterKind::Literal | ParameterKind::Value => Ok(()),
            ParameterKind::Choice(words) if words.contains(&value) => Ok(()),
            ParameterKind::Choice(words) => Err(ValueError::NotAChoice(words)),
            ParameterKind::Duration { min_s, max_s } => match parse_duration_s(value) {
                Some(seconds) if (min_s..=max_s).contains(&seconds) => Ok(()),
                Some(_) => Err(ValueError::OutOfBounds { min_s, max_s }),
                None => Err(ValueError::NotADuration),
            },
        }
    }
}

/// Why a value does not fit its parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueError {
    /// An empty string.
    Empty,
    /// Not a token of RFC 9110.
    NotAHeaderName,
    /// None of these words.
    NotAChoice(&'static [&'static str]),
    /// Not digits with `s`, `m` or `h`.
    NotADuration,
    /// Not one to four public keys in the sender's spelling.
    NotAPublicKey,
    /// Shorter or longer than allowed, in seconds.
    OutOfBounds {
        /// Shortest, in seconds.
        min_s: u64,
        /// Longest, in seconds.
        max_s: u64,
    },
}

impl std::fmt::Display for ValueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::NotAHeaderName => f.write_str("is not the name of an HTTP header"),
            Self::NotAChoice(words) => write!(f, "is none of {}", words.join(", ")),
            Self::NotADuration => f.write_str("is not a duration such as `5m`"),
            Self::NotAPublicKey => f.write_str("is not a public key in base64"),
            Self::OutOfBounds { min_s, max_s } => {
                write!(f, "must be between {min_s}s and {max_s}s")
            }
        }
    }
}

/// Seconds in `300`, `300s`, `5m` or `1h`.
pub(crate) fn parse_duration_s(text: &str) -> Option<u64> {
    let unit_at = text
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(unit_at);
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// A token of RFC 9110, section 5.6.2.
fn is_header_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&it))
}

/// How a scheme computes: one variant per algorithm family.
#[derive(Debug)]
pub(crate) enum Method {
    /// One signature over parts of the request, in headers.
    Headers(Layout),
    /// Adyen's payment notifications: a signature over selected fields inside each item of a JSON body.
    #[cfg_attr(
        not(feature = "sign-json"),
        expect(dead_code, reason = "verified with the feature")
    )]
    AdyenItems(KeyRule),
    /// Braintree's form: the signature is a field beside the payload.
    Braintree(KeyRule),
    /// PayPal: RSA over a checksum of the body, by a certificate that the request names.
    PayPal,
    /// Nothing is signed: the provider's API is asked about what the request names.
    FetchBack(Asking),
}

/// Where things stand in a scheme whose signature travels in a header.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) algorithm: Algorithm,
    /// Sets of header names that mean the same; signing uses the first.
    pub(crate) headers: &'static [HeaderNames],
    pub(crate) form: Form,
    pub(crate) encoding: EncodingRule,
    /// What is hashed, in order.
    pub(crate) signed: &'static [Part],
    /// True when the delivery id is among the hashed parts.
    pub(crate) id_is_signed: bool,
}

impl Layout {
    /// HMAC-SHA256 over nothing but the body, alone in a header: what most providers do.
    pub(crate) const fn of_body(
        headers: &'static [HeaderNames],
        prefix: &'static str,
        encoding: EncodingRule,
        key: KeyRule,
    ) -> Self {
        Self {
            algorithm: Algorithm::Hmac(Hash::Sha256, key),
            headers,
            form: Form::Whole {
                prefix: Setting::Fixed(prefix),
                optional: false,
            },
            encoding,
            signed: &[Part::Body],
            id_is_signed: false,
        }
    }
}

impl KeyRule {
    /// A key whose characters are its bytes.
    pub(crate) const fn text(bytes_min: usize) -> Self {
        Self {
            form: KeyForm::Text,
            bytes_min,
            bytes_max: 4096,
        }
    }
}

impl HeaderNames {
    /// A signature that comes alone.
    pub(crate) const fn signature(name: &'static str) -> Self {
        Self {
            signature: Setting::Fixed(name),
            timestamp: Setting::Absent,
            id: Setting::Absent,
        }
    }

    /// A signature, and an id that it does not cover.
    pub(crate) const fn with_id(signature: &'static str, id: &'static str) -> Self {
        Self {
            signature: Setting::Fixed(signature),
            timestamp: Setting::Absent,
            id: Setting::Fixed(id),
        }
    }
}

/// How the signature is computed; fixed by the scheme, never read from a request.
#[derive(Debug)]
pub(crate) enum Algorithm {
    Hmac(Hash, KeyRule),
    /// Ed25519; the argument of this name holds the public keys.
    #[cfg_attr(
        not(feature = "sign-asymmetric"),
        expect(dead_code, reason = "verified with the feature")
    )]
    Ed25519 {
        public_keys: &'static str,
    },
}

/// The hash under the HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    /// Braintree only; as an HMAC it still stands.
    Sha1,
    Sha256,
    Sha512,
}

/// How the configured text becomes a key.
#[derive(Debug)]
pub(crate) struct KeyRule {
    pub(crate) form: KeyForm,
    pub(crate) bytes_min: usize,
    pub(crate) bytes_max: usize,
}

/// Spelling of the configured key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyForm {
    /// The bytes of the text are the key.
    Text,
    /// Hexadecimal, either case.
    Hex,
    /// Base64 after this prefix, which may be left out.
    Base64 { prefix: &'static str },
    /// Said by the parameter of this name: `text`, `hex` or `base64`.
    Chosen(&'static str),
}

/// A text that is fixed by the provider or given as an argument.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Setting {
    Fixed(&'static str),
    /// The argument of this name.
    Argument(&'static str),
    Absent,
}

/// Names of the headers of one delivery.
#[derive(Debug)]
pub(crate) struct HeaderNames {
    pub(crate) signature: Setting,
    pub(crate) timestamp: Setting,
    pub(crate) id: Setting,
}

/// How signatures are written in their header.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// One signature after a prefix, which some providers leave out.
    Whole { prefix: Setting, optional: bool },
    /// `t=1,v1=…`: elements with a name, of which only these two count.
    Pairs {
        separator: char,
        timestamp: &'static str,
        signature: &'static str,
    },
    /// `v1,… v1,…`: signatures behind a version, separated by a blank.
    Versions { version: &'static str },
}

/// How a signature is spelled.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EncodingRule {
    Hex,
    Base64,
    /// Said by the parameter of this name: `hex` or `base64`.
    Chosen(&'static str),
}

/// A piece of what is hashed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    /// The delivery id as received, and this text.
    IdThen(Setting),
    /// The timestamp as received, and this text; nothing at all when no timestamp is configured.
    TimestampThen(Setting),
    /// A configured text, such as the URL that the provider calls.
    Setting(Setting),
    /// The exact body.
    Body,
}
