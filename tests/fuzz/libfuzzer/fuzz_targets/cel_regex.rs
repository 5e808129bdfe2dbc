//! `cel_regex` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| callgate_fuzz::run::or_panic("cel_regex", data));
