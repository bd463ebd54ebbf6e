//! Reads a signed request from the layout of its scheme: which headers, which signatures, what time, and which bytes were signed.

use super::config::Arguments;
use super::refusal::{Field, Refusal};
use super::request::Request;
use super::scheme::{Algorithm, EncodingRule, Form, HeaderNames, Layout, Part, Setting};
use super::signer::{Delivery, Signed};
use super::tag::{Encoding, Pair, SIGNATURE_BYTES_MAX, Tag, decode_signature};
use super::timestamp;
use super::verifier::{BodyProof, DeliveryId, Verified};

/// Signatures that are looked at in one header. Providers send two or three while a key is rotated.
pub(crate) const SIGNATURES_MAX: usize = 16;

/// A layout with its settings filled in.
#[derive(Debug)]
pub(crate) struct Envelope {
    signature_bytes: usize,
    encoding: Encoding,
    headers: Vec<Names>,
    form: ResolvedForm,
    parts: Vec<ResolvedPart>,
    id_is_signed: bool,
    tolerance_s: Option<u64>,
}

#[derive(Debug)]
struct Names {
    signature: String,
    timestamp: Option<String>,
    id: Option<String>,
}

#[derive(Debug)]
enum ResolvedForm {
    Whole {
        prefix: Option<String>,
        optional: bool,
    },
    Pairs {
        separator: char,
        timestamp: &'static str,
        signature: &'static str,
    },
    Versions {
        version: &'static str,
    },
}

#[derive(Debug)]
enum ResolvedPart {
    IdThen(String),
    TimestampThen(String),
    Text(String),
    Body,
}

/// What one delivery puts into the parts.
#[derive(Clone, Copy)]
pub(crate) struct Input<'r> {
    pub(crate) id: &'r str,
    pub(crate) timestamp: &'r str,
    pub(crate) body: &'r [u8],
}

/// A request whose form and time are right; what is left is the signature itself.
pub(crate) struct Opened<'r> {
    pub(crate) input: Input<'r>,
    header: &'r str,
    id: Option<&'r str>,
    signed_at_s: Option<i64>,
}

impl ResolvedPart {
    #[inline]
    fn slices<'p>(&'p self, input: Input<'p>) -> Pair<'p> {
        match self {
            Self::IdThen(separator) => [input.id.as_bytes(), separator.as_bytes()],
            Self::TimestampThen(separator) => [input.timestamp.as_bytes(), separator.as_bytes()],
            Self::Text(text) => [text.as_bytes(), &[]],
            Self::Body => [input.body, &[]],
        }
    }
}

impl Envelope {
    pub(crate) fn new(layout: &'static Layout, arguments: &Arguments<'_>) -> Self {
        let signature_bytes = match &layout.algorithm {
            Algorithm::Hmac(hash, _) => hash.tag_bytes(),
            Algorithm::Ed25519 { .. } => 64,
        };
        let owned = |setting: Setting| arguments.text(setting).map(str::to_owned);
        let names = |it: &HeaderNames| {
            let signature = owned(it.signature).unwrap_or_default();
            Names {
                signature,
                timestamp: owned(it.timestamp),
                id: owned(it.id),
            }
        };
        let headers: Vec<Names> = layout.headers.iter().map(names).collect();
        let form = match layout.form {
            Form::Whole { prefix, optional } => ResolvedForm::Whole {
                prefix: owned(prefix).filter(|it| !it.is_empty()),
                optional,
            },
            Form::Pairs {
                separator,
                timestamp,
                signature,
            } => ResolvedForm::Pairs {
                separator,
                timestamp,
                signature,
            },
            Form::Versions { version } => ResolvedForm::Versions { version },
        };
        let timed = matches!(form, ResolvedForm::Pairs { .. })
            || headers.iter().any(|it| it.timestamp.is_some());
        let part = |it: &Part| match *it {
            Part::TimestampThen(_) if !timed => None,
            Part::TimestampThen(separator) => Some(ResolvedPart::TimestampThen(
                owned(separator).unwrap_or_default(),
            )),
            Part::IdThen(separator) => {
                Some(ResolvedPart::IdThen(owned(separator).unwrap_or_default()))
            }
            Part::Setting(text) => Some(ResolvedPart::Text(owned(text).unwrap_or_default())),
            Part::Body => Some(ResolvedPart::Body),
        };
        let encoding = match layout.encoding {
            EncodingRule::Hex => Encoding::Hex,
            EncodingRule::Base64 => Encoding::Base64,
            EncodingRule::Chosen(parameter) if arguments.get(parameter) == Some("base64") => {
                Encoding::Base64
            }
            EncodingRule::Chosen(_) => Encoding::Hex,
        };
        Self {
            signature_bytes,
            encoding,
            form,
            parts: layout.signed.iter().filter_map(part).collect(),
            id_is_signed: layout.id_is_signed,
            tolerance_s: arguments.tolerance_s().filter(|_| timed),
            headers,
        }
    }

    /// Checks everything but the signature.
    #[inline]
    pub(crate) fn open<'r>(
        &self,
        request: &Request<'r>,
        now_s: i64,
    ) -> Result<Opened<'r>, Refusal> {
        let names = match self.headers.as_slice() {
            [only] => Some(only),
            several => several
                .iter()
                .find(|it| request.has(&it.signature))
                .or(several.first()),
        };
        let names = names.ok_or(Refusal::MissingHeader(Field::Signature))?;
        let header = request.single(&names.signature, Field::Signature)?;
        let optional = |name: &Option<String>, field| {
            name.as_deref()
                .map(|it| request.single(it, field))
                .transpose()
        };
        let timestamp = optional(&names.timestamp, Field::Timestamp)?;
        // An id outside the signature proves nothing, so its absence is no reason to refuse.
        let id = optional(&names.id, Field::DeliveryId);
        let id = if self.id_is_signed {
            id?
        } else {
            id.ok().flatten()
        };

        let timestamp = timestamp.or(self.check_form(header)?);
        let signed_at_s = timestamp.map(timestamp::parse_s).transpose()?;
        if let (Some(signed_at_s), Some(tolerance_s)) = (signed_at_s, self.tolerance_s) {
            timestamp::check_window(signed_at_s, now_s, tolerance_s)?;
        }
        let input = Input {
            id: id.unwrap_or_default(),
            timestamp: timestamp.unwrap_or_default(),
            body: request.body,
        };
        Ok(Opened {
            input,
            header,
            id,
            signed_at_s,
        })
    }

    /// The signatures of our scheme as they are written, of any spelling; one to [`SIGNATURES_MAX`].
    pub(crate) fn signatures<'r>(&self, opened: &Opened<'r>) -> impl Iterator<Item = &'r str> {
        self.signatures_in(opened.header)
    }

    /// How a signature is spelled.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Why none of the signatures was right.
    pub(crate) fn refusal(&self, opened: &Opened<'_>) -> Refusal {
        let mut bytes = [0; SIGNATURE_BYTES_MAX];
        let bytes = bytes.get_mut(..self.signature_bytes).unwrap_or_default();
        let is_spelled_right = |it| decode_signature(it, self.encoding, bytes).is_some();
        if self.signatures(opened).any(is_spelled_right) {
            Refusal::NoMatchingSignature
        } else {
            Refusal::BadEncoding
        }
    }

    /// What is said about an opened request when the key at this position made one of its signatures.
    pub(crate) fn verified<'r>(&self, opened: &Opened<'r>, key_index: usize) -> Verified<'r> {
        let delivery_id = opened.id.map(|value| DeliveryId {
            value,
            is_signed: self.id_is_signed,
        });
        Verified {
            key_index,
            signed_at_s: opened.signed_at_s,
            delivery_id,
            body: BodyProof::Whole,
        }
    }

    /// The bytes that are signed, in order and without a copy.
    #[inline]
    pub(crate) fn signed<'p>(&'p self, input: Input<'p>) -> impl Iterator<Item = Pair<'p>> {
        self.parts.iter().map(move |part| part.slices(input))
    }

    /// Checks that the header has its form and not too many signatures; gives the time, where it stands in this header.
    fn check_form<'r>(&self, header: &'r str) -> Result<Option<&'r str>, Refusal> {
        let malformed = Refusal::MalformedHeader(Field::Signature);
        let (mut time, mut signatures) = (None, 0);
        match &self.form {
            ResolvedForm::Whole {
                prefix: Some(prefix),
                optional: false,
            } if !header.starts_with(prefix.as_str()) => return Err(malformed),
            ResolvedForm::Whole { .. } => return Ok(None),
            ResolvedForm::Pairs {
                separator,
                timestamp,
                signature,
            } => {
                for element in header.split(*separator) {
                    let (name, value) = element.split_once('=').ok_or(malformed)?;
                    signatures += usize::from(name == *signature);
                    if name == *timestamp && time.replace(value).is_some() {
                        return Err(Refusal::DuplicateHeader(Field::Timestamp));
                    }
                }
                time.ok_or(Refusal::MalformedHeader(Field::Timestamp))?;
            }
            ResolvedForm::Versions { version } => {
                for element in header.split(' ') {
                    let (name, _) = element.split_once(',').ok_or(malformed)?;
                    signatures += usize::from(name == *version);
                }
            }
        }
        match signatures {
            0 => Err(Refusal::NoSignatureOfScheme),
            1..=SIGNATURES_MAX => Ok(time),
            _ => Err(Refusal::TooManySignatures),
        }
    }

    fn signatures_in<'r>(&self, header: &'r str) -> impl Iterator<Item = &'r str> {
        let (separator, elements_max) = match &self.form {
            ResolvedForm::Whole { .. } => (' ', 1),
            ResolvedForm::Pairs { separator, .. } => (*separator, usize::MAX),
            ResolvedForm::Versions { .. } => (' ', usize::MAX),
        };
        header
            .splitn(elements_max, separator)
            .filter_map(|element| match &self.form {
                ResolvedForm::Whole { prefix, .. } => Some(
                    prefix
                        .as_ref()
                        .and_then(|it| element.strip_prefix(it.as_str()))
                        .unwrap_or(element),
                ),
                ResolvedForm::Pairs { signature, .. } => element
                    .split_once('=')
                    .filter(|(it, _)| it == signature)
                    .map(|(_, value)| value),
                ResolvedForm::Versions { version } => element
                    .split_once(',')
                    .filter(|(it, _)| it == version)
                    .map(|(_, value)| value),
            })
    }

    /// Puts a signature where the provider puts it, under the first set of header names.
    pub(crate) fn seal(&self, delivery: &Delivery<'_>, sign: impl Fn(Input<'_>) -> Tag) -> Signed {
        let timestamp = delivery.now_s.to_string();
        let tag = sign(Input {
            id: delivery.id,
            timestamp: &timestamp,
            body: delivery.body,
        });
        let signature = tag.as_str();
        let value = match &self.form {
            ResolvedForm::Whole { prefix, .. } => {
                format!("{}{signature}", prefix.as_deref().unwrap_or_default())
            }
            ResolvedForm::Pairs {
                separator,
                timestamp: t,
                signature: s,
            } => format!("{t}={timestamp}{separator}{s}={signature}"),
            ResolvedForm::Versions { version } => format!("{version},{signature}"),
        };
        let mut headers = Vec::new();
        if let Some(names) = self.headers.first() {
            headers.extend(
                names
                    .id
                    .as_ref()
                    .map(|it| (it.clone(), delivery.id.to_owned())),
            );
            headers.extend(
                names
                    .timestamp
                    .as_ref()
                    .map(|it| (it.clone(), timestamp.clone())),
            );
            headers.push((names.signature.clone(), value));
        }
        Signed {
            headers,
            body: delivery.body.to_vec(),
        }
    }
}
