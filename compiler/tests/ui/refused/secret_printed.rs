//! A secret has no text to print, and no copy.

use pipe_runtime::secret::Secret;

fn main() {
    let key = Secret::new("0fd1c3b2a59687");
    println!("{key}");
    let other = key.clone();
    let _ = key == other;
}
