//! Any bytes as a payload.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    if let Err(problem) = xtask::fuzz::payload(text) {
        panic!("{problem}");
    }
});
