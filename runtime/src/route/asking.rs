//! `verify:` by a scheme of a provider that signs nothing: its API is asked about what the request names, and its answer takes the place of
//! the body.

use std::rc::Rc;

use super::Ending;
use super::verification::{Genuine, Judging, key_id_of_all, refused, unusable};
use crate::event_log::Unavailable;
use crate::fetch_back::Unanswered;
use crate::keyring::Keyring;
use crate::sign::{Question, Refusal, Verified};
use crate::telemetry::Evidence;

impl Judging<'_> {
    /// Asks with each key that is valid now. Where the provider takes none of them, or knows nothing of what was named, the secret may have
    /// been changed a moment ago, so newer keys are asked for, rarely.
    pub(super) async fn ask(
        &self,
        declared: &'static str,
        mut keys: Rc<Keyring>,
    ) -> Result<Genuine, Ending> {
        let verifier = self.verifier(Some((declared, &keys))).map_err(unusable)?;
        let question = verifier.question(&self.request);
        let question = question.map_err(refused(self.tried(declared, &keys)))?;
        let question = question.ok_or_else(|| unusable("there is nothing to ask".to_owned()))?;
        let mut asked = self.ask_by_each(&question, &keys).await;
        if let Err(Unanswered { refusal, .. }) = &asked
            && matches!(refusal, Refusal::KeyRefused | Refusal::UnknownToProvider)
            && let Some(newer) = self
                .services
                .secrets
                .newer(declared, &keys, self.now_ms)
                .await
        {
            // What cannot be a key is sent to nobody.
            self.verifier(Some((declared, &newer))).map_err(unusable)?;
            keys = newer;
            asked = self.ask_by_each(&question, &keys).await;
        }
        let (key_index, answer) =
            asked.map_err(|why| unanswered(why, self.tried(declared, &keys)))?;
        let verified = verifier.verify_answer(&question, &answer);
        let verified = verified.map_err(refused(self.tried(declared, &keys)))?;
        let verified = Verified {
            key_index,
            ..verified
        };
        let mut genuine = self
            .genuine(&verified, Some((declared, &keys)))
            .map_err(Ending::other_body)?;
        genuine.evidence.delivery_id = Some(question.id().to_owned());
        genuine.answer = Some(answer);
        Ok(genuine)
    }

    fn tried(&self, declared: &str, keys: &Keyring) -> String {
        key_id_of_all(declared, keys, self.now_ms)
    }

    /// The place of the key that the provider took, and its answer.
    async fn ask_by_each(
        &self,
        question: &Question<'_>,
        keys: &Keyring,
    ) -> Result<(usize, Vec<u8>), Unanswered> {
        let provider = &self.services.verifiers.provider;
        let mut asked = Err(Unanswered {
            refusal: Refusal::KeyRefused,
            detail: "no key is valid now".to_owned(),
        });
        for (index, key) in keys.valid_at(self.now_ms).into_iter().enumerate() {
            asked = provider.ask(question, key).await.map(|it| (index, it));
            if !matches!(&asked, Err(it) if it.refusal == Refusal::KeyRefused) {
                break;
            }
        }
        asked
    }
}

/// What nobody knows yet is answered 503, so that it comes again; what the provider does not know is answered as a wrong signature is.
fn unanswered(why: Unanswered, key_id: String) -> Ending {
    let Unanswered { refusal, detail } = why;
    if !refusal.is_temporary() {
        return refused(key_id)(refusal);
    }
    Ending {
        evidence: Box::new(Evidence {
            key_id: Some(key_id),
            ..Evidence::default()
        }),
        ..Ending::unavailable(&Unavailable::new(refusal.code(), detail))
    }
}
