//! `infra-out/` is what the compiler emits: nothing missing, nothing else, byte for byte. `BLESS=1` accepts.

mod emit_fixture;

use std::fs;
use std::path::Path;

use pipe_compiler::compile;

#[test]
fn infra_out_is_what_the_compiler_emits() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra-out/payments");
    let artifacts = compile(&emit_fixture::payments());
    if std::env::var_os("BLESS").is_some() {
        for artifact in &artifacts {
            let path = folder.join(&artifact.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &artifact.contents).unwrap();
        }
    }
    for artifact in &artifacts {
        let path = folder.join(&artifact.path);
        let found = fs::read(&path).unwrap_or_else(|_| panic!("{} is missing: BLESS=1 cargo test", path.display()));
        assert!(found == artifact.contents, "{} is stale: BLESS=1 cargo test", path.display());
    }
}
