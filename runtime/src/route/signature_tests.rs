//! What a route does with signatures over the life of a key: rotation, and what the log says about a refusal.

#![expect(clippy::too_many_lines, reason = "each test is one story of a key")]

use serde_json::{Value, json};

use super::process::{BODY, KEY, NOW_MS, Process, ROUTE, event, run};
use super::*;
use crate::keyring::Generation;

const NEXT: &str = "the next key 0123456789";
const ANOTHER: &str = "another key 0123456789";

fn admitted(headers: &Value, body: &str) -> Admitted {
    let headers = headers.as_object().unwrap();
    Admitted {
        path: ROUTE.path.to_owned(),
        provider: None,
        verify: ROUTE.verify,
        headers: headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect(),
        body: body.into(),
    }
}

/// The status that the signature alone gets at an instant, or the generation of the key that made it.
fn decided(
    process: &Process,
    key: &str,
    at_ms: i64,
) -> Result<Option<Generation>, (u16, Evidence)> {
    let admitted = admitted(&event(BODY, key)["headers"], BODY);
    run(verification::verify(
        &ROUTE.verify,
        &admitted,
        &process.services,
        at_ms,
    ))
    .map(|it| it.rotation.map(|(_, generation)| generation))
    .map_err(|it| (it.status, *it.evidence))
}

/// SIG-10, SEC-06: t0, a second before the end, the end, a second after it.
#[test]
fn both_keys_verify_during_a_rotation_and_the_old_one_is_refused_after_it() {
    let both = r#"{"current":"the next key 0123456789","previous":"0fd1c3b2a59687-key","previous_until":"2026-11-22T22:26:40Z"}"#;
    let until_ms = NOW_MS + 24 * 3_600_000;
    for (at_ms, old_is_valid) in [
        (NOW_MS, true),
        (until_ms - 1_000, true),
        (until_ms, false),
        (until_ms + 1_000, false),
    ] {
        let process = Process::new(Some(both));
        let new = decided(&process, NEXT, at_ms);
        assert_eq!(new, Ok(old_is_valid.then_some(Generation::Current)));
        let old = decided(&process, KEY, at_ms);
        if old_is_valid {
            assert_eq!(old, Ok(Some(Generation::Previous)));
        } else {
            assert_eq!(old.map_err(|it| it.0), Err(401));
        }
        assert_eq!(
            decided(&process, ANOTHER, at_ms).map_err(|it| it.0),
            Err(401)
        );
    }
}

/// SIG-10: the end of a rotation needs no fetch and no restart.
#[test]
fn a_process_that_knows_the_rotation_ends_it_by_its_own_clock() {
    let both = r#"{"current":"the next key 0123456789","previous":"0fd1c3b2a59687-key","previous_until":"2026-11-21T22:27:40Z"}"#;
    let process = Process::new(Some(both));
    let until_ms = NOW_MS + 60_000;
    assert_eq!(
        decided(&process, KEY, until_ms - 1),
        Ok(Some(Generation::Previous))
    );
    assert!(decided(&process, KEY, until_ms).is_err());
    assert_eq!(decided(&process, NEXT, until_ms), Ok(None));
}

/// SEC-06: at no instant between one key, both and the other one is a delivery with a valid key refused for longer than the window.
#[test]
fn a_key_is_changed_in_flight_without_a_redeploy() {
    let process = Process::new(Some(KEY));
    let until = "2026-11-21T23:26:40Z";
    let both = r#"{"current":"the next key 0123456789","previous":"0fd1c3b2a59687-key","previous_until":"2026-11-21T23:26:40Z"}"#;
    assert!(both.contains(until));
    assert_eq!(decided(&process, KEY, NOW_MS), Ok(None));
    *process.store.value.borrow_mut() = Some(both);
    // Nothing has failed yet, so nothing is fetched, and the old key is still good.
    assert_eq!(decided(&process, KEY, NOW_MS + 1), Ok(None));
    let later = NOW_MS + crate::parameter::FORCED_MS;
    assert_eq!(
        decided(&process, NEXT, later),
        Ok(Some(Generation::Current))
    );
    assert_eq!(
        decided(&process, KEY, later + 1),
        Ok(Some(Generation::Previous))
    );
    *process.store.value.borrow_mut() = Some(NEXT);
    let after = NOW_MS + 3_600_000;
    assert_eq!(decided(&process, KEY, after).map_err(|it| it.0), Err(401));
    assert_eq!(decided(&process, NEXT, after), Ok(None));
}

/// The share of deliveries on the old key is the average of this metric; without a rotation there is none.
#[test]
fn which_key_was_used_is_a_line_and_a_metric_with_bounded_dimensions() {
    let both = r#"{"current":"the next key 0123456789","previous":"0fd1c3b2a59687-key","previous_until":"2999-01-01T00:00:00Z"}"#;
    let process = Process::new(Some(both));
    for (key, value, generation) in [(NEXT, 0, "current"), (KEY, 100, "previous")] {
        process.send(&event(BODY, key), async |input, _| Ok(input));
        let lines = process.lines();
        let metric = lines
            .iter()
            .find(|it| it.get("PreviousKey").is_some())
            .unwrap();
        assert_eq!(metric["PreviousKey"], value);
        assert_eq!(
            metric["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            json!([["ParameterName"]])
        );
        assert_eq!(metric["ParameterName"], "/p/dev/key");
        let line = lines.iter().find(|it| it.get("outcome").is_some()).unwrap();
        assert_eq!(line["key_id"], format!("key/{generation}"));
        let log = json!(lines).to_string();
        assert!(!log.contains(KEY) && !log.contains(NEXT), "{log}");
    }
    let process = Process::new(Some(KEY));
    process.send(&event(BODY, KEY), async |input, _| Ok(input));
    assert!(
        process
            .lines()
            .iter()
            .all(|it| it.get("PreviousKey").is_none())
    );
}

/// One line a refusal: the reason, the keys that were tried and the difference of the clocks, and to the caller always the same bytes.
#[test]
fn a_refusal_is_one_line_that_says_why_and_one_answer_that_does_not() {
    const TIMED: Route = Route {
        verify: Verify::Scheme {
            name: "stripe",
            arguments: &[],
            parameters: &[],
            secret: Some("key"),
        },
        ..ROUTE
    };
    let key = "whsec_0fd1c3b2a59687aa";
    let stripe = crate::sign::scheme("stripe").unwrap();
    let signed = |key: &str, age_s: i64| {
        let now_s = i64::try_from(
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_secs(),
        )
        .unwrap();
        let delivery = crate::sign::Delivery {
            body: BODY.as_bytes(),
            id: "1",
            now_s: now_s - age_s,
        };
        let signed =
            crate::sign::sign(stripe, &[], crate::secret::Secret::new(key), &delivery).unwrap();
        let mut headers: serde_json::Map<String, Value> = signed
            .headers
            .into_iter()
            .map(|(name, value)| (name, Value::from(value)))
            .collect();
        headers.insert("content-type".into(), "application/json".into());
        json!({ "httpMethod": "POST", "path": "/webhooks", "headers": headers, "body": BODY })
    };
    let mut answers = std::collections::BTreeSet::new();
    for (sent, reason, clock) in [
        (
            signed("whsec_another_0123456789", 0),
            "no_matching_signature",
            None,
        ),
        (signed(key, 3_600), "timestamp_too_old", Some(3_600)),
        (signed(key, -3_600), "timestamp_in_future", Some(-3_600)),
        (
            json!({ "httpMethod": "POST", "path": "/webhooks", "headers": { "content-type": "application/json" }, "body": BODY }),
            "missing_header",
            None,
        ),
    ] {
        let process = Process::new(Some(key));
        let answer = process.reply(&TIMED, &sent);
        answers.insert(answer);
        let lines = process.lines();
        let told: Vec<&Value> = lines
            .iter()
            .filter(|it| it.get("outcome").is_some())
            .collect();
        let [line] = told.as_slice() else {
            panic!("{lines:?}")
        };
        assert_eq!(line["outcome"], "refused");
        assert_eq!(line["reason"], reason);
        assert_eq!(line["key_id"], "key/current");
        match clock {
            Some(about) => {
                let seen = line["clock_difference_s"].as_i64().unwrap();
                assert!((about..=about + 5).contains(&seen), "{seen}");
            }
            None => assert!(line.get("clock_difference_s").is_none()),
        }
        let expected = signed(key, 0)["headers"]["Stripe-Signature"].to_string();
        let signature = expected
            .rsplit("v1=")
            .next()
            .unwrap()
            .trim_matches('"')
            .to_owned();
        let log = json!(lines).to_string();
        assert!(!log.contains(&signature) && !log.contains(key), "{log}");
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
}

/// ING-15: what a client or a proxy says about addresses and hosts opens nothing and closes nothing.
#[test]
fn no_header_about_addresses_or_hosts_is_trusted() {
    let claims = [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", "api.stripe.com"),
        ("X-Real-IP", "54.187.174.169"),
        ("Host", "localhost"),
        ("X-Amzn-Source-Account", "123456789012"),
    ];
    for (name, value) in claims {
        let process = Process::new(Some(KEY));
        let mut forged = event(BODY, ANOTHER);
        forged["headers"][name] = json!(value);
        forged["requestContext"] = json!({ "identity": { "sourceIp": "127.0.0.1" } });
        assert_eq!(
            process.send(&forged, async |input, _| Ok(input)).0,
            401,
            "{name}"
        );
        let mut good = event(BODY, KEY);
        good["headers"][name] = json!(value);
        assert_eq!(
            process.send(&good, async |input, _| Ok(input)).0,
            200,
            "{name}"
        );
    }
}

/// ING-08: on the way to a 2xx nothing is called but the store of secrets, once, and the log, once for each fact.
#[test]
fn the_way_to_an_answer_reads_a_secret_and_appends() {
    use crate::entry::{Entry, Keys};
    use crate::event_log::{Appended, EventLog, IndexKeys, Local};
    use crate::value::{Map, Wire};
    use std::cell::Cell;

    struct Counting(crate::event_log::Memory, Cell<(u32, u32)>);
    impl EventLog for Counting {
        fn append<'a>(
            &'a self,
            entry: &'a Entry,
            deadline: std::time::Instant,
        ) -> Local<'a, Result<Appended, Unavailable>> {
            let (appends, reads) = self.1.get();
            self.1.set((appends + 1, reads));
            self.0.append(entry, deadline)
        }

        fn read<'a>(
            &'a self,
            table: &'static str,
            keys: Keys,
            partition: &'a str,
        ) -> Local<'a, Result<Vec<Map>, Unavailable>> {
            self.count();
            self.0.read(table, keys, partition)
        }

        fn find<'a>(
            &'a self,
            table: &'static str,
            keys: Keys,
            key: Map,
        ) -> Local<'a, Result<Option<Map>, Unavailable>> {
            self.count();
            self.0.find(table, keys, key)
        }

        fn find_by<'a>(
            &'a self,
            table: &'static str,
            index: IndexKeys,
            partition: Wire,
        ) -> Local<'a, Result<Vec<Map>, Unavailable>> {
            self.count();
            self.0.find_by(table, index, partition)
        }

        fn update<'a>(
            &'a self,
            table: &'static str,
            keys: Keys,
            key: Map,
            field: &'static str,
            value: Option<Wire>,
        ) -> Local<'a, Result<bool, Unavailable>> {
            self.count();
            self.0.update(table, keys, key, field, value)
        }
    }
    impl Counting {
        fn count(&self) {
            let (appends, reads) = self.1.get();
            self.1.set((appends, reads + 1));
        }
    }
    let log = std::rc::Rc::new(Counting(
        crate::event_log::Memory::default(),
        Cell::default(),
    ));
    let mut process = Process::new(Some(KEY));
    process.services.log = log.clone();
    for _ in 0..3 {
        process.send(&event(BODY, KEY), async |input, _| Ok(input));
    }
    assert_eq!(log.1.get(), (3, 0));
    assert_eq!(process.store.fetches.get(), 1);
}
