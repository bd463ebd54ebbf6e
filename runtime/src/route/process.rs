//! One process for the tests of routes: its log in memory, and a store of secrets that counts how often it is asked.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;
use crate::Timestamp;
use crate::context::Services;
use crate::entry::Entry;
use crate::entry::Keys;
use crate::entry::tests::{Paid, Payments};
use crate::event_log::{Appended, EventLog, IndexKeys, Local};
use crate::parameter::{ParameterStore, Secrets};
use crate::secret::Secret;
use crate::sign;
use crate::telemetry::Telemetry;
use crate::value::{Map, Wire};

pub(super) const KEY: &str = "0fd1c3b2a59687-key";
pub(super) const ROUTE: Route = Route {
    method: "POST",
    path: "/webhooks",
    via: Via::Api,
    verify: Verify::Scheme {
        name: "hmac_sha256",
        arguments: &[("header", "X-Sig")],
        parameters: &[],
        secret: Some("key"),
    },
    answer: Answer::Handler,
    body_bytes_max: 1_000,
};
pub(super) const BODY: &str = r#"{"id":"pay_1","amount":99.99}"#;
/// Milliseconds that every test of a clock begins at.
pub(super) const NOW_MS: i64 = 1_795_300_000_000;

/// A store that answers with the last of the values it was given.
#[derive(Clone)]
pub(super) struct Store {
    pub(super) value: Rc<RefCell<Option<&'static str>>>,
    pub(super) fetches: Rc<Cell<u32>>,
}

impl ParameterStore for Store {
    fn fetch<'a>(&'a self, _: &'a str) -> Local<'a, Result<Secret, Unavailable>> {
        self.fetches.set(self.fetches.get() + 1);
        let value = *self.value.borrow();
        Box::pin(async move {
            value
                .map(Secret::new)
                .ok_or(Unavailable::new("secret_missing", ""))
        })
    }
}

/// A log that is down.
pub(super) struct Down;

impl EventLog for Down {
    fn append<'a>(&'a self, _: &'a Entry, _: Instant) -> Local<'a, Result<Appended, Unavailable>> {
        Box::pin(async { Err(Unavailable::new("throttled", "slow down")) })
    }

    fn read<'a>(
        &'a self,
        _: &'static str,
        _: Keys,
        _: &'a str,
    ) -> Local<'a, Result<Vec<Map>, Unavailable>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn find<'a>(
        &'a self,
        _: &'static str,
        _: Keys,
        _: Map,
    ) -> Local<'a, Result<Option<Map>, Unavailable>> {
        Box::pin(async { Ok(None) })
    }

    fn find_by<'a>(
        &'a self,
        _: &'static str,
        _: IndexKeys,
        _: Wire,
    ) -> Local<'a, Result<Vec<Map>, Unavailable>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn update<'a>(
        &'a self,
        _: &'static str,
        _: Keys,
        _: Map,
        _: &'static str,
        _: Option<Wire>,
    ) -> Local<'a, Result<bool, Unavailable>> {
        Box::pin(async { Ok(false) })
    }
}

/// One process with its log and its secrets.
pub(super) struct Process {
    pub(super) services: Services,
    pub(super) store: Store,
    pub(super) output: Rc<RefCell<Vec<u8>>>,
    pub(super) given: Duration,
    /// What the clock says; the machine's own time where it says nothing.
    pub(super) at: Option<Timestamp>,
}

impl Process {
    pub(super) fn new(key: Option<&'static str>) -> Self {
        let store = Store {
            value: Rc::new(RefCell::new(key)),
            fetches: Rc::default(),
        };
        let names = BTreeMap::from([("key".to_owned(), "/p/dev/key".to_owned())]);
        let secrets = Rc::new(Secrets::new(Box::new(store.clone()), names));
        let services = Services {
            secrets,
            ..Services::default()
        };
        Self {
            services,
            store,
            output: Rc::default(),
            given: Duration::from_secs(5),
            at: None,
        }
    }

    /// Status, answer and the request's line of the log.
    pub(super) fn send<H>(&self, event: &Value, handler: H) -> (u64, Value, Value)
    where
        H: AsyncFnOnce(Paid, Context) -> Result<Paid, Failure>,
    {
        self.send_on(event, handler, &[sink::append::<Payments, Paid>()])
    }

    /// The same, with these sinks behind the handler.
    pub(super) fn send_on<H>(
        &self,
        event: &Value,
        handler: H,
        sinks: &[Sink],
    ) -> (u64, Value, Value)
    where
        H: AsyncFnOnce(Paid, Context) -> Result<Paid, Failure>,
    {
        self.send_to(&ROUTE, event, handler, sinks)
    }

    /// The same, to this route.
    pub(super) fn send_to<H>(
        &self,
        route: &'static Route,
        event: &Value,
        handler: H,
        sinks: &[Sink],
    ) -> (u64, Value, Value)
    where
        H: AsyncFnOnce(Paid, Context) -> Result<Paid, Failure>,
    {
        self.output.borrow_mut().clear();
        let telemetry = Telemetry::to(self.output.clone());
        let invocation = Invocation::of(
            &event.to_string(),
            self.services.clone(),
            telemetry,
            self.given,
        );
        let invocation = match self.at {
            Some(at) => invocation.at(at),
            None => invocation,
        };
        let reply = run(invocation.route(route, handler, sinks));
        let answer: Value = serde_json::from_str(reply.unwrap().get()).unwrap();
        let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        (answer["statusCode"].as_u64().unwrap(), body, self.line())
    }

    /// The request's line, which a metric may stand before.
    pub(super) fn line(&self) -> Value {
        let lines = self.lines();
        let line = lines.into_iter().find(|it| it.get("outcome").is_some());
        line.unwrap()
    }

    pub(super) fn lines(&self) -> Vec<Value> {
        let written = self.output.borrow();
        let text = std::str::from_utf8(&written).unwrap();
        text.lines()
            .map(|it| serde_json::from_str(it).unwrap())
            .collect()
    }

    /// What the sender of an event to this route hears, byte for byte.
    pub(super) fn reply(&self, route: &'static Route, event: &Value) -> String {
        self.output.borrow_mut().clear();
        let telemetry = Telemetry::to(self.output.clone());
        let services = self.services.clone();
        let invocation = Invocation::of(&event.to_string(), services, telemetry, self.given);
        let handler = async |input: Paid, _| Ok::<_, Failure>(input);
        let sinks = [sink::append::<Payments, Paid>()];
        let reply = run(invocation.route(route, handler, &sinks));
        reply.unwrap().get().to_owned()
    }

    pub(super) fn post(&self, body: &str) -> (u64, String) {
        let (status, answer, line) = self.send(&event(body, KEY), async |input, _| Ok(input));
        assert_eq!(answer["outcome"], line["outcome"]);
        (status, answer.to_string())
    }
}

pub(super) fn event(body: &str, key: &str) -> Value {
    let delivery = sign::Delivery {
        body: body.as_bytes(),
        id: "1",
        now_s: 0,
    };
    let scheme = sign::scheme("hmac_sha256").unwrap();
    let signed = sign::sign(scheme, &[("header", "X-Sig")], Secret::new(key), &delivery).unwrap();
    let mut headers: BTreeMap<String, String> = signed.headers.into_iter().collect();
    headers.insert("content-type".into(), "application/json".into());
    json!({ "httpMethod": "POST", "path": "/webhooks", "headers": headers, "body": body })
}

pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}
