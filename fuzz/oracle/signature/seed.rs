//! What fuzzing of a configuration starts from.

use pipe_runtime::sign::scheme;

use super::cases::{Case, Form, Rule};

/// A request of this configuration that is accepted, and its name.
pub(super) fn seed((index, case): (usize, &Case)) -> (String, Vec<u8>) {
    let vector = &scheme(case.scheme).unwrap().vector;
    let line = |name: &str, value: &str| {
        if name.is_empty() {
            String::new()
        } else {
            format!("{name}:{value}\n")
        }
    };
    let body = br#"{"id":"pay_1","amount":"10.00"}"#.to_vec();
    let (head, body) = match &case.rule {
        Rule::Header { names, form, .. } => {
            let (signature, time, id) = names[index % names.len()];
            let value = match form {
                Form::Whole { prefix, .. } => format!("{prefix}\u{1}"),
                Form::Pairs {
                    separator,
                    time,
                    signature,
                } => {
                    format!("{time}=\u{2}{separator}{signature}=00{separator}{signature}=\u{1}")
                }
                Form::Versions(version) => format!("{version},\u{1} {version}a,00"),
            };
            (
                line(time, "\u{2}") + &line(id, "msg_1") + &line(signature, &value),
                body,
            )
        }
        Rule::Adyen => {
            let text = String::from_utf8_lossy(vector.body).into_owned();
            let (before, after) = text.split_once("\"hmacSignature\":\"").unwrap();
            let after = after.split_once('"').unwrap().1;
            (
                String::new(),
                format!("{before}\"hmacSignature\":\"\u{1}\"{after}").into_bytes(),
            )
        }
        Rule::Braintree { public_key } => (
            String::new(),
            format!("bt_signature={public_key}%7C\u{1}&bt_payload=PHg%2BPC94Pg%3D%3D").into_bytes(),
        ),
        Rule::FetchBack => (
            line("Answer", &String::from_utf8_lossy(vector.answer)),
            vector.body.to_vec(),
        ),
        Rule::Vector => (
            vector
                .headers
                .iter()
                .map(|(name, value)| line(name, value))
                .collect(),
            vector.body.to_vec(),
        ),
    };
    let first = [u8::try_from(index).unwrap()];
    // The line feed that ends the last header is the first of the two that end the head.
    let end: &[u8] = if head.is_empty() { b"\n\n" } else { b"\n" };
    (
        format!("{}-{index}", case.scheme),
        [&first, head.as_bytes(), end, &body].concat(),
    )
}
