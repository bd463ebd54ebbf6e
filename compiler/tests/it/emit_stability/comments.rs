//! What a comment reaches: `//` nothing at all, `//!` the description of the template, `///` the resources of its own declaration.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Declared, SPECS, Spec, declared, definitions, ids, lines, part, resources};

/// Words of a comment; now and then braces, which mean something in a template.
fn remark() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ -~]{0,60}",
        1 => "[a-z ]{0,9}(\\$\\{AWS::Region\\}|\\{\\{words\\}\\})[a-z ]{0,9}",
    ]
}

/// The text with other words in each `//` and `//!`, which stay on their lines.
fn with_other_remarks(text: &str, words: &str) -> String {
    let parsed = pipe_dsl::parse(text);
    let mut other = text.to_owned();
    for comment in parsed.file.comments.iter().rev() {
        let marks = match comment.span.text(text) {
            it if it.starts_with("///") => continue,
            it if it.starts_with("//!") => "//!",
            _ => "//",
        };
        let range = comment.span.start..comment.span.end;
        other.replace_range(range, &format!("{marks} {words}"));
    }
    other
}

/// The text with more remarks, above and behind the lines that the seed chooses. What documents a line stays above it.
fn with_more_remarks(text: &str, words: &str, seed: u64) -> String {
    let mut more = String::new();
    let mut documents = false;
    for (index, line) in text.lines().enumerate() {
        let chosen = seed.rotate_left(index as u32);
        if chosen & 1 == 1 && !documents {
            more.push_str(&format!("// {words}\n"));
        }
        more.push_str(line);
        if chosen & 2 == 2 && !line.is_empty() && !line.contains("//") {
            more.push_str(&format!("  // {words}"));
        }
        more.push('\n');
        documents = line.trim_start().starts_with("///");
    }
    more
}

/// The text with these words as the documentation of one declaration, of its fields and of its cases. Without any words it has none.
fn documented(text: &str, of: &Declared<'_>, words: &[String]) -> String {
    let is_doc = |it: &str| it.trim_start().starts_with("///");
    let all: Vec<&str> = text.lines().collect();
    // `lines` count from 1, so this is the line above.
    let above = all[..of.lines.start() - 1].iter();
    let head = of.lines.start() - above.rev().take_while(|it| is_doc(it)).count();
    let mut other = String::new();
    for (index, line) in all.iter().enumerate() {
        let own = (head..=*of.lines.end()).contains(&(index + 1));
        if own && is_doc(line) {
            continue;
        }
        for words in words.iter().filter(|_| own) {
            other.push_str(&format!("/// {words}\n"));
        }
        other.push_str(line);
        other.push('\n');
    }
    other
}

/// The resources that these words above one declaration change, all of which must be its own.
fn reached(spec: &Spec, of: &Declared<'_>, words: &[String]) -> Vec<String> {
    let before = spec.emitted();
    let after = spec.emit(&documented(spec.text, of, words));
    let (was, is) = (resources(before), resources(&after));
    let who = || format!("{}: {} {:?}", spec.file, of.kind, of.name);
    assert_eq!(ids(before), ids(&after), "{}", who());
    for name in ["Outputs", "Conditions"] {
        let known = before["template.json"].contains(&format!("\n  \"{name}\": "));
        assert!(
            !known || part(before, name) == part(&after, name),
            "{}",
            who()
        );
    }
    let (was_defined, is_defined) = (definitions(before), definitions(&after));
    for (name, definition) in was_defined {
        let own = of.kind == "workflow" && of.name == Some(name);
        assert!(own || is_defined[name] == definition, "{}: {name}", who());
    }
    let places = lines(before);
    let changed = was.iter().filter(|(id, it)| is[*id] != **it);
    changed
        .map(|(id, _)| {
            assert!(of.lines.contains(&places[id]), "{}: {id}", who());
            id.clone()
        })
        .collect()
}

#[test]
fn documentation_reaches_resources_that_have_a_place_for_it() {
    let mut kinds: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let words = ["Other words.".to_owned()];
    for spec in &SPECS {
        for of in declared(spec.text) {
            let types = reached(spec, &of, &words);
            let before = super::template(spec.emitted());
            let types = types.iter().map(|id| &before["Resources"][id]["Type"]);
            let types = types.map(|it| it.as_str().expect("a type").to_owned());
            kinds.entry(of.kind).or_default().extend(types);
        }
    }
    kinds.retain(|_, types| !types.is_empty());
    let kinds: Vec<(&str, String)> = kinds
        .into_iter()
        .map(|(kind, types)| (kind, Vec::from_iter(types).join(", ")))
        .collect();
    let expected = [
        ("alarm", "AWS::CloudWatch::Alarm"),
        ("bus", "AWS::Events::EventBus"),
        ("param", "AWS::SSM::Parameter"),
        ("rule", "AWS::Events::Rule"),
        ("rules", "AWS::Events::Rule"),
        ("workflow", "AWS::StepFunctions::StateMachine"),
    ];
    let expected = expected.map(|(kind, ty)| (kind, ty.to_owned()));
    assert_eq!(kinds, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn other_words_in_remarks_change_no_byte_of_a_resource(
        which in 0..SPECS.len(),
        words in remark(),
    ) {
        let spec = &SPECS[which];
        let before = spec.emitted();
        let after = spec.emit(&with_other_remarks(spec.text, &words));
        for name in ["Resources", "Outputs", "Metadata"] {
            prop_assert_eq!(part(before, name), part(&after, name));
        }
        prop_assert_eq!(ids(before), ids(&after));
        prop_assert_eq!(definitions(before), definitions(&after));
    }

    #[test]
    fn more_remarks_move_lines_and_nothing_else(
        which in 0..SPECS.len(),
        words in remark(),
        seed in any::<u64>(),
    ) {
        let spec = &SPECS[which];
        let before = spec.emitted();
        let after = spec.emit(&with_more_remarks(spec.text, &words, seed));
        prop_assert_eq!(resources(before), resources(&after));
        prop_assert_eq!(ids(before), ids(&after));
        prop_assert_eq!(definitions(before), definitions(&after));
    }

    #[test]
    fn documentation_reaches_only_what_is_of_its_declaration(
        which in 0..SPECS.len(),
        of in any::<prop::sample::Index>(),
        words in prop::collection::vec(remark(), 0..3),
    ) {
        let spec = &SPECS[which];
        let all = declared(spec.text);
        reached(spec, of.get(&all), &words);
    }
}
