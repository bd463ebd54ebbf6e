//! `pipec new`: a project with a working pipeline, in a new folder.

use crate::arguments::New;
use crate::exit::{self, Exit};
use std::path::{Path, PathBuf};

/// The example that every project starts from is the one this repository runs and tests.
const SPEC: &str = include_str!("../../../specs/payments.pipe");
/// Files of its handler crate, by path.
const HANDLERS: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        include_str!("../../../specs/payments/Cargo.toml"),
    ),
    (
        "src/main.rs",
        include_str!("../../../specs/payments/src/main.rs"),
    ),
    (
        "src/validate.rs",
        include_str!("../../../specs/payments/src/validate.rs"),
    ),
    (
        "src/process.rs",
        include_str!("../../../specs/payments/src/process.rs"),
    ),
    (
        "src/currency.rs",
        include_str!("../../../specs/payments/src/currency.rs"),
    ),
    (
        "src/gateway.rs",
        include_str!("../../../specs/payments/src/gateway.rs"),
    ),
    (
        "samples/settled.json",
        include_str!("../../../specs/payments/samples/settled.json"),
    ),
    (
        "samples/declined.json",
        include_str!("../../../specs/payments/samples/declined.json"),
    ),
    (
        "samples/retried.json",
        include_str!("../../../specs/payments/samples/retried.json"),
    ),
];
/// The versions that this pipec was tested with; cargo drops what a project does not use.
const LOCK: &str = include_str!("../../../Cargo.lock");
/// Name of the example, replaced throughout by the new project's.
const EXAMPLE: &str = "payments";

pub(crate) fn run(arguments: &New) -> Result<(), Exit> {
    let name = &arguments.name;
    if !is_name(name) {
        return Err(exit::say(
            exit::USAGE,
            &format!("`{name}` is no pipeline name"),
            Some(
                "use lower-case words joined by `_`, as in `card_payments`, at most 40 characters",
            ),
        ));
    }
    let root = Path::new(name);
    if root.exists() {
        return Err(exit::say(
            exit::USAGE,
            &format!("`{name}` is already there"),
            Some("choose another name, or remove it"),
        ));
    }
    let rename = |text: &str| text.replace(EXAMPLE, name);
    let mut files = vec![
        (
            PathBuf::from("Cargo.toml"),
            workspace(name, &runtime(arguments.runtime.as_deref())?),
        ),
        (PathBuf::from("Cargo.lock"), LOCK.to_owned()),
        (PathBuf::from(".gitignore"), "/target\n/.pipec\n".to_owned()),
        (PathBuf::from("README.md"), readme(name)),
        (
            Path::new("specs").join(format!("{name}.pipe")),
            rename(SPEC),
        ),
    ];
    let handlers = Path::new("specs").join(name);
    files.extend(
        HANDLERS
            .iter()
            .map(|(path, text)| (handlers.join(path), rename(text))),
    );
    for (path, text) in files {
        write(&root.join(path), &text)?;
    }
    anstream::println!("{name}/ is there. Next:\n  cd {name}\n  pipec run specs/{name}.pipe");
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Exit> {
    let made = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, text));
    made.map_err(|error| exit::say(exit::USAGE, &format!("{}: {error}", path.display()), None))
}

/// Where the new workspace takes `pipe-runtime` from.
fn runtime(given: Option<&Path>) -> Result<String, Exit> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime");
    let folder = given.map(Path::to_path_buf).or_else(|| {
        built_from
            .join("Cargo.toml")
            .is_file()
            .then_some(built_from)
    });
    let Some(folder) = folder else {
        return Ok(format!("version = \"{}\"", env!("CARGO_PKG_VERSION")));
    };
    let folder = folder.canonicalize().map_err(|error| {
        exit::say(
            exit::USAGE,
            &format!("{}: {error}", folder.display()),
            Some("--runtime names the folder of the pipe-runtime crate"),
        )
    })?;
    Ok(format!("path = {:?}", folder.display().to_string()))
}

fn workspace(name: &str, runtime: &str) -> String {
    format!(
        "[workspace]
resolver = \"3\"
members = [\"specs/{name}\", \"infra-out/{name}/handlers\"]

# The generated crates take the runtime from here.
[workspace.dependencies]
pipe-runtime = {{ {runtime}, default-features = false }}

[profile.dev]
debug = \"line-tables-only\"
overflow-checks = true

# Backtraces end in your own code; without the lines of others, everything is built and linked faster.
[profile.dev.package.\"*\"]
debug = false

# Lambda code is downloaded at each cold start: small wins over fast.
[profile.release]
lto = \"thin\"
strip = true
overflow-checks = true
"
    )
}

fn readme(name: &str) -> String {
    format!(
        "# {name}

A payment-webhook pipeline for AWS, written in `specs/{name}.pipe` and `specs/{name}/`.

```
pipec run specs/{name}.pipe        # here, no account needed
pipec send specs/{name}.pipe       # in another terminal: one signed webhook
pipec events specs/{name}.pipe     # what was recorded
pipec build specs/{name}.pipe      # the package for AWS
```
"
    )
}

fn is_name(name: &str) -> bool {
    let starts = name
        .chars()
        .next()
        .is_some_and(|first| first.is_ascii_lowercase());
    starts
        && name.len() <= 40
        && name
            .chars()
            .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '_')
}
