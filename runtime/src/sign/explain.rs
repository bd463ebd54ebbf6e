//! Why a captured delivery is refused, found by trying what usually goes wrong: for a person at a terminal who has the key, never for a
//! handler.
//!
//! Each cause is shown by an experiment: with that one thing put right, the delivery verifies. Nothing is guessed from the code alone.

use super::paypal::{CertificateCache, NoCertificates};
use super::refusal::Refusal;
use super::request::{Headers, Request};
use super::rewriting::rewritings;
use super::scheme::{Method, ParameterKind, Scheme, Setting};
use super::verifier::Verifier;
use super::{ConfigError, SCHEMES};
use crate::secret::Secret;

/// A key that may be tried, with the name that a person knows it by.
#[derive(Debug)]
pub struct Candidate {
    /// `webhook_key/current`.
    pub name: String,
    /// The key.
    pub key: Secret,
}

/// What was configured, and what arrived.
#[derive(Debug)]
pub struct Case<'a> {
    /// The scheme of the route.
    pub scheme: &'static Scheme,
    /// Its arguments beside the secret.
    pub arguments: &'a [(&'a str, &'a str)],
    /// The keys that the route verifies with, newest first.
    pub keys: &'a [Candidate],
    /// Keys that it does not verify with: an old one, those of other routes.
    pub other_keys: &'a [Candidate],
    /// Certificates for schemes that fetch one, and the root that they must lie under.
    pub certificates: Option<(&'a CertificateCache, &'a [u8])>,
    /// The headers as they came, and the body.
    pub request: Request<'a>,
    /// When it came, Unix seconds.
    pub received_at_s: i64,
}

/// What one experiment has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The signature is right and the clocks are not: our clock less the time of signing, in seconds.
    Clock(i64),
    /// It verifies with a key that the route does not use.
    OtherKey(String),
    /// It verifies when the body is written in another way: `compact, with a line feed at the end`.
    Body(String),
    /// It verifies by another scheme with the same key.
    OtherScheme(&'static str),
    /// It verifies with another value of an argument.
    OtherArgument(&'static str, String),
    /// A header that counts is there more than once.
    RepeatedHeader(String),
    /// The headers are those of another scheme.
    HeadersOf(&'static str),
    /// No experiment helped: the key is another one, or the body was changed in its content.
    KeyOrContent,
}

/// The decision as a handler makes it, and why.
#[derive(Debug)]
pub struct Explanation {
    /// The refusal, or the position of the key that made the signature.
    pub decided: Result<usize, Refusal>,
    /// Empty when it verifies, or when the refusal says it all.
    pub causes: Vec<Cause>,
}

/// Decides as a handler would, and tries what usually goes wrong.
pub fn explain(case: &Case<'_>) -> Result<Explanation, ConfigError> {
    let decided = case.decide(
        case.scheme,
        case.arguments,
        case.keys,
        case.request.body,
        case.received_at_s,
    )?;
    let mut causes = Vec::new();
    match decided {
        Ok(_) => (),
        Err(
            Refusal::TimestampTooOld { difference_s } | Refusal::TimestampInFuture { difference_s },
        ) => {
            let signed_at_s = case.received_at_s.saturating_sub(difference_s);
            let then = case.decide(
                case.scheme,
                case.arguments,
                case.keys,
                case.request.body,
                signed_at_s,
            )?;
            causes.push(Cause::Clock(difference_s));
            if then.is_err() {
                causes.extend(case.wrong_content(signed_at_s));
            }
        }
        Err(Refusal::DuplicateHeader(_)) => {
            causes.extend(case.repeated().map(Cause::RepeatedHeader))
        }
        Err(Refusal::NoMatchingSignature) => causes = case.wrong_content(case.received_at_s),
        Err(Refusal::CertificateUnavailable | Refusal::ProviderUnavailable) => (),
        // Malformed in the eyes of this scheme: it may be another one's, or spelled by other arguments.
        Err(_) => {
            causes.extend(case.other_arguments(case.received_at_s));
            causes.extend(case.other_schemes(case.received_at_s));
            if causes.is_empty() {
                causes.extend(case.headers_of().map(Cause::HeadersOf));
            }
        }
    }
    Ok(Explanation { decided, causes })
}

impl Case<'_> {
    fn decide(
        &self,
        scheme: &'static Scheme,
        arguments: &[(&str, &str)],
        keys: &[Candidate],
        body: &[u8],
        now_s: i64,
    ) -> Result<Result<usize, Refusal>, ConfigError> {
        let keys: Vec<&Secret> = keys.iter().map(|it| &it.key).collect();
        let keys = if scheme.secret_parameter().is_some() {
            keys.as_slice()
        } else {
            &[]
        };
        let verifier = Verifier::with_keys(scheme, arguments, keys)?;
        let request = Request {
            headers: self.request.headers,
            body,
        };
        let verified = match self.certificates {
            #[cfg(feature = "sign-asymmetric")]
            Some((source, root)) if matches!(scheme.method, Method::PayPal) => verifier
                .trusting_only(root)?
                .verify_with(&request, now_s, source),
            _ => verifier.verify_with(&request, now_s, &NoCertificates),
        };
        Ok(verified.map(|it| it.key_index))
    }

    fn verifies(
        &self,
        scheme: &'static Scheme,
        arguments: &[(&str, &str)],
        keys: &[Candidate],
        body: &[u8],
        now_s: i64,
    ) -> bool {
        matches!(self.decide(scheme, arguments, keys, body, now_s), Ok(Ok(_)))
    }

    /// The form and the time are right, and yet no key made this signature over these bytes.
    fn wrong_content(&self, now_s: i64) -> Vec<Cause> {
        let mut causes = Vec::new();
        for other in self.other_keys {
            let alone = std::slice::from_ref(other);
            if self.verifies(self.scheme, self.arguments, alone, self.request.body, now_s) {
                causes.push(Cause::OtherKey(other.name.clone()));
            }
        }
        let rewritten = rewritings(self.request.body)
            .into_iter()
            .find(|(_, body)| self.verifies(self.scheme, self.arguments, self.keys, body, now_s));
        causes.extend(rewritten.map(|(how, _)| Cause::Body(how)));
        causes.extend(self.other_arguments(now_s));
        causes.extend(self.other_schemes(now_s));
        if causes.is_empty() {
            causes.push(Cause::KeyOrContent);
        }
        causes
    }

    /// Other values of the arguments that choose, and other spellings of a URL that is signed.
    fn other_arguments(&self, now_s: i64) -> Vec<Cause> {
        let mut causes = Vec::new();
        for parameter in self.scheme.parameters {
            let given = self
                .arguments
                .iter()
                .find(|(name, _)| *name == parameter.name)
                .map(|(_, value)| *value);
            let values: Vec<String> = match parameter.kind {
                ParameterKind::Choice(words) => words.iter().map(|it| (*it).to_owned()).collect(),
                ParameterKind::Value if parameter.name == "url" => {
                    self.urls(given.unwrap_or_default())
                }
                _ => Vec::new(),
            };
            for value in values.into_iter().filter(|it| Some(it.as_str()) != given) {
                let others = self
                    .arguments
                    .iter()
                    .filter(|(name, _)| *name != parameter.name);
                let changed: Vec<(&str, &str)> = others
                    .copied()
                    .chain([(parameter.name, value.as_str())])
                    .collect();
                if self.verifies(self.scheme, &changed, self.keys, self.request.body, now_s) {
                    causes.push(Cause::OtherArgument(parameter.name, value));
                    break;
                }
            }
        }
        causes
    }

    /// How the URL of a webhook is written at the provider's, if not as it is configured: with or without the last slash, by the other
    /// protocol, with a port, or under the host that the request names.
    fn urls(&self, configured: &str) -> Vec<String> {
        let mut urls = vec![configured.to_owned()];
        let (protocol, rest) = configured
            .split_once("://")
            .unwrap_or(("https", configured));
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let hosts = self
            .values_of("host")
            .chain(self.values_of("x-forwarded-host"))
            .map(str::to_owned);
        for protocol in [protocol, "https", "http"] {
            for host in hosts.clone().chain([
                host.to_owned(),
                host.split(':').next().unwrap_or(host).to_owned(),
                format!("{host}:443"),
            ]) {
                for path in [
                    path.to_owned(),
                    path.trim_end_matches('/').to_owned(),
                    format!("{path}/"),
                ] {
                    urls.push(format!("{protocol}://{host}{path}"));
                }
            }
        }
        urls
    }

    fn values_of<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> + Clone {
        let headers = self.request.headers;
        let entries = (0..).map_while(move |index| headers.entry(index));
        entries
            .filter(move |(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Other schemes that need nothing but a key.
    fn other_schemes(&self, now_s: i64) -> Vec<Cause> {
        let others = SCHEMES.iter().filter(|it| it.name != self.scheme.name);
        let plain = others.filter(|it| {
            let mut needed = it.parameters.iter().filter(|it| it.required);
            needed.all(|it| it.kind == ParameterKind::Secret) && it.secret_parameter().is_some()
        });
        plain
            .filter(|it| self.verifies(it, &[], self.keys, self.request.body, now_s))
            .map(|it| Cause::OtherScheme(it.name))
            .collect()
    }

    /// A scheme whose own header is here.
    fn headers_of(&self) -> Option<&'static str> {
        let carries = |scheme: &&Scheme| match &scheme.method {
            Method::Headers(layout) => layout.headers.iter().any(|it| match it.signature {
                Setting::Fixed(name) => self.values_of(name).next().is_some(),
                _ => false,
            }),
            Method::PayPal => self.values_of("PAYPAL-TRANSMISSION-SIG").next().is_some(),
            _ => false,
        };
        let mut others = SCHEMES.iter().filter(|it| it.name != self.scheme.name);
        others.find(carries).map(|it| it.name)
    }

    /// Headers that came more than once, each named once.
    fn repeated(&self) -> impl Iterator<Item = String> {
        let headers: &dyn Headers = self.request.headers;
        let names = (0..)
            .map_while(|index| headers.entry(index))
            .map(|(name, _)| name.to_ascii_lowercase());
        let names: Vec<String> = names.collect();
        let mut repeated: Vec<String> = names
            .iter()
            .filter(|name| names.iter().filter(|it| it == name).count() > 1)
            .cloned()
            .collect();
        repeated.sort();
        repeated.dedup();
        repeated.into_iter()
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Clock(difference_s) => {
                let (seconds, side) = (difference_s.unsigned_abs(), if *difference_s > 0 { "before" } else { "after" });
                write!(f, "stale clock: it was signed {seconds} s {side} it came; a capture that is looked at later needs the time it came, and a server its clock set")
            }
            Self::OtherKey(name) => write!(f, "wrong secret: it was signed with `{name}`, which this route does not verify with now"),
            Self::Body(how) => write!(f, "re-serialised body: the signature is right for the same JSON written {how}; something between sender and route parsed the body and wrote it anew"),
            Self::OtherScheme(name) => write!(f, "wrong scheme: it verifies as `{name}` with the same key"),
            Self::OtherArgument("url", value) => write!(f, "wrong URL: the sender signed `{value}`; the URL in the spec must be the one configured at the provider, letter for letter"),
            Self::OtherArgument(name, value) => write!(f, "wrong argument: it verifies with `{name}: {value}`"),
            Self::RepeatedHeader(name) => write!(f, "duplicated header: `{name}` came more than once; a proxy on the way adds or repeats it"),
            Self::HeadersOf(name) => write!(f, "wrong scheme: these are the headers of `{name}`"),
            Self::KeyOrContent => f.write_str("wrong secret or changed content: no key that is known here made this signature, however the body is written"),
        }
    }
}
