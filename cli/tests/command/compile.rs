//! `pipec compile` of several specs at once: each has a folder of its own.

use crate::{folder, pipec, root, said};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The committed spec in two folders, with something in the second that its artifacts show.
fn two_of_a_name(name: &str) -> PathBuf {
    let folder = folder(name);
    let text = std::fs::read_to_string(root().join("specs/payments.pipe")).unwrap();
    for (place, text) in [
        ("a", text.clone()),
        ("b", format!("{text}\ntopic only_here {{ }}\n")),
    ] {
        std::fs::create_dir(folder.join(place)).unwrap();
        std::fs::write(folder.join(place).join("payments.pipe"), text).unwrap();
    }
    folder
}

#[test]
fn two_specs_of_one_name_are_refused_before_anything_is_written() {
    let folder = two_of_a_name("two_of_a_name");
    let output = pipec(
        &folder,
        &[
            "compile",
            "a/payments.pipe",
            "b/payments.pipe",
            "--out",
            "o",
        ],
    );
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for told in ["a/payments.pipe", "b/payments.pipe", "o/payments", "--out"] {
        assert!(said.contains(told), "{told} is not in\n{said}");
    }
    assert!(!folder.join("o").exists() && !folder.join("a/payments").exists());
}

#[test]
fn a_spec_that_is_named_twice_is_compiled_once() {
    let folder = two_of_a_name("named_twice");
    let output = pipec(
        &folder,
        &[
            "compile",
            "b/payments.pipe",
            "./a/../b/payments.pipe",
            "--out",
            "o",
        ],
    );
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said.matches("payments/src/main.rs").count(), 1, "{said}");
    let template = std::fs::read_to_string(folder.join("o/payments/template.json")).unwrap();
    assert!(template.contains("OnlyHereTopic"));
}

/// A small pipeline with a topic `ops`; `more` stands behind it.
fn shop(name: &str, more: &str) -> String {
    format!(
        "pipeline {name}\n\nsecret {name}_key\nparam mail: string at deploy\n\
         event {name}Came once id {{ id: string, at: timestamp = received_at }}\n\
         table {name}_log {{ partition: id, sort: at, holds: {name}Came }}\n\
         topic ops {{ email: mail }}\n\
         alarm {name}_refused {{ when: take_{name}.refused > 100 for 5m, send: ops }}\n\
         route POST /{name} {{ verify: github(secret: {name}_key), handler: take_{name}, append: {name}_log }}\n\
         function take_{name}({name}Came) -> {name}Came\n\
         grant take_{name} {{ read: {name}_key, append: {name}_log }}\n{more}"
    )
    .replace(&format!("{name}Came"), &format!("{}Came", name[..1].to_uppercase() + &name[1..]))
}

fn shops(name: &str, more: [&str; 2]) -> PathBuf {
    let folder = folder(name);
    for (name, more) in ["goods", "parcels"].into_iter().zip(more) {
        std::fs::write(folder.join(format!("{name}.pipe")), shop(name, more)).unwrap();
    }
    folder
}

#[test]
fn two_specs_that_make_one_name_are_told_of_it_and_compiled() {
    let folder = shops("one_name", ["", ""]);
    for command in ["check", "compile"] {
        let output = pipec(&folder, &[command, "goods.pipe", "parcels.pipe"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(said.matches("warning[P0123]").count(), 1, "{said}");
        for told in ["parcels.pipe:7:1", "`ops-<suffix>`", "goods.pipe:7", "help"] {
            assert!(said.contains(told), "{told} is not in\n{said}");
        }
    }
    assert!(folder.join("infra-out/parcels/template.json").exists());
    let strict = ["check", "--deny-warnings", "goods.pipe", "parcels.pipe"];
    assert_eq!(pipec(&folder, &strict).status.code(), Some(1));
    // Alone, and named twice, a spec meets no other.
    for specs in [
        ["goods.pipe", "./goods.pipe"],
        ["parcels.pipe", "parcels.pipe"],
    ] {
        let output = pipec(&folder, &["check", specs[0], specs[1]]);
        assert_eq!(said(&output), "");
    }
}

#[test]
fn a_name_without_the_suffix_is_told_as_one_for_all_suffixes() {
    let bus = "bus all_shops { name: \"shops\", source: \"shop\", holds: GoodsCame }\nrule told on all_shops send ops\n";
    let parcels = bus
        .replace("all_shops", "our_shops")
        .replace("told", "heard")
        .replace("GoodsCame", "ParcelsCame");
    let folder = shops("all_suffixes", [bus, &parcels]);
    let output = pipec(&folder, &["check", "goods.pipe", "parcels.pipe"]);
    let said = said(&output);
    assert!(said.contains("bus `shops`: in goods.pipe:12 too"), "{said}");
    assert!(said.contains("once for all suffixes"), "{said}");
}

#[test]
fn of_many_copies_the_first_are_told_and_the_others_counted() {
    let folder = folder("many_copies");
    let names: Vec<String> = (0..14).map(|number| format!("shop{number}.pipe")).collect();
    for (number, name) in names.iter().enumerate() {
        std::fs::write(folder.join(name), shop(&format!("shop{number}"), "")).unwrap();
    }
    let mut arguments = vec!["check"];
    arguments.extend(names.iter().map(String::as_str));
    let output = pipec(&folder, &arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said.matches("warning[P0123]").count(), 10, "{said}");
    assert!(said.contains("note: 3 more specs"), "{said}");
}

/// Every file below a folder, by its path there.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(within) = folders.pop() {
        for entry in std::fs::read_dir(within).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    files
}

#[test]
fn what_is_compiled_in_one_call_is_what_is_compiled_alone() {
    const SPECS: usize = 40; // More than one batch for each of two cores.
    let folder = folder("batches");
    let mut specs = Vec::new();
    let originals = ["archive", "notifications", "payments", "refunds"];
    for (index, name) in originals.iter().cycle().take(SPECS).enumerate() {
        let text = std::fs::read_to_string(root().join(format!("specs/{name}.pipe"))).unwrap();
        let head = format!("pipeline {name}");
        let text = text.replacen(&head, &format!("{head}_{index}"), 1);
        let spec = format!("{name}_{index}.pipe");
        std::fs::write(folder.join(&spec), text).unwrap();
        specs.push(spec);
    }
    let compile = |specs: &[String], out: &str| {
        let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
        let output = pipec(&folder, &[&["compile", "--out", out], &*specs].concat());
        assert!(output.status.success(), "{}", said(&output));
    };
    compile(&specs, "together");
    for spec in specs.chunks(1) {
        compile(spec, "alone");
    }
    let (together, alone) = (tree(&folder.join("together")), tree(&folder.join("alone")));
    assert!(together.len() > 5 * SPECS);
    assert_eq!(
        together.keys().collect::<Vec<_>>(),
        alone.keys().collect::<Vec<_>>()
    );
    for (name, contents) in &together {
        assert!(alone[name] == *contents, "{} differs", name.display());
    }
}
