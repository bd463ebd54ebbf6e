//! Links `pipec` as one static program at a fixed address where that is known to work. A short run is mostly its start: the loader looks up
//! each function of three libraries and relocates 21,000 places, on two hundred pages, each of them a page fault before the first line of `main`.
//! What it gives up is a random address for code without `unsafe` of its own; the handlers, which face the network, keep theirs.
//!
//! A static C library is asked for by rustc's `crt-static`, which holds for all crates of a build and so cannot be set for one. It is the
//! linker that is told here: rustc names the C library `-lc` and so on, and these names lead to the archives by linker scripts, as glibc's own
//! `libc.so` is one. Without the archives (Debian has them in libc6-dev, Fedora in glibc-static) `pipec` is linked dynamically, as ever.

use std::env::var;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What rustc links beside its own crates on Linux with glibc, as it names them, and the archives that hold it.
const LIBRARIES: [(&str, &[&str]); 7] = [
    ("gcc_s", &["gcc_eh"]),
    ("c", &["c", "gcc_eh", "gcc"]),
    ("m", &["m"]),
    ("util", &["util"]),
    ("rt", &["rt"]),
    ("pthread", &["pthread"]),
    ("dl", &["dl"]),
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name: &str| var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_known = matches!(target("ARCH").as_str(), "x86_64" | "aarch64");
    // A static program is told by rustc how it is to be linked, and would be told twice.
    let is_static = target("FEATURE").split(',').any(|it| it == "crt-static");
    if is_known && target("OS") == "linux" && target("ENV") == "gnu" && !is_static {
        println!("cargo:rustc-link-arg-bins=-no-pie");
        if let Some(scripts) = scripts() {
            println!("cargo:rustc-link-arg-bins=-static");
            println!("cargo:rustc-link-arg-bins=-L{}", scripts.display());
        }
    }
}

/// A folder with a linker script for each library, if all archives are there.
fn scripts() -> Option<PathBuf> {
    let folder = PathBuf::from(var("OUT_DIR").ok()?);
    let linker = var("RUSTC_LINKER").unwrap_or_else(|_| "cc".to_owned());
    for (name, archives) in LIBRARIES {
        let archives: Option<Vec<String>> = archives.iter().map(|it| path(&linker, it)).collect();
        let script = format!("GROUP({})\n", archives?.join(" "));
        std::fs::write(folder.join(format!("lib{name}.so")), script).ok()?;
    }
    Some(folder)
}

/// Where the C compiler that links has this archive.
fn path(linker: &str, archive: &str) -> Option<String> {
    let asked = format!("-print-file-name=lib{archive}.a");
    let answer = Command::new(linker).arg(asked).output().ok()?;
    let path = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    // What it does not have it gives back as the name alone. A space would end the path in a script.
    (Path::new(&path).is_absolute() && !path.contains(char::is_whitespace)).then_some(path)
}
