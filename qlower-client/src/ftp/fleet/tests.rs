use std::collections::BTreeMap;

use qlower_core::Lang;

use super::*;
use crate::retry::RetryPolicy;

mod refusals;
mod texts;

const SENTINEL: &str = "s3nt1nel-pass";

fn environment(name: &str) -> Option<OsString> {
    let known =
        ["GARAGE_NORD_FTP_PASSWORD", "FLOTTE_LYON_FTP_PASSWORD", "FLOTTE_LILLE_FTP_PASSWORD", "BOB_FTP_PASSWORD"];
    match name {
        "BLANK" => Some(" ".into()),
        _ => known.contains(&name).then(|| SENTINEL.into()),
    }
}

fn parse_in(folder: &Path, text: &str, format: Format, lenient: bool) -> Result<Fleet, FleetError> {
    let around = Surroundings { folder: folder.to_owned(), variable: &environment };
    Fleet::finish(read::read(text, format, &around), None, lenient)
}

fn parse(text: &str) -> Result<Fleet, FleetError> {
    parse_in(Path::new(""), text, Format::Toml, false)
}

fn lenient(text: &str) -> Result<Fleet, FleetError> {
    parse_in(Path::new(""), text, Format::Toml, true)
}

/// The mistakes of a text, each as one line.
fn mistakes(text: &str) -> Vec<String> {
    let error = parse(text).unwrap_err();
    for shown in
        [error.message(Lang::Fr), error.to_string(), format!("{error:?}"), serde_json::to_string(&error).unwrap()]
    {
        assert!(!shown.contains(SENTINEL), "{shown}");
    }
    error.mistakes().iter().map(ToString::to_string).collect()
}

#[test]
fn the_example_says_what_it_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data");
    let text = std::fs::read_to_string(folder.join("fleet.toml")).unwrap();
    let fleet = parse_in(&folder, &text, Format::Toml, false).unwrap();
    let names: Vec<&str> = fleet.names().collect();
    let expected = ["autohaus-sued", "bob", "flotte/lille", "flotte/lyon", "garage-nord", "garage-nord/alice"];
    assert_eq!(names, expected);

    let of = |name: &str| fleet.destination(name).unwrap();
    assert_eq!(of("garage-nord").address(), "ftp.garage-nord.example:21");
    assert_eq!(of("garage-nord/alice").user(), "dms");
    assert_eq!(of("autohaus-sued").address(), "sftp.autohaus-sued.example:2222");
    assert_eq!(of("bob").protocol(), crate::ftp::Protocol::Ftp);
    assert_eq!(of("flotte/lille").user(), "lille");
    assert!(fleet.destination("flotte").is_none(), "it has no user");

    let shown = format!("{fleet:?} {:?}", names.iter().map(|name| of(name)).collect::<Vec<_>>());
    assert!(!shown.contains(SENTINEL), "{shown}");
}

#[test]
fn a_user_without_a_table_delivers_to_the_customers() {
    let text = "[customers.nord]\nhost = 'h'\nuser = 'u'\n[customers.nord.users.alice]\nuser = 'alice'\n[users.bob]\nhost = 'h'\nuser = 'bob'";
    let fleet = parse(text).unwrap();
    let user = |name: &str| fleet.destination(name).map(Destination::user);
    assert_eq!(user("nord/zoe"), Some("u"));
    assert_eq!(user("nord/alice"), Some("alice"));
    for unknown in ["nord/", "nord/zoe/x", "bob/zoe", "sud", "sud/zoe", ""] {
        assert_eq!(user(unknown), None, "{unknown}");
    }
}

#[test]
fn levels_replace_setting_by_setting_and_false_takes_back() {
    let text = r#"
[defaults]
host = "all.example"
port = 2100
archive = "{vin}.zip"
password = "all"
[defaults.retry]
max_attempts = 2
total = 60
[customers.nord]
user = "nord"
directory = "nord"
password_env = "GARAGE_NORD_FTP_PASSWORD"
retry.total = 30
[customers.nord.users.alice]
port = false
archive = false
host = "alice.example"
"#;
    let fleet = parse(text).unwrap();
    let shown = |name: &str| {
        let destination = fleet.destination(name).unwrap();
        let settings = destination.settings();
        let password = settings.password.as_ref().map(|password| password.expose().to_owned()).unwrap_or_default();
        let archive = settings.rules.archive.as_ref().map(ToString::to_string);
        (destination.address(), password, archive, settings.retry.clone())
    };
    let retry = RetryPolicy::default().max_attempts(2).total(std::time::Duration::from_secs(30));
    let archive = Some("{vin}.zip".to_owned());
    assert_eq!(shown("nord"), ("all.example:2100".to_owned(), SENTINEL.to_owned(), archive, retry.clone()));
    assert_eq!(shown("nord/alice"), ("alice.example:21".to_owned(), SENTINEL.to_owned(), None, retry));
}

#[test]
fn every_mistake_has_its_place() {
    let text = r#"
[defaults]
protcol = "ftps"
timeout = -1

[customers.nord]
user = "nord"
host = "ftp.nord.example"
port = 99999
password_env = "NOT_SET"
file = "{n"

[customers.nord.users.alice]
password = "a"
password_file = "b"
existing = "perhaps"
side_file = "{name}"

[customers.sud]
archive = 3

[user.bob]
host = "x"
"#;
    let found = mistakes(text);
    let expected = [
        r#"line 3, [defaults] protcol: there is no such setting; did you mean "protocol"?"#,
        "line 4, [defaults] timeout: must be a number of seconds above 0, 86400 at most",
        "line 9, [customers.nord] port: must be a whole number from 1 to 65535",
        "line 10, [customers.nord] password_env: the environment variable that is named here is not set",
        "line 11, [customers.nord] file: ",
        "line 15, [customers.nord.users.alice] password_file: stands beside password: one of the two",
        "line 15, [customers.nord.users.alice] password_file: the file that is named here cannot be read: ",
        r#"line 16, [customers.nord.users.alice] existing: "perhaps" is none of "replace", "keep", "refuse""#,
        "line 17, [customers.nord.users.alice] side_file: ",
        "line 19, [customers.sud] host: not given, neither here nor at a level above",
        "line 19, [customers.sud] user: not given",
        "line 20, [customers.sud] archive: must be a text, and is a number",
        r#"line 22, user: there is no such setting; did you mean "users"?"#,
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\ninstead of\n{expected}");
    }
    let columns: Vec<usize> = parse(text).unwrap_err().mistakes().iter().map(|mistake| mistake.column).collect();
    assert_eq!(columns, [1, 11, 8, 16, 8, 1, 17, 12, 13, 12, 12, 11, 2]);
}

#[test]
fn a_mistake_is_told_once_with_all_whom_it_concerns() {
    let text = "[defaults]\nfile = '{n'\nhost = 'h'\nuser = 'u'\n[users.a]\n[users.b]\nfile = '{n}'\n[users.c]\n";
    let error = parse(text).unwrap_err();
    assert_eq!(error.mistakes().len(), 1, "{error}");
    assert_eq!(error.mistakes()[0].destinations, ["a", "c"]);
    let fleet = lenient(text).unwrap();
    assert_eq!(fleet.names().collect::<Vec<_>>(), ["b"]);
    assert_eq!(fleet.mistakes(), error.mistakes());
}

#[test]
fn the_lenient_way_serves_the_sound_ones_and_never_sends_elsewhere() {
    let text = "[customers.nord]\nhost = 'h'\nuser = 'u'\n[customers.nord.users.alice]\npassword_env = 'NOT_SET'\n";
    let fleet = lenient(text).unwrap();
    assert_eq!(fleet.names().collect::<Vec<_>>(), ["nord"]);
    // Alice has a table of her own, so the customer's is not for her.
    assert!(fleet.destination("nord/alice").is_none());
    assert!(fleet.destination("nord/zoe").is_some());
    assert!(matches!(fleet.meant("nord/alice").1, Meant::Broken(mistakes) if mistakes.len() == 1));

    for whole in [
        "[customers.nord]\nhost = 'h'\nuser = 'u'\n[user.bob]\nhost = 'h'\n",
        "[customers.nord]\nhost = 'h'\nuser = 'u'\n[customers.'a/b']\nhost = 'h'\n",
        "[customers.nord]\nhost = 'h'\nuser = 'u\n",
        "[users.a]\nhost = 'h'\n",
        "",
    ] {
        assert!(lenient(whole).is_err(), "{whole}");
    }
}

#[test]
fn what_follows_from_a_mistake_is_not_told() {
    let text = "[users.a]\nprotocol = 'ftps'\nhost = 3\nuser = 4\npassword_env = 'NOT_SET'\n";
    assert_eq!(mistakes(text).len(), 3, "{:?}", mistakes(text));
}

#[test]
fn json_and_toml_say_the_same() {
    let toml = "[defaults]\nhost = 'h'\nport = 2121\ninsecure = true\n[users.a]\nuser = 'é'\n[users.b]\nuser = 'b'\npassive = 'x'\n";
    let json = r#"{
        "defaults": {"host": "h", "port": 2121, "insecure": true},
        "users": {"a": {"user": "é"}, "b": {"user": "b",
            "passive": "x"}}
    }"#;
    let read = |text, format| parse_in(Path::new(""), text, format, true).unwrap();
    let (from_toml, from_json) = (read(toml, Format::Toml), read(json, Format::Json));
    let shown = |fleet: &Fleet| fleet.names().map(|name| format!("{:?}", fleet.destination(name))).collect::<Vec<_>>();
    assert_eq!(shown(&from_toml), shown(&from_json));
    let place = |fleet: &Fleet| (fleet.mistakes()[0].line, fleet.mistakes()[0].column);
    assert_eq!((place(&from_toml), place(&from_json)), ((9, 11), (4, 24)));
    assert_eq!(from_toml.mistakes()[0].wording, from_json.mistakes()[0].wording);

    for (text, line, column, message) in [
        ("{\n \"users\": {\"a\": }\n}", 2, 17, "not JSON"),
        ("", 1, 1, "not JSON"),
        ("[1]", 1, 1, "not an object"),
        ("{\"users\": {}, \"users\": {}}", 1, 24, "this key stands twice in its object"),
        ("{} x", 1, 4, "not JSON"),
    ] {
        let error = parse_in(Path::new(""), text, Format::Json, false).unwrap_err();
        let mistake = &error.mistakes()[0];
        assert_eq!((mistake.line, mistake.column, mistake.message(Lang::En)), (line, column, message), "{text}");
    }
    let deep = format!("{{\"users\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let error = parse_in(Path::new(""), &deep, Format::Json, false).unwrap_err();
    assert_eq!(error.mistakes()[0].code, MistakeCode::Syntax);
}

#[test]
fn secrets_stand_in_no_mistake() {
    // In the wrong place, of the wrong type, in lines that are no TOML, as the name of a variable or of a file.
    for line in [
        format!("pasword = '{SENTINEL}'"),
        format!("password = ['{SENTINEL}']"),
        format!("password = {SENTINEL}"),
        format!("password = '{SENTINEL}"),
        format!("password = \"{SENTINEL}\\q\""),
        format!("password_env = '{SENTINEL}'"),
        format!("password_env = '{SENTINEL}='"),
        format!("password_file = '{SENTINEL}'"),
        format!("key = '{SENTINEL}'"),
        format!("key = '{SENTINEL}'\nprotocol = 'sftp'"),
        format!("password = \"{SENTINEL}\\n\""),
        format!("password = '{SENTINEL}'\npassword = '{SENTINEL}'"),
    ] {
        let found = mistakes(&format!("[users.a]\nhost = 'h'\nuser = 'u'\n{line}\n"));
        assert!(!found.is_empty(), "{line}");
    }
}

#[test]
fn a_secret_from_a_file_ends_before_the_line_break() {
    let folder = tempfile::tempdir().unwrap();
    let read = |content: &[u8]| {
        std::fs::write(folder.path().join("secret"), content).unwrap();
        let text = "[users.a]\nhost = 'h'\nuser = 'u'\npassword_file = 'secret'\n";
        let fleet = parse_in(folder.path(), text, Format::Toml, false).map_err(|error| error.to_string())?;
        let password = fleet.destination("a").unwrap().settings().password.as_ref().unwrap().expose().to_owned();
        Ok::<_, String>(password)
    };
    assert_eq!(read(b" p\xc3\xa9 \n").as_deref(), Ok(" pé "));
    assert_eq!(read(b"p\r\n").as_deref(), Ok("p"));
    assert_eq!(read(b"p").as_deref(), Ok("p"));
    assert!(read(b"p\n\n").unwrap_err().contains("line breaks"));
    assert!(read(b"\n").unwrap_err().contains("is empty"));
    assert!(read(b"\xff\n").unwrap_err().contains("no UTF-8"));
    assert!(read(&vec![b'p'; 70_000]).unwrap_err().contains("larger than 64 KiB"));
}

#[test]
fn blank_variables_and_odd_names_of_variables_are_mistakes() {
    let with = |name: &str| mistakes(&format!("[users.a]\nhost = 'h'\nuser = 'u'\npassword_env = '{name}'\n"));
    for (name, expected) in [("BLANK", "is empty"), ("", "must be the name"), ("A=B", "must be the name")] {
        let found = with(name);
        assert!(found.len() == 1 && found[0].contains(expected), "{name}: {found:?}");
    }
}

#[test]
fn every_setting_is_read_and_refuses_what_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for key in settings::KEYS {
        for value in ["3.5", "'\\u0000'", "[[]]", "1979-05-27", "true"] {
            let text = format!("[users.a]\nhost = 'h'\nuser = 'u'\n{} = {value}\n", key.name);
            let text = match key.name {
                "host" | "user" => {
                    text.replacen(&format!("{} = '", key.name), &format!("variables.x{} = '", key.name), 1)
                }
                _ => text,
            };
            if let Err(error) = parse_in(folder.path(), &text, Format::Toml, false) {
                wrong
                    .entry(key.name)
                    .or_default()
                    .extend(error.mistakes().iter().map(|mistake| mistake.message(Lang::En).to_owned()));
            }
        }
    }
    let missing: Vec<&str> = settings::KEYS.iter().map(|key| key.name).filter(|key| !wrong.contains_key(key)).collect();
    assert_eq!(missing, [] as [&str; 0]);
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let error = Fleet::open(folder.path().join("none.toml")).unwrap_err();
    assert!(error.to_string().ends_with("none.toml: the file cannot be read"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    assert!(error.mistakes().is_empty());

    std::fs::write(folder.path().join("fleet.json"), r#"{"users": {"a": {"host": "h", "user": "u"}}}"#).unwrap();
    assert_eq!(Fleet::open(folder.path().join("fleet.json")).unwrap().names().collect::<Vec<_>>(), ["a"]);
    assert!(Fleet::open_lenient(folder.path().join("fleet.json")).unwrap().mistakes().is_empty());
}

mod any_text {
    use proptest::prelude::*;

    use super::*;

    /// Pieces of which files of settings are made, right and wrong.
    fn piece() -> impl Strategy<Value = String> {
        let keys: Vec<&'static str> = settings::KEYS.iter().map(|key| key.name).collect();
        let values = prop_oneof![
            Just("'h'".to_owned()),
            Just("21".to_owned()),
            Just("true".to_owned()),
            Just("false".to_owned()),
            Just("'{n}'".to_owned()),
            Just("['a', 'b']".to_owned()),
            Just("{ x = 1 }".to_owned()),
            Just("'ftps'".to_owned()),
            "\\PC{0,6}",
        ];
        prop_oneof![
            2 => Just("[defaults]".to_owned()),
            4 => "\\[users\\.[a-c]\\]",
            4 => "\\[customers\\.[a-c]\\]",
            4 => "\\[customers\\.[a-c]\\.users\\.[a-c]\\]",
            20 => (prop::sample::select(keys), values).prop_map(|(key, value)| format!("{key} = {value}")),
            4 => Just("host = 'h'\nuser = 'u'".to_owned()),
            1 => "\\PC{0,20}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Whatever stands in the file: an answer, whose places exist, and the same by the lenient way.
        #[test]
        fn is_a_fleet_or_has_mistakes_with_places(pieces in prop::collection::vec(piece(), 0..24)) {
            let text = pieces.join("\n");
            let (strict, lenient) = (parse(&text), lenient(&text));
            let lines: Vec<&str> = text.split('\n').collect();
            match (&strict, &lenient) {
                (Ok(one), Ok(other)) => {
                    prop_assert!(one.mistakes().is_empty() && other.mistakes().is_empty());
                    prop_assert!(one.names().eq(other.names()));
                    prop_assert!(one.names().count() > 0);
                }
                (Ok(_), Err(_)) => prop_assert!(false, "the lenient way is stricter"),
                (Err(error), lenient) => {
                    prop_assert!(!error.mistakes().is_empty());
                    for mistake in error.mistakes() {
                        let line = lines.get(mistake.line - 1);
                        prop_assert!(line.is_some_and(|line| mistake.column <= line.chars().count() + 1), "{mistake:?}");
                    }
                    let places: Vec<_> = error.mistakes().iter().map(|mistake| (mistake.line, mistake.column)).collect();
                    prop_assert!(places.is_sorted());
                    if let Ok(fleet) = lenient {
                        prop_assert_eq!(fleet.mistakes(), error.mistakes());
                        for mistake in error.mistakes() {
                            prop_assert!(!mistake.destinations.is_empty());
                            for name in &mistake.destinations {
                                prop_assert!(fleet.destination(name).is_none());
                            }
                        }
                    }
                }
            }
        }

        /// The same as JSON: every table of TOML is an object.
        #[test]
        fn json_never_breaks_it(text in "[\\[\\]{}:,\"a-z0-9 \\n]{0,80}") {
            if let Err(error) = parse_in(Path::new(""), &text, Format::Json, false) {
                prop_assert!(!error.mistakes().is_empty());
            }
        }
    }
}
