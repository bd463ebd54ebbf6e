//! The payments pipeline as the checker gives it, built by hand: these tests need no parser.

pub(crate) mod surroundings;

use std::collections::BTreeMap;

use pipe_compiler::model::*;

pub(crate) fn at(line: usize) -> Origin {
    Origin {
        start: line * 100,
        end: line * 100 + 10,
        line,
    }
}

pub(crate) fn field(name: &str, ty: Type, line: usize) -> Field {
    Field {
        name: name.to_owned(),
        ty,
        default: None,
        doc: String::new(),
        origin: at(line),
    }
}

pub(crate) fn record(name: &str, line: usize, fields: Vec<Field>) -> Record {
    Record {
        name: name.to_owned(),
        fields,
        doc: String::new(),
        origin: at(line),
    }
}

pub(crate) fn event(name: &str, line: usize, once: &[&str], fields: Vec<Field>) -> Event {
    Event {
        name: name.to_owned(),
        fields,
        once: once.iter().map(|it| (*it).to_owned()).collect(),
        doc: String::new(),
        origin: at(line),
    }
}

pub(crate) fn path(names: &[&str], ty: Type) -> Expression {
    let names = names.iter().map(|it| (*it).to_owned()).collect();
    Expression {
        kind: ExpressionKind::Path(names),
        ty,
        origin: at(60),
    }
}

pub(crate) fn text(text: &str) -> Expression {
    Expression {
        kind: ExpressionKind::Literal(Literal::String(text.to_owned())),
        ty: Type::String,
        origin: at(60),
    }
}

fn started_at() -> Expression {
    Expression {
        kind: ExpressionKind::StartedAt,
        ty: Type::Timestamp,
        origin: at(60),
    }
}

pub(crate) fn named<T>(items: Vec<T>, name: impl Fn(&T) -> &String) -> BTreeMap<String, T> {
    items
        .into_iter()
        .map(|it| (name(&it).clone(), it))
        .collect()
}

pub(crate) fn permission(
    verb: Verb,
    resource: &str,
    used_by_edge: bool,
    line: usize,
) -> Permission {
    Permission {
        verb,
        resource: resource.to_owned(),
        field: None,
        used_by_edge,
        origin: at(line),
    }
}

pub(crate) fn status() -> Type {
    Type::Enum(vec!["pending".into(), "succeeded".into(), "failed".into()])
}

pub(crate) fn failed(reason: Expression, line: usize) -> Statement {
    Statement::Append {
        event: "PaymentFailed".into(),
        fields: vec![
            (
                "paymentId".into(),
                path(&["payment", "paymentId"], Type::String),
            ),
            ("timestamp".into(), started_at()),
            ("reason".into(), reason),
        ],
        table: "payment_events".into(),
        catches: vec![],
        origin: at(line),
    }
}

pub(crate) fn fail(reason: Expression, line: usize) -> Statement {
    Statement::Fail {
        error: "Unsettled".into(),
        fields: vec![("reason".into(), reason)],
        origin: at(line),
    }
}

fn body() -> Vec<Statement> {
    let declined = || path(&["declined", "reason"], Type::String);
    let catches = vec![
        Catch {
            errors: vec!["Declined".into()],
            binding: Some("declined".into()),
            body: vec![failed(declined(), 74), fail(declined(), 75)],
            origin: at(73),
        },
        Catch {
            errors: vec![],
            binding: None,
            body: vec![
                failed(text("no answer"), 78),
                fail(text("the gateway did not answer"), 79),
            ],
            origin: at(77),
        },
    ];
    vec![
        Statement::Call {
            binding: Some("receipt".into()),
            function: "process".into(),
            argument: path(&["payment"], Type::Event("PaymentReceived".into())),
            retry: Some("gently".into()),
            catches,
            origin: at(72),
        },
        Statement::Append {
            event: "PaymentSettled".into(),
            fields: vec![
                (
                    "paymentId".into(),
                    path(&["payment", "paymentId"], Type::String),
                ),
                ("timestamp".into(), started_at()),
                ("receipt".into(), path(&["receipt", "id"], Type::String)),
            ],
            table: "payment_events".into(),
            catches: vec![],
            origin: at(81),
        },
    ]
}

fn events() -> BTreeMap<String, Event> {
    let received = event(
        "PaymentReceived",
        9,
        &["paymentId", "status"],
        vec![
            field("paymentId", Type::String, 10),
            field("timestamp", Type::Timestamp, 11),
            field("provider", Type::String, 12),
            field("amount", Type::Decimal, 13),
            field("currency", Type::String, 14),
            field("status", status(), 15),
        ],
    );
    let after = |name: &str, line: usize, what: &str| {
        let fields = vec![
            field("paymentId", Type::String, line + 1),
            field("timestamp", Type::Timestamp, line + 2),
            field(what, Type::String, line + 3),
        ];
        event(name, line, &["paymentId"], fields)
    };
    named(
        vec![
            received,
            after("PaymentSettled", 18, "receipt"),
            after("PaymentFailed", 24, "reason"),
        ],
        |it| &it.name,
    )
}

pub(crate) fn functions() -> BTreeMap<String, Function> {
    let received = || Type::Event("PaymentReceived".into());
    let validate = Function {
        name: "validate".into(),
        member: None,
        network: None,
        expect: None,
        sinks: Vec::new(),
        input: received(),
        output: Some(received()),
        fails: vec![],
        memory_mb: 256,
        timeout_s: 10,
        concurrency: 50,
        retention_days: 400,
        trigger: Trigger::Route(0),
        doc: "Checks what a signature cannot.".into(),
        origin: at(47),
    };
    let process = Function {
        name: "process".into(),
        output: Some(Type::Record("Receipt".into())),
        fails: vec!["Declined".into(), "GatewayDown".into()],
        memory_mb: 512,
        timeout_s: 30,
        concurrency: 20,
        trigger: Trigger::Workflows(vec!["settle_payment".into()]),
        doc: "Charges through the gateway.".into(),
        origin: at(56),
        ..validate.clone()
    };
    named(vec![validate, process], |it| &it.name)
}

fn grants() -> BTreeMap<String, Grant> {
    let grant = |to: &str, permissions, line| Grant {
        to: to.into(),
        permissions,
        origin: at(line),
    };
    let validate = vec![
        permission(Verb::Read, "webhook_key", true, 88),
        permission(Verb::Append, "payment_events", true, 88),
    ];
    let settle = vec![
        permission(Verb::Call, "process", true, 89),
        permission(Verb::Append, "payment_events", true, 89),
    ];
    let grants = vec![
        grant("validate", validate, 88),
        grant("settle_payment", settle, 89),
        grant("process", vec![], 90),
    ];
    named(grants, |it| &it.to)
}

pub(crate) fn route() -> Route {
    let arguments = BTreeMap::from([
        (
            "header".into(),
            Argument::Text("X-Webhook-Signature".into()),
        ),
        ("encoding".into(), Argument::Text("hex".into())),
        ("secret".into(), Argument::Secret("webhook_key".into())),
    ]);
    Route {
        method: "POST".into(),
        path: "/webhooks".into(),
        stage: "v1".into(),
        verify: Verify::Scheme {
            scheme: "hmac_sha256".into(),
            arguments,
            origin: at(41),
        },
        answer: pipe_compiler::model::Answer::Handler("validate".into()),
        accept: None,
        expect: None,
        sinks: vec![pipe_compiler::model::Sink {
            to: pipe_compiler::model::SinkTo::Append("payment_events".into()),
            filter: None,
            origin: at(43),
        }],
        auth: None,
        via: None,
        body_bytes_max: 1024 * 1024,
        rate_per_s: 100,
        burst: 200,
        execution_log: ExecutionLog::Error,
        origin: at(40),
    }
}

fn retry() -> Retry {
    Retry {
        name: "gently".into(),
        errors: vec!["GatewayDown".into(), "Throttled".into(), "Timeout".into()],
        retries: 3,
        interval_s: 2,
        backoff: "2.0".into(),
        max_delay_s: 30,
        jitter_full: true,
        origin: at(62),
    }
}

fn workflow() -> Workflow {
    Workflow {
        name: "settle_payment".into(),
        binding: "payment".into(),
        event: "PaymentReceived".into(),
        on: Some("payment_events".into()),
        filter: Some(Condition::Compare {
            field: "status".into(),
            ty: status(),
            operator: Operator::Equal,
            value: Literal::Variant("pending".into()),
        }),
        on_origin: at(70),
        fails: vec!["Unsettled".into()],
        body: body(),
        timeout_s: 3600,
        retention_days: 400,
        unwatched_because: None,
        uncompared_because: None,
        doc: String::new(),
        origin: at(69),
    }
}

pub(crate) fn payments() -> Pipeline {
    let table = Table {
        name: "payment_events".into(),
        partition: "paymentId".into(),
        sort: Some(("timestamp".into(), Type::Timestamp)),
        holds: vec![
            "PaymentReceived".into(),
            "PaymentSettled".into(),
            "PaymentFailed".into(),
        ],
        indexes: Vec::new(),
        retain: false,
        doc: "The event log: append-only, one partition per payment.".into(),
        origin: at(34),
    };
    let secret = Secret {
        name: "webhook_key".into(),
        doc: String::new(),
        origin: at(6),
    };
    let reason = || vec![field("reason", Type::String, 30)];
    Pipeline {
        name: "payments".into(),
        file: "payments.pipe".into(),
        doc: "Payment webhooks: verified, recorded exactly once, settled with retries.".into(),
        key: Key {
            retain: false,
            origin: at(3),
        },
        secrets: named(vec![secret], |it| &it.name),
        events: events(),
        types: named(
            vec![record("Receipt", 53, vec![field("id", Type::String, 53)])],
            |it| &it.name,
        ),
        errors: named(
            vec![
                record("Declined", 30, reason()),
                record("GatewayDown", 31, vec![field("status", Type::Int, 31)]),
                record("Unsettled", 86, reason()),
            ],
            |it| &it.name,
        ),
        tables: named(vec![table], |it| &it.name),
        routes: vec![route()],
        functions: functions(),
        retries: named(vec![retry()], |it| &it.name),
        workflows: named(vec![workflow()], |it| &it.name),
        grants: grants(),
        ..Pipeline::default()
    }
}
