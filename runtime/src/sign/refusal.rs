//! Why a request was refused: a code for logs and metrics, never the secret and never the signature that would have been right.

/// Reason of a refusal. The caller of a route always sees the same answer; this is for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A header, or the field of the body that stands for it, is absent or empty.
    MissingHeader(Field),
    /// A header came more than once, or differs under its two names, so that two readers could see two values.
    DuplicateHeader(Field),
    /// A header has not the form that the scheme gives it.
    MalformedHeader(Field),
    /// No signature is spelled as the scheme spells it: wrong alphabet, length, padding or case.
    BadEncoding,
    /// The header holds signatures, none of them of the configured scheme.
    NoSignatureOfScheme,
    /// More signatures than any provider sends.
    TooManySignatures,
    /// The timestamp is not 1 to 15 ASCII digits without a leading zero.
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
    /// The body, where the signature is in it, has not the form that the scheme gives it.
    MalformedBody,
    /// The request names another signature algorithm than the scheme's only one.
    UnsupportedAlgorithm,
    /// The certificate's URL is not one of the provider's; nothing was fetched.
    UntrustedCertificateUrl,
    /// The certificate could not be had. Nothing is known about the signature, so the provider should send again.
    CertificateUnavailable,
    /// A certificate of the chain has ended or not begun.
    CertificateExpired,
    /// The chain does not lead to a root that is trusted for this provider.
    UntrustedCertificate,
    /// The certificate was made for another name.
    WrongCertificateName,
    /// The provider signs nothing, and could not be asked: no answer in time, or a fault of its own. It should send again.
    ProviderUnavailable,
    /// The provider does not take our key, so it tells nothing.
    KeyRefused,
    /// What the provider answered is not about what it was asked.
    AnswerUnusable,
    /// The provider knows nothing of what the request names: it has not sent it.
    UnknownToProvider,
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
    /// What names the certificate or the algorithm.
    Certificate,
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
            Self::MalformedBody => "malformed_body",
            Self::UnsupportedAlgorithm => "unsupported_algorithm",
            Self::UntrustedCertificateUrl => "untrusted_certificate_url",
            Self::CertificateUnavailable => "certificate_unavailable",
            Self::CertificateExpired => "certificate_expired",
            Self::UntrustedCertificate => "untrusted_certificate",
            Self::WrongCertificateName => "wrong_certificate_name",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::KeyRefused => "key_refused",
            Self::AnswerUnusable => "answer_unusable",
            Self::UnknownToProvider => "unknown_to_provider",
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

    /// True when the fault is ours or the network's and the request may be genuine: it is answered 503, so that it comes again.
    pub fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::CertificateUnavailable
                | Self::ProviderUnavailable
                | Self::KeyRefused
                | Self::AnswerUnusable
        )
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
