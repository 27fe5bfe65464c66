//! A small load, and that a broken receiver is noticed.
#![expect(clippy::unwrap_used, reason = "what is not as expected is a failed test")]

use std::process::{Command, Output};

fn load(args: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_receiver-load")).args(args).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, text)
}

#[test]
fn nothing_is_lost_or_doubled_while_the_receiver_is_killed() {
    let (output, text) = load(&["--events", "2000", "--kills", "3"]);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("2000 events had an effect, 0 lost, 0 doubled, 0 unknown; 0 left").count(), 2, "{text}");
    assert!(!text.contains(" 0 broken off"), "no kill has hit a request: {text}");
}

#[test]
fn what_is_lost_or_doubled_is_noticed() {
    for broken in ["lost", "doubled"] {
        let (output, text) = load(&["--events", "1500", "--kills", "0", "--break", broken]);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert_eq!(text.matches("NOT SOUND").count(), 2, "{broken}: {text}");
        assert!(!text.contains(&format!(" 0 {broken}")), "{text}");
    }
}
