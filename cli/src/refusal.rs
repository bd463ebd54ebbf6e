//! What a refusal means, for who has the request before them and not the documentation.

use pipe_runtime::sign::{Field, Refusal};

/// The reason in a sentence, beside the code that logs and answers carry.
pub(crate) fn meaning(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::MissingHeader(field) => match field {
            Field::Signature => "what holds the signature is absent or empty",
            Field::Timestamp => "what holds the time of signing is absent or empty",
            Field::DeliveryId => "what holds the delivery's id is absent or empty",
            Field::Certificate => "what names the certificate or the algorithm is absent or empty",
        },
        Refusal::DuplicateHeader(_) => {
            "a header came more than once, so it could be read in two ways"
        }
        Refusal::MalformedHeader(_) => "a header has not the form that the scheme gives it",
        Refusal::BadEncoding => {
            "the signature is not spelled as the scheme spells it: its alphabet, length, padding or case is another"
        }
        Refusal::NoSignatureOfScheme => "the header holds signatures, none of them of this scheme",
        Refusal::TooManySignatures => "there are more signatures than any provider sends",
        Refusal::TimestampMalformed => "the timestamp is not 1 to 15 digits without a leading zero",
        Refusal::TimestampTooOld { .. } => "it was signed longer ago than the tolerance allows",
        Refusal::TimestampInFuture { .. } => {
            "it was signed further in the future than the tolerance allows"
        }
        Refusal::MalformedBody => {
            "the body, which holds the signature, has not the form that the scheme gives it"
        }
        Refusal::UnsupportedAlgorithm => {
            "it names another signature algorithm than the scheme's only one"
        }
        Refusal::UntrustedCertificateUrl => {
            "the certificate's URL is not one of the provider's; nothing was fetched"
        }
        Refusal::CertificateUnavailable => {
            "the certificate could not be had, so nothing is known about the signature"
        }
        Refusal::CertificateExpired => "a certificate of the chain has ended or not begun",
        Refusal::UntrustedCertificate => {
            "the chain does not lead to a root that is trusted for this provider"
        }
        Refusal::WrongCertificateName => "the certificate was made for another name",
        Refusal::ProviderUnavailable => "the provider could not be asked",
        Refusal::KeyRefused => "the provider does not take the key, so it tells nothing",
        Refusal::AnswerUnusable => "what the provider answered is not about what it was asked",
        Refusal::UnknownToProvider => {
            "the provider knows nothing of what the request names: it has not sent it"
        }
        Refusal::NoMatchingSignature => {
            "it is well formed, but no signature was made with a key of this pipeline over these bytes"
        }
    }
}
