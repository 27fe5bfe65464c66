use std::path::Path;

use qlower_client::{check_options, core};
use serde_json::Value;

use super::payloads::{doubtful, faulty, valid};
use super::program::{Folder, Program, Run};

fn check(options: &[&str], file: &Path) -> Run {
    Program::new("check_file").args(options).arg(file).run()
}

/// The exit code says that nothing was checked, and the only line that it is about `named`.
fn assert_unusable(run: &Run, named: &str) {
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
    assert!(run.stderr.starts_with("check_file: ") && run.stderr.contains(named), "{named}: {run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
}

#[test]
fn a_valid_file_ends_with_0() {
    let folder = Folder::new();
    let run = check(&[], &folder.file("payload.json", valid()));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(
        run.stdout,
        "Checked: properties 1, transactions 2.\n0 errors, 0 warnings: valid (rules 2.0/2.2, 2026-08)\n"
    );
}

#[test]
fn errors_are_shown_in_the_lines_of_the_file_and_end_with_1() {
    let folder = Folder::new();
    let path = folder.file("été 2025.json", faulty());
    let run = check(&[], &path);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let place = format!(" --> {}:4:31  transactions T1  /transactions/0/reqdExctnDt\n", path.display());
    for part in [
        "error[invalid_date]: \"05/01/2025\" is not a date (YYYY-MM-DD).\n",
        &place,
        "4 |   {\"id\": \"T1\", \"reqdExctnDt\": \"05/01/2025\", \"id-prty\": \"P1\"",
        "  |                               ^^^^^^^^^^^^\n",
        "  = did you mean: 2025-01-05\n",
        "error[missing_field]: The required field \"amt\" is missing or blank.\n",
        "2 errors, 0 warnings: not valid, nothing may be sent",
    ] {
        assert!(run.stdout.contains(part), "{part}\n{}", run.stdout);
    }
}

#[test]
fn what_is_no_payload_gets_one_error() {
    let folder = Folder::new();
    let valid = valid();
    let utf16: Vec<u8> = valid.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&str, &[u8]); 8] = [
        ("not_a_payload", b""),
        ("not_a_payload", b"null"),
        ("not_a_payload", b"[]"),
        ("not_a_payload", b"<!doctype html><title>Bad Gateway</title>"),
        ("not_a_payload", &utf16),
        ("not_a_payload", b"{\"hello\": \"world\"}"),
        ("unsupported_version", &valid.replace("\"2.0\"", "\"1.0\"").into_bytes()),
        ("truncated_json", &valid.as_bytes()[..valid.len() - 3]),
    ];
    for (code, text) in cases {
        let run = check(&[], &folder.file("text", text));
        let shown = String::from_utf8_lossy(text);
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{shown}\n{}", run.stdout);
        assert_eq!(run.stdout.matches("error[").count(), 1, "{shown}\n{}", run.stdout);
        assert!(run.stdout.contains(&format!("error[{code}]")), "{shown}\n{}", run.stdout);
    }
}

#[test]
fn malformed_json_ends_with_1_and_keeps_the_key_to_itself() {
    let folder = Folder::new();
    let run = check(&[], &folder.file("payload.json", valid().replacen("\", \"creDtTm", "\"; \"creDtTm", 1)));
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    assert!(run.stdout.contains("error[malformed_json]") && run.stdout.contains("***"), "{}", run.stdout);
}

#[test]
fn what_cannot_be_read_ends_with_2() {
    let folder = Folder::new();
    let file = folder.file("file.json", valid());
    for path in [folder.path("missing.json"), folder.path(""), file.join("beneath.json")] {
        assert_unusable(&check(&[], &path), &format!("{} cannot be read: ", path.display()));
    }
}

/// Opens, but gives an error when it is read.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_while_it_is_read_ends_with_2() {
    assert_unusable(&check(&[], Path::new("/proc/self/mem")), "/proc/self/mem cannot be read: ");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_ends_with_2() {
    use std::fs::{File, Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let path = folder.file("locked.json", valid());
    set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    let run = check(&[], &path);
    if File::open(&path).is_err() {
        assert_unusable(&run, "locked.json cannot be read: ");
    } else {
        assert_eq!(run.code, 0, "to a privileged user nothing is locked: {run:?}");
    }
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_2() {
    let folder = Folder::new();
    let file = folder.file("payload.json", valid()).into_os_string().into_string().unwrap();
    for (arguments, named) in [
        (vec![], "no file was named"),
        (vec!["--jsn", &file], "'--jsn'"),
        (vec!["--lang", "de", &file], "\"de\""),
        (vec!["--lang"], "'--lang'"),
        (vec!["--color", "blue", &file], "\"always\""),
        (vec!["--json=yes", &file], "--json"),
        (vec![file.as_str(), "second.json"], "second.json"),
    ] {
        let run = Program::new("check_file").args(&arguments).run();
        assert_unusable(&run, named);
        assert!(run.stderr.ends_with("; see check_file --help\n"), "{run:?}");
    }
}

#[test]
fn help_is_not_a_failure() {
    for option in ["-h", "--help"] {
        let run = Program::new("check_file").arg(option).run();
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(run.stdout.contains("Usage: check_file [OPTIONS] FILE"), "{}", run.stdout);
    }
}

#[test]
fn a_dash_stands_for_standard_input() {
    for (text, code) in [(valid(), 0), (faulty(), 1), (String::new(), 1)] {
        let run = Program::new("check_file").arg("-").run_with(text.as_bytes());
        assert_eq!((run.code, run.stderr.as_str()), (code, ""), "{text}\n{}", run.stdout);
        assert_eq!(run.stdout.contains(" --> <stdin>:"), code == 1, "{}", run.stdout);
    }
}

#[test]
fn the_json_is_the_report_of_the_api() {
    let folder = Folder::new();
    for (text, code) in [(valid(), 0), (doubtful(), 0), (faulty(), 1), ("{".to_owned(), 1)] {
        let run = check(&["--json"], &folder.file("payload.json", &text));
        assert_eq!((run.code, run.stderr.as_str()), (code, ""));
        let report = core::check(text.as_bytes(), &check_options());
        assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap(), serde_json::to_value(&report).unwrap());
        assert!(run.stdout.ends_with("}\n") && run.stdout.lines().count() == 1);
    }
}

#[test]
fn french_is_spoken() {
    let folder = Folder::new();
    let run = check(&["--lang", "fr"], &folder.file("payload.json", faulty()));
    assert_eq!(run.code, 1);
    for part in
        ["erreur[invalid_date] : « 05/01/2025 » n'est pas une date (AAAA-MM-JJ).\n", "2 erreurs, 0 avertissement"]
    {
        assert!(run.stdout.contains(part), "{part}\n{}", run.stdout);
    }
}

#[test]
fn strictness_makes_an_error_of_a_warning() {
    let folder = Folder::new();
    let file = folder.file("payload.json", doubtful());
    let run = check(&[], &file);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("warning[zero_amount]"), "{}", run.stdout);
    let run = check(&["--strict"], &file);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("error[zero_amount]"), "{}", run.stdout);
}

#[test]
fn colours_are_for_terminals_and_for_those_who_insist() {
    let folder = Folder::new();
    let file = folder.file("payload.json", faulty());
    for (options, colours) in [
        (&[][..], false),
        (&["--color", "auto"], false),
        (&["--color", "never"], false),
        (&["--color", "always"], true),
    ] {
        assert_eq!(check(options, &file).stdout.contains("\x1b[1;31merror"), colours, "{options:?}");
    }
}

#[test]
fn a_reader_that_leaves_early_gets_the_verdict_all_the_same() {
    let rows = vec![r#"{"id": "", "reqdExctnDt": "soon", "amt": "x"}"#; 2000];
    let text = valid().replace("\"transactions\": [", &format!("\"transactions\": [{},", rows.join(",\n")));
    let folder = Folder::new();
    let run = Program::new("check_file").arg("--json").arg(folder.file("payload.json", text)).run_into_broken_pipe();
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_ends_with_2() {
    let folder = Folder::new();
    let run = Program::new("check_file").arg(folder.file("payload.json", valid())).run_into("/dev/full");
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("check_file: the output cannot be written: "), "{run:?}");
}
