//! Mollie's classic webhooks in a person's own project: a route is added to it, `pipec send` plays Mollie's API, and what that says is
//! recorded, each status once, and nothing else.

use crate::messages::rows;
use crate::pipeline::{Pipeline, folder};
use crate::project;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

const SPEC: &str = r#"
secret mollie_key

type Money { value: decimal, currency: string }

/// A payment as Mollie's API answers it.
type MolliePayment { id: string, status: string, amount: Money }

event MollieChanged once payment, status {
  payment:  string
  at:       timestamp = received_at
  status:   string
  amount:   decimal
  currency: string
}

table mollie_payments { partition: payment, sort: at, holds: MollieChanged }

route POST /mollie {
  verify:  mollie_classic(secret: mollie_key)
  handler: note
  append:  mollie_payments
}

/// Keeps each status that a payment comes to.
function note(MolliePayment) -> MollieChanged

grant note { read: mollie_key, append: mollie_payments }
"#;

const HANDLER: &str = "//! `function note`: what Mollie says that a payment has come to.

use payouts_handlers::{Fault, MollieChanged, MolliePayment, Note, NoteContext};

use crate::Payments;

impl Note for Payments {
    async fn note(&self, it: MolliePayment, context: &NoteContext) -> Result<MollieChanged, Fault> {
        Ok(MollieChanged {
            payment: it.id,
            at: context.received_at(),
            status: it.status,
            amount: it.amount.value,
            currency: it.amount.currency,
        })
    }
}
";

fn payment(status: &str) -> String {
    format!(
        r#"{{"resource":"payment","id":"tr_7UhSN1zuXS","mode":"test","status":"{status}","amount":{{"value":"75.00","currency":"EUR"}}}}"#
    )
}

/// A port that nobody is given by chance: below those that systems hand out.
fn address() -> String {
    format!("127.0.0.1:{}", 10_000 + std::process::id() % 20_000)
}

fn pipec(project: &Path, play: bool, arguments: &[&str]) -> Command {
    let mut command = project::pipec(project, arguments);
    if play {
        command.env("PIPE_LOCAL_PROVIDER", address());
    }
    command
}

#[test]
fn mollie_is_asked_and_what_it_says_is_recorded() {
    let payouts = &project::new(&folder("mollie"), "payouts");
    let append = |path: &str, text: &str| {
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(payouts.join(path))
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    append("specs/payouts.pipe", SPEC);
    append("specs/payouts/src/main.rs", "\nmod mollie;\n");
    std::fs::write(payouts.join("specs/payouts/src/mollie.rs"), HANDLER).unwrap();
    for status in ["open", "paid"] {
        std::fs::write(payouts.join(format!("{status}.json")), payment(status)).unwrap();
    }
    let run = [
        "run",
        "specs/payouts.pipe",
        "--port",
        "0",
        "--format",
        "json",
    ];
    let pipeline = Pipeline::up(payouts, pipec(payouts, true, &run));
    let port = pipeline.port().to_string();
    let send = |play: bool, more: &[&str]| {
        let to = [
            "send",
            "specs/payouts.pipe",
            "--route",
            "/mollie",
            "--port",
            &port,
        ];
        let sent = pipec(payouts, play, &[&to, more].concat())
            .output()
            .unwrap();
        answer_of(&sent)
    };
    for (body, answer) in [
        ("open.json", r#"200  {"outcome":"recorded"}"#),
        ("open.json", r#"200  {"outcome":"duplicate"}"#),
        ("paid.json", r#"200  {"outcome":"recorded"}"#),
    ] {
        assert_eq!(send(true, &["--body", body]), answer, "{body}");
    }
    // A payment that the provider does not know, and a provider that nobody reaches.
    let refused = r#"401  {"outcome":"refused"}"#;
    let tampered = ["--body", "open.json", "--tamper", "body"];
    assert_eq!(send(true, &tampered), refused);
    let unavailable = r#"503  {"outcome":"unavailable"}"#;
    assert_eq!(send(false, &["--body", "open.json"]), unavailable);
    let fields = [
        "payment", "status", "amount", "currency", "_notice", "_body",
    ];
    let row = |status: &str| {
        let body = payment(status);
        format!("tr_7UhSN1zuXS {status} 75 EUR id=tr_7UhSN1zuXS {body}")
    };
    let facts = pipeline.facts("mollie-payments-local");
    assert_eq!(rows(&facts, &fields), [row("open"), row("paid")]);
    // Made up from the type that the handler takes.
    assert_eq!(send(true, &[]), r#"200  {"outcome":"recorded"}"#);
    assert_eq!(pipeline.facts("mollie-payments-local").len(), 3);
}

/// The answer without the time that it took, or what the command said instead.
fn answer_of(sent: &Output) -> String {
    let said = String::from_utf8_lossy(&sent.stdout).into_owned();
    let answer = said.trim().rsplit_once("  ").map(|it| it.0.to_owned());
    answer.unwrap_or_else(|| format!("{said}{}", String::from_utf8_lossy(&sent.stderr)))
}
