//! `pipec lsp` as an editor meets it: a process that is spoken to, for each thing that it offers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "lsp/editor.rs"]
mod editor;
#[path = "lsp/offers.rs"]
mod offers;

use editor::{Editor, SHOP, cursor};
use offers::OFFERS;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A whole spec; tests take words out of it and ask what belongs there.
const SPEC: &str = r#"//! Bestellungen für Käufer: 😀 zählt in UTF-16 doppelt.

pipeline shop

/// Signs.
secret hook_key

event Paid once id { id: string, timestamp: timestamp = received_at, amount: decimal, state: open | settled }
event Packed once id { id: string, timestamp: timestamp, by: string }
table payments { partition: id, sort: timestamp, holds: Paid, Packed }
queue inbox { dead_letter: inbox_dlq after 5 }
queue inbox_dlq { watch: off because "😀 nobody" }
route POST /payments { verify: github(secret: hook_key), handler: take, send: inbox }
function take(Paid) -> Paid
function record(Paid) -> Paid { on: inbox batch 10, append: payments }
function pack(Paid) -> Parcel
type Parcel { by: string }
workflow ship(paid: Paid) {
  on: payments where amount > 5

  parcel = pack(paid)
  catch any {
    done
  }
  append Packed { id: paid.id, timestamp: started_at, by: parcel.by } to payments
}
param email: string at deploy
topic ops { email: email }
alarm unshipped { when: ship.failed > 0 for 5m, send: ops }
grant take   { read: hook_key, send: inbox }
grant record { receive: inbox, append: payments }
grant ship   { call: pack, append: payments }
"#;

/// Clients made with the library of VS Code say how they speak, and the protocol lets any name its process.
#[test]
fn a_client_may_say_that_it_speaks_on_standard_input_and_output() {
    for arguments in [&["--stdio"][..], &["--stdio", "--clientProcessId=1"]] {
        let mut editor = Editor::started_with(arguments);
        let answer = editor.ask(
            "initialize",
            json!({"processId": null, "rootUri": null, "capabilities": {}}),
        );
        assert_eq!(answer["serverInfo"]["name"], "pipec", "{answer}");
    }
}

fn with(from: &str, to: &str) -> String {
    assert!(SPEC.contains(from), "{from}");
    SPEC.replacen(from, to, 1)
}

/// Lines and UTF-16 units of the range in a text.
fn text_of(text: &str, range: &Value) -> String {
    let line = text
        .lines()
        .nth(range["start"]["line"].as_u64().unwrap() as usize)
        .unwrap();
    assert_eq!(range["start"]["line"], range["end"]["line"]);
    let units: Vec<u16> = line.encode_utf16().collect();
    let place = |it: &str| range[it]["character"].as_u64().unwrap() as usize;
    String::from_utf16(&units[place("start")..place("end")]).unwrap()
}

#[test]
fn diagnostics_come_while_one_types_and_go_when_it_is_right() {
    let mut editor = Editor::new();
    let nothing: Vec<Value> = Vec::new();
    assert_eq!(editor.open(SHOP, SPEC), nothing, "the spec is right");
    let wrong = with("\"😀 nobody\" }", "\"😀 nobody\", retension: 14d }");
    let found = editor.change(SHOP, &wrong);
    assert_eq!(found.len(), 1, "{found:#?}");
    let it = &found[0];
    let (code, severity, source) = (&it["code"], &it["severity"], &it["source"]);
    assert_eq!(
        (code, severity, source),
        (&json!("P0102"), &json!(1), &json!("pipec"))
    );
    assert_eq!(text_of(&wrong, &it["range"]), "retension");
    let message = it["message"].as_str().unwrap();
    assert!(
        message.contains("help: did you mean `retention`?"),
        "{message}"
    );
    // A second place, here where the name was declared first.
    let twice = with("queue inbox_dlq", "queue inbox { }\nqueue inbox_dlq");
    let found = editor.change(SHOP, &twice);
    let it = found.iter().find(|it| it["code"] == "P0104").unwrap();
    let related = &it["relatedInformation"][0];
    assert_eq!(text_of(&twice, &related["location"]["range"]), "inbox");
    assert_eq!(related["message"], "first declared here");
    assert_eq!(editor.change(SHOP, SPEC), nothing);
    // What is closed is forgotten, and its diagnostics are taken back.
    editor.change(SHOP, &wrong);
    editor.tell(
        "textDocument/didClose",
        json!({"textDocument": {"uri": SHOP}}),
    );
    assert_eq!(editor.published(SHOP), nothing);
    assert_eq!(
        editor.ask_at("textDocument/hover", SHOP, (2, 1)),
        json!(null)
    );
}

#[test]
fn what_belongs_at_the_cursor_is_offered() {
    let mut editor = Editor::new();
    let mut faults = Vec::new();
    for (from, to, wanted, unwanted) in OFFERS {
        let offered = editor.offered(&with(from, to));
        let is_offered = |it: &&&str| offered.iter().any(|known| known == **it);
        let missing: Vec<_> = wanted.iter().filter(|it| !is_offered(it)).collect();
        let wrong: Vec<_> = unwanted.iter().filter(is_offered).collect();
        if !missing.is_empty() || !wrong.is_empty() {
            faults.push(format!(
                "{to}: {missing:?} missing, {wrong:?} wrong in {offered:?}"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_proposal_replaces_what_is_written_and_shows_what_is_open() {
    let mut editor = Editor::new();
    let items = editor.items(&with("verify: github(secret: hook_key)", "verify: squ‸"));
    let square = items.iter().find(|it| it["label"] == "square").unwrap();
    assert_eq!(square["textEdit"]["newText"], "square(secret: $1, url: $2)");
    assert_eq!(square["insertTextFormat"], 2, "a snippet");
    let (text, _) = cursor(&with("verify: github(secret: hook_key)", "verify: squ‸"));
    assert_eq!(text_of(&text, &square["textEdit"]["range"]), "squ");
    let shown = square["documentation"]["value"].as_str().unwrap();
    assert!(
        shown.starts_with("# `square`: a signature scheme"),
        "{shown}"
    );
}

/// A word is written anew in front of the colon or the brackets that it has.
#[test]
fn what_stands_already_is_not_written_twice() {
    let mut editor = Editor::new();
    for (from, to, label) in [
        ("dead_letter: inbox_dlq", "dead‸: inbox_dlq", "dead_letter"),
        (
            "dead_letter: inbox_dlq",
            "dead‸_lettre: inbox_dlq",
            "dead_letter",
        ),
        ("github(secret:", "github(se‸:", "secret"),
        ("github(secret:", "git‸(secret:", "github"),
    ] {
        let items = editor.items(&with(from, to));
        let it = items.iter().find(|it| it["label"] == label).unwrap();
        assert_eq!(it["textEdit"]["newText"], label, "{to}");
        assert_eq!(it.get("insertTextFormat"), None, "{to}");
    }
}

#[test]
fn a_word_is_explained_where_it_stands() {
    let mut editor = Editor::new();
    for (from, to, shown) in [
        (
            "queue inbox {",
            "que‸ue inbox {",
            "# `queue`: a kind of declaration",
        ),
        (
            "dead_letter:",
            "dead_‸letter:",
            "# `dead_letter` of a queue",
        ),
        (
            "verify: github",
            "verify: git‸hub",
            "# `github`: a signature scheme",
        ),
        ("github(secret:", "github(se‸cret:", "`secret` of `github`"),
        (
            "append Packed {",
            "app‸end Packed {",
            "# `append`: a statement of a workflow",
        ),
        (
            "ship.failed",
            "ship.fai‸led",
            "# `workflow.failed`: a metric",
        ),
        (
            "secret: hook_key",
            "secret: hook‸_key",
            "secret hook_key\n```\n\nSigns.",
        ),
        ("paid.id,", "paid.i‸d,", "id: string"),
        ("= pack(paid)", "= pack(pa‸id)", "paid: Paid"),
        (
            "handler: take",
            "accept: stripe.invoice.pa‸id, handler: take",
            "amount_paid: decimal",
        ),
        (
            "holds: Paid, Packed }",
            "holds: Paid, Packed\n  index by_name { parti‸tion: by }\n}",
            "`partition`: a field; required.\n\nThe field by which facts are found.",
        ),
        // A word that is wrong shows the page of what is wrong with it.
        (
            "queue inbox {",
            "queue inbox { retension‸: 4d, ",
            "# P0102: unknown attribute",
        ),
    ] {
        let hovered = editor.hovered(&with(from, to));
        assert!(hovered.contains(shown), "{to}: {hovered}");
    }
    assert_eq!(editor.hovered(&with("/// Signs.", "/// Si‸gns.")), "");
}

#[test]
fn a_name_leads_to_its_declaration() {
    let mut editor = Editor::new();
    for (from, to, declared) in [
        (
            "dead_letter: inbox_dlq",
            "dead_letter: inbox‸_dlq",
            "queue inbox_dlq",
        ),
        ("handler: take", "handler: ta‸ke", "function take"),
        ("-> Parcel", "-> Par‸cel", "type Parcel"),
        ("holds: Paid", "holds: Pa‸id", "event Paid"),
        ("grant ship", "grant sh‸ip", "workflow ship"),
    ] {
        let (text, place) = cursor(&with(from, to));
        editor.open(SHOP, &text);
        let found = editor.ask_at("textDocument/definition", SHOP, place);
        assert_eq!(found["uri"], SHOP);
        let name = declared.split(' ').nth(1).unwrap();
        assert_eq!(text_of(&text, &found["range"]), name);
        let line = found["range"]["start"]["line"].as_u64().unwrap() as usize;
        assert!(
            text.lines().nth(line).unwrap().starts_with(declared),
            "{to}: {found}"
        );
    }
}

#[test]
fn a_text_is_formatted_as_pipec_formats_it() {
    let mut editor = Editor::new();
    let untidy = with("queue inbox { dead_letter", "queue   inbox {dead_letter");
    editor.open(SHOP, &untidy);
    let options =
        json!({"textDocument": {"uri": SHOP}, "options": {"tabSize": 4, "insertSpaces": true}});
    let edits = editor.ask("textDocument/formatting", options.clone());
    assert_eq!(edits[0]["newText"], pipe_dsl::format(&untidy).unwrap());
    let lines = u64::try_from(untidy.lines().count()).unwrap();
    assert_eq!(
        edits[0]["range"]["end"],
        json!({"line": lines, "character": 0})
    );
    let tidy = pipe_dsl::format(&untidy).unwrap();
    editor.change(SHOP, &tidy);
    assert_eq!(
        editor.ask("textDocument/formatting", options.clone()),
        json!([])
    );
    editor.change(SHOP, "pipeline shop\nqueue {{{");
    assert_eq!(editor.ask("textDocument/formatting", options), json!(null));
}

#[test]
fn a_mend_that_is_known_is_offered_and_makes_it_right() {
    let mut editor = Editor::new();
    let wrong = with("\"😀 nobody\" }", "\"😀 nobody\", retension: 14d }");
    let diagnostics = editor.open(SHOP, &wrong);
    let range = diagnostics[0]["range"].clone();
    let asked = json!({"textDocument": {"uri": SHOP}, "range": range, "context": {"diagnostics": diagnostics}});
    let fixes = editor.ask("textDocument/codeAction", asked);
    assert_eq!(fixes.as_array().unwrap().len(), 1, "{fixes}");
    assert_eq!(fixes[0]["title"], "replace `retension` by `retention`");
    assert_eq!(fixes[0]["kind"], "quickfix");
    let edit = &fixes[0]["edit"]["changes"][SHOP][0];
    assert_eq!(text_of(&wrong, &edit["range"]), "retension");
    let mended = wrong.replacen("retension", edit["newText"].as_str().unwrap(), 1);
    assert!(editor.change(SHOP, &mended).is_empty());
    // What cannot be seen is not shown.
    let wrong = with("/// Signs.", "/// Signs.\u{200b}");
    let diagnostics = editor.change(SHOP, &wrong);
    let range = diagnostics[0]["range"].clone();
    let asked = json!({"textDocument": {"uri": SHOP}, "range": range, "context": {"diagnostics": diagnostics}});
    let fixes = editor.ask("textDocument/codeAction", asked);
    assert_eq!(fixes[0]["title"], "take it out");
    let elsewhere =
        json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}});
    let asked =
        json!({"textDocument": {"uri": SHOP}, "range": elsewhere, "context": {"diagnostics": []}});
    assert_eq!(editor.ask("textDocument/codeAction", asked), json!([]));
}

#[test]
fn declarations_are_listed_for_an_outline() {
    let mut editor = Editor::new();
    editor.open(SHOP, SPEC);
    let symbols = editor.ask(
        "textDocument/documentSymbol",
        json!({"textDocument": {"uri": SHOP}}),
    );
    let names: Vec<&str> = symbols
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.first().copied(), Some("hook_key"));
    assert!(
        names.contains(&"ship") && names.contains(&"unshipped"),
        "{names:?}"
    );
}

/// Whatever stands in a text, the server goes on; whatever is asked that it does not know, it says so.
#[test]
fn nothing_that_is_written_or_asked_stops_it() {
    let mut editor = Editor::new();
    let cut = SPEC.char_indices().map(|(at, _)| &SPEC[..at]).step_by(97);
    let odd = [
        "",
        "\u{0}",
        "queue {{{",
        "}}}",
        "pipeline shop\r\nqueue q {\r\n  fifo: \r\n}",
        "😀\n  😀: 😀",
    ];
    for text in cut.chain(odd) {
        editor.open(SHOP, text);
        for place in [
            (0, 0),
            (7, 3),
            (22, 40),
            (9_999, 9_999),
            (u32::MAX, u32::MAX),
        ] {
            editor.ask_at("textDocument/completion", SHOP, place);
            editor.ask_at("textDocument/hover", SHOP, place);
            editor.ask_at("textDocument/definition", SHOP, place);
        }
    }
    let unknown = editor.answer("textDocument/rename", json!({}));
    assert_eq!(unknown["error"]["code"], -32_601, "{unknown}");
    let misspelled = editor.answer("textDocument/hover", json!({"where": "there"}));
    assert_eq!(misspelled["error"]["code"], -32_602, "{misspelled}");
    editor.tell("textDocument/didOpen", json!({"nothing": true}));
    editor.tell("$/setTrace", json!({"value": "off"}));
    let elsewhere = editor.ask_at("textDocument/hover", "file:///not/open.pipe", (0, 0));
    assert_eq!(elsewhere, json!(null));
    assert!(editor.open(SHOP, SPEC).is_empty());
}

#[test]
fn it_ends_when_it_is_told_to_and_when_nobody_is_there() {
    let mut editor = Editor::new();
    editor.open(SHOP, SPEC);
    assert_eq!(editor.ask("shutdown", json!(null)), json!(null));
    editor.tell("exit", json!(null));
    assert_eq!(editor.ended(), Some(0));

    let mut rude = Editor::new();
    rude.tell("exit", json!(null));
    assert_eq!(rude.ended(), Some(2), "without `shutdown`");

    assert_eq!(Editor::new().vanish(), Some(2), "the editor is gone");
    assert_eq!(Editor::silent().vanish(), Some(2), "nothing was ever said");

    let mut broken = Editor::new();
    broken.raw("this is no JSON");
    assert_eq!(broken.ended(), Some(2), "what is no message at all");
}

#[test]
fn why_it_ends_is_told() {
    let greeting = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#;
    let greeted = r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#;
    for (messages, told) in [
        (&[][..], "error: the editor is gone\n"),
        (&[greeting], "error: the editor is gone\n"),
        (&[greeting, greeted], "error: the editor is gone\n"),
        (
            &[greeting, greeted, r#"{"half of a pair":"\ud83d"}"#],
            "error: the editor sent what is no message\n",
        ),
    ] {
        let mut server = Command::new(env!("CARGO_BIN_EXE_pipec"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = server.stdin.take().unwrap();
        for it in messages {
            write!(input, "Content-Length: {}\r\n\r\n{it}", it.len()).unwrap();
        }
        drop(input);
        let output = server.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), told);
    }
}

/// Of what an editor says of itself only what is needed is read, so that an older or newer form of the rest stops nothing.
#[test]
fn an_editor_of_another_version_of_the_protocol_is_served() {
    let mut editor = Editor::silent();
    let odd = json!({"publishDiagnostics": {"tagSupport": true}, "completion": {"completionItem": {"snippetSupport": "yes"}}});
    let greeting = json!({"processId": "1", "capabilities": {"textDocument": odd}});
    let answer = editor.ask("initialize", greeting);
    assert_eq!(answer["serverInfo"]["name"], "pipec", "{answer}");
    editor.tell("initialized", json!({}));
    assert!(editor.open(SHOP, SPEC).is_empty());
}

/// `expect` is an attribute of a workflow and a statement in one, and each is written otherwise.
#[test]
fn a_word_that_is_two_things_is_offered_as_both() {
    let mut editor = Editor::new();
    let text = SPEC.replacen("  append Packed {", "  exp‸\n  append Packed {", 1);
    let offered = editor.items(&text);
    let kinds: Vec<i64> = offered
        .iter()
        .filter(|it| it["label"] == "expect")
        .map(|it| it["kind"].as_i64().unwrap())
        .collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert_ne!(kinds[0], kinds[1]);
}
