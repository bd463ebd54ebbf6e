//! Reads a signed request from the layout of its scheme: which headers, which signatures, what time, and which bytes were signed.

use super::config::Arguments;
use super::refusal::{Field, Refusal};
use super::request::Request;
use super::scheme::{Algorithm, EncodingRule, Form, HeaderNames, Layout, Part, Setting};
use super::signatures::{List, Signatures};
use super::signer::{Delivery, Signed};
use super::tag::{Encoding, Pair, SIGNATURE_BYTES_MAX, decode_signature};
use super::timestamp;
use super::verifier::{BodyProof, DeliveryId, Verified};

/// A layout with its settings filled in.
#[derive(Debug)]
pub(crate) struct Envelope {
    signature_bytes: usize,
    encoding: Encoding,
    headers: Vec<Names>,
    /// The time stands in a header of its own.
    timestamp_in_header: bool,
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
        /// Empty where there is none.
        prefix: String,
        optional: bool,
    },
    List(List),
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
pub(crate) struct Opened<'r, 'e> {
    pub(crate) input: Input<'r>,
    pub(crate) signatures: Signatures<'r, 'e>,
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
                prefix: owned(prefix).unwrap_or_default(),
                optional,
            },
            Form::Pairs {
                separator,
                timestamp,
                signature,
            } => ResolvedForm::List(List {
                separator,
                mark: '=',
                timestamp: Some(timestamp),
                signature,
            }),
            Form::Versions { version } => ResolvedForm::List(List {
                separator: ' ',
                mark: ',',
                timestamp: None,
                signature: version,
            }),
        };
        let timestamp_in_header = headers.iter().any(|it| it.timestamp.is_some());
        let timed = matches!(layout.form, Form::Pairs { .. }) || timestamp_in_header;
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
            timestamp_in_header,
            headers,
        }
    }

    /// Checks everything but the signature.
    #[inline]
    pub(crate) fn open<'r>(
        &self,
        request: &Request<'r>,
        now_s: i64,
    ) -> Result<Opened<'r, '_>, Refusal> {
        // Most schemes have one name for each header, and nothing is gained by looking for others.
        let named = |field, name: fn(&Names) -> Option<&str>| match self.headers.as_slice() {
            [only] => match name(only) {
                Some(name) => request.single(name, field),
                None => Err(Refusal::MissingHeader(field)),
            },
            several => request.single_of(several.iter().filter_map(name), field),
        };
        let header = named(Field::Signature, |it| Some(&it.signature))?;
        let timestamp = match self.timestamp_in_header {
            true => Some(named(Field::Timestamp, |it| it.timestamp.as_deref())?),
            false => None,
        };
        let id = named(Field::DeliveryId, |it| it.id.as_deref());
        // An id outside the signature proves nothing, so its absence is no reason to refuse.
        let id = if self.id_is_signed {
            Some(id?)
        } else {
            id.ok()
        };

        let (time, signatures) = self.read(header)?;
        let timestamp = timestamp.or(time);
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
            signatures,
            id,
            signed_at_s,
        })
    }

    /// How a signature is spelled.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Why none of the signatures was right.
    pub(crate) fn refusal(&self, opened: &Opened<'_, '_>) -> Refusal {
        let mut bytes = [0; SIGNATURE_BYTES_MAX];
        let bytes = bytes.get_mut(..self.signature_bytes).unwrap_or_default();
        let is_spelled_right = |it: &str| decode_signature(it, self.encoding, bytes).is_some();
        if opened.signatures.any(is_spelled_right) {
            Refusal::NoMatchingSignature
        } else {
            Refusal::BadEncoding
        }
    }

    /// What is said about an opened request when the key at this position made one of its signatures.
    pub(crate) fn verified<'r>(&self, opened: &Opened<'r, '_>, key_index: usize) -> Verified<'r> {
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

    /// The time, where it stands in the header of the signature, and the signatures.
    #[inline]
    fn read<'r>(&self, header: &'r str) -> Result<(Option<&'r str>, Signatures<'r, '_>), Refusal> {
        match &self.form {
            ResolvedForm::Whole { prefix, optional } => {
                // An empty text lies nowhere. Looking for one asks the C library to compare no bytes there, and where it does so by a
                // masked load, which then faults in the processor, that takes longer than two blocks of the hash.
                let stripped = match prefix.as_str() {
                    "" => Some(header),
                    prefix => header.strip_prefix(prefix),
                };
                match stripped {
                    Some(signature) => Ok((None, Signatures::one(signature))),
                    None if *optional => Ok((None, Signatures::one(header))),
                    None => Err(Refusal::MalformedHeader(Field::Signature)),
                }
            }
            ResolvedForm::List(list) => list.read(header),
        }
    }

    /// Puts a signature where the provider puts it, under the first set of header names.
    pub(crate) fn seal(
        &self,
        delivery: &Delivery<'_>,
        sign: impl Fn(Input<'_>) -> String,
    ) -> Signed {
        let timestamp = delivery.now_s.to_string();
        let signature = sign(Input {
            id: delivery.id,
            timestamp: &timestamp,
            body: delivery.body,
        });
        let value = match &self.form {
            ResolvedForm::Whole { prefix, .. } => format!("{prefix}{signature}"),
            ResolvedForm::List(list) => {
                let element = |name, value| format!("{name}{}{value}", list.mark);
                let time = list.timestamp.map(|it| element(it, timestamp.as_str()));
                let signature = element(list.signature, signature.as_str());
                match time {
                    Some(time) => format!("{time}{}{signature}", list.separator),
                    None => signature,
                }
            }
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
