//! The drawing: boxes apart and inside the page, whatever the shape of the pipeline.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a helper of a test file is part of its tests"
)]

use crate::emit_fixture::{at, payments};
use pipe_compiler::compile;
use pipe_compiler::model::{Grant, Permission, Pipeline, Trigger, Verb};
use proptest::prelude::*;

/// Payments with more of everything: `extra` says for each further function whether it reads, appends, is a route's handler, or is called.
fn pipeline(extra: &[u8]) -> Pipeline {
    let mut pipeline = payments();
    for (index, what) in extra.iter().enumerate() {
        let name = format!("function_number_{index}");
        let mut function = pipeline.functions["process"].clone();
        function.name = name.clone();
        function.trigger = Trigger::Nothing;
        let permission = |verb, resource: &str| Permission {
            verb,
            resource: resource.into(),
            field: None,
            used_by_edge: false,
            origin: at(100),
        };
        let permissions = match what % 4 {
            0 => vec![permission(Verb::Read, "webhook_key")],
            1 => vec![
                permission(Verb::Append, "payment_events"),
                permission(Verb::Read, "payment_events"),
            ],
            2 => vec![],
            _ => {
                let mut table = pipeline.tables["payment_events"].clone();
                table.name = format!("table_{index}");
                let resource = table.name.clone();
                pipeline.tables.insert(resource.clone(), table);
                vec![permission(Verb::Append, &resource)]
            }
        };
        if what % 3 == 0 {
            let mut route = pipeline.routes[0].clone();
            route.path = format!("/webhooks/number/{index}");
            route.answer = pipe_compiler::model::Answer::Handler(name.clone());
            pipeline.routes.push(route);
        }
        if what % 5 == 0 {
            let settle = pipeline
                .grants
                .get_mut("settle_payment")
                .expect("the grant");
            settle.permissions.push(permission(Verb::Call, &name));
        }
        pipeline.grants.insert(
            name.clone(),
            Grant {
                to: name.clone(),
                permissions,
                origin: at(100),
            },
        );
        pipeline.functions.insert(name, function);
    }
    pipeline
}

fn svg(pipeline: &Pipeline) -> String {
    let artifacts = compile(pipeline);
    let found = artifacts
        .into_iter()
        .find(|it| it.path == "graph.svg")
        .expect("the drawing");
    String::from_utf8(found.contents).expect("text")
}

/// A number attribute of a tag.
fn number(tag: &str, name: &str) -> i64 {
    let value = tag
        .split(&format!(" {name}=\""))
        .nth(1)
        .and_then(|it| it.split('"').next());
    value.and_then(|it| it.parse().ok()).expect("a number")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn boxes_are_apart_and_on_the_page(extra in prop::collection::vec(any::<u8>(), 0..8)) {
        let svg = svg(&pipeline(&extra));
        let page = svg.lines().next().expect("a line");
        let (width, height) = (number(page, "width"), number(page, "height"));
        let tags = svg.lines().filter(|it| it.contains("class=\"node\""));
        let boxes: Vec<[i64; 4]> =
            tags.map(|it| [number(it, "x"), number(it, "y"), number(it, "width"), number(it, "height")]).collect();
        for (index, [x, y, w, h]) in boxes.iter().enumerate() {
            prop_assert!(*x >= 0 && *y >= 0 && x + w <= width && y + h <= height);
            for [other_x, other_y, other_w, other_h] in &boxes[..index] {
                let apart = x + w <= *other_x || other_x + other_w <= *x || y + h <= *other_y || other_y + other_h <= *y;
                prop_assert!(apart, "two boxes overlap");
            }
        }
    }
}

#[test]
fn a_larger_pipeline_can_be_looked_at() {
    let svg = svg(&pipeline(&[0, 1, 3, 5, 9, 2]));
    assert!(svg.contains("/webhooks/number/0"));
    if let Ok(path) = std::env::var("PIPEC_GRAPH_OUT") {
        std::fs::write(path, svg).expect("written");
    }
}
