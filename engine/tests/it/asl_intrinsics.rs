//! Intrinsic functions and variables: one expression, its input and its value, or `!` where the state fails.

use crate::asl_support::hand::Run;
use pipe_engine::asl::{Json, Machine};

/// The value of an expression in `Parameters`.
fn evaluate(expression: &str, input: &str) -> String {
    let expression = Json::from(expression).to_text();
    let definition = format!(
        r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Parameters":{{"r.$":{expression}}},"OutputPath":"$.r","End":true}}}}}}"#
    );
    let mut run = Run::new(&definition, input);
    run.start();
    match run.failure() {
        (error, _) if error == "States.Runtime" => "!".to_owned(),
        _ => run.output(),
    }
}

/// Expression, input, value.
const CALLS: &[(&str, &str, &str)] = &[
    ("States.MathAdd(1.49, 1.5)", "{}", "3"),
    ("States.MathAdd(1.5, 1.51)", "{}", "4"),
    ("States.MathAdd(-2.5, 0)", "{}", "-2"),
    ("States.MathAdd(9223372036854775807, 1)", "{}", "!"),
    ("States.ArrayRange(1, 9, 2)", "{}", "[1,3,5,7,9]"),
    ("States.ArrayRange(9, 1, -4)", "{}", "[9,5,1]"),
    ("States.ArrayRange(1, 1, 1)", "{}", "[1]"),
    ("States.ArrayRange(1, 2, -1)", "{}", "[]"),
    (
        "States.ArrayRange(-9223372036854775807, 9223372036854775807, 9223372036854775807)",
        "{}",
        "[-9223372036854775807,0,9223372036854775807]",
    ),
    (
        "States.ArrayUnique($)",
        "[1,1.0,\"1\",[1],[1],null]",
        "[1,\"1\",[1],null]",
    ),
    ("States.ArrayContains($, 3.0)", "[1,3]", "true"),
    ("States.ArrayGetItem($, 2)", "[1,3]", "!"),
    ("States.ArrayGetItem($, -1)", "[1,3]", "!"),
    ("States.ArrayLength($[*].a)", "[{\"a\":1},{}]", "1"),
    (
        "States.StringSplit('a,,b;c,', ',;')",
        "{}",
        "[\"a\",\"b\",\"c\"]",
    ),
    ("States.StringToJson('')", "{}", "null"),
    ("States.StringToJson('{oops')", "{}", "!"),
    (
        "States.StringToJson($.s)",
        r#"{"s":"{\"amount\":0.10}"}"#,
        r#"{"amount":0.10}"#,
    ),
    (
        "States.Format('{} is {}%', $.a, 100)",
        r#"{"a":"it"}"#,
        "\"it is 100%\"",
    ),
    (
        r"States.Format('\{\} it\'s {}', true)",
        "{}",
        "\"{} it's true\"",
    ),
    ("States.Format($.t, 1)", r#"{"t":"a{}b"}"#, "\"a1b\""),
    ("States.Format('{}', 1, 2)", "{}", "!"),
    ("States.Base64Encode('Aé')", "{}", "\"QcOp\""),
    ("States.Base64Decode('QcOp')", "{}", "\"Aé\""),
    ("States.Base64Decode('***')", "{}", "!"),
    (
        "States.Hash('a', 'SHA-384')",
        "{}",
        "\"54a59b9f22b0b80880d8427e548b7c23abd873486e1f035dce9cd697e85175033caa88e6d57bc35efae0b5afd3145f31\"",
    ),
    (
        "States.JsonMerge($.a, $.b, false)",
        r#"{"a":{"x":1,"y":2},"b":{"y":3,"z":4}}"#,
        r#"{"x":1,"y":3,"z":4}"#,
    ),
    ("States.MathRandom(5, 6)", "{}", "5"),
    ("States.MathRandom(5, 5)", "{}", "!"),
    (
        "States.ArrayGetItem(States.Array('a', States.MathAdd($.i, 1)), 1)",
        r#"{"i":6}"#,
        "7",
    ),
    (
        "States.ArrayContains($.a[?(@.n == 'x,)')].n, 'x,)')",
        r#"{"a":[{"n":"x,)"}]}"#,
        "true",
    ),
];

#[test]
fn intrinsic_functions_compute_what_step_functions_computes() {
    for (expression, input, expected) in CALLS {
        assert_eq!(
            evaluate(expression, input),
            *expected,
            "{expression} of {input}"
        );
    }
}

#[test]
fn random_values_are_a_function_of_the_seed() {
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"u.$":"States.UUID()","v.$":"States.UUID()","n.$":"States.MathRandom(0, 1000000)","s.$":"States.MathRandom(0, 1000000, 7)"},"End":true}}}"#;
    let values = |seed| {
        let mut run = Run::with_seed(definition, "{}", seed);
        run.start();
        run.output().parse::<Json>().expect("the output is JSON")
    };
    assert_eq!(values(1), values(1));
    assert_ne!(values(1).get("u"), values(2).get("u"));
    assert_ne!(values(1).get("u"), values(1).get("v"));
    assert_ne!(values(1).get("n"), values(2).get("n"));
    assert_eq!(values(1).get("s"), values(2).get("s"));
}

#[test]
fn text_that_is_no_call_is_refused() {
    for expression in [
        "States.Nothing()",
        "States.UUID(1)",
        "States.MathAdd(1)",
        "States.MathAdd(1, 2",
        "States.MathAdd(1, 2) x",
        "States.MathAdd 1, 2)",
        "States.MathAdd (1, 2)",
        "States.Format('a)",
        r"States.Format('\n')",
        "States.Array(x)",
        "states.UUID()",
        "",
    ] {
        let text = Json::from(expression).to_text();
        let definition = format!(
            r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Parameters":{{"r.$":{text}}},"End":true}}}}}}"#
        );
        assert!(Machine::parse(&definition).is_err(), "{expression}");
    }
    let mut deep = "States.UUID()".to_owned();
    for _ in 0..100 {
        deep = format!("States.Array({deep})");
    }
    let definition = format!(
        r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Parameters":{{"r.$":"{deep}"}},"End":true}}}}}}"#
    );
    assert!(Machine::parse(&definition).is_err());
}

/// A Map over one item whose processor reads `$outer` and assigns `inner`.
fn map(config: &str) -> String {
    format!(
        r#"{{"StartAt":"Set","States":{{
            "Set":{{"Type":"Pass","Assign":{{"outer":1,"x":"old"}},"Next":"Swap"}},
            "Swap":{{"Type":"Pass","Assign":{{"x":"new","seen.$":"$x"}},"Next":"M"}},
            "M":{{"Type":"Map","ItemsPath":"$.items","ResultPath":"$.mapped","Next":"After","ItemProcessor":{{{config}"StartAt":"I","States":{{
                "I":{{"Type":"Pass","Parameters":{{"outer.$":"$outer","seen.$":"$seen","index.$":"$$.Map.Item.Index"}},"Assign":{{"inner":2}},"End":true}}}}}}}},
            "After":{{"Type":"Pass","Parameters":{{"mapped.$":"$.mapped","x.$":"$x"}},"End":true}}}}}}"#
    )
}

#[test]
fn an_iteration_sees_the_variables_around_it_and_a_distributed_one_does_not() {
    let mut run = Run::new(&map(""), r#"{"items":["a"]}"#);
    run.start();
    assert_eq!(
        run.output(),
        r#"{"mapped":[{"outer":1,"seen":"old","index":0}],"x":"new"}"#
    );
    let config = r#""ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"#;
    let mut run = Run::new(&map(config), r#"{"items":["a"]}"#);
    run.start();
    assert_eq!(run.failure().0, "States.ExceedToleratedFailureThreshold");
}

#[test]
fn what_an_iteration_assigns_is_gone_after_it() {
    let definition = map("").replace(r#""x.$":"$x""#, r#""x.$":"$inner""#);
    let mut run = Run::new(&definition, r#"{"items":["a"]}"#);
    run.start();
    assert_eq!(run.failure().0, "States.Runtime");
}

#[test]
fn a_loop_without_end_within_an_item_ends_too() {
    let definition = r#"{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{
        "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"A","States":{
            "A":{"Type":"Choice","Choices":[{"Variable":"$","IsNull":true,"Next":"S"}],"Default":"A"},"S":{"Type":"Succeed"}}}}}}"#;
    let mut run = Run::new(definition, "[1]");
    run.start();
    assert_eq!(run.failure().0, "States.Runtime");
}

#[test]
fn the_result_of_a_pass_state_counts_more_than_its_parameters_and_is_not_evaluated() {
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a":1},"Result":{"x.$":"$.y"},"ResultPath":"$.r","End":true}}}"#;
    let mut run = Run::new(definition, r#"{"y":1}"#);
    run.start();
    assert_eq!(run.output(), r#"{"y":1,"r":{"x.$":"$.y"}}"#);
}
