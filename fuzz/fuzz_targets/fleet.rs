//! Any bytes as the file of a fleet.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Err(problem) = xtask::fuzz::fleet(input) {
        panic!("{problem}");
    }
});
