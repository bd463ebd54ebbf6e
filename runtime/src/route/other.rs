//! A genuine delivery that a route does not accept: recorded with its raw body, counted and answered 200.

use super::Ending;
use crate::accept::{Other, Unaccepted};
use crate::context::Call;
use crate::lambda::Invocation;
use crate::telemetry::Outcome;
use crate::{Receipt, sink};

impl Invocation {
    /// Records it as the event of `other:`. It is acknowledged only when it is durable, as everything else is.
    pub(super) async fn keep(
        &self,
        other: &Other,
        it: &Unaccepted,
        receipt: &Receipt,
        call: &Call,
    ) -> Result<Ending, Ending> {
        let provider = call.provider.as_deref();
        let fields = other.fields(it, provider, receipt).map_err(|problem| {
            // The compiler lets an event be named only where this cannot happen.
            Ending::new(
                503,
                Outcome::Failed,
                format!("{}: {problem}", other.event()),
            )
        })?;
        let sinks = [other.append()];
        let done = sink::perform(&sinks, vec![fields], self.services(), call).await;
        let done = done.map_err(Ending::stopped)?;
        Ok(Ending {
            reason: Some(it.summary()),
            counted: Some(it.reason().metric()),
            ..Ending::done(done)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::{Value, json};

    use super::*;
    use crate::accept::{self, Accept, Accepted, Envelope, OneOf, Place};
    use crate::context::Context;
    use crate::entry::Keys;
    use crate::event::{Event, Fact, Holds, Table};
    use crate::route::process::{KEY, Process, ROUTE, event};
    use crate::telemetry::Telemetry;
    use crate::value::{Fields, Invalid, Map, Record, Value as _, Wire, map};
    use crate::{Failure, Fault};

    /// An event as a spec would declare it, with some of what is known of a delivery.
    struct Unread {
        body_sha256: String,
        reason: String,
        event_type: Option<String>,
    }

    impl Record for Unread {
        fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
            Ok(Self {
                body_sha256: fields.get("body_sha256")?,
                reason: fields.get("reason")?,
                event_type: fields.get("event_type")?,
            })
        }

        fn to_fields(&self) -> Map {
            map([
                ("body_sha256", self.body_sha256.write()),
                ("reason", self.reason.write()),
                ("event_type", self.event_type.write()),
            ])
        }
    }

    impl Event for Unread {
        const NAME: &'static str = "Unread";
        const ONCE: &'static [&'static str] = &["body_sha256"];
    }

    impl Fact for Unread {
        fn read(_: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
            Record::from_fields(fields)
        }
    }

    #[derive(Clone, Copy)]
    struct Deliveries;

    const KEYS: Keys = Keys {
        partition: "body_sha256",
        sort: None,
    };

    impl Table for Deliveries {
        const NAME: &'static str = "deliveries";
        const PARTITION: &'static str = KEYS.partition;
        const SORT: Option<&'static str> = KEYS.sort;
        type Fact = Unread;
    }

    impl Holds<Unread> for Deliveries {}

    struct Known;

    impl Accepted for Known {
        fn read(_: &str, event_type: &str, body: &Wire) -> Result<Option<Self>, Invalid> {
            let body = crate::described::Object::of(body)?;
            let _: i64 = body.get("amount", crate::described::whole)?;
            Ok((event_type == "known").then_some(Self))
        }
    }

    const ACCEPT: Accept = Accept {
        senders: &[(
            "",
            Envelope {
                provider: "somebody",
                event_type: Place::Body("type"),
                event_id: None,
            },
        )],
        other: accept::other::<Deliveries, Unread>(),
    };

    fn send(process: &Process, sent: &Value, called: &Cell<u32>) -> (u64, Value) {
        process.output.borrow_mut().clear();
        let telemetry = Telemetry::to(process.output.clone());
        let services = process.services.clone();
        let invocation = Invocation::of(&sent.to_string(), services, telemetry, process.given);
        let handler = async |OneOf(Known), _: Context| {
            called.set(called.get() + 1);
            Err::<(), Failure>(Fault::new("the handler fails").into())
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let invocation = invocation.accepting(&ACCEPT);
        let reply = runtime.block_on(invocation.route(&ROUTE, handler, &[]));
        let answer: Value = serde_json::from_str(reply.unwrap().get()).unwrap();
        let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        (answer["statusCode"].as_u64().unwrap(), body)
    }

    fn kept(process: &Process, body: &str) -> Vec<Map> {
        let sha = Receipt::new(body.as_bytes(), crate::Timestamp::UNIX_EPOCH).body_sha256();
        let read = process.services.log.read("deliveries", KEYS, &sha);
        crate::memory::at_once(read).unwrap()
    }

    /// ING-10
    #[test]
    fn what_is_not_accepted_keeps_its_raw_body_is_counted_and_never_reaches_the_handler() {
        let process = Process::new(Some(KEY));
        let called = Cell::new(0);
        for (body, metric, reason) in [
            (
                r#"{"type":"new","amount":1}"#,
                "UnknownType",
                "unknown_type: new",
            ),
            (
                r#"{"type":"known","amount":"CANARY"}"#,
                "Unreadable",
                "unreadable: known: `amount` is not a number",
            ),
            (
                "CANARY",
                "Unreadable",
                "unreadable: the body is no JSON at line 1, column 1",
            ),
        ] {
            let (status, answer) = send(&process, &event(body, KEY), &called);
            assert_eq!((status, answer), (200, json!({ "outcome": "recorded" })));
            let [fact] = kept(&process, body).try_into().unwrap();
            assert_eq!(fact["_body"], Wire::text(body));
            assert_eq!(fact["_event"], Wire::text("Unread"));
            let lines = process.lines();
            assert!(lines.iter().any(|it| it[metric] == 1), "{lines:?}");
            assert!(lines.iter().any(|it| it["reason"] == reason), "{lines:?}");
            assert!(!json!(lines).to_string().contains("CANARY"));
        }
        assert_eq!(called.get(), 0);
    }

    #[test]
    fn what_is_accepted_reaches_the_handler_and_is_not_kept_as_anything_else() {
        let process = Process::new(Some(KEY));
        let called = Cell::new(0);
        let body = r#"{"type":"known","amount":1}"#;
        let (status, _) = send(&process, &event(body, KEY), &called);
        // A handler that fails is tried again: 503, and nothing is recorded in its place.
        assert_eq!((status, called.get()), (503, 1));
        assert!(kept(&process, body).is_empty());
    }

    /// A forged delivery is none, whatever it says it is.
    #[test]
    fn nothing_that_is_not_genuine_is_kept() {
        let process = Process::new(Some(KEY));
        let body = r#"{"type":"new","amount":1}"#;
        let forged = event(body, "another key 0123456789");
        let (status, _) = send(&process, &forged, &Cell::new(0));
        assert_eq!(status, 401);
        assert!(kept(&process, body).is_empty());
    }
}
