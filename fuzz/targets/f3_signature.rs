//! Fuzz target: see `oracle/signature.rs`.

#![no_main]

#[path = "../oracle/hash.rs"]
#[allow(dead_code, reason = "not every target needs every hash")]
mod hash;
#[path = "../oracle/signature.rs"]
#[allow(dead_code, reason = "seeds are for the test that replays the corpus")]
mod signature;

libfuzzer_sys::fuzz_target!(|input: &[u8]| signature::judge(input));
