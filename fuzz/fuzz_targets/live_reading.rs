//! Any bytes as a path and a reply of a producer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Err(problem) = xtask::fuzz::live_reading(input) {
        panic!("{problem}");
    }
});
