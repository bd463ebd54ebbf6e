//! `verify:` of a route: the exact bytes against the declared scheme, its arguments, its parameters and its keys; once more where the
//! keys or a certificate may be newer.

use std::borrow::Cow;
use std::rc::Rc;

use super::Ending;
use crate::context::Services;
use crate::event_log::Unavailable;
use crate::gateway::Admitted;
use crate::keyring::{Generation, Keyring};
use crate::parameter::{Asker, Parameter};
use crate::receipt::hex;
use crate::sign::{self, BodyProof, Refusal, Request, Scheme, Verified, Verifier};
use crate::telemetry::{Evidence, Outcome};

/// `verify:` of a route.
#[derive(Clone, Copy, Debug)]
pub enum Verify {
    /// A scheme of [`sign::SCHEMES`].
    Scheme {
        /// Its name.
        name: &'static str,
        /// Its arguments by name, as the spec writes them.
        arguments: &'static [(&'static str, &'static str)],
        /// Its arguments whose text is a parameter's value, by name.
        parameters: &'static [(&'static str, Parameter)],
        /// The declared secret with the key; schemes with public keys have none.
        secret: Option<&'static str>,
    },
    /// `provider.verify`: what each provider declares, by the name that the path gives. Any other name is answered 404.
    PerProvider(&'static [(&'static str, Verify)]),
    /// Not verified; the spec says why.
    Off,
}

/// What a request has proved.
#[derive(Debug, Default)]
pub(super) struct Genuine {
    /// For the log.
    pub(super) evidence: Evidence,
    /// The secret that is being changed and which of its keys was used, for the metric.
    pub(super) rotation: Option<(&'static str, Generation)>,
    /// The id of a transmission whose signature does not cover the body: it may be recorded with one body only.
    pub(super) transmission: Option<String>,
    /// What the provider's API answered, where it signs nothing: this is what counts, and the request's body only named it.
    pub(super) answer: Option<Vec<u8>>,
}

/// One request and what it is judged by.
pub(super) struct Judging<'a> {
    scheme: &'static Scheme,
    arguments: Vec<(&'static str, Cow<'static, str>)>,
    pub(super) services: &'a Services,
    pub(super) request: Request<'a>,
    pub(super) now_ms: i64,
}

/// Verifies the exact bytes. When they do not verify, the secret may have been changed a moment ago, so newer keys are asked for, rarely.
pub(super) async fn verify(
    verify: &Verify,
    admitted: &Admitted,
    services: &Services,
    now_ms: i64,
) -> Result<Genuine, Ending> {
    let (name, arguments, parameters, declared) = match *verify {
        Verify::Scheme {
            name,
            arguments,
            parameters,
            secret,
        } => (name, arguments, parameters, secret),
        Verify::PerProvider(_) => return Err(unusable("no provider was chosen".to_owned())),
        Verify::Off => return Ok(Genuine::default()),
    };
    let arguments = texts(arguments, parameters, services, now_ms).await;
    let arguments = arguments.map_err(|it| Ending::unavailable(&it))?;
    let unknown = || unusable(format!("there is no scheme {name}"));
    let judging = Judging {
        scheme: sign::scheme(name).ok_or_else(unknown)?,
        arguments,
        services,
        request: Request {
            headers: &admitted.headers,
            body: &admitted.body,
        },
        now_ms,
    };
    let Some(declared) = declared else {
        let verified = judging.decide(None).await?;
        let verified = verified.map_err(refused(name.to_owned()))?;
        return judging.genuine(&verified, None).map_err(Ending::other_body);
    };
    let keys = services.secrets.get(declared, now_ms).await;
    let mut keys = keys.map_err(|it| Ending::unavailable(&it))?;
    #[cfg(feature = "sign-fetch-back")]
    if !judging.scheme.is_signed() {
        return judging.ask(declared, keys).await;
    }
    let mut decided = judging.decide(Some((declared, &keys))).await;
    if !matches!(decided, Ok(Ok(_)))
        && let Some(newer) = services.secrets.newer(declared, &keys, now_ms).await
    {
        keys = newer;
        decided = judging.decide(Some((declared, &keys))).await;
    }
    let tried = key_id_of_all(declared, &keys, now_ms);
    let verified = decided?.map_err(refused(tried))?;
    judging
        .genuine(&verified, Some((declared, &keys)))
        .map_err(Ending::other_body)
}

/// The keys that were tried, for the log.
pub(super) fn key_id_of_all(declared: &str, keys: &Keyring, now_ms: i64) -> String {
    if keys.is_rotating(now_ms) {
        format!("{declared}/current+previous")
    } else {
        format!("{declared}/current")
    }
}

/// An empty or placeholder secret is never a reason to accept.
pub(super) fn unusable(why: String) -> Ending {
    Ending::unavailable(&Unavailable::new("verifier_unusable", why))
}

/// One answer for every refused signature, so that nobody learns which part was wrong; the log says which. A request that could not be
/// judged is answered 503, so that it comes again.
pub(super) fn refused(key_id: String) -> impl FnOnce(Refusal) -> Ending {
    move |why| {
        let (status, outcome) = if why.is_temporary() {
            (503, Outcome::Unavailable)
        } else {
            (401, Outcome::Refused)
        };
        Ending {
            evidence: Box::new(Evidence {
                key_id: Some(key_id),
                clock_difference_s: why.clock_difference_s(),
                ..Evidence::default()
            }),
            ..Ending::new(status, outcome, why.code().to_owned())
        }
    }
}

impl<'a> Judging<'a> {
    async fn decide(
        &self,
        keys: Option<(&str, &Rc<Keyring>)>,
    ) -> Result<Result<Verified<'a>, Refusal>, Ending> {
        let verifier = self.verifier(keys).map_err(unusable)?;
        let decided = self.once(&verifier);
        #[cfg(feature = "sign-certificates")]
        if decided == Err(Refusal::CertificateUnavailable)
            && let Ok(Some(url)) = verifier.certificate_url(&self.request)
        {
            // Everything else about the request is well formed by now, and the URL is the provider's own.
            let certificates = &self.services.verifiers.certificates;
            let fetched = certificates.fetch(url, self.now_ms).await;
            return match fetched {
                Ok(()) => Ok(self.once(&verifier)),
                Err(why) => Err(Ending {
                    evidence: Box::new(Evidence {
                        key_id: Some(self.scheme.name.to_owned()),
                        ..Evidence::default()
                    }),
                    ..Ending::unavailable(&Unavailable::new(
                        Refusal::CertificateUnavailable.code(),
                        why.to_string(),
                    ))
                }),
            };
        }
        Ok(decided)
    }

    /// The verifier with these keys of the declared secret. Where it cannot be made, what the log says: which secret is to be put right.
    pub(super) fn verifier(
        &self,
        keys: Option<(&str, &Rc<Keyring>)>,
    ) -> Result<Rc<Verifier>, String> {
        let arguments = self.arguments.iter().map(|(name, it)| (*name, &**it));
        let arguments: Vec<(&str, &str)> = arguments.collect();
        let verifiers = &self.services.verifiers;
        let ring = keys.map(|(_, ring)| ring);
        let made = verifiers.of(self.scheme, &arguments, ring, self.now_ms);
        made.map_err(|error| {
            error.told(|index| match keys {
                Some((declared, ring)) => self.secret_named(declared, ring, index),
                None => "the signing secret".to_owned(),
            })
        })
    }

    /// A key as the one who has to change it knows it: by the secret's name in the spec and the parameter that holds it.
    fn secret_named(&self, declared: &str, ring: &Keyring, index: usize) -> String {
        let parameter = self.services.secrets.parameter_name(declared);
        let parameter = parameter.map_or_else(String::new, |it| format!(" (parameter {it})"));
        if ring.is_rotating(self.now_ms) {
            let generation = Generation::at(index).as_str();
            format!("`{generation}` of the secret `{declared}`{parameter}")
        } else {
            format!("the secret `{declared}`{parameter}")
        }
    }

    fn once(&self, verifier: &Verifier) -> Result<Verified<'a>, Refusal> {
        let now_s = self.now_ms.div_euclid(1000);
        #[cfg(feature = "sign-certificates")]
        {
            let certificates = &self.services.verifiers.certificates;
            verifier.verify_with(&self.request, now_s, &*certificates.cached(self.now_ms))
        }
        #[cfg(not(feature = "sign-certificates"))]
        verifier.verify(&self.request, now_s)
    }

    /// What is known of a request that verified. A second body under the id of a transmission whose signature covers a checksum only is
    /// no duplicate and no event: it is answered 409, counted, and nothing of it is kept but its hash.
    pub(super) fn genuine(
        &self,
        verified: &Verified<'_>,
        keys: Option<(&'static str, &Keyring)>,
    ) -> Result<Genuine, Evidence> {
        let generation = Generation::at(verified.key_index);
        let key_id = match keys {
            Some((declared, _)) => format!("{declared}/{}", generation.as_str()),
            None => self.scheme.name.to_owned(),
        };
        let signed_id = verified.delivery_id.filter(|it| it.is_signed);
        let mut genuine = Genuine {
            evidence: Evidence {
                key_id: Some(key_id),
                delivery_id: signed_id.map(|it| it.value.to_owned()),
                ..Evidence::default()
            },
            rotation: keys
                .filter(|(_, keys)| keys.is_rotating(self.now_ms))
                .map(|(declared, _)| (declared, generation)),
            transmission: None,
            answer: None,
        };
        if let (BodyProof::Checksum { sha256 }, Some(id)) = (verified.body, signed_id) {
            let transmission = format!("{}#{}", self.scheme.name, id.value);
            if !self.services.verifiers.is_same_body(&transmission, sha256) {
                genuine.evidence.body_sha256 = Some(hex(&sha256));
                return Err(genuine.evidence);
            }
            genuine.transmission = Some(transmission);
        }
        Ok(genuine)
    }
}

/// Every argument as text, those that are parameters with the value they have now.
async fn texts(
    arguments: &'static [(&'static str, &'static str)],
    parameters: &'static [(&'static str, Parameter)],
    services: &Services,
    now_ms: i64,
) -> Result<Vec<(&'static str, Cow<'static, str>)>, Unavailable> {
    let written = arguments
        .iter()
        .map(|(name, text)| (*name, Cow::Borrowed(*text)));
    let mut texts: Vec<_> = written.collect();
    for (name, parameter) in parameters {
        let text = services
            .parameter(*parameter, Asker::Anybody, now_ms)
            .await?;
        texts.push((*name, Cow::Owned(text)));
    }
    Ok(texts)
}
