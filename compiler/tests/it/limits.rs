//! What AWS refuses by its size is refused before: for each limit a pipeline that just fits, and one that has one more of it.
//!
//! A limit that no pipeline can reach would be a line without effect, so every line of the table is crossed here.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;

use pipe_compiler::limits::{self, LIMITS, Limit};

const BASE: &str = r#"pipeline shop

secret hook_key
param address: string at deploy
event Paid once id { id: string, note: string, amount: decimal, fee: decimal, kind: string }
table log { partition: id, holds: Paid }
bus one { source: "shop", holds: Paid }
topic ops { email: address }
topic news { holds: Paid }
route POST /paid { verify: github(secret: hook_key), handler: take, append: log, send: one, send: news }
function take(Paid) -> Paid
alarm failing { when: take.errors > 0 for 5m, send: ops }
grant take { read: hook_key, append: log, send: one, news }
"#;

/// A pipeline with so many of something, or something so long.
type Made = fn(usize) -> String;

fn repeated(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(BASE.to_owned(), |mut text, at| {
        writeln!(text, "{}", line(at)).unwrap();
        text
    })
}

fn long(length: usize) -> String {
    "x".repeat(length)
}

/// A pipeline in which a function may send to many queues with long names.
fn many_queues(count: usize) -> String {
    let name = |at: usize| format!("a_queue_with_a_name_of_forty_letters_{at:03}");
    let mut text = repeated(count, |at| {
        let dead = at / 10;
        format!("queue {} {{ dead_letter: dead_{dead} after 5 }}", name(at))
    });
    for at in 0..count.div_ceil(10) {
        writeln!(text, "queue dead_{at} {{ }}").unwrap();
    }
    let names: Vec<String> = (0..count).map(name).collect();
    let names = names.join(", ");
    write!(
        text,
        "function spread(Paid) -> Paid {{ send: {names} }}\nrule some on one send spread\ngrant spread {{ send: {names} }}\n"
    )
    .unwrap();
    text
}

fn many_secrets(count: usize) -> String {
    let mut text = repeated(count, |at| format!("secret key_{at}"));
    let names: Vec<String> = (0..count).map(|at| format!("key_{at}")).collect();
    text.push_str("function spread(Paid)\nrule some on one send spread\n");
    writeln!(text, "grant spread {{ read: {} }}", names.join(", ")).unwrap();
    text
}

/// Few variables, each with a name that the spec makes as long as SSM takes it: the limit of the role comes long after that of the environment.
fn long_parameters(count: usize) -> String {
    let mut text = repeated(count, |at| {
        format!("param p_{at}: string = \"v\" name \"/{}/{at}\"", long(500))
    });
    let names: Vec<String> = (0..count).map(|at| format!("p_{at}")).collect();
    text.push_str("function spread(Paid)\nrule some on one send spread\n");
    writeln!(text, "grant spread {{ read: {} }}", names.join(", ")).unwrap();
    text
}

fn many_rules(count: usize) -> String {
    repeated(count, |at| format!("rule rule_{at} on one send ops"))
}

fn many_logs(count: usize) -> String {
    repeated(count, |at| {
        format!("rule rule_{at} on one send log log_{at} retention 7d")
    })
}

fn many_alarms(count: usize) -> String {
    repeated(count, |at| {
        format!("alarm alarm_{at} {{ when: take.errors > {at} for 5m, send: ops }}")
    })
}

fn filtered(condition: &str) -> String {
    format!("{BASE}function hear(Paid) {{\n  on: news where {condition}\n}}\n")
}

fn either(field: &str, count: usize) -> String {
    let all: Vec<String> = (0..count)
        .map(|at| format!("{field} == \"{at}\""))
        .collect();
    format!("({})", all.join(" or "))
}

/// How each limit is reached, with a number that fits and one that does not; of what is measured with its names they are a few apart.
const WAYS: &[(Limit, Made, usize, usize)] = &[
    (limits::RESOURCES, many_alarms, 462, 463),
    (
        limits::TEMPLATE,
        |n| {
            format!(
                "{BASE}workflow w(it: Paid) {{\n  on: log where id == \"{}\"\n  publish \"a\", \"b\" to ops\n}}\ngrant w {{ send: ops }}\n",
                long(n)
            )
        },
        460_000,
        480_000,
    ),
    (
        limits::PARAMETERS,
        |n| repeated(n, |at| format!("param given_{at}: string at deploy")),
        195,
        196,
    ),
    (
        limits::OUTPUTS,
        |n| repeated(n, |at| format!("bucket kept_{at} {{ }}")),
        190,
        191,
    ),
    (limits::ROLE_POLICIES, many_secrets, 14, 17),
    (limits::KEY_POLICY, many_logs, 130, 150),
    (limits::ENVIRONMENT, many_queues, 22, 25),
    (limits::ENVIRONMENT, long_parameters, 7, 8),
    (
        limits::PATTERN,
        |n| {
            format!(
                "{BASE}rule long on one where note == \"{}\" send ops\n",
                long(n)
            )
        },
        1_983,
        1_984,
    ),
    (limits::RULES, many_rules, 300, 301),
    (
        limits::FILTER_COMBINATIONS,
        |n| {
            filtered(&format!(
                "{} and {} and amount != 1 and fee != 1",
                either("note", 6),
                either("kind", n)
            ))
        },
        6,
        7,
    ),
    (limits::QUEUE_POLICY, many_rules, 70, 76),
    (limits::TOPIC_POLICY, many_rules, 275, 295),
    (limits::LOG_POLICY, many_logs, 5, 6),
    (
        limits::PATH_PARTS,
        |n| {
            format!(
                "{BASE}route POST /deep{} {{ verify: github(secret: hook_key), handler: deep }}\nfunction deep(Paid) -> Paid\ngrant deep {{ read: hook_key }}\n",
                "/a".repeat(n)
            )
        },
        298,
        299,
    ),
    (
        limits::DASHBOARD_METRICS,
        |n| {
            let graph = |count| {
                format!(
                    "  graph \"a\" {{ show: {} }}\n",
                    vec!["take.errors"; count].join(", ")
                )
            };
            let full = graph(100).repeat(n / 100);
            format!(
                "{BASE}dashboard all {{\n{full}{}}}\n",
                if n % 100 == 0 {
                    String::new()
                } else {
                    graph(n % 100)
                }
            )
        },
        2_500,
        2_501,
    ),
    (
        limits::ALARM_DESCRIPTION,
        |n| {
            format!(
                "{BASE}/// {}\nalarm more {{ when: take.errors > 1 for 5m, send: ops }}\n",
                long(n)
            )
        },
        990,
        1_010,
    ),
    (
        limits::BUS_DESCRIPTION,
        |n| {
            format!(
                "{BASE}/// {}\nbus two {{ source: \"shop\", holds: Paid }}\n",
                long(n)
            )
        },
        512,
        513,
    ),
    (
        limits::PARAMETER_DESCRIPTION,
        |n| format!("{BASE}/// {}\nparam most: int = 5\n", long(n)),
        1_024,
        1_025,
    ),
    (
        limits::DEPLOY_PARAMETER_DESCRIPTION,
        |n| format!("{BASE}/// {}\nparam most: int at deploy\n", long(n)),
        4_000,
        4_001,
    ),
];

/// The size that is said to be too much; none where the pipeline is not refused for this.
fn refused(limit: &Limit, text: &str) -> Option<usize> {
    let checked = pipe_compiler::check("shop.pipe", text);
    let before = format!("{} has ", limit.of);
    let after = format!(
        " {}, and {} takes {}: {}",
        limit.unit, limit.service, limit.most, limit.advice
    );
    checked.diagnostics.iter().find_map(|it| {
        let (_, rest) = it.message.split_once(before.as_str())?;
        rest.strip_suffix(after.as_str())?.parse().ok()
    })
}

fn faults(text: &str) -> Vec<String> {
    let diagnostics = pipe_compiler::check("shop.pipe", text).diagnostics;
    let errors = diagnostics
        .iter()
        .filter(|it| it.severity() == pipe_compiler::diag::Severity::Error);
    errors
        .map(|it| format!("{}: {}", it.code.id, it.message))
        .collect()
}

#[test]
fn every_limit_is_held_where_it_begins() {
    for (limit, made, fits, crosses) in WAYS {
        let text = made(*fits);
        assert_eq!(refused(limit, &text), None, "{fits} is to fit {limit:?}");
        let text = made(*crosses);
        let size = refused(limit, &text).unwrap_or_default();
        let near = limit.most + limit.most / 5;
        assert!(
            (limit.most + 1..=near).contains(&size),
            "{crosses} is to be just beyond {limit:?}, but has {size}: {:?}",
            faults(&text)
        );
    }
}

/// Limits that the checker holds where they are crossed, each with its own test in `check_cases` and beside its kind.
const CHECKED: [Limit; 6] = [
    limits::RULE_TARGETS,
    limits::FILTER_FIELDS,
    limits::QUEUE_SOURCES,
    limits::GRAPHS,
    limits::GRAPH_METRICS,
    limits::PARAMETER_VALUE,
];

#[test]
fn every_line_of_the_table_is_crossed_somewhere() {
    for limit in LIMITS {
        let reached = WAYS.iter().any(|it| it.0 == *limit) || CHECKED.contains(limit);
        assert!(reached, "{limit:?}");
    }
}
