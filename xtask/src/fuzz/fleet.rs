//! What holds for any fleet's file.

use qlower_client::ftp::{Fleet, FleetError, Format, Mistake};
use qlower_core::Lang;
use serde_json::Value;

use crate::root;

/// A password of the inputs to start from: it may stand in no text.
const HIDDEN: &str = "s3cr3t-7c1d9e2f-SENTINEL";

/// Reads bytes as a fleet's file, of TOML and of JSON, strictly and leniently.
///
/// # Errors
/// Says which property does not hold.
pub fn fleet(input: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(input);
    for format in [Format::Toml, Format::Json] {
        let strict = Fleet::parse(&text, format);
        let lenient = Fleet::parse_lenient(&text, format);
        let hides = is_hidden(&text, format);
        match (&strict, &lenient) {
            (Ok(fleet), Ok(other)) if shown(fleet) == shown(other) => served(fleet, hides)?,
            (Ok(_), _) => return Err(format!("{format:?}: read strictly, and otherwise leniently")),
            (Err(error), Ok(fleet)) => {
                refused(error, &text, hides)?;
                served(fleet, hides)?;
                leniently(error, fleet)?;
            }
            (Err(error), Err(other)) if error.to_string() == other.to_string() => refused(error, &text, hides)?,
            (Err(error), Err(other)) => return Err(format!("leniently {other}, and strictly {error}")),
        }
        if told(&Fleet::parse(&text, format)) != told(&strict) {
            return Err(format!("{format:?}: read twice, it is not the same"));
        }
    }
    Ok(())
}

fn shown(fleet: &Fleet) -> Vec<String> {
    fleet.names().map(|name| format!("{name} {:?}", fleet.destination(name))).collect()
}

fn told(read: &Result<Fleet, FleetError>) -> String {
    match read {
        Ok(fleet) => shown(fleet).join("\n"),
        Err(error) => error.to_string(),
    }
}

/// Destinations that can be used.
fn served(fleet: &Fleet, hides: bool) -> Result<(), String> {
    for name in fleet.names() {
        let Some(destination) = fleet.destination(name) else { return Err(format!("{name:?} has no destination")) };
        if destination.host().is_empty() || destination.user().is_empty() {
            return Err(format!("{name:?} has no host or no user"));
        }
        let texts = [format!("{destination:?}"), format!("{fleet:?}")];
        if hides && let Some(text) = texts.iter().find(|text| text.contains(HIDDEN)) {
            return Err(format!("a password is shown: {text}"));
        }
    }
    if fleet.names().next().is_none() {
        return Err("a fleet without a destination".to_owned());
    }
    Ok(())
}

/// What has a mistake is not served, and what has none is.
fn leniently(error: &FleetError, fleet: &Fleet) -> Result<(), String> {
    if fleet.mistakes() != error.mistakes() {
        return Err("leniently there are other mistakes".to_owned());
    }
    let broken = error.mistakes().iter().flat_map(|mistake| &mistake.destinations);
    match broken.map(String::as_str).find(|name| fleet.destination(name).is_some()) {
        Some(name) => Err(format!("{name:?} has mistakes, and is served")),
        None => Ok(()),
    }
}

fn refused(error: &FleetError, text: &str, hides: bool) -> Result<(), String> {
    if error.mistakes().is_empty() {
        return Err(format!("refused without a mistake: {error}"));
    }
    let json = serde_json::to_string(error).map_err(|error| format!("it has no JSON: {error}"))?;
    let read: Value = serde_json::from_str(&json).map_err(|error| format!("its JSON is none: {error}"))?;
    if read.get("mistakes").and_then(Value::as_array).map(Vec::len) != Some(error.mistakes().len()) {
        return Err(format!("its JSON has other mistakes: {json}"));
    }
    let texts = [error.message(Lang::En), error.message(Lang::Fr), format!("{error:?}"), json];
    if hides && let Some(text) = texts.iter().find(|text| text.contains(HIDDEN)) {
        return Err(format!("a password is shown: {text}"));
    }
    let lines: Vec<&str> = text.split('\n').collect();
    error.mistakes().iter().try_for_each(|mistake| placed(mistake, &lines))
}

/// Its place is one of the file, and its text is one line in each language.
fn placed(mistake: &Mistake, lines: &[&str]) -> Result<(), String> {
    let line = mistake.line.checked_sub(1).and_then(|line| lines.get(line));
    let within = line.is_some_and(|line| (1..=line.chars().count() + 1).contains(&mistake.column));
    if !within {
        return Err(format!("column {} is no place of the file: {mistake}", mistake.column));
    }
    let both = [Lang::En, Lang::Fr].map(|lang| (mistake.message(lang), mistake.text(lang)));
    for (message, text) in &both {
        if message.is_empty() || !text.ends_with(message) || text.contains(char::is_control) || text.len() > 40_000 {
            return Err(format!("the message is none, or no line: {text:?}"));
        }
    }
    let [(english, _), (french, _)] = both;
    if english == french { Err(format!("the French text is the English one: {english}")) } else { Ok(()) }
}

/// Whether the password stands only where passwords do.
fn is_hidden(text: &str, format: Format) -> bool {
    let places = match format {
        Format::Toml => text.lines().filter(|line| line.trim() == format!("password = \"{HIDDEN}\"")).count(),
        _ => text.matches(&format!("\"password\": \"{HIDDEN}\"")).count(),
    };
    places == text.matches(HIDDEN).count()
}

/// The example, and files with mistakes of every kind.
pub(super) fn seeds() -> Result<Vec<Vec<u8>>, String> {
    let example = root().join("examples/data/fleet.toml");
    let example = std::fs::read(&example).map_err(|error| format!("{}: {error}", example.display()))?;
    let toml = format!(
        r#"[defaults]
protocol = "ftp"
insecure = true
timeout = 30
retry = {{ max_attempts = 3, base_delay = 0.5 }}
variables = {{ country = "fr", site = 7 }}

[customers.garage-nord]
host = "ftp.garage-nord.example"
user = "dms"
password = "{HIDDEN}"
directory = "in/{{vin}}"
file = "{{vin}}_{{n:02}}.{{ext}}"

[customers.garage-nord.users.alice]
user = "alice"
password = false
archive = "{{vin}}_{{country}}.zip"
existing = "refuse"

[customers."flotte é".users."a b"]
protocol = "sftp"
host = "127.0.0.1"
port = 2222
user = "x"
password = "{HIDDEN}"
host_key = ["SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]

[users.bob]
host = "[::1]"
user = "bob"
passive = "classic"
temporary = "direct"
characters = "windows"
"#
    );
    let wrong = format!(
        r#"[defaults]
retry.max_attempts = 0
retry.max_dellay = 1
[customers.a]
host = "ftp://a.example/in"
user = "u\nv"
password = "{HIDDEN}"
pasword = 1
password_env = "A=B"
key_file = "not-there.pem"
archive = "{{vin.zip"
timeout = "30"
[customers.b]
users = 7
[customers."c/d"]
[customers.a.users.u]
protocol = "ftps-explicit"
existing = 1979-05-27
ca_bundle = "x"
[users.a]
host_key = ["x", 7]
[user.x]
"#
    );
    let json = format!(
        r#"{{"defaults": {{"protocol": "ftp", "insecure": true, "retry": {{"factor": 2}}}},
 "customers": {{"a": {{"host": "h", "user": "u", "password": "{HIDDEN}", "users": {{"x": {{"user": "v", "port": 21.5}}}}}}}},
 "users": {{"b": {{"host": "h", "user": "u", "port": 70000, "variables": {{"n": 1, "v-n": "w"}}}}}}}}"#
    );
    let twice =
        format!("\u{feff}{{\"users\": {{\"a\": {{\"password\": \"{HIDDEN}\", \"password\": null}}, \"a\": []}}}}\r\n");
    let texts = [toml, wrong, json, twice, "users.a = { host = \"h\"\n".to_owned(), String::new()];
    Ok(std::iter::once(example).chain(texts.map(String::into_bytes)).collect())
}
