//! Any bytes as what an FTP server says.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Err(problem) = xtask::fuzz::ftp_replies(input) {
        panic!("{problem}");
    }
});
