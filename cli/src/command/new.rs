//! `pipec new`: a project with a working pipeline, in a new folder.

use crate::arguments::New;
use crate::exit::{self, Exit};
use crate::workspace;
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
    let members = [
        format!("specs/{name}"),
        format!("infra-out/{name}/handlers"),
    ];
    let mut files = vec![
        (
            PathBuf::from("Cargo.toml"),
            workspace::text(&members, &workspace::runtime(arguments.runtime.as_deref())?),
        ),
        (PathBuf::from("Cargo.lock"), workspace::LOCK.to_owned()),
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
    crate::output::print(&format!(
        "{name}/ is there. Next:\n  cd {name}\n  pipec run specs/{name}.pipe\n"
    ))
}

fn write(path: &Path, text: &str) -> Result<(), Exit> {
    let made = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, text));
    made.map_err(|error| exit::say(exit::USAGE, &format!("{}: {error}", path.display()), None))
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
