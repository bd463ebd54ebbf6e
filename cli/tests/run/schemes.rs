//! `pipec send` for every signature scheme of the list, to a running pipeline with a route for each: taken as it was signed, by either key
//! while two are valid, and refused when anything was changed after signing.

use crate::pipeline::{Pipeline, folder};
use crate::{paypal, project};
use pipe_runtime::sign::{ParameterKind, SCHEMES, Scheme};
use serde_json::json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const EVENT: &str = "pipeline schemes

/// Whatever was delivered; a body without an id gets one that is derived from its bytes.
event Delivered once id {
  id: string    = uuid
  at: timestamp = received_at
}

table deliveries { partition: id, sort: at, holds: Delivered }
";
/// The private half of the public key in the vector of `standard_webhooks_ed25519`.
const ED25519_KEY: &str = "whsk_nDlhoYsebG5GIpa8b2dkesfC2oE4/7TErS9p9ixjwsw=";
/// Answers of the pipeline.
const RECORDED: &str = r#"200  {"outcome":"recorded"}"#;
const DUPLICATE: &str = r#"200  {"outcome":"duplicate"}"#;
const REFUSED: &str = r#"401  {"outcome":"refused"}"#;

/// Whether the request itself is a form, which no event can be read from.
fn takes_request(scheme: &Scheme) -> bool {
    scheme.is_form() && scheme.is_signed()
}

fn signs_a_time(scheme: &Scheme) -> bool {
    scheme.parameter("tolerance").is_some() || scheme.name == "paypal"
}

/// The arguments of the scheme's own example, and a time where it signs one only when it is told to.
fn arguments(scheme: &Scheme) -> String {
    let mut given = scheme.vector.arguments.to_vec();
    given.extend(scheme.time_depends_on().map(|name| (name, "X-Signed-At")));
    let mut text = String::new();
    for parameter in scheme.parameters() {
        let value = given.iter().find(|(name, _)| *name == parameter.name);
        let value = match (parameter.kind, value) {
            (ParameterKind::Secret, _) => format!("{}_key", scheme.name),
            (_, None) => continue,
            (ParameterKind::Choice(_) | ParameterKind::Duration { .. }, Some((_, word))) => {
                (*word).to_owned()
            }
            (_, Some((_, text))) => format!("{text:?}"),
        };
        write!(text, "{}: {value}, ", parameter.name).unwrap();
    }
    text.trim_end_matches(", ").to_owned()
}

/// A project with a route for each scheme.
fn made() -> PathBuf {
    let project = project::new(&folder("schemes"), "schemes");
    let (mut spec, mut handlers) = (EVENT.to_owned(), String::new());
    for scheme in SCHEMES {
        let (name, verify) = (scheme.name, arguments(scheme));
        let takes = ["Delivered", "Request"][usize::from(takes_request(scheme))];
        let mut read = String::new();
        if scheme.secret_parameter().is_some() {
            write!(spec, "\nsecret {name}_key\n").unwrap();
            read = format!("read: {name}_key, ");
        }
        write!(
            spec,
            "\nroute POST /{name} {{ verify: {name}({verify}), handler: take_{name}, append: deliveries }}\n\
             function take_{name}({takes}) -> Delivered\ngrant take_{name} {{ {read}append: deliveries }}\n"
        )
        .unwrap();
        let contract: String = format!("_take_{name}")
            .split('_')
            .map(|word| {
                word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default()
            })
            .collect();
        let delivered = match takes {
            "Request" => format!(
                "Delivered {{ id: {:?}.into(), at: context.received_at() }}",
                id(scheme)
            ),
            _ => "input".to_owned(),
        };
        write!(
            handlers,
            "\nimpl {contract} for Schemes {{\n    async fn take_{name}(&self, input: {takes}, context: &{contract}Context) -> Result<Delivered, Fault> {{\n        \
             let _ = (&input, context);\n        Ok({delivered})\n    }}\n}}\n"
        )
        .unwrap();
    }
    let source = format!(
        "//! Records what is genuine.\n\nuse schemes_handlers::*;\n\n#[derive(Debug)]\nstruct Schemes;\n{handlers}\nfn main() -> std::process::ExitCode {{\n    run(Schemes)\n}}\n"
    );
    std::fs::write(project.join("specs/schemes.pipe"), spec).unwrap();
    std::fs::remove_dir_all(project.join("specs/schemes/src")).unwrap();
    std::fs::create_dir(project.join("specs/schemes/src")).unwrap();
    std::fs::write(project.join("specs/schemes/src/main.rs"), source).unwrap();
    project
}

/// An id that Mollie could have given.
fn id(scheme: &Scheme) -> String {
    format!("tr_{}", scheme.name.replace('_', ""))
}

/// A key of the same form as the vector's.
fn another(key: &str) -> String {
    match key.find(|it: char| it.is_ascii_digit()) {
        Some(at) => {
            let other = if key.get(at..=at) == Some("1") {
                "2"
            } else {
                "1"
            };
            let mut key = key.to_owned();
            key.replace_range(at..=at, other);
            key
        }
        None => format!("{key}1"),
    }
}

/// What `pipec send` says to each of these.
struct Sending<'a> {
    project: &'a Path,
    port: String,
    provider: &'a str,
    scheme: &'static Scheme,
}

impl Sending<'_> {
    /// Its exit code, and the answer without the time that it took, or what it said instead.
    fn send(&self, more: &[&str]) -> (Option<i32>, String) {
        let route = format!("/{}", self.scheme.name);
        let body = format!("{}.json", self.scheme.name);
        let to = [
            "send",
            "specs/schemes.pipe",
            "--route",
            &route,
            "--port",
            &self.port,
            "--body",
            &body,
        ];
        let mut command = pipec(self.project, self.provider, &[&to, more].concat());
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        let said = String::from_utf8_lossy(&stdout).into_owned();
        let answer = said.trim().rsplit_once("  ").map(|it| it.0.to_owned());
        let answer = answer.unwrap_or_else(|| String::from_utf8_lossy(&stderr).into_owned());
        (status.code(), answer)
    }

    fn answers(&self, more: &[&str], expected: &str) {
        let answered = self.send(more);
        assert_eq!(
            answered,
            (Some(0), expected.to_owned()),
            "{} {more:?}",
            self.scheme.name
        );
    }

    fn says(&self, more: &[&str], code: i32, expected: &str) {
        let (ended, said) = self.send(more);
        let name = self.scheme.name;
        assert!(
            ended == Some(code) && said.contains(expected),
            "{name} {more:?}: {ended:?} {said}"
        );
    }

    fn is_taken_as_signed_alone(&self) {
        let scheme = self.scheme;
        let key = scheme
            .secret_parameter()
            .is_none()
            .then(|| match scheme.name {
                "paypal" => paypal::file("messages.key"),
                _ => self.project.join("ed25519.key"),
            });
        let signed: Vec<&str> = key
            .iter()
            .flat_map(|it| ["--private-key", it.to_str().unwrap()])
            .collect();
        let with = |more: &[&'static str]| [&signed, more].concat();
        self.answers(&with(&[]), RECORDED);
        self.answers(&with(&["--tamper", "body"]), REFUSED);
        if !scheme.is_signed() {
            for what in ["signature", "timestamp"] {
                self.says(
                    &["--tamper", what],
                    2,
                    "nothing that this route's provider sends is signed",
                );
            }
        } else {
            self.answers(&with(&["--tamper", "signature"]), REFUSED);
            if signs_a_time(scheme) {
                self.answers(&with(&["--tamper", "timestamp"]), REFUSED);
            } else {
                self.says(
                    &with(&["--tamper", "timestamp"]),
                    2,
                    "has no time of signing",
                );
            }
        }
        if key.is_some() {
            self.says(&[], 1, "--private-key names a file with one");
            self.says(&with(&["--previous-key"]), 1, "has no previous key");
        } else {
            self.answers(&["--previous-key"], DUPLICATE);
        }
    }
}

fn pipec(project: &Path, provider: &str, arguments: &[&str]) -> Command {
    let mut command = project::pipec(project, arguments);
    command.env("PIPE_LOCAL_PROVIDER", provider);
    command
}

#[test]
fn every_scheme_is_sent_taken_and_refused_when_tampered_with() {
    let project = made();
    // Below the ports that systems hand out, and none of `fetch_back`.
    let provider = format!("127.0.0.1:{}", 9_000 - std::process::id() % 4_000);
    let run = [
        "run",
        "specs/schemes.pipe",
        "--port",
        "0",
        "--format",
        "json",
    ];
    let mut run = pipec(&project, &provider, &run);
    run.env("PIPE_LOCAL_CA", paypal::file("root.pem"));
    run.env("PIPE_LOCAL_CERTIFICATES", paypal::host());
    let pipeline = Pipeline::up(&project, run);
    std::fs::write(project.join("ed25519.key"), ED25519_KEY).unwrap();
    for scheme in SCHEMES {
        let body = match scheme.name {
            "adyen" => include_str!("adyen.json").to_owned(),
            _ => json!({ "id": id(scheme) }).to_string(),
        };
        std::fs::write(project.join(format!("{}.json", scheme.name)), body).unwrap();
        if scheme.secret_parameter().is_some() {
            let key = scheme.vector.secret;
            let both = json!({ "current": another(key), "previous": key, "previous_until": "2999-01-01T00:00:00Z" });
            pipeline.put_secret(
                &format!("/schemes/local/{}-key", scheme.name.replace('_', "-")),
                &both.to_string(),
            );
        }
        let sending = Sending {
            project: &project,
            port: pipeline.port().to_string(),
            provider: &provider,
            scheme,
        };
        sending.is_taken_as_signed_alone();
    }
    assert_eq!(pipeline.facts("deliveries-local").len(), SCHEMES.len());
}
