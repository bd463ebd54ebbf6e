//! Signed webhooks for the pipeline that runs on this machine: what `pipec send` and `pipec run --send` post.

use crate::address;
use crate::arguments::Tamper;
use crate::exit::{self, Exit};
use crate::fields::Known;
use crate::signing::{self, Signing};
use crate::stand_in::{self, StandIn};
use crate::tamper;
use crate::wire::{Answer, Endpoint};
use pipe_compiler::model::{AcceptedEvent, Field, Pipeline, Route, Type};
use pipe_compiler::providers::{self, Event, Made, Place, Provider};
use pipe_runtime::Timestamp;
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{self, Delivery, Rotation, SignError, Signed};
use std::cell::OnceCell;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Which route is sent to, and how it is signed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice<'a> {
    pub(crate) route: Option<&'a str>,
    pub(crate) provider: Option<&'a str>,
    pub(crate) previous_key: bool,
    /// The private key of a scheme whose verifier has a public one.
    pub(crate) private_key: Option<&'a [u8]>,
    /// `NAME=VALUE` for arguments of the scheme.
    pub(crate) arguments: &'a [String],
    /// The event that a body is made up for, where the route accepts several.
    pub(crate) event: Option<&'a str>,
    /// `FIELD.FIELD=VALUE` for made-up bodies.
    pub(crate) set: &'a [String],
}

/// Signs and posts for one route of a pipeline.
#[derive(Debug)]
pub(crate) struct Sender<'a> {
    pipeline: &'a Pipeline,
    route: &'a Route,
    /// The declared provider that sends, where the path names it.
    provider: Option<&'a str>,
    path: String,
    endpoint: Endpoint,
    signing: Option<Signing>,
    choice: Choice<'a>,
    /// What the route asks of its callers, read when the first webhook is sent.
    api_key: OnceCell<Option<String>>,
}

impl<'a> Sender<'a> {
    /// For the route that was chosen, or the pipeline's first that takes a POST.
    pub(crate) fn new(pipeline: &'a Pipeline, port: u16, choice: Choice<'a>) -> Result<Self, Exit> {
        let route = signing::route(pipeline, choice.route)?;
        let provider = address::provider(pipeline, route, choice.provider)?;
        let provider = provider.map(|it| it.name.as_str());
        let verify = signing::verify(pipeline, route, provider)?;
        let endpoint = Endpoint::new(port);
        let signing = Signing::new(pipeline, verify, choice.arguments, &endpoint)?;
        Ok(Self {
            pipeline,
            route,
            provider,
            path: address::path(route, provider),
            endpoint,
            signing,
            choice,
            api_key: OnceCell::new(),
        })
    }

    /// A body made up from the type that the route's handler takes, or of an event that the route accepts.
    pub(crate) fn made_up(&self, index: u32) -> Result<Vec<u8>, Exit> {
        let serial = format!("{:x}{index:02x}", since_epoch().as_micros());
        let (mut body, known) = match self.accepted()? {
            Some((provider, event)) => {
                let at = Timestamp::from_millis(now_ms()).map(|it| it.to_string());
                let made = Made {
                    serial: &serial,
                    at_s: now_s(),
                    at: &at.unwrap_or_default(),
                };
                let known = Known::described(provider, event);
                (providers::sample(provider, event, made), known)
            }
            None => {
                let fields = self.fields()?;
                let known = Known::declared(self.pipeline, fields);
                (crate::sample::body(self.pipeline, fields, &serial), known)
            }
        };
        let asked = self.signing.as_ref().filter(|it| !it.scheme.is_signed());
        if let Some(prefix) = asked.and_then(|it| it.scheme.id_prefix()) {
            providers::put(&mut body, "id", format!("{prefix}{serial}").into());
        }
        for setting in self.choice.set {
            let (path, text) = setting
                .split_once('=')
                .filter(|(path, _)| path.split('.').all(|it| !it.is_empty()))
                .ok_or_else(|| {
                    let message = format!("`{setting}` is not FIELD.FIELD=VALUE");
                    exit::say(exit::USAGE, &message, None)
                })?;
            known.check(path).map_err(|help| {
                let message = format!("the event has no field `{path}`");
                exit::say(exit::USAGE, &message, Some(&help))
            })?;
            let value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
            providers::put(&mut body, path, value);
        }
        Ok(body.to_string().into_bytes())
    }

    /// The fields of the type that the handler takes.
    fn fields(&self) -> Result<&'a [Field], Exit> {
        let handler = self.route.handler().unwrap_or_default();
        let input = self.pipeline.functions.get(handler).map(|it| &it.input);
        let fields = match input {
            Some(Type::Event(name)) => self.pipeline.events.get(name).map(|it| &it.fields),
            Some(Type::Record(name)) => self.pipeline.types.get(name).map(|it| &it.fields),
            _ => None,
        };
        fields.map(Vec::as_slice).ok_or_else(|| {
            let message = "the handler takes the provider's own body, which cannot be made up";
            let help = "name a body, or a folder of them, with --body";
            exit::say(exit::USAGE, message, Some(help))
        })
    }

    /// The described event that a body is made up for: the one that was chosen, or the first that this sender may send.
    fn accepted(&self) -> Result<Option<(&'static Provider, &'static Event)>, Exit> {
        let Some(accept) = &self.route.accept else {
            return match self.choice.event {
                None => Ok(None),
                Some(_) => {
                    let message = format!("{} names no events after `accept:`", self.route.path);
                    Err(exit::say(exit::USAGE, &message, Some("leave --event out")))
                }
            };
        };
        let sent_by = |provider: &str| {
            let mut senders = accept.senders.iter();
            senders.any(|(name, it)| it == provider && name == self.provider.unwrap_or_default())
        };
        let own: Vec<_> = accept
            .events
            .iter()
            .filter(|it| sent_by(&it.provider))
            .collect();
        let name = |it: &&AcceptedEvent| format!("{}.{}", it.provider, it.event);
        let chosen = match self.choice.event {
            None => own.first(),
            Some(event) => own.iter().find(|it| name(it) == event),
        };
        let found = chosen.and_then(|it| {
            let provider = providers::provider(&it.provider)?;
            Some((provider, provider.event(&it.event)?))
        });
        found.map(Some).ok_or_else(|| {
            let event = self.choice.event.unwrap_or("an event");
            let message = format!("{} does not accept {event} of this sender", self.route.path);
            let all: Vec<String> = own.iter().map(name).collect();
            let help = format!("it accepts {}", all.join(", "));
            exit::say(exit::USAGE, &message, Some(&help))
        })
    }

    /// Plays the provider, where it signs nothing and is asked what a webhook is about: it knows this body, and answers the pipeline until
    /// what is given back is dropped. Without an address the pipeline asks the provider itself.
    pub(crate) fn play(&self, body: &[u8]) -> Result<Option<StandIn>, Exit> {
        let Some(signing) = self.signing.as_ref().filter(|it| !it.scheme.is_signed()) else {
            return Ok(None);
        };
        let Some(address) = stand_in::address()? else {
            let name = signing.scheme.name;
            anstream::eprintln!(
                "note: the pipeline asks the provider itself, since {} gives no address at which to play it (`{name}` signs nothing)",
                stand_in::VARIABLE
            );
            return Ok(None);
        };
        let unusable = |why: String| exit::say(exit::FINDINGS, &why, None);
        let keys = signing.keys(self.pipeline, &self.endpoint)?;
        let keys = keys.as_ref().map(|it| it.valid_at(now_ms()));
        let copies = || {
            let keys = keys.iter().flatten();
            keys.map(|it| Secret::new(it.expose_secret()))
                .collect::<Vec<_>>()
        };
        let notice = self.sign(body, now_s())?;
        let verifier = sign::Verifier::new(signing.scheme, &signing.arguments(), &copies())
            .map_err(|error| unusable(error.to_string()))?;
        let request = sign::Request {
            headers: &notice.headers,
            body: &notice.body,
        };
        let question = verifier
            .question(&request)
            .map_err(|refusal| unusable(refusal.code().to_owned()))?;
        let Some(question) = question else {
            return Ok(None);
        };
        let known = stand_in::Known {
            path: question.path(),
            body: body.to_vec(),
            keys: copies(),
        };
        StandIn::new(address, known).map(Some)
    }

    /// What cannot be tampered with: without a scheme nothing would be refused, and what is not signed has no signature.
    pub(crate) fn check_tamper(&self, tamper: Option<Tamper>) -> Result<(), Exit> {
        let usage = |message: &str, help: &str| Err(exit::say(exit::USAGE, message, Some(help)));
        match (tamper, &self.signing) {
            (Some(_), None) => usage(
                &format!(
                    "{} verifies nothing, so it refuses nothing",
                    self.route.path
                ),
                "name a route that verifies with --route, or leave --tamper out",
            ),
            (Some(Tamper::Signature | Tamper::Timestamp), Some(signing))
                if !signing.scheme.is_signed() =>
            {
                usage(
                    "nothing that this route's provider sends is signed",
                    "--tamper body names something that the provider does not know",
                )
            }
            _ => Ok(()),
        }
    }

    /// Says that what was signed does not have what `--tamper` names.
    pub(crate) fn nothing_to_tamper(&self, what: Tamper) -> Exit {
        let name = self.signing.as_ref().map_or("nothing", |it| it.scheme.name);
        let what = match what {
            Tamper::Signature => "signature",
            Tamper::Body => "body",
            Tamper::Timestamp => "time of signing",
        };
        let message = format!("what `{name}` signs has no {what}");
        let help = "--tamper signature and --tamper body change what every scheme signs";
        exit::say(exit::USAGE, &message, Some(help))
    }

    /// Signs at a time as the provider does, with the key that the running pipeline verifies with.
    pub(crate) fn sign(&self, body: &[u8], now_s: i64) -> Result<Signed, Exit> {
        let json = ("content-type".to_owned(), "application/json".to_owned());
        let Some(signing) = &self.signing else {
            return Ok(Signed {
                headers: vec![json],
                body: body.to_vec(),
            });
        };
        let failed = |message: &str, help| exit::say(exit::FINDINGS, message, help);
        let keys = signing.keys(self.pipeline, &self.endpoint)?;
        let key = match (&keys, self.choice.private_key) {
            (Some(keys), _) if self.choice.previous_key => keys.previous().ok_or_else(|| {
                failed(
                    "the secret is not being changed, so it has no previous key",
                    None,
                )
            })?,
            (Some(keys), _) => keys.current(),
            (None, _) if self.choice.previous_key => {
                let why = match signing.scheme.rotation {
                    Rotation::Provider(why) => why,
                    Rotation::Overlap | Rotation::PublicKeys => {
                        "its key is no secret of this pipeline"
                    }
                };
                let message = format!("`{}` has no previous key", signing.scheme.name);
                return Err(failed(&message, Some(why)));
            }
            (None, Some(key)) => &Secret::new(key),
            (None, None) => {
                let message = format!("`{}` is signed with a private key", signing.scheme.name);
                return Err(failed(
                    &message,
                    Some("--private-key names a file with one"),
                ));
            }
        };
        let id = format!("msg_{:x}", since_epoch().as_nanos());
        let delivery = Delivery {
            body,
            id: &id,
            now_s,
        };
        let key = Secret::new(key.expose_secret());
        let mut signed = sign::sign(signing.scheme, &signing.arguments(), key, &delivery)
            .map_err(|error| {
                let help = match error {
                    SignError::Body => Some("name one as the provider sends it with --body, or one of its events after `accept:`"),
                    _ => None,
                };
                failed(&format!("the webhook cannot be signed: {error}"), help)
            })?;
        // Some providers say the event's type beside the body.
        if let Some((provider, event)) = self.accepted()?
            && let Place::Header(name) = provider.event_type
        {
            signed
                .headers
                .push((name.to_owned(), event.name.to_owned()));
        }
        // A scheme whose signature is in a form says so itself.
        if !signed
            .headers
            .iter()
            .any(|(name, _)| tamper::is_content_type(name))
        {
            signed.headers.push(json);
        }
        Ok(signed)
    }

    /// Posts a signed webhook to the route.
    pub(crate) fn post(&self, signed: &Signed) -> Result<Answer, Exit> {
        let key = match self.api_key.get() {
            Some(key) => key.clone(),
            None => address::api_key(self.route, &self.endpoint).map_err(signing::not_running)?,
        };
        let key = self.api_key.get_or_init(|| key);
        let mut headers = signed.headers.clone();
        headers.extend(key.iter().map(|key| ("x-api-key".to_owned(), key.clone())));
        self.endpoint
            .post(&self.path, &headers, &signed.body)
            .map_err(signing::not_running)
    }
}

/// The bodies at `path`: one file, or every `.json` file of a folder in the order of their names.
pub(crate) fn bodies(path: &Path) -> Result<Vec<Vec<u8>>, Exit> {
    let unreadable = |path: &Path, error: &std::io::Error| {
        exit::say(exit::USAGE, &format!("{}: {error}", path.display()), None)
    };
    let mut files = vec![path.to_path_buf()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
        files = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect();
        files.retain(|file| {
            file.extension()
                .is_some_and(|extension| extension == "json")
        });
        files.sort();
    }
    let bodies: Result<Vec<_>, _> = files
        .iter()
        .map(|file| std::fs::read(file).map_err(|error| unreadable(file, &error)))
        .collect();
    let bodies = bodies?;
    if bodies.is_empty() {
        return Err(exit::say(
            exit::USAGE,
            &format!("{} holds no .json file", path.display()),
            None,
        ));
    }
    Ok(bodies)
}

fn now_ms() -> i64 {
    i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX)
}

/// This machine's clock, Unix seconds.
pub(crate) fn now_s() -> i64 {
    now_ms() / 1000
}

fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
