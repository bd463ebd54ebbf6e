//! `verify:` of a route: the exact bytes against the declared scheme, its arguments, its parameters and its secret.

use std::borrow::Cow;
use std::slice;

use super::Ending;
use crate::context::Services;
use crate::event_log::Unavailable;
use crate::gateway::Admitted;
use crate::parameter::Parameter;
use crate::secret::Secret;
use crate::sign::{self, ConfigError, Refusal, Request, Verifier};

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

/// Verifies the exact bytes. When they do not verify, the secret may have been rotated a moment ago, so a newer one is asked for, rarely.
pub(super) async fn verify(
    verify: &Verify,
    admitted: &Admitted,
    services: &Services,
    now_ms: i64,
) -> Result<(), Ending> {
    let Verify::Scheme {
        name,
        arguments,
        parameters,
        secret: declared,
    } = *verify
    else {
        return Ok(());
    };
    let unusable = |why: String| Ending::unavailable(&Unavailable::new("verifier_unusable", why));
    let scheme =
        sign::scheme(name).ok_or_else(|| unusable(format!("there is no scheme {name}")))?;
    let request = Request {
        headers: &admitted.headers,
        body: &admitted.body,
    };
    let arguments = texts(arguments, parameters, services, now_ms).await;
    let arguments = arguments.map_err(|it| Ending::unavailable(&it))?;
    let arguments: Vec<(&str, &str)> = arguments.iter().map(|(name, it)| (*name, &**it)).collect();
    let check = |secrets: &[Secret]| -> Result<Result<(), Refusal>, ConfigError> {
        let verifier = Verifier::new(scheme, &arguments, secrets)?;
        Ok(verifier.verify(&request, now_ms.div_euclid(1000)).map(drop))
    };
    let mut checked;
    if let Some(declared) = declared {
        let secret = services.secrets.get(declared, now_ms).await;
        let secret = secret.map_err(|it| Ending::unavailable(&it))?;
        checked = check(slice::from_ref(&secret));
        if !matches!(checked, Ok(Ok(())))
            && let Some(newer) = services.secrets.newer(declared, &secret, now_ms).await
        {
            checked = check(slice::from_ref(&newer));
        }
    } else {
        checked = check(&[]);
    }
    match checked {
        Ok(Ok(())) => Ok(()),
        Ok(Err(refusal)) => Err(Ending::refused(refusal, declared.unwrap_or(name))),
        // An empty or placeholder secret is never a reason to accept.
        Err(error) => Err(unusable(error.to_string())),
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
        let text = services.parameter(*parameter, now_ms).await?;
        texts.push((*name, Cow::Owned(text)));
    }
    Ok(texts)
}
