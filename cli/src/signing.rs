//! The scheme of a route with all it needs, its arguments and its keys, read from the running pipeline as its functions read them.

use crate::exit::{self, Exit};
use crate::physical::SUFFIX;
use crate::wire::Endpoint;
use pipe_compiler::model::{Argument, ParameterSource, Pipeline, Route, Verify};
use pipe_runtime::keyring::Keyring;
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{self, Scheme};
use serde_json::{Value, json};

/// A scheme as a route or a provider declares it.
#[derive(Debug)]
pub(crate) struct Signing {
    pub(crate) scheme: &'static Scheme,
    arguments: Vec<(String, String)>,
    /// The declared secret with the key.
    pub(crate) secret: Option<String>,
}

/// The route with that path, or the first that takes a POST.
pub(crate) fn route<'a>(pipeline: &'a Pipeline, path: Option<&str>) -> Result<&'a Route, Exit> {
    let fits = |it: &&Route| match path {
        Some(path) => it.path == path,
        None => it.method == "POST",
    };
    pipeline.routes.iter().find(fits).ok_or_else(|| {
        let paths: Vec<&str> = pipeline.routes.iter().map(|it| it.path.as_str()).collect();
        let message = match path {
            Some(path) => format!(
                "`{}` has no route {path}; its routes are {}",
                pipeline.name,
                paths.join(", ")
            ),
            None => format!("`{}` has no POST route to send to", pipeline.name),
        };
        exit::say(exit::USAGE, &message, None)
    })
}

/// What verifies a request of this route, of this provider where each has its own.
pub(crate) fn verify<'a>(
    pipeline: &'a Pipeline,
    route: &'a Route,
    provider: Option<&str>,
) -> Result<&'a Verify, Exit> {
    if !matches!(route.verify, Verify::PerProvider { .. }) {
        return Ok(&route.verify);
    }
    let names: Vec<&str> = pipeline.providers.keys().map(String::as_str).collect();
    let known = provider.and_then(|it| pipeline.providers.get(it));
    known.map(|it| &it.verify).ok_or_else(|| {
        let message = match provider {
            Some(name) => format!("`{}` has no provider `{name}`", pipeline.name),
            None => "each provider signs in its own way here".to_owned(),
        };
        let help = format!("--provider names one of {}", names.join(", "));
        exit::say(exit::USAGE, &message, Some(&help))
    })
}

impl Signing {
    /// Reads a scheme's arguments; `given` are `NAME=VALUE` from the command line and win. `None` where nothing is verified.
    pub(crate) fn new(
        pipeline: &Pipeline,
        verify: &Verify,
        given: &[String],
        endpoint: &Endpoint,
    ) -> Result<Option<Self>, Exit> {
        let Verify::Scheme {
            scheme, arguments, ..
        } = verify
        else {
            return Ok(None);
        };
        let Some(scheme) = sign::scheme(scheme) else {
            let message = format!("unknown signature scheme `{scheme}`");
            return Err(exit::say(exit::FINDINGS, &message, None));
        };
        let mut found = Self {
            scheme,
            arguments: Vec::new(),
            secret: None,
        };
        for (name, argument) in arguments {
            let given = given
                .iter()
                .filter_map(|it| it.split_once('='))
                .find(|(it, _)| it == name)
                .map(|(_, value)| value.to_owned());
            let value = match argument {
                Argument::Secret(declared) => {
                    found.secret = Some(declared.clone());
                    continue;
                }
                _ if given.is_some() => given.unwrap_or_default(),
                Argument::Text(text) => text.clone(),
                Argument::DurationS(seconds) => format!("{seconds}s"),
                Argument::Parameter(declared) => parameter(pipeline, declared, endpoint)?,
            };
            found.arguments.push((name.clone(), value));
        }
        Ok(Some(found))
    }

    /// Only which secret a scheme is keyed by.
    pub(crate) fn keyed(verify: &Verify) -> Option<Self> {
        let Verify::Scheme { scheme, .. } = verify else {
            return None;
        };
        let secret = verify.secret().map(str::to_owned);
        Some(Self {
            scheme: sign::scheme(scheme)?,
            arguments: Vec::new(),
            secret,
        })
    }

    /// The arguments beside the secret.
    pub(crate) fn arguments(&self) -> Vec<(&str, &str)> {
        let pairs = self.arguments.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// The keys that the running pipeline verifies with; `None` for schemes without one.
    pub(crate) fn keys(
        &self,
        pipeline: &Pipeline,
        endpoint: &Endpoint,
    ) -> Result<Option<Keyring>, Exit> {
        let Some(declared) = &self.secret else {
            return Ok(None);
        };
        let value = stored(pipeline, declared, endpoint)?;
        keyring(Secret::new(value)).map(Some)
    }
}

/// The keys in what a secret's parameter holds.
pub(crate) fn keyring(value: Secret) -> Result<Keyring, Exit> {
    Keyring::read(value).map_err(|error| {
        exit::say(
            exit::FINDINGS,
            &format!("the secret cannot be read: {error}"),
            None,
        )
    })
}

fn parameter(pipeline: &Pipeline, declared: &str, endpoint: &Endpoint) -> Result<String, Exit> {
    let at_deploy = pipeline
        .parameters
        .get(declared)
        .is_some_and(|it| matches!(it.source, ParameterSource::AtDeploy));
    if at_deploy {
        // A local run deploys nothing: a template parameter without a default has this value there.
        return Ok(SUFFIX.to_owned());
    }
    stored(pipeline, declared, endpoint)
}

/// The value of an SSM parameter of the local run.
fn stored(pipeline: &Pipeline, declared: &str, endpoint: &Endpoint) -> Result<String, Exit> {
    let name = crate::parameter::stored_as(pipeline, declared);
    let input = json!({ "Name": name, "WithDecryption": true });
    let output = match endpoint.call("AmazonSSM.GetParameter", &input) {
        Err(error) if error.contains("ParameterNotFound") => {
            return Err(not_set(pipeline, declared, &name));
        }
        answered => answered.map_err(not_running)?,
    };
    let value = output.pointer("/Parameter/Value").and_then(Value::as_str);
    value.map(str::to_owned).ok_or_else(|| {
        let message = format!("{} gave no value for {name}", endpoint.address());
        exit::say(exit::USAGE, &message, None)
    })
}

/// The pipeline runs, and has no value for what is made outside the stack.
fn not_set(pipeline: &Pipeline, declared: &str, name: &str) -> Exit {
    let message =
        format!("the running pipeline has no value for `{declared}` (the parameter {name})");
    let source = pipeline.parameters.get(declared).map(|it| &it.source);
    let help = match source {
        Some(ParameterSource::External) => {
            format!("`pipec run` sets it when it is started with --param {declared}=VALUE")
        }
        _ => "is another pipeline running at this port? --port names the one of `pipec run`"
            .to_owned(),
    };
    exit::say(exit::USAGE, &message, Some(&help))
}

/// What to do when nothing answers.
pub(crate) fn not_running(error: String) -> Exit {
    let help =
        "start the pipeline with `pipec run` in another terminal, or name its port with --port";
    exit::say(exit::USAGE, &error, Some(help))
}
