//! What `explain` says is true: the examples of kinds and schemes compile, kinds become what they say, and every word of the language is explained.

use std::collections::BTreeSet;

use pipe_compiler::explain::{Topic, nearest, scheme_example};
use pipe_compiler::kinds::KindId;
use pipe_runtime::sign::SCHEMES;

/// Text, its first line in the whole.
fn examples() -> (String, Vec<(KindId, usize)>) {
    let mut text = String::new();
    let mut starts = Vec::new();
    for id in KindId::ALL {
        starts.push((*id, text.lines().count() + 1));
        text.push_str(id.kind().example);
        text.push_str("\n\n");
    }
    (text.trim_end().to_owned() + "\n", starts)
}

#[test]
fn the_examples_of_all_kinds_are_a_pipeline() {
    let (text, _) = examples();
    let checked = pipe_compiler::check("shop.pipe", &text);
    let shown = pipe_compiler::diag::render_human(&checked.diagnostics, "shop.pipe", &text, false);
    // An example need not be used by another kind's.
    let mut others = checked
        .diagnostics
        .iter()
        .filter(|it| it.code.id != "P0115");
    assert!(others.next().is_none(), "{shown}");
    assert_eq!(pipe_dsl::format(&text).as_deref(), Some(text.as_str()));
}

#[test]
fn a_kind_becomes_what_it_says() {
    let (text, starts) = examples();
    let pipeline = pipe_compiler::check("shop.pipe", &text).pipeline.unwrap();
    let artifacts = pipe_compiler::compile(&pipeline);
    let template = artifacts
        .iter()
        .find(|it| it.path.ends_with("template.json"));
    let template: serde_json::Value = serde_json::from_slice(&template.unwrap().contents).unwrap();
    let mut made: Vec<(KindId, BTreeSet<String>)> =
        starts.iter().map(|it| (it.0, BTreeSet::new())).collect();
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let place = resource["Metadata"]["pipe"].as_str();
        let place = place.unwrap_or_else(|| panic!("{name} does not say where it comes from"));
        let line: usize = place.rsplit(':').next().unwrap().parse().unwrap();
        let at = starts.iter().rposition(|it| it.1 <= line).unwrap();
        let types = made.get_mut(at).unwrap();
        types
            .1
            .insert(resource["Type"].as_str().unwrap().to_owned());
    }
    let said = KindId::ALL.iter().map(|id| {
        let types = id.kind().becomes.iter().map(|it| (*it).to_owned());
        (*id, types.collect::<BTreeSet<String>>())
    });
    let wrong: Vec<_> = said
        .zip(&made)
        .filter(|(said, made)| said != *made)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for id in KindId::ALL {
        assert!(id.kind().becomes.is_sorted(), "{id:?}");
    }
}

/// What the route of a scheme's example needs around it.
fn around(example: &str) -> String {
    let read = example
        .lines()
        .find_map(|it| it.strip_prefix("secret "))
        .map_or(String::new(), |it| format!("read: {it}, "));
    let takes = if example.contains("take(Request)") {
        "Request"
    } else {
        "Paid"
    };
    format!(
        "pipeline shop\n\n{example}\n
event Paid once id {{ id: string, timestamp: timestamp = received_at }}
table payments {{ partition: id, sort: timestamp, holds: Paid }}
function take({takes}) -> Paid
grant take {{ {read}append: payments }}\n"
    )
}

#[test]
fn the_example_of_every_scheme_compiles() {
    for scheme in SCHEMES {
        let example = scheme_example(scheme);
        assert!(Topic::Scheme(scheme).text().contains(&example));
        assert!(example.lines().count() <= 2, "{example}");
        let text = around(&example);
        let checked = pipe_compiler::check("shop.pipe", &text);
        let shown =
            pipe_compiler::diag::render_human(&checked.diagnostics, "shop.pipe", &text, false);
        assert!(checked.diagnostics.is_empty(), "{shown}");
    }
}

#[test]
fn a_scheme_says_what_its_vector_shows() {
    for scheme in SCHEMES {
        let text = Topic::Scheme(scheme).text();
        for parameter in scheme.parameters() {
            assert!(text.contains(parameter.doc), "{text}");
        }
        assert!(text.contains(scheme.source), "{text}");
        let given: Vec<&str> = scheme.vector.arguments.iter().map(|it| it.1).collect();
        for (header, _) in scheme
            .vector
            .headers
            .iter()
            .filter(|it| !given.contains(&it.0))
        {
            // GitHub's and Shopify's own headers beside the signature are no part of the scheme.
            let named = text.to_lowercase().contains(&header.to_lowercase());
            assert!(named, "{}: {header} is not named in\n{text}", scheme.name);
        }
    }
}

#[test]
fn every_word_is_explained_and_means_one_thing_of_its_group() {
    let mut seen = BTreeSet::new();
    for topic in Topic::all() {
        let word = topic.word();
        assert!(seen.insert((topic.group(), word.clone())), "{word}");
        let found = Topic::of(&word);
        assert!(found.iter().any(|it| it.group() == topic.group()), "{word}");
        assert!(
            !topic.text().is_empty() && !topic.summary().is_empty(),
            "{word}"
        );
        assert!(!topic.summary().contains('\n'), "{word}");
    }
    let groups = |word: &str| -> Vec<&str> { Topic::of(word).iter().map(Topic::group).collect() };
    assert_eq!(groups("stripe"), ["Signature schemes", "Providers"]);
    assert_eq!(groups("verify"), ["Attributes", "Attributes"]);
    assert_eq!(groups("queue.depth"), ["Metrics of alarms and dashboards"]);
    assert_eq!(groups("p0101"), ["Diagnostics"]);
    for word in [
        "index",
        "table.index",
        "index.sort",
        "graph",
        "graph.show",
        "show",
    ] {
        assert_eq!(groups(word), ["Declarations"], "{word}");
        let name = word.rsplit('.').next().unwrap();
        let text = Topic::of(word)[0].text();
        assert!(text.contains(&format!("`{name}`")), "{text}");
    }
    assert_eq!(groups("partition"), ["Attributes"]);
    for word in ["nonsense", "", ".", "table.", "index.", "queue.index"] {
        assert_eq!(groups(word), [""; 0], "{word}");
    }
}

#[test]
fn a_slip_finds_its_word() {
    for (slip, meant) in [
        ("standard_webhook", "standard_webhooks"),
        ("tabel", "table"),
        ("verfy", "verify"),
        ("stripe.invoice.payed", "stripe.invoice.paid"),
    ] {
        assert_eq!(nearest(slip).as_deref(), Some(meant));
    }
    assert_eq!(nearest("qwertyuiop"), None);
}
