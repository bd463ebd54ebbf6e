//! The payments pipeline with one of everything that can stand around it: networks, channels, a bucket, keys, alarms, a dashboard.

use pipe_compiler::model::*;

use super::{at, functions, named, payments, permission, route};

pub(crate) fn metric(subject: Subject, name: &'static str, statistic: &'static str) -> Metric {
    Metric {
        subject,
        name,
        statistic,
    }
}

/// The payments pipeline with networks, a bucket, a caller's key, a function URL, alarms and a dashboard.
pub(crate) fn surrounded() -> Pipeline {
    let mut pipeline = payments();
    networks(&mut pipeline);
    let archive = Bucket {
        name: "webhook_archive".into(),
        versioned: true,
        glacier_after_days: Some(90),
        retain: true,
        doc: String::new(),
        origin: at(110),
    };
    pipeline.buckets = named(vec![archive], |it| &it.name);
    let partners = ApiKey {
        name: "partners".into(),
        quota: Some((10_000, "DAY")),
        rate_per_s: 50,
        burst: 100,
        origin: at(115),
    };
    pipeline.api_keys = named(vec![partners], |it| &it.name);
    routes(&mut pipeline);
    watch(&mut pipeline);
    pipeline
}

fn networks(pipeline: &mut Pipeline) {
    let network = |name: &str, nat: bool, endpoints: &[&str], line: usize| Network {
        name: name.into(),
        zones: 2,
        nat,
        endpoints: endpoints.iter().map(|it| (*it).into()).collect(),
        origin: at(line),
    };
    let inside = ["dynamodb", "ssm", "kms", "logs", "xray"];
    let networks = vec![
        network("private", false, &inside, 100),
        network("open", true, &["s3"], 104),
    ];
    pipeline.networks = named(networks, |it| &it.name);
    for (function, network) in [("validate", "private"), ("process", "open")] {
        if let Some(function) = pipeline.functions.get_mut(function) {
            function.network = Some(network.into());
        }
    }
}

fn routes(pipeline: &mut Pipeline) {
    let by_provider = Route {
        path: "/webhooks/{provider}".into(),
        auth: Some("partners".into()),
        execution_log: ExecutionLog::Info,
        ..route()
    };
    let health = Route {
        method: "GET".into(),
        path: "/health".into(),
        via: Some("validate".into()),
        answer: Answer::Reply(200),
        sinks: vec![],
        verify: Verify::Off {
            because: "answers 200 to anyone".into(),
            origin: at(121),
        },
        ..route()
    };
    pipeline.routes.extend([by_provider, health]);
}

fn watch(pipeline: &mut Pipeline) {
    let function = |name: &str| Subject::Function(name.into());
    let table = || Subject::Table("payment_events".into());
    let alarm = |name: &str, metric: Metric, threshold: &str, for_s: u32| Alarm {
        name: name.into(),
        declared: name.into(),
        metric,
        operator: Operator::Greater,
        threshold: threshold.into(),
        for_s,
        send: vec![],
        doc: String::new(),
        origin: at(130),
    };
    let errors = metric(function("validate"), "error_rate", "Sum");
    let alarms = vec![
        alarm("errors", errors.clone(), "1", 300),
        alarm("throttled", metric(table(), "throttles", "Sum"), "5", 300),
        alarm(
            "slow",
            metric(Subject::Api, "latency", "p99"),
            "1500.5",
            600,
        ),
    ];
    pipeline.alarms = named(alarms, |it| &it.name);
    let graph = |title: &str, show: Vec<Metric>| Graph {
        title: title.into(),
        show,
    };
    let of_process = |name: &'static str| metric(function("process"), name, "Sum");
    let latency = "API \"latency\" ${AWS::Region} {{resolve:ssm:x}}";
    let overview = Dashboard {
        name: "overview".into(),
        graphs: vec![
            graph(latency, vec![metric(Subject::Api, "latency", "Average")]),
            graph(
                "Errors",
                vec![errors, of_process("error_rate"), of_process("errors")],
            ),
            graph(
                "Table",
                vec![
                    metric(table(), "throttles", "Sum"),
                    metric(table(), "read_units", "Sum"),
                ],
            ),
        ],
        origin: at(140),
    };
    pipeline.dashboards = named(vec![overview], |it| &it.name);
}

/// All that and what events travel on: queues with dead letters, a topic, a bus with rules, functions behind them.
pub(crate) fn whole() -> Pipeline {
    let mut pipeline = surrounded();
    let queue = |name: &str, dead_letter: Option<&str>, line: usize| Queue {
        name: name.into(),
        member: None,
        fifo: false,
        group: None,
        dedupe_content: false,
        visibility_s: 180,
        retention_s: if dead_letter.is_some() {
            345_600
        } else {
            1_209_600
        },
        dead_letter: dead_letter.map(|it| (it.into(), 5)),
        on: None,
        unwatched_because: None,
        doc: String::new(),
        origin: at(line),
    };
    let queues = vec![
        queue("inbox", Some("inbox_dlq"), 150),
        queue("inbox_dlq", None, 152),
    ];
    pipeline.queues = named(queues, |it| &it.name);
    let ops = Topic {
        name: "ops".into(),
        display: None,
        email: None,
        holds: vec![],
        doc: String::new(),
        origin: at(154),
    };
    pipeline.topics = named(vec![ops], |it| &it.name);
    bus(&mut pipeline);
    consumers(&mut pipeline);
    let depth = Alarm {
        name: "dead_letters".into(),
        declared: "dead_letters".into(),
        metric: metric(Subject::Queue("inbox_dlq".into()), "depth", "Maximum"),
        operator: Operator::Greater,
        threshold: "0".into(),
        for_s: 300,
        send: vec![],
        doc: String::new(),
        origin: at(170),
    };
    pipeline.alarms.insert(depth.name.clone(), depth);
    for alarm in pipeline.alarms.values_mut() {
        alarm.send = vec!["ops".into()];
    }
    pipeline
}

fn bus(pipeline: &mut Pipeline) {
    let bus = Bus {
        name: "payment_bus".into(),
        physical: None,
        source: "payment.processor".into(),
        holds: vec![("PaymentReceived".into(), "Payment Received".into())],
        doc: String::new(),
        origin: at(156),
    };
    pipeline.buses = named(vec![bus], |it| &it.name);
    let large = Condition::Compare {
        field: "amount".into(),
        ty: Type::Decimal,
        operator: Operator::Greater,
        value: Literal::Number("10000".into()),
    };
    let standard = Target::Log {
        name: "standard_payments".into(),
        retention_days: 30,
    };
    let rule = |name: &str, condition: Option<Condition>, sends: Vec<Target>| Rule {
        name: name.into(),
        case: None,
        bus: "payment_bus".into(),
        event: "PaymentReceived".into(),
        condition,
        sends,
        doc: String::new(),
        origin: at(158),
    };
    let rules = vec![
        rule(
            "large",
            Some(large),
            vec![
                Target::Topic("ops".into()),
                Target::Function("after".into()),
            ],
        ),
        rule("all", None, vec![standard]),
    ];
    pipeline.rules = named(rules, |it| &it.name);
}

fn consumers(pipeline: &mut Pipeline) {
    let origin = at(162);
    let Some(base) = functions().remove("process") else {
        return;
    };
    let sink = |to: SinkTo| Sink {
        to,
        filter: None,
        origin,
    };
    let consumer = Function {
        name: "consumer".into(),
        fails: vec![],
        output: Some(Type::Event("PaymentReceived".into())),
        sinks: vec![
            sink(SinkTo::Append("payment_events".into())),
            sink(SinkTo::Send(Target::Bus("payment_bus".into()))),
        ],
        trigger: Trigger::Queue {
            queue: "inbox".into(),
            batch: 10,
            window_s: 0,
            origin,
        },
        ..base.clone()
    };
    let after = Function {
        name: "after".into(),
        fails: vec![],
        output: None,
        trigger: Trigger::Rules(vec!["large".into()]),
        ..base
    };
    for function in [consumer, after] {
        pipeline.functions.insert(function.name.clone(), function);
    }
    let grant = |to: &str, permissions: Vec<Permission>| Grant {
        to: to.into(),
        permissions,
        origin,
    };
    let of_consumer = vec![
        permission(Verb::Receive, "inbox", true, 165),
        permission(Verb::Append, "payment_events", true, 165),
        permission(Verb::Send, "payment_bus", true, 165),
        permission(Verb::Send, "ops", false, 165),
    ];
    pipeline
        .grants
        .insert("consumer".into(), grant("consumer", of_consumer));
    pipeline
        .grants
        .insert("after".into(), grant("after", vec![]));
}
