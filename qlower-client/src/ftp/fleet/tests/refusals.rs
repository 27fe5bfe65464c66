//! What is refused, with its bounds; and that what is taken reaches the destination.

use std::time::Duration;

use super::*;
use crate::ftp::{Existing, Passive, Temporary};

/// The mistakes of a user's table with a host, a user and these lines.
fn of_lines(lines: &str) -> Vec<String> {
    let text = format!("[users.a]\nhost = 'h'\nuser = 'u'\n{lines}\n");
    match parse(&text) {
        Ok(_) => Vec::new(),
        Err(error) => error.mistakes().iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn numbers_have_bounds() {
    for (line, sound) in [
        ("port = 1", true),
        ("port = 0", false),
        ("port = 65535", true),
        ("port = 65536", false),
        ("retry.max_attempts = 100", true),
        ("retry.max_attempts = 101", false),
        ("retry.max_attempts = 0", false),
        ("timeout = 86400", true),
        ("timeout = 86400.5", false),
        ("timeout = 0", false),
        ("timeout = 1e-12", false),
        ("timeout = nan", false),
        ("timeout = inf", false),
    ] {
        let found = of_lines(line);
        assert_eq!(found.is_empty(), sound, "{line}: {found:?}");
        assert!(sound || found[0].contains(": must be a "), "{found:?}");
    }
}

#[test]
fn names_that_cannot_be_are_refused() {
    for (line, told) in [
        ("variables.'a-b' = 'x'", "a variable's name has"),
        ("variables.'' = 'x'", "a variable's name has"),
        ("[users.' ']", "a name must not be empty"),
        ("[users.'']", "a name must not be empty"),
        ("[users.\"a\\tb\"]", "a name must not be empty"),
        ("[users.'a/b']", "a name must not be empty"),
        ("[customers.a]\nhost = 'h'\nuser = 'u'", "a customer has the same name"),
        ("[customers.b]\nuserss = 1", "did you mean \"users\"?"),
        ("protocol = 'x'", "\"x\" is none of"),
    ] {
        let found = of_lines(line);
        assert!(found.iter().any(|found| found.contains(told)), "{line}: {found:?}");
    }
    let long = of_lines(&format!("protocol = '{}'", "x".repeat(1000)));
    assert!(long[0].len() < 200, "{long:?}");
    // Longer than a word that could be meant: not compared with all that there are.
    assert!(!of_lines(&format!("{} = 1", "password".repeat(20)))[0].contains("did you mean"));
    assert!(!of_lines("zzzzzzzz = 1")[0].contains("did you mean"));
}

#[test]
fn what_is_needed_cannot_be_taken_back() {
    for setting in ["host", "user", "protocol", "timeout", "existing"] {
        let text = format!("[defaults]\nhost = 'h'\nuser = 'u'\n[users.a]\n{setting} = false\n");
        let found = mistakes(&text);
        assert!(found[0].contains("and is true or false"), "{setting}: {found:?}");
    }
}

#[test]
fn a_destination_with_a_mistake_is_served_by_no_way_of_reading() {
    for lines in ["odd = 1", "retry = 1", "variables.'a-b' = 'x'", "password = 'a'\npassword_env = 'BLANK'"] {
        let text = format!("[users.a]\nhost = 'h'\nuser = 'u'\n{lines}\n[users.b]\nhost = 'h'\nuser = 'u'\n");
        let fleet = lenient(&text).unwrap();
        assert!(fleet.destination("a").is_none() && fleet.destination("b").is_some(), "{lines}");
        assert!(fleet.mistakes().iter().all(|mistake| mistake.destinations == ["a"]), "{lines}");
    }
    let twice =
        "[customers.a]\nhost = 'h'\nuser = 'u'\n[users.a]\nhost = 'i'\nuser = 'v'\n[users.b]\nhost = 'h'\nuser = 'u'\n";
    let fleet = lenient(twice).unwrap();
    assert!(
        fleet.destination("a").is_none() && fleet.destination("b").is_some(),
        "one of the two would get the other's"
    );
}

#[test]
fn places_are_characters_and_each_destination_has_its_own_mistakes() {
    // Found in the order of the names, told in the order of the file.
    let text = "[users.b]\nhost = 'h'\nuser = 'u'\n\"énoncé\" = 1\n[users.a]\nhost = 'h'\nuser = 'u'\nvariables = { \"é\" = 'x', 'ok' = [] }\n[users.c]\nhost = 'h'\nuser = 'u'\n";
    let fleet = lenient(text).unwrap();
    let place = |n: usize| (fleet.mistakes()[n].line, fleet.mistakes()[n].column);
    assert_eq!(fleet.mistakes().len(), 2, "{:?}", fleet.mistakes());
    assert_eq!((place(0), place(1)), ((4, 1), (8, 33)));
    let whose: Vec<_> = fleet.mistakes().iter().map(|mistake| mistake.destinations.join(" ")).collect();
    assert_eq!(whose, ["b", "a"]);
    let summary = |name: &str| match fleet.meant(name).1 {
        Meant::Broken(mistakes) => mistakes.iter().map(|mistake| mistake.line).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    assert_eq!((summary("a"), summary("b")), (vec![8], vec![4]));
}

#[test]
fn the_builder_is_asked_until_it_refuses_nothing_more() {
    let text = "[users.a]\nhost = 'a b'\nuser = \"u\\nv\"\npassword = \"p\\nq\"\nca_bundle = 'x'\narchive = '{vin'\n";
    let found = mistakes(text);
    for setting in ["host", "user", "password", "ca_bundle", "archive"] {
        assert!(found.iter().any(|found| found.contains(&format!("] {setting}: "))), "{setting}: {found:?}");
    }
}

#[test]
fn what_is_set_reaches_the_destination() {
    let text = r#"
[users.a]
protocol = "ftp"
host = "ftp.example"
insecure = true
user = "u"
existing = "keep"
passive = "classic"
temporary = "direct"
connect_timeout = 3
timeout = 4.5
retry = { max_attempts = 7, base_delay = 0.5, factor = 3, max_delay = 9, total = 70 }
variables = { site = 7 }
"#;
    let fleet = parse(text).unwrap();
    let settings = fleet.destination("a").unwrap().settings();
    assert_eq!(
        (settings.existing, settings.passive, settings.temporary),
        (Existing::Keep, Passive::Classic, Temporary::Direct)
    );
    let times = (settings.connect_timeout, settings.timeout);
    assert_eq!(times, (Duration::from_secs(3), Duration::from_millis(4500)));
    let retry = RetryPolicy::default().max_attempts(7).base_delay(Duration::from_millis(500)).factor(3);
    assert_eq!(settings.retry, retry.max_delay(Duration::from_secs(9)).total(Duration::from_secs(70)));
    let Meant::Usable(usable) = fleet.meant("a").1 else { panic!("not usable") };
    assert_eq!(usable.variables.iter().collect::<Vec<_>>().len(), 1);
}

#[test]
fn a_plan_has_the_variables_of_file_and_job() {
    use crate::ftp::{Job, Outgoing, Variables};

    let text =
        "[users.a]\nhost = 'h'\nuser = 'u'\nfile = '{site}_{vin}.jpg'\nvariables = { site = 'x', vin = 'none' }\n";
    let fleet = parse(text).unwrap();
    let job = Job::new("a", vec![Outgoing::bytes("f.jpg", "f")], Variables::from([("vin", "VF1")]));
    let plan = fleet.plan(&job).unwrap();
    assert!(format!("{plan:?}").contains("x_VF1.jpg"), "{plan:?}");
}

#[test]
fn json_may_begin_with_a_mark_and_end_in_capitals() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("FLEET.JSON");
    std::fs::write(&file, "\u{feff}{\"users\": {\"a\": {\"host\": \"h\", \"user\": \"u\"}}}").unwrap();
    assert_eq!(Fleet::open(&file).unwrap().names().collect::<Vec<_>>(), ["a"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_file_and_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let found = |setting: &str| {
        let text = format!("[users.a]\nhost = 'h'\nuser = 'u'\n{setting} = 'pipe'\n");
        let error = parse_in(folder.path(), &text, Format::Toml, false).unwrap_err();
        error.mistakes().iter().map(|mistake| mistake.message(Lang::En).to_owned()).collect::<Vec<_>>()
    };
    for setting in ["password_file", "ca_bundle_file", "known_hosts_file"] {
        assert_eq!(found(setting)[0], "the file that is named here is no file", "{setting}");
    }
}
