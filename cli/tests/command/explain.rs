//! `pipec explain`: what a word means, all words, and what is said about one that means nothing.

use crate::{folder, pipec, said};
use std::path::Path;

/// What `pipec explain WORD` prints, and that it ends with 0.
fn explained(word: &str) -> String {
    // It reads no file, and tests that run at once share this folder, so nobody empties it.
    let output = pipec(Path::new(env!("CARGO_TARGET_TMPDIR")), &["explain", word]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_word_that_is_listed_is_explained() {
    let list = String::from_utf8(pipec(&folder("explain_list"), &["explain"]).stdout).unwrap();
    let mut groups = 0;
    // One word of each group, since each is a process; the compiler's own test asks for all of them.
    for group in list.split("\n\n") {
        let mut lines = group.lines();
        let title = lines.next().unwrap();
        assert!(title.ends_with(':'), "{title}");
        let word = lines.next().unwrap().split_whitespace().next().unwrap();
        let last = word.rsplit('.').next().unwrap();
        assert!(explained(word).contains(last), "{word}");
        groups += 1;
    }
    assert_eq!(groups, 7, "{list}");
    for word in [
        "  queue ",
        "  queue.fifo ",
        "  append ",
        "  standard_webhooks ",
        "  P0101 ",
    ] {
        assert!(
            list.contains(&format!("\n{word}")),
            "{word} is not in\n{list}"
        );
    }
}

#[test]
fn a_scheme_a_kind_an_attribute_an_event_and_a_code_are_explained() {
    let scheme = explained("standard_webhooks");
    for told in [
        "`webhook-signature`",
        "whsec_",
        "`tolerance`: a duration",
        "--previous-key",
        "two keys",
        "https://",
    ] {
        assert!(scheme.contains(told), "{scheme}");
    }
    let kind = explained("queue");
    for told in [
        "`fifo`: `true`, `false`",
        "`AWS::SQS::Queue`",
        "`depth`",
        "dead_letter: inbox_dlq after 5",
    ] {
        assert!(kind.contains(told), "{kind}");
    }
    let attribute = explained("verify");
    assert!(attribute.contains("# `verify` of a route"), "{attribute}");
    assert!(attribute.contains("- `standard_webhooks` "), "{attribute}");
    let event = explained("stripe.invoice.paid");
    assert!(
        event.contains("amount_paid: decimal (in minor units of currency)"),
        "{event}"
    );
    assert!(explained("p0101").contains("# P0101: unknown kind"));
}

#[test]
fn a_word_with_two_meanings_has_both_explained() {
    let both = explained("stripe");
    assert!(both.contains("# `stripe`: a signature scheme"), "{both}");
    assert!(both.contains("stripe: API version"), "{both}");
}

#[test]
fn a_word_without_a_meaning_is_answered_with_the_one_that_was_meant() {
    for (word, meant) in [
        ("standard_webhook", "`standard_webhooks`"),
        ("tabel", "`table`"),
        ("stripe.invoice.unpaid", "`stripe.invoice.paid`"),
        ("stripe.invoice", "so begin `stripe.invoice.paid`; "),
        ("stripe.charge", "`stripe.charge.failed`"),
        ("stripe.ch", "so begin `stripe.charge."),
        ("p05", "so begin `P0501`, `P0502`"),
        ("P", " more; `pipec explain`"),
        ("P9999", "help: `pipec explain`"),
        ("where", "help: `pipec explain`"),
        ("", "help: `pipec explain`"),
    ] {
        let output = pipec(&folder("explain_slip"), &["explain", word]);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(meant), "{}", said(&output));
    }
}
