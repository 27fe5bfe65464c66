//! Any bytes as the body of a webhook.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    if let Err(problem) = xtask::fuzz::event(body) {
        panic!("{problem}");
    }
});
