//! Why a request was refused: a code for logs and metrics, never the secret and never the signature that would have been right.

/// Reason of a refusal. The caller of a route always sees the same answer; this is for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A header is absent or empty.
    MissingHeader(Field),
    /// A header came more than once, so that two readers could see two values.
    DuplicateHeader(Field),
    /// A header has not the form that the scheme gives it.
    MalformedHeader(Field),
    /// No signature is spelled as the scheme spells it: wrong alphabet, length, padding or case.
    BadEncoding,
    /// The header holds signatures, none of them of the configured scheme.
    NoSignatureOfScheme,
    /// More signatures than any provider sends.
    TooManySignatures,
    /// The timestamp is not 1 to 15 ASCII digits.
    TimestampMalformed,
    /// Signed longer ago than the tolerance.
    TimestampTooOld {
        /// Our clock less the timestamp, in seconds; positive.
        difference_s: i64,
    },
    /// Signed further in the future than the tolerance.
    TimestampInFuture {
        /// Our clock less the timestamp, in seconds; negative.
        difference_s: i64,
    },
    /// Well formed, but no signature was made with a key of ours over these bytes.
    NoMatchingSignature,
}

/// Which part of a delivery a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The signature.
    Signature,
    /// The time of signing.
    Timestamp,
    /// The id of the delivery.
    DeliveryId,
}

impl Refusal {
    /// The code in logs and metrics; it never changes its meaning.
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingHeader(_) => "missing_header",
            Self::DuplicateHeader(_) => "duplicate_header",
            Self::MalformedHeader(_) => "malformed_header",
            Self::BadEncoding => "bad_encoding",
            Self::NoSignatureOfScheme => "no_signature_of_scheme",
            Self::TooManySignatures => "too_many_signatures",
            Self::TimestampMalformed => "timestamp_malformed",
            Self::TimestampTooOld { .. } => "timestamp_too_old",
            Self::TimestampInFuture { .. } => "timestamp_in_future",
            Self::NoMatchingSignature => "no_matching_signature",
        }
    }

    /// Our clock less the timestamp, in seconds, where a clock was the reason.
    pub fn clock_difference_s(self) -> Option<i64> {
        match self {
            Self::TimestampTooOld { difference_s } | Self::TimestampInFuture { difference_s } => {
                Some(difference_s)
            }
            _ => None,
        }
    }

    /// The part of the delivery that was wrong, where one part was.
    pub fn field(self) -> Option<Field> {
        match self {
            Self::MissingHeader(field)
            | Self::DuplicateHeader(field)
            | Self::MalformedHeader(field) => Some(field),
            _ => None,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}
