//! Any bytes as a file of known hosts.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Err(problem) = xtask::fuzz::known_hosts(input) {
        panic!("{problem}");
    }
});
