//! Alarms on what the handlers count, as an operator sees them: a second body, forged requests, and the change of a key.

use crate::pipeline::{Pipeline, folder, sign_with};
use serde_json::{Value, json};

const PARAMETER: &str = "/payments/local/webhook-key";
const NEW_KEY: &str = "the new key of this test, 0fd1c3b2a596";
/// More than the alarm on forged requests lets pass.
const FORGED: usize = 120;

fn body(payment: &str, amount: &str) -> Vec<u8> {
    let text = format!(
        r#"{{"paymentId":"{payment}","amount":{amount},"currency":"USD","status":"failed","provider":"stripe"}}"#
    );
    text.into_bytes()
}

fn post(pipeline: &Pipeline, key: &str, body: &[u8]) -> (u16, Value) {
    let signed = sign_with(key, body);
    pipeline.post(&signed.headers, &signed.body).unwrap()
}

#[test]
fn what_handlers_count_sets_alarms_off() {
    let pipeline = Pipeline::start(&folder("counted"));
    let old_key = pipeline.parameter(PARAMETER).unwrap();
    let both = json!({ "current": NEW_KEY, "previous": old_key, "previous_until": "2999-01-01T00:00:00Z" });
    pipeline.put_secret(PARAMETER, &both.to_string());

    // Nothing comes with the old key, until something does.
    let unused = "old-key-unused-local";
    assert_eq!(post(&pipeline, NEW_KEY, &body("pay_1", "1")).0, 200);
    pipeline.until_alarm(unused, || {});
    assert_eq!(post(&pipeline, &old_key, &body("pay_2", "1")).0, 200);
    pipeline.until("the old key is in use", || {
        !pipeline.alarms_set_off().contains(unused)
    });

    // Another body under a known identity, rightly signed: quarantined, told, and nothing stored.
    let recorded = pipeline.items();
    let mut amount = 1;
    pipeline.until_alarm("other-body-local", || {
        amount += 1;
        let (status, answer) = post(&pipeline, NEW_KEY, &body("pay_1", &amount.to_string()));
        assert_eq!((status, &answer["outcome"]), (409, &json!("mismatch")));
    });
    assert_eq!(pipeline.items(), recorded);

    // A few forged requests are nobody's concern.
    assert!(!pipeline.alarms_set_off().contains("forged-local"));
    pipeline.until_alarm("forged-local", || {
        for _ in 0..FORGED {
            assert_eq!(pipeline.post(&[], b"{}").unwrap().0, 401);
        }
    });
    assert_eq!(pipeline.items(), recorded);
}
