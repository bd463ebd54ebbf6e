//! Slips of those who know other languages, and what each is told: the fix, once, and nothing that only follows from it.

use pipe_compiler::diag::Diagnostic;

const SHOP: &str = "pipeline shop

secret hook_key
param least: decimal = 5
event OrderPlaced once orderId { orderId: string, timestamp: timestamp = received_at, amount: decimal, status: open | closed = open }
table orders { partition: orderId, sort: timestamp, holds: OrderPlaced }
queue inbox { dead_letter: inbox_dlq after 5 }
queue inbox_dlq { watch: off because \"a test\" }
route POST /orders { verify: github(secret: hook_key), handler: take, append: orders, send: inbox }
function take(OrderPlaced) -> OrderPlaced
function mail(OrderPlaced) { on: inbox }
function pack(OrderPlaced)
workflow ship(order: OrderPlaced) {
  on: orders where amount > 1
  watch: off because \"a test\"
  pack(order)
}
grant take { read: hook_key, least, append: orders, send: inbox }
grant mail { receive: inbox }
grant ship { call: pack }
";

/// What is said when a part of the shop is written otherwise.
fn said(right: &str, wrong: &str) -> Vec<Diagnostic> {
    assert!(SHOP.contains(right), "{right}");
    pipe_compiler::check("shop.pipe", &SHOP.replacen(right, wrong, 1)).diagnostics
}

fn shown(found: &[Diagnostic]) -> String {
    pipe_compiler::diag::render_short(found, "shop.pipe", SHOP)
}

/// Right, wrong, a part of the help, the replacement.
const SLIPS: &[(&str, &str, &str, Option<&str>)] = &[
    (
        "where amount > 1",
        "where status = open",
        "`==` compares",
        Some("=="),
    ),
    (
        "  pack(order)",
        "  if order.status = open {\n    pack(order)\n  }",
        "`==` compares",
        Some("=="),
    ),
    (
        "where amount > 1",
        "where amount > 0 && amount < 9",
        "joined by `and`",
        Some("and"),
    ),
    (
        "where amount > 1",
        "where amount > 9 || amount < 5",
        "joined by `or`",
        None,
    ),
    (
        "where amount > 1",
        "where status in (open, closed)",
        "`a == x or a == y`",
        None,
    ),
    (
        "  pack(order)",
        "  if order.amount > 3 {\n    pack(order)\n  }\n  else {\n  }",
        "behind the `}`",
        None,
    ),
    (
        "queue inbox {",
        "queue in-box {",
        "letters, digits and `_`",
        Some("_"),
    ),
    (
        "  pack(order)",
        "  # packs it\n  pack(order)",
        "begins with `//`",
        Some("//"),
    ),
    (
        "github(secret: hook_key)",
        "hmac_sha1(secret: hook_key)",
        "not supported",
        None,
    ),
    (
        "where amount > 1",
        "where amount > least",
        "let a function",
        None,
    ),
    (
        "  pack(order)",
        "  if order.amount > least {\n    pack(order)\n  }",
        "let a function",
        None,
    ),
];

#[test]
fn a_slip_is_told_what_to_write() {
    for (right, wrong, help, replacement) in SLIPS {
        let found = said(right, wrong);
        let told = found
            .iter()
            .find(|it| it.help.as_ref().is_some_and(|it| it.contains(help)));
        let told = told.unwrap_or_else(|| panic!("{wrong}\n{}{found:#?}", shown(&found)));
        let suggested = told.suggestion.as_ref().map(|it| it.replacement.as_str());
        assert_eq!(suggested, *replacement, "{wrong}");
    }
}

#[test]
fn nothing_follows_from_a_faulty_declaration() {
    let field = "amount: decimal";
    let wrongs = [
        (field, "am\u{f6}unt: decimal"),
        (field, "e-mail: string, amount: decimal"),
        (field, "tags: string[], amount: decimal"),
    ];
    for (right, wrong) in wrongs {
        let found = said(right, wrong);
        let codes: Vec<&str> = found.iter().map(|it| it.code.id).collect();
        assert!(!codes.contains(&"P0221"), "{wrong}\n{}", shown(&found));
    }
    let found = said("partition:", "partiton:");
    let [only] = found.as_slice() else {
        panic!("{}", shown(&found));
    };
    assert_eq!(only.code.id, "P0102");
    assert_eq!(only.suggestion.as_ref().unwrap().replacement, "partition");

    let routes: String = (0..13)
        .map(|it| format!("route POST /other/{it} {{ verify: github(secret: hook_key), handler: take, append: orders, send: inbox }}\n"))
        .collect();
    let found = said("grant take", &format!("{routes}grant take"));
    let of_routes = found.iter().filter(|it| it.code.id == "P0309");
    assert_eq!(of_routes.count(), 1, "{}", shown(&found));
}

#[test]
fn a_wrong_count_leaves_a_dead_letter_queue_one() {
    for wrong in ["inbox_dlq after 3", "inbox_dlq"] {
        let found = said("inbox_dlq after 5", wrong);
        assert_eq!(found.len(), 1, "{}", shown(&found));
    }
}

#[test]
fn an_empty_file_is_told_a_name_that_is_taken() {
    let found = pipe_compiler::check("my-shop.pipe", "").diagnostics;
    let help = found.first().and_then(|it| it.help.clone()).unwrap();
    assert!(
        help.contains("`pipeline my_shop`") && help.contains("`my_shop.pipe`"),
        "{help}"
    );
}

#[test]
fn arms_and_branches_stand_on_one_line() {
    let line = "  match order.status { open { done } else { } }\n  parallel { branch a { pack(order) } branch b { pack(order) } }\n";
    let found = said("  pack(order)\n", line);
    assert!(found.is_empty(), "{}", shown(&found));
    let found = said(
        "  pack(order)\n",
        "  match order.status { open { } closed }\n  pack(order)\n",
    );
    assert_eq!(found.len(), 2, "{}", shown(&found));
}

#[test]
fn a_short_threshold_says_its_unit() {
    let alarm = "topic ops { }\nalarm old { when: inbox.age > 5m for 5m, send: ops }\ngrant take";
    let found = said("grant take", alarm);
    let told = found.iter().find(|it| it.code.id == "P0217").unwrap();
    assert!(
        told.message.contains("number of seconds"),
        "{}",
        told.message
    );
    assert_eq!(told.suggestion.as_ref().unwrap().replacement, "300");
}
