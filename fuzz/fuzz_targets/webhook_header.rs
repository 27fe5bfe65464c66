//! Any bytes as secret, header and body of a webhook.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Err(problem) = xtask::fuzz::webhook_header(input) {
        panic!("{problem}");
    }
});
