//! Signed webhooks for the pipeline that runs on this machine: what `pipec send` and `pipec run --send` post.

use crate::exit::{self, Exit};
use crate::wire::{Answer, Endpoint};
use pipe_compiler::model::{Argument, Pipeline, Route, Type, Verify};
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{self, Delivery, Signed};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Suffix of physical names in a local run, as the template's parameter `EnvironmentSuffix` would be.
pub(crate) const SUFFIX: &str = "local";

/// The physical spelling of a declared name in a local run.
pub(crate) fn physical(name: &str) -> String {
    format!("{}-{SUFFIX}", name.replace('_', "-"))
}

/// Signs and posts for the one signed route of a pipeline.
#[derive(Debug)]
pub(crate) struct Sender<'a> {
    pipeline: &'a Pipeline,
    route: &'a Route,
    endpoint: Endpoint,
}

impl<'a> Sender<'a> {
    /// For the pipeline's first route that takes a body.
    pub(crate) fn new(pipeline: &'a Pipeline, port: u16) -> Result<Self, Exit> {
        let route = pipeline.routes.iter().find(|route| route.method == "POST");
        let Some(route) = route else {
            return Err(exit::say(
                exit::FINDINGS,
                &format!("`{}` has no POST route to send to", pipeline.name),
                None,
            ));
        };
        Ok(Self {
            pipeline,
            route,
            endpoint: Endpoint::new(port),
        })
    }

    /// A body made up from the type that the route's handler takes.
    pub(crate) fn made_up(&self, index: u32) -> Vec<u8> {
        let fields = match self
            .pipeline
            .functions
            .get(self.route.handler().unwrap_or_default())
            .map(|function| &function.input)
        {
            Some(Type::Event(name)) => self
                .pipeline
                .events
                .get(name)
                .map(|event| event.fields.as_slice()),
            Some(Type::Record(name)) => self
                .pipeline
                .types
                .get(name)
                .map(|record| record.fields.as_slice()),
            _ => None,
        };
        let serial = format!("{:x}{index:02x}", since_epoch().as_micros());
        crate::sample::body(self.pipeline, fields.unwrap_or_default(), &serial)
            .to_string()
            .into_bytes()
    }

    /// Signs as the provider does, with the secret of the local run.
    pub(crate) fn sign(&self, body: &[u8]) -> Result<Signed, Exit> {
        let json = ("content-type".to_owned(), "application/json".to_owned());
        let Verify::Scheme {
            scheme, arguments, ..
        } = &self.route.verify
        else {
            return Ok(Signed {
                headers: vec![json],
                body: body.to_vec(),
            });
        };
        let Some(scheme) = sign::scheme(scheme) else {
            return Err(exit::say(
                exit::FINDINGS,
                &format!("unknown signature scheme `{scheme}`"),
                None,
            ));
        };
        let mut secret = None;
        let mut texts = Vec::new();
        for (name, argument) in arguments {
            match argument {
                Argument::Text(text) => texts.push((name.as_str(), text.clone())),
                Argument::DurationS(seconds) => texts.push((name.as_str(), format!("{seconds}s"))),
                Argument::Secret(declared) => secret = Some(self.secret(declared)?),
                Argument::Parameter(declared) => {
                    let message = format!(
                        "the scheme's argument `{name}` is the parameter `{declared}`, which `pipec send` cannot read yet"
                    );
                    return Err(exit::say(exit::FINDINGS, &message, None));
                }
            }
        }
        let texts: Vec<(&str, &str)> = texts
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        let now_s = i64::try_from(since_epoch().as_secs()).unwrap_or(i64::MAX);
        let id = format!("msg_{:x}", since_epoch().as_nanos());
        let secret = secret.unwrap_or_else(|| Secret::new(Vec::new()));
        let mut signed = sign::sign(
            scheme,
            &texts,
            secret,
            &Delivery {
                body,
                id: &id,
                now_s,
            },
        )
        .map_err(|error| {
            exit::say(
                exit::FINDINGS,
                &format!("the webhook cannot be signed: {error}"),
                None,
            )
        })?;
        signed.headers.push(json);
        Ok(signed)
    }

    /// Posts a signed webhook to the route.
    pub(crate) fn post(&self, signed: &Signed) -> Result<Answer, Exit> {
        self.endpoint
            .post(&self.route.path, &signed.headers, &signed.body)
            .map_err(not_running)
    }

    /// The secret that the running pipeline verifies with, read as its functions read it.
    fn secret(&self, declared: &str) -> Result<Secret, Exit> {
        let name = format!(
            "/{}/{SUFFIX}/{}",
            self.pipeline.name.replace('_', "-"),
            declared.replace('_', "-")
        );
        let input = json!({ "Name": name, "WithDecryption": true });
        let output = self
            .endpoint
            .call("AmazonSSM.GetParameter", &input)
            .map_err(not_running)?;
        let value = output.pointer("/Parameter/Value").and_then(Value::as_str);
        value
            .map(|value| Secret::new(value.as_bytes().to_vec()))
            .ok_or_else(|| {
                exit::say(
                    exit::USAGE,
                    &format!("{} gave no value for {name}", self.endpoint.address()),
                    None,
                )
            })
    }
}

/// What to do when nothing answers.
fn not_running(error: String) -> Exit {
    exit::say(
        exit::USAGE,
        &error,
        Some(
            "start the pipeline with `pipec run` in another terminal, or name its port with --port",
        ),
    )
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

/// Changes one character of the last signature-like header, keeping its alphabet, so that only the value is wrong.
pub(crate) fn tamper_signature(signed: &mut Signed) {
    let header = signed
        .headers
        .iter_mut()
        .find(|(name, _)| name != "content-type" && name.contains("ignature"));
    let Some((_, value)) = header.or(None) else {
        return;
    };
    let Some(last) = value.trim_end_matches('=').len().checked_sub(2) else {
        return;
    };
    let other = if value.get(last..=last) == Some("a") {
        "b"
    } else {
        "a"
    };
    value.replace_range(last..=last, other);
}

/// Changes one byte of the body, keeping it JSON: the first digit or letter that is not part of a name.
pub(crate) fn tamper_body(signed: &mut Signed) {
    match signed
        .body
        .iter_mut()
        .rev()
        .find(|byte| byte.is_ascii_alphanumeric())
    {
        Some(byte) => *byte = if *byte == b'1' { b'2' } else { b'1' },
        None => signed.body.push(b' '),
    }
}

fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> Signed {
        Signed {
            headers: vec![
                ("X-Webhook-Signature".into(), "00ffaa".into()),
                ("content-type".into(), "application/json".into()),
            ],
            body: br#"{"status":"pending"}"#.to_vec(),
        }
    }

    #[test]
    fn tampering_changes_one_byte_of_what_it_names() {
        let (mut body, mut signature) = (signed(), signed());
        tamper_body(&mut body);
        assert_eq!(body.headers, signed().headers);
        assert_eq!(
            body.body
                .iter()
                .zip(&signed().body)
                .filter(|(a, b)| a != b)
                .count(),
            1
        );
        tamper_signature(&mut signature);
        assert_eq!(signature.body, signed().body);
        assert_eq!(signature.headers[0].1, "00ffba");
    }
}
