//! What a name reaches: the resources that bear it, in which it is another name and nothing else is other.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Declared, SPECS, Spec, declared, definitions, resources};

/// The text with one word in place of another. Strings, comments and paths stay, and the pipeline is called what its file is.
fn renamed(text: &str, from: &str, to: &str) -> String {
    let mut other = String::new();
    let mut word = String::new();
    let mut kept = None;
    let mut before = ' ';
    for character in text.chars().chain([' ']) {
        if kept.is_none() && (character.is_ascii_alphanumeric() || character == '_') {
            word.push(character);
            continue;
        }
        let stays = word != from || before == '/' || other.ends_with("pipeline ");
        other.push_str(if stays { &word } else { to });
        word.clear();
        kept = match (kept, character) {
            (None, '"') => Some('"'),
            (None, '/') if before == '/' => Some('\n'),
            (Some(end), it) if end == it && before != '\\' => None,
            (kept, _) => kept,
        };
        other.push(character);
        before = character;
    }
    other
}

/// Each way in which artifacts spell a name: as declared, in Pascal case, with `-`, and as an environment variable.
fn spellings(name: &str) -> [String; 4] {
    let words = name.split('_').map(|it| {
        let (first, rest) = it.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    let pascal = words.collect();
    let upper = name.to_ascii_uppercase();
    [name.to_owned(), pascal, name.replace('_', "-"), upper]
}

/// The text with `?` wherever it spells one of the names.
fn unnamed(text: &str, names: [&str; 2]) -> String {
    let spellings = names.into_iter().flat_map(spellings);
    spellings.fold(text.to_owned(), |text, it| text.replace(&it, "?"))
}

/// What is said, in an order that no name decides.
fn said(text: &str) -> Vec<String> {
    let mut all: Vec<String> = text
        .split(|it: char| it.is_whitespace() || ",[]{}".contains(it))
        .map(str::to_owned)
        .collect();
    all.retain(|it| !it.is_empty());
    all.sort();
    all
}

/// A name for what is called `from`, in its case.
fn in_its_case(from: &str, to: &str) -> String {
    if from.starts_with(|it: char| it.is_ascii_uppercase()) {
        spellings(to)[1].clone()
    } else {
        to.to_owned()
    }
}

/// What of a spec may be called otherwise, word by word: the name of a provider is also that of its scheme, and `receive` may be a function and a verb.
fn named(text: &str) -> Vec<Declared<'_>> {
    let unnamed = ["pipeline", "route", "defaults", "grant", "key", "provider"];
    let mut all = declared(text);
    all.retain(|it| !unnamed.contains(&it.kind));
    all.retain(|it| it.kind == "param" || !text.contains(&format!(" {}:", it.name.unwrap_or("?"))));
    all
}

/// A compiled spec.
struct Compiled {
    /// Its resources and its workflows, by their ids.
    all: BTreeMap<String, String>,
    /// The snapshot of its API, whose id is made of what the methods say.
    deployment: String,
}

fn compiled(artifacts: &BTreeMap<String, String>) -> Compiled {
    let mut all = resources(artifacts);
    let is_deployment = |it: &str| it.contains("\"AWS::ApiGateway::Deployment\"");
    let deployment = all.iter().find(|(_, it)| is_deployment(it));
    let deployment = deployment.expect("a deployment").0.clone();
    let definitions = definitions(artifacts).into_iter();
    all.extend(definitions.map(|(name, it)| (format!("{name}.asl.json"), it.to_owned())));
    Compiled { all, deployment }
}

/// A resource: its id and its text.
type Written<'a> = (&'a str, &'a str);

impl Compiled {
    /// The text without the names, and without the digest of what may bear them.
    fn neutral(&self, text: &str, names: [&str; 2]) -> String {
        unnamed(&text.replace(&self.deployment, "Deployment"), names)
    }

    /// The resources by what their ids are without the names.
    fn by_neutral_id(&self, names: [&str; 2]) -> BTreeMap<String, Written<'_>> {
        let all = self.all.iter();
        all.map(|(id, text)| (self.neutral(id, names), (id.as_str(), text.as_str())))
            .collect()
    }

    /// True if a method of the API says a thing that `what` finds.
    fn any_method(&self, what: impl Fn(&str) -> bool) -> bool {
        let mut all = self.all.values();
        all.any(|it| it.contains("\"AWS::ApiGateway::Method\"") && what(it))
    }
}

/// Everything that does not bear the name stays byte for byte; in the rest the name is another one.
fn check(spec: &Spec, from: &str, to: &str) {
    let names = [to, from];
    let who = |id: &str| format!("{}: {id} with {to} for {from}", spec.file);
    let text = renamed(spec.text, from, to);
    assert_ne!(text, spec.text);
    let (before, after) = (compiled(spec.emitted()), compiled(&spec.emit(&text)));
    let spelled = spellings(from);
    let bears = |it: &str| spelled.iter().any(|from| it.contains(from));
    let other_api = before.deployment != after.deployment;
    assert!(!other_api || before.any_method(bears), "{}", who("the API"));
    let mut others = after.by_neutral_id(names);
    for (neutral, (id, was)) in before.by_neutral_id(names) {
        let other = others.remove(&neutral);
        let (other, is) = other.unwrap_or_else(|| panic!("{}", who(id)));
        let of_api = [id, was].iter().any(|it| it.contains(&before.deployment));
        let named = bears(id) || bears(was) || (other_api && of_api);
        assert!(named || (id, was) == (other, is), "{}", who(id));
        let (was, is) = (before.neutral(was, names), after.neutral(is, names));
        assert_eq!(said(&was), said(&is), "{}", who(id));
    }
    assert!(others.is_empty(), "{}", who("more"));
}

#[test]
fn another_name_reaches_what_it_is_said_to_reach() {
    for spec in &SPECS {
        let (from, to) = spec.renamed;
        let before = resources(spec.emitted());
        let after = resources(&spec.emit(&renamed(spec.text, from, to)));
        let changed = before.iter().filter(|(id, it)| after.get(*id) != Some(it));
        let changed: Vec<&String> = changed.map(|(id, _)| id).collect();
        assert_eq!(changed, spec.reached, "{}", spec.file);
    }
}

#[test]
fn every_name_that_becomes_another_reaches_only_what_bears_it() {
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    for spec in &SPECS {
        for of in named(spec.text) {
            let from = of.name.expect("a name");
            check(spec, from, &in_its_case(from, "azq"));
            kinds.insert(of.kind);
        }
    }
    let expected = [
        "alarm",
        "api_key",
        "bucket",
        "bus",
        "dashboard",
        "error",
        "event",
        "function",
        "network",
        "param",
        "queue",
        "retry",
        "rule",
        "rules",
        "secret",
        "table",
        "topic",
        "type",
        "workflow",
    ];
    assert_eq!(Vec::from_iter(kinds), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No spec has a name with `zq`, and by its first letter it sorts anywhere.
    #[test]
    fn another_name_reaches_only_what_bears_it(
        which in 0..SPECS.len(),
        of in any::<prop::sample::Index>(),
        to in "[a-z]zq[a-z]{0,5}(_[a-z]{2,6})?",
    ) {
        let spec = &SPECS[which];
        let all = named(spec.text);
        let from = of.get(&all).name.expect("a name");
        check(spec, from, &in_its_case(from, &to));
    }
}
