//! `specs/payments.pipe` checks without a word, and the model says what the spec says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use pipe_compiler::model::{
    Argument, Condition, Default, Literal, Operator, Statement, Trigger, Type, Verb, Verify,
};

fn payments() -> pipe_compiler::model::Pipeline {
    let text = std::fs::read_to_string("../specs/payments.pipe").unwrap();
    let checked = pipe_compiler::check("payments.pipe", &text);
    let shown =
        pipe_compiler::diag::render_human(&checked.diagnostics, "payments.pipe", &text, false);
    assert!(checked.diagnostics.is_empty(), "{shown}");
    checked.pipeline.unwrap()
}

#[test]
fn the_model_holds_what_the_spec_says() {
    let it = payments();
    assert_eq!(
        (it.name.as_str(), it.file.as_str()),
        ("payments", "payments.pipe")
    );
    let received = &it.events["PaymentReceived"];
    assert_eq!(received.once, ["paymentId", "status"]);
    assert_eq!(received.fields[1].default, Some(Default::ReceivedAt));
    assert_eq!(
        received.fields[4].default,
        Some(Default::Literal(Literal::String("USD".into())))
    );
    assert_eq!(
        it.tables["payment_events"].sort,
        Some(("timestamp".into(), Type::Timestamp))
    );
    let [route] = it.routes.as_slice() else {
        panic!("one route")
    };
    assert_eq!(
        (
            route.method.as_str(),
            route.path.as_str(),
            route.handler().unwrap_or_default()
        ),
        ("POST", "/webhooks", "validate")
    );
    let Verify::Scheme {
        scheme, arguments, ..
    } = &route.verify
    else {
        panic!("a scheme")
    };
    assert_eq!(scheme, "hmac_sha256");
    assert_eq!(arguments["secret"], Argument::Secret("webhook_key".into()));
    assert_eq!(arguments["encoding"], Argument::Text("hex".into()));
    assert_eq!(arguments["tolerance"], Argument::DurationS(300));
    assert_eq!(it.functions["validate"].trigger, Trigger::Route(0));
    assert_eq!(
        it.functions["process"].trigger,
        Trigger::Workflows(vec!["settle_payment".into()])
    );
    assert_eq!(it.functions["process"].memory_mb, 512);
    assert_eq!(it.functions["process"].retention_days, 30);
    let gently = &it.retries["gently"];
    assert_eq!(
        (
            gently.retries,
            gently.interval_s,
            gently.max_delay_s,
            gently.backoff.as_str()
        ),
        (3, 2, 30, "2.0")
    );
}

#[test]
fn the_workflow_is_typed() {
    let it = payments();
    let workflow = &it.workflows["settle_payment"];
    let Some(Condition::Compare {
        field,
        operator,
        value,
        ..
    }) = &workflow.filter
    else {
        panic!("a comparison")
    };
    assert_eq!(
        (field.as_str(), *operator, value),
        (
            "status",
            Operator::Equal,
            &Literal::Variant("pending".into())
        )
    );
    let [
        Statement::Call {
            binding,
            catches,
            retry,
            ..
        },
        Statement::Append { fields, .. },
    ] = workflow.body.as_slice()
    else {
        panic!("a call and an append: {:?}", workflow.body)
    };
    assert_eq!(
        (binding.as_deref(), retry.as_deref()),
        (Some("receipt"), Some("gently"))
    );
    assert_eq!(catches[0].errors, ["Declined"]);
    assert!(catches[1].errors.is_empty());
    assert_eq!(
        fields.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(),
        ["paymentId", "timestamp", "receipt"]
    );
    assert!(
        it.grants["settle_payment"]
            .permissions
            .iter()
            .all(|it| it.used_by_edge)
    );
    assert_eq!(it.grants["validate"].permissions[0].verb, Verb::Read);
}

#[test]
fn the_order_of_declarations_reaches_nothing_but_lines() {
    let text = std::fs::read_to_string("../specs/payments.pipe").unwrap();
    // A blank line before an indented one stands inside a declaration.
    let inside = text.replace("\n\n  ", "\n  ");
    let mut blocks: Vec<&str> = inside.split("\n\n").collect();
    blocks.reverse();
    let turned = pipe_compiler::check("payments.pipe", &blocks.join("\n\n"));
    assert!(turned.diagnostics.is_empty(), "{:?}", turned.diagnostics);
    let (a, b) = (payments(), turned.pipeline.unwrap());
    assert_eq!(
        a.functions.keys().collect::<Vec<_>>(),
        b.functions.keys().collect::<Vec<_>>()
    );
    assert_eq!(
        a.grants["validate"].permissions.len(),
        b.grants["validate"].permissions.len()
    );
    assert_eq!(
        a.functions["validate"].trigger,
        b.functions["validate"].trigger
    );
}
