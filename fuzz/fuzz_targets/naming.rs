//! Any bytes as templates, a variable and names of files.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Err(problem) = xtask::fuzz::naming(input) {
        panic!("{problem}");
    }
});
