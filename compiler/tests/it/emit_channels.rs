//! Queues, topics, buses, rules and mappings in the templates of the three systems: who may send where, what is delivered, and what
//! becomes of what could not be delivered.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a helper of a test file is part of its tests"
)]

use std::collections::BTreeMap;

use pipe_compiler::{check, compile};
use serde_json::{Value, json};

const ARCHIVE: &str = include_str!("../../../specs/archive.pipe");
const NOTIFICATIONS: &str = include_str!("../../../specs/notifications.pipe");
const PROCESSING: &str = include_str!("../../../specs/webhook_processing.pipe");

/// Every artifact of a spec as text.
fn emit(file: &str, text: &str) -> BTreeMap<String, String> {
    let checked = check(file, text);
    assert!(checked.pipeline.is_some(), "{:?}", checked.diagnostics);
    let artifacts = compile(&checked.pipeline.expect("a pipeline"));
    let text = |it: pipe_compiler::Artifact| (it.path, String::from_utf8(it.contents).unwrap());
    artifacts.into_iter().map(text).collect()
}

fn template(file: &str, text: &str) -> Value {
    serde_json::from_str(&emit(file, text)["template.json"]).unwrap()
}

fn archive() -> Value {
    template("archive.pipe", ARCHIVE)
}

fn processing() -> Value {
    template("webhook_processing.pipe", PROCESSING)
}

fn properties<'a>(template: &'a Value, id: &str) -> &'a Value {
    let resource = &template["Resources"][id];
    assert!(resource.is_object(), "there is no {id}");
    &resource["Properties"]
}

/// Statements of a role by Sid.
fn statements(template: &Value, role: &str) -> BTreeMap<String, Value> {
    let policies = properties(template, role)["Policies"].as_array().unwrap();
    let statements = policies[0]["PolicyDocument"]["Statement"]
        .as_array()
        .unwrap();
    let by_sid = |it: &Value| (it["Sid"].as_str().unwrap().to_owned(), it.clone());
    statements.iter().map(by_sid).collect()
}

fn sub(text: &str) -> Value {
    json!({ "Fn::Sub": text })
}

fn arn(id: &str) -> Value {
    json!({ "Fn::GetAtt": [id, "Arn"] })
}

#[test]
fn a_dead_letter_queue_takes_from_its_own_lane_only() {
    let template = processing();
    let lane = properties(&template, "LaneStripeQueue");
    assert_eq!(
        lane["QueueName"],
        sub("lane-stripe-${EnvironmentSuffix}.fifo")
    );
    assert_eq!(lane["FifoQueue"], true);
    assert_eq!(lane["ContentBasedDeduplication"], true);
    assert_eq!(
        lane["RedrivePolicy"]["deadLetterTargetArn"],
        arn("LaneDlqStripeQueue")
    );
    assert_eq!(lane["RedrivePolicy"]["maxReceiveCount"], 5);
    let dead = properties(&template, "LaneDlqStripeQueue");
    assert_eq!(dead["FifoQueue"], true);
    assert_eq!(dead["MessageRetentionPeriod"], 14 * 24 * 60 * 60);
    let allowed = &dead["RedriveAllowPolicy"]["sourceQueueArns"];
    let lane = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:lane-stripe-${EnvironmentSuffix}.fifo";
    assert_eq!(*allowed, json!([sub(lane)]));
}

#[test]
fn no_provider_reaches_the_queue_of_another() {
    let template = processing();
    for (own, others) in [
        ("Stripe", ["Paypal", "Square"]),
        ("Paypal", ["Stripe", "Square"]),
        ("Square", ["Stripe", "Paypal"]),
    ] {
        let role = properties(&template, &format!("Process{own}Role")).to_string();
        assert!(role.contains(&format!("Lane{own}Queue")));
        for other in others {
            assert!(
                !role.contains(&format!("Lane{other}")),
                "{own} reaches {other}"
            );
        }
    }
}

#[test]
fn a_consumer_reports_what_failed_and_is_never_throttled_into_dead_letters() {
    for (template, mapping, function) in [
        (archive(), "EventProcessorMapping", "EventProcessorFunction"),
        (
            processing(),
            "ProcessSquareMapping",
            "ProcessSquareFunction",
        ),
    ] {
        let mapping = properties(&template, mapping);
        assert_eq!(
            mapping["FunctionResponseTypes"],
            json!(["ReportBatchItemFailures"])
        );
        let reserved = &properties(&template, function)["ReservedConcurrentExecutions"];
        let most = mapping["ScalingConfig"]["MaximumConcurrency"].as_u64();
        assert!(most.is_some() && most <= reserved.as_u64());
    }
}

#[test]
fn cases_of_a_group_become_ranges_and_tell_the_function_which_it_was() {
    let template = processing();
    let detail = |rule: &str| properties(&template, rule)["EventPattern"]["detail"].clone();
    assert_eq!(
        detail("SizeMicroRule"),
        json!({"amount": [{"numeric": ["<", 10]}]})
    );
    let standard = json!({"amount": [{"numeric": [">=", 10, "<=", 1000]}]});
    assert_eq!(detail("SizeStandardRule"), standard);
    let both = json!({"amount": [{"numeric": [">", 1000]}], "status": ["failed"]});
    assert_eq!(detail("FailedLargeRule"), both);
    assert_eq!(
        detail("BareChargesRule"),
        json!({"payment_id": [{"prefix": "ch_"}]})
    );
    let target = &properties(&template, "SizeMicroRule")["Targets"][0];
    assert_eq!(
        target["InputTransformer"]["InputTemplate"],
        r#"{"detail":<detail>,"id":"<id>","rule":"size","case":"micro"}"#
    );
    let permission = properties(&template, "SizeMicroStatusUpdatesPermission");
    let rule = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/payment-events/size-micro-${EnvironmentSuffix}";
    assert_eq!(permission["SourceArn"], sub(rule));
    assert_eq!(
        permission["SourceAccount"],
        json!({"Ref": "AWS::AccountId"})
    );
}

#[test]
fn a_rule_waits_for_whatever_lets_its_events_in_and_keeps_what_it_cannot_deliver() {
    for template in [archive(), processing()] {
        for (id, resource) in template["Resources"].as_object().unwrap() {
            if resource["Type"] != "AWS::Events::Rule" {
                continue;
            }
            let after = resource["DependsOn"].to_string();
            for target in resource["Properties"]["Targets"].as_array().unwrap() {
                assert!(target["DeadLetterConfig"]["Arn"].is_object(), "{id}");
                let text = target["Arn"].to_string();
                let wanted = if text.contains("Topic") {
                    "TopicPolicy"
                } else if text.contains("Function") {
                    "Permission"
                } else {
                    "RuleLogsPolicy"
                };
                assert!(after.contains(wanted), "{id} is made before its {wanted}");
            }
            assert!(after.contains("UndeliveredQueuePolicy"), "{id}");
        }
    }
}

#[test]
fn a_log_group_lets_in_the_rule_that_writes_to_it() {
    let template = archive();
    let rule = properties(&template, "ValueStandardRule");
    let group = sub(
        "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${StandardPaymentsEventsLogGroup}",
    );
    assert_eq!(rule["Targets"][0]["Arn"], group);
    assert_eq!(
        rule["EventPattern"]["detail-type"],
        json!(["Payment Processed"])
    );
    let policies = template["Resources"].as_object().unwrap().values();
    let policies: Vec<&Value> = policies
        .filter(|it| it["Type"] == "AWS::Logs::ResourcePolicy")
        .collect();
    assert_eq!(policies.len(), 1, "an account has few of them");
    let text = policies[0]["Properties"]["PolicyDocument"]["Fn::Sub"]
        .as_str()
        .unwrap();
    let document: Value = serde_json::from_str(text).expect("JSON in text");
    let statements = document["Statement"].as_array().unwrap();
    let write = statements
        .iter()
        .find(|it| it["Action"] == "logs:PutLogEvents")
        .unwrap();
    let source = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/payment-events/value-standard-${EnvironmentSuffix}";
    assert_eq!(write["Condition"]["ArnEquals"]["aws:SourceArn"], source);
    assert!(
        write["Resource"]
            .as_str()
            .unwrap()
            .ends_with("/aws/events/standard-payments-${EnvironmentSuffix}:*")
    );
}

#[test]
fn the_key_lets_in_each_service_that_sends_into_something_encrypted_and_for_this_stack_only() {
    let template = processing();
    let key = properties(&template, "PipelineKey");
    let statements = key["KeyPolicy"]["Statement"].as_array().unwrap();
    for (service, named) in [
        ("events.amazonaws.com", "rule/payment-events/refunds-"),
        ("sns.amazonaws.com", ":ops-"),
        (
            "cloudwatch.amazonaws.com",
            "alarm:payment-events-undelivered-",
        ),
    ] {
        let found = statements.iter().any(|it| {
            let condition = &it["Condition"];
            it["Principal"]["Service"] == service
                && condition["ArnEquals"]["aws:SourceArn"]
                    .to_string()
                    .contains(named)
                && condition["StringEquals"]["aws:SourceAccount"].is_object()
        });
        assert!(found, "{service} cannot encrypt for {named}");
    }
    let bus = statements
        .iter()
        .find(|it| it["Sid"] == "EncryptBuses")
        .unwrap();
    let context =
        &bus["Condition"]["StringEquals"]["kms:EncryptionContext:aws:events:event-bus:arn"];
    assert!(context.to_string().contains("event-bus/payment-events"));
}

#[test]
fn a_role_holds_exactly_what_its_grant_and_sinks_ask() {
    let template = archive();
    let receiver = statements(&template, "WebhookReceiverRole");
    let below = sub("${WebhookArchiveBucket.Arn}/webhooks/*");
    assert_eq!(receiver["WriteWebhookArchive"]["Resource"], below);
    assert_eq!(receiver["WriteWebhookArchive"]["Action"], "s3:PutObject");
    // Sinks follow the append, so that a duplicate is read back.
    assert_eq!(
        receiver["ReadBackPaymentEvents"]["Action"],
        "dynamodb:GetItem"
    );
    let handler = statements(&template, "NotificationHandlerRole");
    let index = sub("${PaymentEventsTable.Arn}/index/ProviderTimestampIndex");
    assert_eq!(handler["ReadPaymentEventsIndexes"]["Resource"], index);
    assert_eq!(
        handler["ReadPaymentEventsIndexes"]["Action"],
        "dynamodb:Query"
    );
    assert!(!handler.contains_key("AppendPaymentEvents"));

    let template = processing();
    let update = &statements(&template, "StatusUpdatesRole")["UpdateWebhooksStage"];
    let condition = &update["Condition"];
    let named = &condition["ForAllValues:StringEquals"]["dynamodb:Attributes"];
    assert_eq!(*named, json!(["webhook_id", "stage"]));
    assert_eq!(condition["Null"]["dynamodb:Attributes"], "false");
    // What is set at deployment needs no right.
    assert!(!statements(&template, "ValidatorRole").contains_key("ReadSquareUrl"));
    let variables = &properties(&template, "ValidatorFunction")["Environment"]["Variables"];
    assert_eq!(
        variables["PIPE_PARAM_SQUARE_URL"],
        json!({"Ref": "SquareUrl"})
    );
    assert_eq!(
        variables["PIPE_QUEUE_LANE_STRIPE"],
        json!({"Ref": "LaneStripeQueue"})
    );
}

#[test]
fn an_asynchronous_function_keeps_what_it_could_not_take() {
    let template = processing();
    let config = properties(&template, "StatusUpdatesInvokeConfig");
    assert_eq!(config["MaximumRetryAttempts"], 2);
    let destination = &config["DestinationConfig"]["OnFailure"]["Destination"];
    assert_eq!(*destination, arn("StatusUpdatesUndeliveredQueue"));
    let send = &statements(&template, "StatusUpdatesRole")["SendUndelivered"];
    assert_eq!(send["Resource"], arn("StatusUpdatesUndeliveredQueue"));
}

#[test]
fn subscribers_get_the_message_alone_and_only_what_they_asked_for() {
    let spec = NOTIFICATIONS.replace(
        "topic ops {",
        "queue large {\n  on: payment_events where amount > 1000 and (currency == \"USD\" or kind == refund)\n  visibility: 6m\n  dead_letter: webhook_dlq after 5\n}\n\nfunction book(TransactionReceived) {\n  on: large batch 10\n  concurrency: 10\n}\n\ngrant book { receive: large }\n\ntopic ops {",
    );
    let template = template("notifications.pipe", &spec);
    let subscription = &template["Resources"]["LargeQueueSubscription"];
    let properties = &subscription["Properties"];
    assert_eq!(properties["RawMessageDelivery"], true);
    assert_eq!(properties["FilterPolicyScope"], "MessageBody");
    assert_eq!(
        properties["FilterPolicy"],
        json!({"amount": [{"numeric": [">", 1000]}], "$or": [{"currency": ["USD"]}, {"kind": ["refund"]}]})
    );
    let undelivered = &properties["RedrivePolicy"]["deadLetterTargetArn"];
    assert_eq!(*undelivered, arn("PaymentEventsUndeliveredQueue"));
    assert!(
        subscription["DependsOn"]
            .to_string()
            .contains("LargeQueuePolicy")
    );
    let policy = template["Resources"]["LargeQueuePolicy"].to_string();
    assert!(policy.contains("sns.amazonaws.com") && policy.contains(":payment-events-"));
}

#[test]
fn a_function_that_reads_a_stream_has_an_end_to_its_retries() {
    let spec = NOTIFICATIONS.replace(
        "topic ops {",
        "function audit(TransactionReceived) {\n  on: payment_transactions where kind == refund batch 10\n  concurrency: 10\n}\n\ngrant audit { }\n\ntopic ops {",
    );
    let template = template("notifications.pipe", &spec);
    let mapping = properties(&template, "AuditMapping");
    assert_eq!(mapping["BisectBatchOnFunctionError"], true);
    assert!(mapping["MaximumRetryAttempts"].as_i64().unwrap() > 0);
    assert!(mapping["MaximumRecordAgeInSeconds"].as_i64().unwrap() > 0);
    let destination = &mapping["DestinationConfig"]["OnFailure"]["Destination"];
    assert_eq!(*destination, arn("AuditUndeliveredQueue"));
    let pattern = mapping["FilterCriteria"]["Filters"][0]["Pattern"]
        .as_str()
        .unwrap();
    assert!(
        pattern.contains("INSERT") && pattern.contains("refund"),
        "{pattern}"
    );
    let rights = statements(&template, "AuditRole");
    assert!(
        rights.contains_key("ReadPaymentTransactionsStream")
            && rights.contains_key("DecryptStream")
    );
}

#[test]
fn the_report_names_the_grant_that_breaks_append_only_and_where() {
    let report = &emit("webhook_processing.pipe", PROCESSING)["permissions.md"];
    let line = PROCESSING
        .lines()
        .position(|it| it.starts_with("grant status_updates"))
        .unwrap()
        + 1;
    assert!(report.contains(&format!(
        "- line {line}: `update: webhooks.stage` in the grant of status_updates"
    )));
    let report = &emit("archive.pipe", ARCHIVE)["permissions.md"];
    assert!(!report.contains("breaks append-only"));
    assert!(report.contains("Can anyone rewrite history? No role of this stack can."));
}
