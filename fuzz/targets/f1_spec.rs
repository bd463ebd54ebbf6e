//! Fuzz target: see `oracle/spec.rs`.

#![no_main]


#[path = "../oracle/spec.rs"]
#[allow(dead_code, reason = "seeds are for the test that replays the corpus")]
mod spec;

libfuzzer_sys::fuzz_target!(|input: &[u8]| spec::judge(input));
