//! `pipec build`: the deployable package, one `bootstrap` for ARM64 in a zip whose bytes depend on the program alone.

use crate::arguments::Build;
use crate::cargo;
use crate::exit::{self, Exit};
use crate::project::Project;
use sha2::{Digest as _, Sha256};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// ELF's `e_machine` for AArch64, at byte 18 of the header. Source: "ELF for the Arm 64-bit Architecture", 4.1.
const MACHINE_AARCH64: u16 = 183;
/// Digits of the content hash in the package's name.
const HASH_DIGITS: usize = 16;

pub(crate) fn run(arguments: &Build) -> Result<(), Exit> {
    crate::spec::compile(
        &arguments.spec,
        &arguments.out,
        crate::arguments::MessageFormat::Human,
    )?;
    let project = Project::new(&arguments.spec, &arguments.out);
    let program = program(&project, &arguments.target)?;
    let code = std::fs::read(&program).map_err(|error| {
        exit::say(
            exit::USAGE,
            &format!("{}: {error}", program.display()),
            None,
        )
    })?;
    if arguments.target.starts_with("aarch64") && machine(&code) != Some(MACHINE_AARCH64) {
        return Err(exit::say(
            exit::FINDINGS,
            &format!("{} is no ARM64 program", program.display()),
            None,
        ));
    }
    let package = package(&code).map_err(|error| {
        exit::say(
            exit::USAGE,
            &format!("the package could not be made: {error}"),
            None,
        )
    })?;
    let hash: String = Sha256::digest(&package)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let key = format!(
        "{}-{}.zip",
        project.name,
        hash.get(..HASH_DIGITS).unwrap_or(&hash)
    );
    let folder = Path::new("target").join("pipec");
    let path = folder.join(&key);
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&path, &package))
        .map_err(|error| exit::say(exit::USAGE, &format!("{}: {error}", path.display()), None))?;
    let told = crate::output::print(&format!("{}\n", path.display()));
    anstream::eprintln!(
        "{} bytes of program, {} bytes packed. Upload it, then deploy:\n  aws s3 cp {} s3://YOUR-BUCKET/{key}\n{}",
        code.len(),
        package.len(),
        path.display(),
        deployment(&project, &key)
    );
    told
}

/// AWS: "CloudFormation quotas": a larger template is not taken from the command line, only from a bucket.
const TEMPLATE_BODY_BYTES_MAX: usize = 51_200;

/// The command that deploys, with every parameter that has no default.
fn deployment(project: &Project, key: &str) -> String {
    let path = project.artifacts.join("template.json");
    let text = std::fs::read(&path).unwrap_or_default();
    let template: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let parameters = template.get("Parameters").and_then(|it| it.as_object());
    let chosen = parameters
        .into_iter()
        .flatten()
        .filter(|(_, it)| it.get("Default").is_none());
    let chosen: String = chosen
        .filter(|(name, _)| !name.starts_with("Handler"))
        .map(|(name, _)| format!(" {name}=…"))
        .collect();
    let (bucket, why) = if text.len() > TEMPLATE_BODY_BYTES_MAX {
        let why = format!(
            "\nThe template has {} bytes; above {TEMPLATE_BODY_BYTES_MAX} CloudFormation takes it from a bucket only, so --s3-bucket is needed.",
            text.len()
        );
        (" --s3-bucket YOUR-BUCKET", why)
    } else {
        ("", String::new())
    };
    format!(
        "  aws cloudformation deploy --stack-name {}-dev --template-file {}{bucket} --capabilities CAPABILITY_IAM --parameter-overrides HandlerBucket=YOUR-BUCKET HandlerKey={key}{chosen}{why}",
        project.name.replace('_', "-"),
        path.display()
    )
}

/// Builds the program, with cargo-lambda where that is installed.
fn program(project: &Project, target: &str) -> Result<PathBuf, Exit> {
    let mut extra = vec!["--config".to_owned(), remap(target)];
    if has_cargo_lambda() {
        return cargo_lambda(project, target);
    }
    if let Some(missing) = missing(target) {
        return Err(exit::say(
            exit::USAGE,
            &format!("this machine cannot build for {target}: {missing}"),
            Some(
                "install cargo-lambda (`cargo install cargo-lambda`), or the target and a cross linker (`rustup target add aarch64-unknown-linux-gnu`, Debian's `gcc-aarch64-linux-gnu`)",
            ),
        ));
    }
    if linker_variable(target).is_none_or(|name| std::env::var_os(name).is_none())
        && !is_host(target)
    {
        extra.extend([
            "--config".to_owned(),
            format!("target.{target}.linker=\"aarch64-linux-gnu-gcc\""),
        ]);
    }
    cargo::build(&cargo::Build {
        project,
        release: true,
        target: Some(target),
        extra,
    })
}

/// `cargo lambda build` names the program `bootstrap` in a folder of the binary's name.
fn cargo_lambda(project: &Project, target: &str) -> Result<PathBuf, Exit> {
    let folder = Path::new("target").join("pipec").join("cargo-lambda");
    let mut command = Command::new("cargo");
    command.args([
        "lambda",
        "build",
        "--release",
        "--skip-target-check",
        "--target",
        target,
    ]);
    command
        .args(["--bin", &project.name, "--lambda-dir"])
        .arg(&folder);
    command
        .arg("--manifest-path")
        .arg(project.handlers.join("Cargo.toml"));
    match command.status() {
        Ok(status) if status.success() => Ok(folder.join(&project.name).join("bootstrap")),
        Ok(_) => Err(exit::say(
            exit::FINDINGS,
            "cargo lambda did not build the handlers",
            Some("its messages above say where"),
        )),
        Err(error) => Err(exit::say(
            exit::USAGE,
            &format!("cargo lambda could not be started: {error}"),
            None,
        )),
    }
}

fn has_cargo_lambda() -> bool {
    Command::new("cargo")
        .args(["lambda", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// What keeps this machine from building for `target`, if anything.
fn missing(target: &str) -> Option<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let library = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", target])
        .output();
    let Ok(library) = library else {
        return Some("rustc was not found".to_owned());
    };
    let folder = String::from_utf8_lossy(&library.stdout).trim().to_owned();
    if folder.is_empty() || !Path::new(&folder).is_dir() {
        return Some(format!("rustc has no standard library for {target}"));
    }
    let named = linker_variable(target).is_some_and(|name| std::env::var_os(name).is_some());
    let found = named
        || is_host(target)
        || Command::new("aarch64-linux-gnu-gcc")
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success());
    (!found).then(|| "the linker `aarch64-linux-gnu-gcc` was not found".to_owned())
}

fn is_host(target: &str) -> bool {
    target.starts_with(std::env::consts::ARCH)
}

/// The variable in which cargo takes the linker of `target`.
fn linker_variable(target: &str) -> Option<String> {
    (!target.is_empty()).then(|| {
        format!(
            "CARGO_TARGET_{}_LINKER",
            target.to_uppercase().replace('-', "_")
        )
    })
}

/// Paths of this machine would make the same source another program elsewhere.
fn remap(target: &str) -> String {
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .unwrap_or_default();
    let here = std::env::current_dir().unwrap_or_default();
    format!(
        "target.{target}.rustflags=[\"--remap-path-prefix={home}=/cargo\",\"--remap-path-prefix={}=/src\"]",
        here.display()
    )
}

/// The ELF machine number of a program.
fn machine(code: &[u8]) -> Option<u16> {
    let magic = code.get(..4)?;
    let number: [u8; 2] = code.get(18..20)?.try_into().ok()?;
    (magic == b"\x7fELF").then(|| u16::from_le_bytes(number))
}

/// A zip of one executable file named `bootstrap`, with a fixed time, so that equal programs give equal packages.
fn package(code: &[u8]) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options)?;
    zip.write_all(code)?;
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_programs_give_equal_packages() {
        let code = b"\x7fELF and so on".repeat(1000);
        let first = package(&code).unwrap();
        assert_eq!(first, package(&code).unwrap());
        assert!(first.len() < code.len());
    }

    #[test]
    fn the_machine_of_a_program_is_read_from_its_header() {
        let mut code = vec![0; 64];
        code[..4].copy_from_slice(b"\x7fELF");
        code[18] = 183;
        assert_eq!(machine(&code), Some(MACHINE_AARCH64));
        assert_eq!(machine(b"MZ"), None);
        assert_eq!(machine(&code[..19]), None);
    }
}
