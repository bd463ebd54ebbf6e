//! The `pipec` command: the only place with files, exit codes and a terminal.

fn main() {}
