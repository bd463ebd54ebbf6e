//! `BLESS=1`: what is emitted or printed replaces what is committed, under the eyes of tests that read it at the same time.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test file is part of its tests"
)]

use std::fs;
use std::path::Path;

/// Whether new output is to be accepted.
pub(crate) fn is_asked() -> bool {
    std::env::var_os("BLESS").is_some()
}

/// Writes what differs, whole or not at all: who has opened the file, or opens it meanwhile, reads the old text or the new one.
pub(crate) fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) {
    let (path, contents) = (path.as_ref(), contents.as_ref());
    if fs::read(path).is_ok_and(|found| found == contents) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // Beside it, since a file is renamed within one file system only; hidden, for those who list the folder.
    let name = path.file_name().unwrap().to_str().unwrap();
    let beside = path.with_file_name(format!(".{name}.blessed-{}", std::process::id()));
    fs::write(&beside, contents).unwrap();
    fs::rename(&beside, path).unwrap();
}

#[test]
fn a_reader_of_a_blessed_file_never_sees_a_part_of_it() {
    use std::io::Read as _;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bless");
    let path = folder.join("page.md");
    let _absent = fs::remove_dir_all(&folder);
    write(&path, "as it was");
    let mut reader = fs::File::open(&path).unwrap();
    write(&path, "as it is");
    let mut read = String::new();
    reader.read_to_string(&mut read).unwrap();
    assert_eq!(read, "as it was");
    assert_eq!(fs::read_to_string(&path).unwrap(), "as it is");
    let left: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn what_is_blessed_already_is_not_written_again() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bless_again.md");
    write(&path, "as it is");
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(long_ago).unwrap();
    write(&path, "as it is");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(modified, long_ago);
}
