//! Links `pipec` at a fixed address where that is known to work. The loader then has nothing to relocate, which is 21,000 places on a hundred
//! pages, each of them a page fault before the first line of `main`. What it gives up is a random address for code without `unsafe` of its
//! own; the handlers, which face the network, keep theirs.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_known = matches!(target("ARCH").as_str(), "x86_64" | "aarch64");
    // A static program is told by rustc how it is to be linked, and would be told twice.
    let is_static = target("FEATURE").split(',').any(|it| it == "crt-static");
    if is_known && target("OS") == "linux" && target("ENV") == "gnu" && !is_static {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
