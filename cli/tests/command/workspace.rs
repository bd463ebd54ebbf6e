//! The workspace of the two crates that `pipec compile` writes: cargo takes them wherever the spec and the artifacts lie, and who must do
//! something about it is told what.

use super::{folder, pipec, root, said};
use std::path::Path;
use std::process::Command;

/// A small pipeline, which needs no crate but its own.
fn spec(folder: &Path, path: &str) {
    let name = Path::new(path).file_stem().unwrap().to_str().unwrap();
    let text = std::fs::read_to_string(root().join("specs/payments.pipe")).unwrap();
    std::fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
    std::fs::write(folder.join(path), text.replace("payments", name)).unwrap();
}

fn compile(folder: &Path, arguments: &[&str]) -> String {
    let output = pipec(folder, &[&["compile"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    said(&output)
}

/// The members that cargo sees from a crate, and that its path to the generated one leads there.
fn members(crate_dir: &Path) -> Vec<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .arg("--manifest-path")
        .arg(crate_dir.join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let own = std::fs::read_to_string(crate_dir.join("Cargo.toml")).unwrap();
    let path = own
        .split("path = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(crate_dir.join(path).join("Cargo.toml").is_file(), "{path}");
    let mut names: Vec<String> = packages
        .iter()
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

const BOTH: [&str; 4] = ["second", "second-handlers", "shop", "shop-handlers"];

#[test]
fn a_second_spec_becomes_a_member_beside_the_first() {
    let folder = folder("workspace_second");
    assert!(pipec(&folder, &["new", "shop"]).status.success());
    let shop = folder.join("shop");
    spec(&shop, "specs/second.pipe");
    compile(&shop, &["specs/shop.pipe"]);
    let said = compile(&shop, &["specs/second.pipe"]);
    let added = "added specs/second and infra-out/second/handlers to the members of Cargo.toml";
    assert!(said.contains(added), "{said}");
    assert_eq!(members(&shop.join("specs/second")), BOTH);
    let before = std::fs::read_to_string(shop.join("Cargo.toml")).unwrap();
    assert_eq!(compile(&shop, &["specs/second.pipe"]), "");
    assert_eq!(
        std::fs::read_to_string(shop.join("Cargo.toml")).unwrap(),
        before
    );
}

#[test]
fn paths_lead_to_where_the_artifacts_went() {
    let folder = folder("workspace_paths");
    assert!(pipec(&folder, &["new", "shop"]).status.success());
    let shop = folder.join("shop");
    compile(&shop, &["specs/shop.pipe"]);
    spec(&shop, "specs/second.pipe");
    compile(&shop.join("specs"), &["second.pipe"]);
    assert_eq!(members(&shop.join("specs/second")), BOTH);
    assert!(shop.join("specs/infra-out/second/handlers").is_dir());
    spec(&shop, "more/deep/third.pipe");
    compile(
        &folder,
        &["shop/more/deep/third.pipe", "--out", "shop/build/out"],
    );
    assert!(members(&shop.join("more/deep/third")).contains(&"third-handlers".to_owned()));
}

#[test]
fn where_there_is_no_workspace_one_is_made() {
    let folder = folder("workspace_none");
    spec(&folder, "specs/second.pipe");
    spec(&folder, "specs/shop.pipe");
    let said = compile(&folder, &["specs/second.pipe", "specs/shop.pipe"]);
    assert!(
        said.contains(
            "made Cargo.toml, the workspace of specs/second and infra-out/second/handlers"
        ),
        "{said}"
    );
    assert!(
        said.contains("added specs/shop and infra-out/shop/handlers to the members"),
        "{said}"
    );
    assert_eq!(members(&folder.join("specs/second")), BOTH);
}

/// What another's manifest holds is kept, and where it cannot be mended the lines to add are told, by the compile and by who builds.
#[test]
fn what_cannot_be_added_is_told_with_the_lines_to_add() {
    let folder = folder("workspace_told");
    spec(&folder, "specs/shop.pipe");
    let manifest = "[package]\nname = \"mine\"\nedition = \"2024\"\n";
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let lines = "members = [\"specs/shop\", \"infra-out/shop/handlers\"]";
    let compiled = compile(&folder, &["specs/shop.pipe"]);
    assert!(
        compiled.contains("these lines are needed in Cargo.toml:") && compiled.contains(lines),
        "{compiled}"
    );
    assert_eq!(
        std::fs::read_to_string(folder.join("Cargo.toml")).unwrap(),
        manifest
    );
    let run = pipec(&folder, &["run", "specs/shop.pipe", "--port", "0"]);
    assert_eq!(run.status.code(), Some(2), "{}", said(&run));
    assert!(
        said(&run).contains("lie in no cargo workspace") && said(&run).contains(lines),
        "{}",
        said(&run)
    );
    assert!(!said(&run).contains("do not compile"), "{}", said(&run));
    // A workspace that holds others only.
    std::fs::write(folder.join("Cargo.toml"), "[workspace]\nmembers = []\n").unwrap();
    let run = pipec(&folder, &["run", "specs/shop.pipe", "--port", "0"]);
    assert_eq!(run.status.code(), Some(2), "{}", said(&run));
    assert!(
        said(&run).contains("Cargo.toml does not name specs/shop among its members"),
        "{}",
        said(&run)
    );
}
