//! The other systems, `specs/*.pipe`: they check without a word, and their models say what the specs say.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::bless;
use pipe_compiler::model::{
    Answer, Argument, Operator, ParameterSource, Piece, Pipeline, SinkTo, Subject, Target, Trigger,
    Type, Verb, Verify,
};

fn system(name: &str) -> Pipeline {
    let file = format!("{name}.pipe");
    let text = std::fs::read_to_string(format!("../specs/{file}")).unwrap();
    let checked = pipe_compiler::check(&file, &text);
    let shown = pipe_compiler::diag::render_human(&checked.diagnostics, &file, &text, false);
    assert!(checked.diagnostics.is_empty(), "{shown}");
    checked.pipeline.unwrap()
}

fn granted(it: &Pipeline, to: &str) -> Vec<(Verb, String)> {
    let permissions = it.grants[to].permissions.iter();
    permissions
        .map(|it| (it.verb, it.resource.clone()))
        .collect()
}

#[test]
fn notifications_is_a_receiver_a_queue_and_a_processor() {
    let it = system("notifications");
    let queue = &it.queues["webhook_inbox"];
    assert_eq!(
        (queue.visibility_s, queue.retention_s, queue.fifo),
        (360, 4 * 86_400, false)
    );
    assert_eq!(queue.dead_letter, Some(("webhook_dlq".to_owned(), 5)));
    assert_eq!(it.queues["webhook_dlq"].retention_s, 14 * 86_400);
    assert_eq!(
        it.message_of("webhook_inbox"),
        Some(&Type::Event("TransactionReceived".into()))
    );
    let route = &it.routes[0];
    assert_eq!(
        route.sinks.iter().map(|it| &it.to).collect::<Vec<_>>(),
        [&SinkTo::Send(Target::Queue("webhook_inbox".into()))]
    );
    let processor = &it.functions["webhook_processor"];
    assert!(
        matches!(&processor.trigger, Trigger::Queue { queue, batch: 10, window_s: 0, .. } if queue == "webhook_inbox")
    );
    assert_eq!(processor.sinks.len(), 2);
    assert_eq!(
        (
            processor.memory_mb,
            processor.timeout_s,
            processor.concurrency
        ),
        (1024, 60, 100)
    );
    assert_eq!(processor.network.as_deref(), Some("private"));
    let network = &it.networks["private"];
    assert!(!network.nat && network.endpoints.contains(&"ssm".to_owned()));
    assert_eq!(
        it.parameters["downstream"].source,
        ParameterSource::External
    );
    assert_eq!(it.parameters["ops_email"].source, ParameterSource::AtDeploy);
    assert_eq!(it.topics["ops"].email.as_deref(), Some("ops_email"));
    let downstream = it.grants["webhook_processor"].permissions.last().unwrap();
    assert!(!downstream.used_by_edge, "it is a capability");
    let alarm = &it.alarms["processor_fails"];
    assert_eq!(
        (
            alarm.metric.name,
            alarm.threshold.as_str(),
            alarm.operator,
            alarm.for_s
        ),
        ("error_rate", "1", Operator::Greater, 300)
    );
    let alarm = &it.alarms["messages_fail"];
    assert_eq!(
        (alarm.metric.name, alarm.threshold.as_str()),
        ("failed", "0"),
        "a batch of which messages fail is no error"
    );
}

#[test]
fn webhook_processing_has_a_lane_for_each_provider() {
    let it = system("webhook_processing");
    let lanes: Vec<&str> = it.queues.keys().map(String::as_str).collect();
    assert_eq!(
        lanes,
        [
            "lane_dlq_paypal",
            "lane_dlq_square",
            "lane_dlq_stripe",
            "lane_paypal",
            "lane_square",
            "lane_stripe"
        ]
    );
    assert_eq!(
        it.queues["lane_stripe"].dead_letter,
        Some(("lane_dlq_stripe".to_owned(), 5))
    );
    assert_eq!(
        it.message_of("lane_paypal"),
        Some(&Type::Record("Notification".into()))
    );
    let process = &it.functions["process_square"];
    assert!(matches!(&process.trigger, Trigger::Queue { queue, .. } if queue == "lane_square"));
    assert_eq!(process.member.as_ref().unwrap().provider, "square");
    // One provider's role reaches its own queue and no other.
    assert_eq!(
        granted(&it, "process_stripe"),
        [
            (Verb::Receive, "lane_stripe".to_owned()),
            (Verb::Append, "webhooks".to_owned()),
            (Verb::Send, "payment_events".to_owned()),
        ]
    );
    let sent: Vec<String> = granted(&it, "validator")
        .into_iter()
        .filter(|it| it.0 == Verb::Send)
        .map(|it| it.1)
        .collect();
    assert_eq!(sent, ["lane_paypal", "lane_square", "lane_stripe"]);
}

#[test]
fn webhook_processing_verifies_by_provider_and_splits_by_size() {
    let it = system("webhook_processing");
    let route = &it.routes[0];
    assert_eq!(route.auth.as_deref(), Some("partners"));
    assert!(matches!(route.verify, Verify::PerProvider { .. }));
    assert_eq!(
        route.sinks[0].to,
        SinkTo::Send(Target::QueueOfProvider("lane".into()))
    );
    let Verify::Scheme { arguments, .. } = &it.providers["square"].verify else {
        panic!("a scheme")
    };
    assert_eq!(arguments["url"], Argument::Parameter("square_url".into()));
    assert_eq!(it.rules.len(), 8);
    let critical = &it.rules["size_critical"];
    assert_eq!(
        critical.case,
        Some(("size".to_owned(), "critical".to_owned()))
    );
    assert_eq!(
        critical.sends,
        [
            Target::Function("status_updates".into()),
            Target::Topic("ops".into())
        ]
    );
    assert_eq!(it.functions["validator"].input, Type::Accepted);
    let accept = route.accept.as_ref().unwrap();
    assert_eq!((accept.events.len(), accept.table.as_str()), (15, "unread"));
    let Trigger::Rules(rules) = &it.functions["status_updates"].trigger else {
        panic!("rules")
    };
    assert_eq!(rules.len(), 4);
    let update = &it.grants["status_updates"].permissions[0];
    assert_eq!(
        (update.verb, update.field.as_deref()),
        (Verb::Update, Some("stage"))
    );
    let depth: Vec<&str> = it
        .alarms
        .values()
        .filter(|it| it.declared == "queue_depth")
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(
        depth,
        [
            "queue_depth_paypal",
            "queue_depth_square",
            "queue_depth_stripe"
        ]
    );
    let failing = it
        .alarms
        .values()
        .filter(|it| it.declared == "function_errors")
        .count();
    assert_eq!(failing, it.functions.len());
    let of_messages = it.alarms.values();
    let of_messages = of_messages.filter(|it| it.declared == "messages_fail");
    assert_eq!(of_messages.count(), it.functions.len());
    assert_eq!(
        it.alarms["dead_letters_stripe"].metric.subject,
        Subject::Queue("lane_dlq_stripe".into())
    );
    assert_eq!(it.api_keys["partners"].quota, Some((10_000, "DAY")));
}

#[test]
fn archive_is_the_reference() {
    let text = std::fs::read_to_string("../specs/archive.pipe").unwrap();
    assert!(text.lines().count() <= 130, "{}", text.lines().count());
    let it = system("archive");
    let index = &it.tables["payment_events"].indexes[0];
    assert_eq!(
        (index.name.as_str(), &index.partition, &index.sort),
        (
            "ProviderTimestampIndex",
            &("provider".to_owned(), Type::String),
            &Some(("timestamp".to_owned(), Type::EpochMillis))
        )
    );
    let config = &it.parameters["config"];
    assert_eq!(
        config.source,
        ParameterSource::Value("{\"maxRetries\":3,\"timeoutMs\":30000}".into())
    );
    assert_eq!(
        config.physical.as_deref(),
        Some(
            &[
                Piece::Text("/payment-webhook/".into()),
                Piece::Suffix,
                Piece::Text("/config".into())
            ][..]
        )
    );
    let health = it.routes.iter().find(|it| it.path == "/health").unwrap();
    assert_eq!(health.answer, Answer::Reply(200));
    assert_eq!(
        (health.via.as_deref(), health.stage.as_str()),
        (Some("webhook_receiver"), "prod")
    );
    let webhook = it.routes.iter().find(|it| it.path == "/webhook").unwrap();
    let SinkTo::Write { key, .. } = &webhook.sinks[1].to else {
        panic!("append, write, send")
    };
    assert_eq!(key[1], Piece::Date("timestamp".into()));
    assert_eq!(it.functions["event_processor"].sinks.len(), 3);
    assert!(it.functions["event_processor"].sinks[2].filter.is_some());
    assert_eq!(
        it.buses["payment_bus"].holds,
        [(
            "PaymentProcessed".to_owned(),
            "Payment Processed".to_owned()
        )]
    );
    assert_eq!(
        it.rules["value_standard"].sends,
        [Target::Log {
            name: "standard_payments".into(),
            retention_days: 30
        }]
    );
    assert_eq!(it.alarms.len(), 2);
    assert_eq!(it.dashboards["payment_webhook_dashboard"].graphs.len(), 3);
    assert!(it.queues["processing_dlq"].unwatched_because.is_some());
    assert!(
        it.key.retain && it.buckets["webhook_archive"].retain && it.tables["payment_events"].retain
    );
    assert_eq!(it.buckets["webhook_archive"].glacier_after_days, Some(90));
    // The alert is sent by the handler's own code.
    let alert = it.grants["notification_handler"]
        .permissions
        .last()
        .unwrap();
    assert_eq!((alert.verb, alert.used_by_edge), (Verb::Send, false));
}

#[test]
fn the_specs_are_formatted() {
    for name in ["archive", "notifications", "webhook_processing"] {
        let path = format!("../specs/{name}.pipe");
        let text = std::fs::read_to_string(&path).unwrap();
        let formatted = pipe_dsl::format(&text).unwrap();
        if bless::is_asked() {
            bless::write(&path, formatted);
        } else {
            assert_eq!(text, formatted, "{name}");
        }
    }
}
