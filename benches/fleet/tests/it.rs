//! A small fleet, and that what is broken is noticed.
#![expect(clippy::unwrap_used, reason = "what is not as expected is a failed test")]

use std::process::{Command, Output};

fn load(args: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_fleet-load")).args(args).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, text)
}

const SMALL: [&str; 6] = ["--destinations", "60", "--broken", "15", "--timeout", "6"];

#[test]
#[ignore = "needs the FTP servers: ./test.sh tests"]
fn sound_destinations_do_not_notice_broken_ones_and_what_is_wrong_is_noticed() {
    let with = |broken: &str| {
        let mut args = SMALL.to_vec();
        if !broken.is_empty() {
            args.extend(["--break", broken]);
        }
        load(&args)
    };
    let (output, text) = with("content");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("other content"), "{text}");
    let (output, text) = with("silent");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("NOT SOUND: the sound ones took"), "{text}");
    let (output, text) = with("");
    assert!(output.status.success(), "{text}");
}
