//! Fuzz target: see `oracle/ingress.rs`.

#![no_main]

#[path = "../oracle/hash.rs"]
#[allow(dead_code, reason = "not every target needs every hash")]
mod hash;
#[path = "../oracle/ingress.rs"]
#[allow(dead_code, reason = "seeds are for the test that replays the corpus")]
mod ingress;

libfuzzer_sys::fuzz_target!(|input: &[u8]| ingress::judge(input));
