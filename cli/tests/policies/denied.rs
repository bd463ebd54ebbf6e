//! The real thing: a system runs without one statement, and whoever needs it is denied in AWS's words and told which grant would mend it.

use crate::scenario;
use crate::statement::{self, Statement};
use crate::system::{self, System};

/// System, role, statement, the action that is denied, and the grant that the denial names.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// One for each verb on each kind of resource that the systems use.
const CASES: &[Case] = &[
    (
        "payments",
        "ValidateRole",
        "ReadWebhookKey",
        "ssm:GetParameter",
        "grant validate { read: webhook_key }",
    ),
    (
        "payments",
        "ValidateRole",
        "AppendPaymentEvents",
        "dynamodb:PutItem",
        "grant validate { append: payment_events }",
    ),
    (
        "payments",
        "SettlePaymentRole",
        "CallProcess",
        "lambda:InvokeFunction",
        "grant settle_payment { call: process }",
    ),
    (
        "refunds",
        "BeginRole",
        "ReceiveIntake",
        "sqs:ReceiveMessage",
        "grant begin { receive: intake }",
    ),
    (
        "refunds",
        "BeginRole",
        "StartRefundPayment",
        "states:StartExecution",
        "grant begin { start: refund_payment }",
    ),
    (
        "refunds",
        "TakeRole",
        "SendIntake",
        "sqs:SendMessage",
        "grant take { send: intake }",
    ),
    (
        "refunds",
        "RefundPaymentRole",
        "UpdateRefundsStage",
        "dynamodb:UpdateItem",
        "grant refund_payment { update: refunds.stage }",
    ),
    (
        "refunds",
        "RefundPaymentRole",
        "WritePapers",
        "s3:PutObject",
        "grant refund_payment { write: papers }",
    ),
    (
        "refunds",
        "RefundPaymentRole",
        "SendResults",
        "sns:Publish",
        "grant refund_payment { send: results }",
    ),
    (
        "refunds",
        "RefundPaymentRole",
        "SendBooks",
        "events:PutEvents",
        "grant refund_payment { send: books }",
    ),
    (
        "refunds",
        "RefundPaymentRole",
        "StartFollowUp",
        "states:StartExecution",
        "grant refund_payment { start: follow_up }",
    ),
    (
        "archive",
        "WebhookReceiverRole",
        "WriteWebhookArchive",
        "s3:PutObject",
        "grant webhook_receiver { write: webhook_archive }",
    ),
    (
        "archive",
        "WebhookReceiverRole",
        "ReadConfig",
        "ssm:GetParameter",
        "grant webhook_receiver { read: config }",
    ),
    (
        "archive",
        "EventProcessorRole",
        "SendPaymentBus",
        "events:PutEvents",
        "grant event_processor { send: payment_bus }",
    ),
    (
        "archive",
        "NotificationHandlerRole",
        "ReadPaymentEvents",
        "dynamodb:Query",
        "grant notification_handler { read: payment_events }",
    ),
    (
        "archive",
        "NotificationHandlerRole",
        "SendPaymentAlerts",
        "sns:Publish",
        "grant notification_handler { send: payment_alerts }",
    ),
];

fn deny((name, role, sid, action, grant): Case) {
    let template = system::template(name);
    let all = statement::all(&template);
    let is = |it: &&Statement| it.owner == role && it.sid == sid;
    let it = all.iter().find(is).unwrap();
    let run = format!("without-{role}-{sid}");
    let system = System::start(name, &run, &statement::without(&template, &[it]));
    scenario::send_samples(&system, name);
    let denial = format!("is not authorized to perform: {action} on resource: ");
    let mend = format!(
        "because no identity-based policy allows the {action} action (the spec lacks: {grant})"
    );
    let told = system.watch(|step| {
        let step = serde_json::to_string(step).unwrap();
        step.contains(&denial) && step.contains(&mend)
    });
    assert!(told, "{name} without {it}: nobody is told `{mend}`");
}

/// Two systems run at once, as the tests of a file do.
fn deny_half(half: usize) {
    for case in CASES.iter().skip(half).step_by(2) {
        deny(*case);
    }
}

#[test]
fn who_needs_a_statement_is_denied_and_told_the_grant() {
    deny_half(0);
}

#[test]
fn who_needs_another_statement_is_denied_and_told_the_grant() {
    deny_half(1);
}

/// What a denial tells to add is what the committed spec says, word for word, so it compiles.
#[test]
fn each_grant_that_is_told_is_one_of_the_spec() {
    for (name, role, sid, _, told) in CASES {
        let path = crate::pipeline::root().join(format!("specs/{name}.pipe"));
        let spec = std::fs::read_to_string(&path).unwrap();
        let pipeline = pipe_compiler::check(&path.display().to_string(), &spec).pipeline;
        let grants = pipeline.unwrap().grants;
        let said = grants.values().flat_map(|grant| {
            grant.permissions.iter().map(|it| {
                let verb = format!("{:?}", it.verb).to_lowercase();
                let field = it.field.as_ref().map(|it| format!(".{it}"));
                let field = field.unwrap_or_default();
                format!("grant {} {{ {verb}: {}{field} }}", grant.to, it.resource)
            })
        });
        assert!(
            said.into_iter().any(|it| it == *told),
            "{name} {role} {sid}"
        );
    }
}
