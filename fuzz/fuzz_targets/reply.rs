//! Any bytes as an answer of the endpoint.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    if let Err(problem) = xtask::fuzz::reply(body) {
        panic!("{problem}");
    }
});
