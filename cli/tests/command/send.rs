//! What is said of a webhook that cannot be made up, and of one that was refused.

use super::{folder, pipec, root, said};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

#[test]
fn a_field_that_the_event_does_not_have_is_refused_before_anything_is_sent() {
    let folder = folder("send_set");
    let spec = root().join("specs/payments.pipe");
    let spec = spec.to_str().unwrap();
    let send = |set: &str| {
        let output = pipec(&folder, &["send", spec, "--port", "1", "--set", set]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        said(&output)
    };
    let told = send("amont=12.50");
    assert!(told.contains("the event has no field `amont`"), "{told}");
    assert!(told.contains("did you mean `amount`?"), "{told}");
    // A known one is sent, to a port where nothing is.
    let told = send("amount=12.50");
    assert!(told.contains("no pipeline is running"), "{told}");
}

#[test]
fn an_unknown_route_is_wrong_usage() {
    let spec = root().join("specs/payments.pipe");
    let folder = folder("send_route");
    let output = pipec(
        &folder,
        &["send", spec.to_str().unwrap(), "--route", "/nowhere"],
    );
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("has no route /nowhere"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_refusal_says_its_reason_itself() {
    let folder = folder("send_refusal");
    let captured = "X-Webhook-Signature: deadbeef\n\n{}";
    std::fs::write(folder.join("captured.http"), captured).unwrap();
    std::fs::write(folder.join("secret.txt"), "8f1c3b2a59687d40ac31").unwrap();
    let spec = root().join("specs/payments.pipe");
    let output = pipec(
        &folder,
        &[
            "explain-delivery",
            spec.to_str().unwrap(),
            "captured.http",
            "--secret",
            "secret.txt",
        ],
    );
    let told = said(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("is not spelled as the scheme spells it"),
        "{told}"
    );
    assert!(!told.contains("docs/"), "{told}");
}

/// A capture as a proxy or API Gateway keeps it names its route and provider by its path.
#[test]
fn a_capture_is_judged_as_a_request_to_the_route_that_it_names() {
    let folder = folder("explain_route");
    std::fs::write(folder.join("secret.txt"), "whsec_8f1c3b2a59687d40ac31").unwrap();
    let spec = root().join("specs/webhook_processing.pipe");
    let explain = |first: &str| {
        std::fs::write(folder.join("captured.http"), format!("{first}\n\n{{}}")).unwrap();
        let spec = spec.to_str().unwrap();
        let arguments = [
            "explain-delivery",
            spec,
            "captured.http",
            "--secret",
            "secret.txt",
        ];
        said(&pipec(&folder, &arguments))
    };
    for first in [
        "POST /webhooks/stripe HTTP/1.1",
        "POST /v1/webhooks/stripe?a=b HTTP/1.1",
        ":method: POST\n:path: /webhooks/stripe",
    ] {
        let told = explain(first);
        assert!(
            told.contains("refused: missing_header (scheme `stripe`)"),
            "{told}"
        );
        assert!(
            told.contains("what holds the signature is absent"),
            "{told}"
        );
    }
    let told = explain("POST /webhooks/nobody HTTP/1.1");
    assert!(
        told.contains("--provider names one of paypal, square, stripe"),
        "{told}"
    );
}

/// Nothing would be refused, whatever is changed.
#[test]
fn a_route_that_verifies_nothing_cannot_be_sent_what_it_must_refuse() {
    let folder = folder("send_tamper");
    let spec = "pipeline open\nevent Noted once id { id: string }\ntable notes { partition: id, holds: Noted }\n\
                route POST /notes { verify: off because \"it is a test\", handler: note, append: notes }\n\
                function note(Noted) -> Noted\ngrant note { append: notes }\n";
    std::fs::write(folder.join("open.pipe"), spec).unwrap();
    let output = pipec(
        &folder,
        &["send", "open.pipe", "--tamper", "body", "--port", "1"],
    );
    let told = said(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("/notes verifies nothing, so it refuses nothing"),
        "{told}"
    );
}

/// Takes one request, answers it, and gives its body.
fn answer(listener: &TcpListener, status: &str, body: &str) -> Vec<u8> {
    let (mut stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut sent = vec![0; length];
    reader.read_exact(&mut sent).unwrap();
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length");
    write!(stream, "{head}: {}\r\n\r\n{body}", body.len()).unwrap();
    sent
}

/// Whatever an event is known by, so many webhooks are so many events.
#[test]
fn made_up_bodies_are_events_of_their_own() {
    let folder = folder("send_count");
    for fields in [
        "id: string = uuid",
        "reference: string",
        "account: string = \"a\", number: int",
    ] {
        let names: Vec<&str> = fields
            .split(", ")
            .filter_map(|it| it.split(':').next())
            .collect();
        let spec = format!(
            "pipeline open\nevent Noted once {} {{ {fields} }}\ntable notes {{ partition: {}, holds: Noted }}\n\
             route POST /notes {{ verify: off because \"it is a test\", handler: note, append: notes }}\n\
             function note(Noted) -> Noted\ngrant note {{ append: notes }}\n",
            names.join(", "),
            names[0],
        );
        std::fs::write(folder.join("open.pipe"), spec).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let pipeline = std::thread::spawn(move || {
            let bodies = (0..3).map(|_| answer(&listener, "200 OK", "{}"));
            bodies.collect::<std::collections::BTreeSet<_>>()
        });
        let sending = ["send", "open.pipe", "--count", "3", "--port", &port];
        let output = pipec(&folder, &sending);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let bodies = pipeline.join().unwrap();
        assert_eq!(bodies.len(), 3, "{fields}: {bodies:?}");
    }
}

/// A pipeline that runs without a parameter's value: what is missing is named, and what sets it.
#[test]
fn a_parameter_without_a_value_is_named_with_what_sets_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    // As the engine answers for a parameter that nobody has put there.
    std::thread::spawn(move || {
        let body = r#"{"__type":"ParameterNotFound"}"#;
        answer(&listener, "400 Bad Request", body)
    });
    let folder = folder("send_parameter");
    let spec = root().join("specs/webhook_processing.pipe");
    let spec = spec.to_str().unwrap();
    let output = pipec(
        &folder,
        &["send", spec, "--provider", "paypal", "--port", &port],
    );
    let told = said(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("has no value for `paypal_webhook_id`"),
        "{told}"
    );
    assert!(told.contains("--param paypal_webhook_id=VALUE"), "{told}");
}
