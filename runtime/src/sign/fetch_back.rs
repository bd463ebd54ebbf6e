//! Deciding about a provider that signs nothing: what may be asked, before any socket opens, and whether the answer is one to it.

use std::borrow::Cow;

use super::asking::{Asking, Question};
use super::config::{Arguments, ConfigError, keys};
use super::form;
use super::refusal::Refusal;
use super::request::Request;
use super::signer::{Delivery, SignError, Signed};
use super::verifier::{BodyProof, Verified};
use crate::secret::Secret;

/// The field of the form that names what has changed.
const FIELD: &str = "id";
/// Longest id behind its prefix, in bytes.
const ID_BYTES_MAX: usize = 64;

/// A scheme of this kind with keys that can be sent.
#[derive(Debug)]
pub(crate) struct FetchBack {
    asking: &'static Asking,
}

impl FetchBack {
    /// Checks the keys, which the one who asks holds.
    pub(crate) fn new(
        asking: &'static Asking,
        arguments: &Arguments<'_>,
        secrets: &[&Secret],
    ) -> Result<Self, ConfigError> {
        // A key travels in a header: a blank or a line end in it would be another header's beginning.
        let sendable = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_graphic).then_some(());
        keys(secrets, &asking.key, arguments, sendable)?;
        Ok(Self { asking })
    }

    /// Reads the form: `id` exactly once, and after the prefix letters and digits, so that no other path, query, host or escape can be
    /// written in it. Other fields count for nothing.
    pub(crate) fn question<'r>(&self, request: &Request<'r>) -> Result<Question<'r>, Refusal> {
        let text = std::str::from_utf8(request.body).map_err(|_| Refusal::MalformedBody)?;
        let mut named = form::fields(text).filter(|(name, _)| *name == FIELD);
        let (Some((_, id)), None) = (named.next(), named.next()) else {
            return Err(Refusal::MalformedBody);
        };
        let own = id
            .strip_prefix(self.asking.id_prefix)
            .ok_or(Refusal::MalformedBody)?;
        let fits = (1..=ID_BYTES_MAX).contains(&own.len())
            && own.bytes().all(|it| it.is_ascii_alphanumeric());
        if !fits {
            return Err(Refusal::MalformedBody);
        }
        Ok(Question {
            asking: self.asking,
            id,
        })
    }

    /// Judges what was answered: an object about exactly what was asked for.
    pub(crate) fn verify<'r>(
        question: &Question<'r>,
        answer: &[u8],
    ) -> Result<Verified<'r>, Refusal> {
        if id_of(answer).as_deref() != Some(question.id) {
            return Err(Refusal::AnswerUnusable);
        }
        Ok(Verified {
            key_index: 0,
            signed_at_s: None,
            delivery_id: None,
            body: BodyProof::Answer,
        })
    }

    /// What the provider would post about this object of its API.
    pub(crate) fn sign(&self, delivery: &Delivery<'_>) -> Result<Signed, SignError> {
        let id = id_of(delivery.body).ok_or(SignError::Body)?;
        let body = format!("{FIELD}={id}").into_bytes();
        let posted = Request {
            headers: &[("", ""); 0],
            body: &body,
        };
        self.question(&posted).map_err(|_| SignError::Body)?;
        let form = "application/x-www-form-urlencoded";
        Ok(Signed {
            headers: vec![("Content-Type".to_owned(), form.to_owned())],
            body,
        })
    }
}

/// The id of an object, where it says one and says it once.
fn id_of(object: &[u8]) -> Option<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Named<'o> {
        #[serde(borrow)]
        id: Cow<'o, str>,
    }
    serde_json::from_slice(object)
        .ok()
        .map(|it: Named<'_>| it.id)
}

#[cfg(test)]
mod tests {
    use super::super::{Verifier, scheme};
    use super::*;

    fn verifier() -> Verifier {
        let scheme = scheme("mollie_classic").unwrap();
        Verifier::new(scheme, &[], &[Secret::new(scheme.vector.secret)]).unwrap()
    }

    fn asked(body: &[u8]) -> Result<String, Refusal> {
        let headers: [(&str, &str); 0] = [];
        let request = Request {
            headers: &headers,
            body,
        };
        let question = verifier().question(&request)?.unwrap();
        Ok(format!("https://{}{}", question.host(), question.path()))
    }

    #[test]
    fn only_a_payment_at_mollies_own_api_is_ever_asked_about() {
        let url = "https://api.mollie.com/v2/payments/tr_WDqYK6vllg";
        for good in [
            "id=tr_WDqYK6vllg",
            "id=tr_WDqYK6vllg&subscriptionId=sub_1",
            "testByMollie=1&id=tr_WDqYK6vllg",
        ] {
            assert_eq!(asked(good.as_bytes()).as_deref(), Ok(url), "{good}");
        }
        let long = format!("id=tr_{}", "a".repeat(ID_BYTES_MAX + 1));
        for bad in [
            "",
            "id",
            "id=",
            "id=tr_",
            "id=ord_1",
            "ID=tr_1",
            "id=tr_1&id=tr_2",
            "id=tr_1&id=tr_1",
            "id=tr_1&id",
            "id&id=tr_1",
            "id=tr_../../v2/profiles",
            "id=tr_..",
            "id=tr_1/refunds",
            "id=tr_1?embed=payments",
            "id=tr_1%2Frefunds",
            "id=tr%5F1",
            "id=tr_1#x",
            "id=tr_1 ",
            " id=tr_1",
            "id=tr_1\r\nHost: evil.example",
            "id=tr_1@evil.example",
            "id=tr_é",
            r#"{"id":"tr_1"}"#,
            &long,
        ] {
            assert_eq!(asked(bad.as_bytes()), Err(Refusal::MalformedBody), "{bad}");
        }
        assert_eq!(asked(b"id=tr_\xff"), Err(Refusal::MalformedBody));
    }

    #[test]
    fn an_answer_counts_when_it_is_about_what_was_asked() {
        let headers: [(&str, &str); 0] = [];
        let request = Request {
            headers: &headers,
            body: b"id=tr_1",
        };
        let verifier = verifier();
        let question = verifier.question(&request).unwrap().unwrap();
        let judged = |answer: &str| verifier.verify_answer(&question, answer.as_bytes());
        assert!(judged(r#"{"resource":"payment","id":"tr_1"}"#).is_ok());
        for bad in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"id":1}"#,
            r#"{"id":"tr_2"}"#,
            r#"{"id":"TR_1"}"#,
            r#"{"id":"tr_1","id":"tr_1"}"#,
            r#"{"id":"tr_1"} {}"#,
            r#"{"id":"tr_1""#,
            r#"{"_embedded":{"id":"tr_1"}}"#,
        ] {
            assert_eq!(judged(bad), Err(Refusal::AnswerUnusable), "{bad}");
        }
        // Before anybody was asked, nothing is known, and that is never a reason to accept.
        assert_eq!(
            verifier.verify(&request, 0),
            Err(Refusal::ProviderUnavailable)
        );
    }

    #[test]
    fn a_key_that_would_end_a_header_is_none() {
        let scheme = scheme("mollie_classic").unwrap();
        for bad in [
            "live_0123456789 0123456789012345",
            "live_0123456789\r\nX-Evil: 012345678",
            "live_é23456789012345678901234567",
            "live_too_short",
        ] {
            assert!(
                Verifier::new(scheme, &[], &[Secret::new(bad)]).is_err(),
                "{bad}"
            );
        }
    }
}
