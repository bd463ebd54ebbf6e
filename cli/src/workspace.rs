//! The cargo workspace of a pipeline's two crates, the user's and the generated one: where its root is, what is missing in it, and adding that.

use crate::exit::{self, Exit};
use crate::project::Project;
use std::path::{Component, Path, PathBuf};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

/// The versions that this pipec was tested with; cargo drops what a project does not use.
pub(crate) const LOCK: &str = include_str!("../../Cargo.lock");

/// What keeps two crates from being built: what to say, and what to do.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) message: String,
    pub(crate) help: String,
}

/// The folders of a pipeline's two crates, absolute and without links.
#[derive(Debug)]
pub(crate) struct Crates {
    user: PathBuf,
    generated: PathBuf,
}

/// A workspace's root as cargo would find it.
struct Root {
    folder: PathBuf,
    manifest: Result<DocumentMut, toml_edit::TomlError>,
}

impl Crates {
    /// Both folders; the artifacts and the folder of the spec must be there.
    pub(crate) fn of(project: &Project) -> std::io::Result<Self> {
        let beside = match project.handlers.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        Ok(Self {
            user: beside.canonicalize()?.join(&project.name),
            generated: project.artifacts.join("handlers").canonicalize()?,
        })
    }

    /// From the user's crate to the generated one, as cargo writes paths.
    pub(crate) fn path_to_generated(&self) -> String {
        relative(&self.user, &self.generated)
    }

    /// Makes both members of the workspace that they lie in, or makes one. Says what was done; nothing if there was nothing to do.
    pub(crate) fn join(&self) -> Result<Option<String>, Missing> {
        let Some(root) = self.root() else {
            return self.make().map(Some);
        };
        let shown = shown(&root.folder.join("Cargo.toml"));
        let mut manifest = match root.manifest {
            Ok(manifest) => manifest,
            Err(error) => return Err(unreadable(&shown, &error)),
        };
        self.beneath(&root.folder, &manifest)?;
        let missing: Vec<String> = [&self.user, &self.generated]
            .into_iter()
            .map(|it| relative(&root.folder, it))
            .filter(|it| !is_member(&manifest, it))
            .collect();
        let runtime = !has_runtime(&manifest);
        if missing.is_empty() && !runtime {
            return Ok(None);
        }
        let edited = add(&mut manifest, &missing, runtime).and_then(|()| {
            std::fs::write(root.folder.join("Cargo.toml"), manifest.to_string()).ok()
        });
        if edited.is_none() {
            let message =
                format!("{shown} lacks the crates of this pipeline, and cannot be edited here");
            return Err(Missing {
                message,
                help: self.lines(&root.folder),
            });
        }
        let mut done = match missing.as_slice() {
            [] => String::new(),
            members => format!("added {} to the members of {shown}", members.join(" and ")),
        };
        if runtime {
            let lead = if done.is_empty() { "added " } else { ", and " };
            let tail = if done.is_empty() {
                format!(" of {shown}")
            } else {
                String::new()
            };
            done = format!("{done}{lead}pipe-runtime to the workspace.dependencies{tail}");
        }
        Ok(Some(done))
    }

    /// Why cargo does not take these crates, if the reason is their workspace. Nothing is changed.
    pub(crate) fn fault(&self) -> Option<Missing> {
        let Some(root) = self.root() else {
            return Some(self.homeless());
        };
        let shown = shown(&root.folder.join("Cargo.toml"));
        let manifest = match root.manifest {
            Ok(manifest) => manifest,
            Err(error) => return Some(unreadable(&shown, &error)),
        };
        if let Err(missing) = self.beneath(&root.folder, &manifest) {
            return Some(missing);
        }
        // What a member depends on by path is a member too, if it lies in the workspace.
        let own = relative(&root.folder, &self.user);
        let message = if !is_member(&manifest, &own) {
            format!("{shown} does not name {own} among its members")
        } else if !has_runtime(&manifest) {
            format!(
                "{shown} has no pipe-runtime in its workspace.dependencies, where the generated crate takes it from"
            )
        } else {
            return None;
        };
        Some(Missing {
            message,
            help: self.lines(&root.folder),
        })
    }

    /// The nearest manifest above the user's crate that is a workspace's root and does not exclude it.
    fn root(&self) -> Option<Root> {
        self.user.ancestors().skip(1).find_map(|folder| {
            let text = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
            let manifest: Result<DocumentMut, _> = text.parse();
            let ours = manifest.as_ref().map_or(true, |it| {
                it.get("workspace").is_some() && !is_excluded(it, &relative(folder, &self.user))
            });
            ours.then(|| Root {
                folder: folder.to_path_buf(),
                manifest,
            })
        })
    }

    /// The generated crate must belong to the same workspace.
    fn beneath(&self, root: &Path, manifest: &DocumentMut) -> Result<(), Missing> {
        let generated = relative(root, &self.generated);
        let why = if !self.generated.starts_with(root) {
            "lies outside the workspace"
        } else if is_excluded(manifest, &generated) {
            "is excluded by the workspace"
        } else {
            return Ok(());
        };
        Err(Missing {
            message: format!("{generated} {why} of {}", shown(&root.join("Cargo.toml"))),
            help:
                "both crates of a pipeline need the same workspace: name a folder in it with --out"
                    .to_owned(),
        })
    }

    /// Makes a workspace as `pipec new` does, where the spec and the artifacts have a folder in common.
    fn make(&self) -> Result<String, Missing> {
        let common = self.common();
        let manifest = common.join("Cargo.toml");
        let here = std::env::current_dir().and_then(|it| it.canonicalize());
        // A manifest is put where people work: here, below, or around the folder of the spec.
        let near = here.is_ok_and(|here| common.starts_with(here))
            || self.user.parent().and_then(Path::parent) == Some(&common);
        if !near || manifest.exists() || common.parent().is_none() {
            return Err(self.homeless());
        }
        let members = [&self.user, &self.generated].map(|it| relative(&common, it));
        let lock = common.join("Cargo.lock");
        let written = runtime(None).ok().and_then(|runtime| {
            std::fs::write(&manifest, text(&members, &runtime)).ok()?;
            lock.exists()
                .then_some(())
                .or_else(|| std::fs::write(&lock, LOCK).ok())
        });
        written.ok_or_else(|| self.homeless())?;
        Ok(format!(
            "made {}, the workspace of {}",
            shown(&manifest),
            members.join(" and ")
        ))
    }

    fn homeless(&self) -> Missing {
        let names = [&self.user, &self.generated].map(|it| shown(it));
        Missing {
            message: format!(
                "{} lie in no cargo workspace, and the generated one takes pipe-runtime from it",
                names.join(" and ")
            ),
            help: self.lines(&self.common()),
        }
    }

    /// The nearest folder that holds both crates.
    fn common(&self) -> PathBuf {
        let pairs = self.user.components().zip(self.generated.components());
        pairs
            .take_while(|(one, other)| one == other)
            .map(|(it, _)| it)
            .collect()
    }

    /// What the manifest in `root` must say.
    fn lines(&self, root: &Path) -> String {
        let members = [&self.user, &self.generated].map(|it| relative(root, it));
        let runtime = runtime(None).unwrap_or_default();
        format!(
            "these lines are needed in {}:\n\n[workspace]\nmembers = [{}]\n\n[workspace.dependencies]\npipe-runtime = {{ {runtime}, default-features = false }}",
            shown(&root.join("Cargo.toml")),
            quoted(&members)
        )
    }
}

fn unreadable(shown: &str, error: &toml_edit::TomlError) -> Missing {
    Missing {
        message: format!("{shown} cannot be read: {}", error.message()),
        help: "mend it, and compile again".to_owned(),
    }
}

fn has_runtime(manifest: &DocumentMut) -> bool {
    let dependencies = manifest
        .get("workspace")
        .and_then(|it| it.get("dependencies"));
    dependencies.is_some_and(|it| it.get("pipe-runtime").is_some())
}

/// The texts of a list in `[workspace]`.
fn list<'a>(manifest: &'a DocumentMut, name: &str) -> impl Iterator<Item = &'a str> {
    let list = manifest.get("workspace").and_then(|it| it.get(name));
    let list = list.and_then(Item::as_array).into_iter().flatten();
    list.filter_map(Value::as_str)
        .map(|it| it.trim_start_matches("./").trim_end_matches('/'))
}

fn is_member(manifest: &DocumentMut, path: &str) -> bool {
    list(manifest, "members").any(|it| fits(it.as_bytes(), path.as_bytes()))
}

/// As cargo decides it: by the beginning of the path, and `members` win.
fn is_excluded(manifest: &DocumentMut, path: &str) -> bool {
    let below = |it: &str| Path::new(path).starts_with(it);
    list(manifest, "exclude").any(below) && !list(manifest, "members").any(below)
}

/// Whether a member's pattern names this path; `*` stands for anything within a folder's name.
fn fits(pattern: &[u8], path: &[u8]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            let name = path.iter().take_while(|it| **it != b'/').count();
            (0..=name).any(|it| path.get(it..).is_some_and(|path| fits(rest, path)))
        }
        (Some((b'?', rest)), Some((it, path))) => *it != b'/' && fits(rest, path),
        (Some((one, rest)), Some((it, path))) => one == it && fits(rest, path),
        _ => false,
    }
}

/// Adds members, and the runtime where it is missing; comments and form of the manifest stay. `None` where it is not in the usual form.
fn add(manifest: &mut DocumentMut, members: &[String], with_runtime: bool) -> Option<()> {
    let workspace = manifest.get_mut("workspace")?.as_table_like_mut()?;
    let list = workspace
        .entry("members")
        .or_insert(Item::Value(Value::Array(Array::new())));
    let list = list.as_array_mut()?;
    for member in members {
        push(list, member);
    }
    if with_runtime {
        let dependencies = workspace
            .entry("dependencies")
            .or_insert(Item::Table(Table::new()));
        let runtime = format!("{{ {}, default-features = false }}", runtime(None).ok()?);
        let value: Value = runtime.parse().ok()?;
        dependencies
            .as_table_like_mut()?
            .insert("pipe-runtime", Item::Value(value));
    }
    Some(())
}

/// Appends to a list in the way in which it is written: on one line, or on a line for each, whose comments stay where they are.
fn push(list: &mut Array, member: &str) {
    let raw = |it: Option<&toml_edit::RawString>| {
        it.and_then(|it| it.as_str()).unwrap_or_default().to_owned()
    };
    let indent = raw(list.iter().last().and_then(|it| it.decor().prefix()));
    let Some((_, indent)) = indent.rsplit_once('\n') else {
        list.push(member);
        return;
    };
    let trailing = list.trailing().as_str().unwrap_or_default().to_owned();
    let mut value = Value::from(member);
    value
        .decor_mut()
        .set_prefix(format!("{}\n{indent}", trailing.trim_end()));
    list.push_formatted(value);
    list.set_trailing("\n");
    list.set_trailing_comma(true);
}

/// The manifest of a new workspace with these members.
pub(crate) fn text(members: &[String], runtime: &str) -> String {
    format!(
        "[workspace]
resolver = \"3\"
members = [{}]

# The generated crates take the runtime from here.
[workspace.dependencies]
pipe-runtime = {{ {runtime}, default-features = false }}

[profile.dev]
debug = \"line-tables-only\"
overflow-checks = true

# Backtraces end in your own code; without the lines of others, everything is built and linked faster.
[profile.dev.package.\"*\"]
debug = false

# Lambda code is downloaded at each cold start: the smallest program wins over the fastest build.
[profile.release]
lto = \"fat\"
codegen-units = 1
strip = true
overflow-checks = true
",
        quoted(members)
    )
}

fn quoted(members: &[String]) -> String {
    let members = members
        .iter()
        .map(|it| Value::from(it.as_str()).to_string());
    members.collect::<Vec<_>>().join(", ")
}

/// Where a new workspace takes `pipe-runtime` from: the given folder, the one that this pipec was built from, or the published version.
pub(crate) fn runtime(given: Option<&Path>) -> Result<String, Exit> {
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

/// From one folder to another, both absolute, with `/`.
fn relative(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components());
    let common = common.take_while(|(one, other)| one == other).count();
    let up = from.components().skip(common).map(|_| "..".to_owned());
    let down = to.components().skip(common);
    let down = down.map(|it: Component<'_>| it.as_os_str().to_string_lossy().into_owned());
    let path: Vec<String> = up.chain(down).collect();
    path.join("/")
}

/// A path as people here would write it.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|it| it.canonicalize());
    here.map_or_else(|_| path.display().to_string(), |here| relative(&here, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_from_one_folder_to_another() {
        let lead = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(
            lead("/a/specs/x", "/a/infra-out/x/handlers"),
            "../../infra-out/x/handlers"
        );
        assert_eq!(lead("/a", "/a/specs/x"), "specs/x");
        assert_eq!(lead("/a/b", "/c"), "../../c");
    }

    #[test]
    fn a_member_is_named_by_its_path_or_by_a_pattern() {
        for (pattern, path, is) in [
            ("specs/x", "specs/x", true),
            ("specs/*", "specs/x", true),
            ("infra-out/*/handlers", "infra-out/x/handlers", true),
            ("*", "specs/x", false),
            ("specs/?y", "specs/xy", true),
            ("specs/x", "specs/xy", false),
        ] {
            assert_eq!(
                fits(pattern.as_bytes(), path.as_bytes()),
                is,
                "{pattern} {path}"
            );
        }
    }

    /// What a person wrote stays as it is, line by line; only the members are new.
    #[test]
    fn members_are_added_in_the_form_in_which_they_are_written() {
        let new = ["specs/b".to_owned(), "out/b/handlers".to_owned()];
        for (before, after) in [
            (
                "[workspace] # mine\nmembers = [\"a\"] # all\n",
                "[workspace] # mine\nmembers = [\"a\", \"specs/b\", \"out/b/handlers\"] # all\n",
            ),
            (
                "[workspace]\nmembers = [\n    \"a\", # first\n    # more to come\n]\n",
                "[workspace]\nmembers = [\n    \"a\", # first\n    # more to come\n    \"specs/b\",\n    \"out/b/handlers\",\n]\n",
            ),
            (
                "[workspace]\n",
                "[workspace]\nmembers = [\"specs/b\", \"out/b/handlers\"]\n",
            ),
        ] {
            let mut manifest: DocumentMut = before.parse().unwrap();
            add(&mut manifest, &new, false).unwrap();
            assert_eq!(manifest.to_string(), after);
        }
        let mut odd: DocumentMut = "[workspace]\nmembers = \"a\"\n".parse().unwrap();
        assert_eq!(add(&mut odd, &new, false), None);
    }

    #[test]
    fn what_a_workspace_excludes_is_not_its_own_unless_it_is_a_member() {
        let manifest: DocumentMut =
            "[workspace]\nmembers = [\"a/in\"]\nexclude = [\"a\", \"target\"]\n"
                .parse()
                .unwrap();
        let excluded = |path| is_excluded(&manifest, path);
        assert!(excluded("a/b") && excluded("target/tmp/x"));
        assert!(!excluded("a/in/x") && !excluded("targets/x"));
    }
}
