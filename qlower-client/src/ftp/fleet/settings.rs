//! The settings of a destination in a fleet's file: their names, and how their values are read.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use qlower_core::Lang;
use qlower_core::naming::{Characters, UnknownCharacters};
use zeroize::Zeroizing;

use super::MistakeCode;
use super::tree::{Kind, Node, Value};
use crate::ftp::error::system;
use crate::ftp::wording::Wording;
use crate::ftp::{DestinationBuilder, Existing, Passive, Protocol, Temporary, UnknownWord};
use crate::retry::RetryPolicy;

/// No secret and no key is larger, in bytes.
const LARGEST_SECRET: u64 = 64 * 1024;

/// A day: no time limit is longer.
const LONGEST: f64 = 86_400.0;

const TEXT: Kind = ("a text", "un texte");

/// What a value stands for.
#[derive(Clone)]
pub(super) enum Setting {
    Protocol(Protocol),
    Host(String),
    Port(u16),
    User(String),
    Password(Zeroizing<String>),
    Key(Zeroizing<String>),
    KeyPassphrase(Zeroizing<String>),
    Directory(String),
    File(String),
    Archive(String),
    SideFile(String),
    Characters(Characters),
    CaBundle(Zeroizing<String>),
    CaBundleFile(PathBuf),
    HostKeys(Vec<String>),
    KnownHosts(PathBuf),
    Insecure(bool),
    Temporary(Temporary),
    Existing(Existing),
    Passive(Passive),
    ConnectTimeout(Duration),
    Timeout(Duration),
    MaxAttempts(u32),
    BaseDelay(Duration),
    Factor(u32),
    MaxDelay(Duration),
    Total(Duration),
    /// For templates, under its own name.
    Variable(String),
}

/// Why a value cannot be taken.
pub(super) struct Trouble {
    pub(super) code: MistakeCode,
    pub(super) wording: Wording,
}

impl Trouble {
    fn new(code: MistakeCode, wording: impl Into<Wording>) -> Self {
        Self { code, wording: wording.into() }
    }

    fn wrong_type(node: &Node, wanted: Kind) -> Self {
        Self::new(MistakeCode::WrongType, node.value.instead_of(wanted))
    }
}

/// What is around the file.
pub(super) struct Surroundings<'s> {
    /// Paths are seen from there.
    pub(super) folder: PathBuf,
    /// The environment.
    pub(super) variable: &'s dyn Fn(&str) -> Option<OsString>,
}

pub(super) type Reads = fn(&Node, &Surroundings<'_>) -> Result<Setting, Trouble>;

/// A setting's name, and how it is read.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// Of those with one group, the one that is given at the lowest level counts, and each level has one at most. It is the
    /// setting's name in the builder.
    pub(super) group: &'static str,
    /// Whether `false` takes back what a level above gives.
    pub(super) optional: bool,
    pub(super) reads: Reads,
}

const fn needed(name: &'static str, reads: Reads) -> Key {
    Key { name, group: name, optional: false, reads }
}

const fn optional(name: &'static str, group: &'static str, reads: Reads) -> Key {
    Key { name, group, optional: true, reads }
}

/// All of them. Those of `retry` stand in a table of this name.
pub(super) const KEYS: &[Key] = &[
    needed("protocol", |node, _| word(node).map(Setting::Protocol)),
    needed("host", |node, _| text(node).map(Setting::Host)),
    optional("port", "port", |node, _| whole(node, 1, 65_535).map(Setting::Port)),
    needed("user", |node, _| text(node).map(Setting::User)),
    optional("password", "password", |node, _| secret(node).map(Setting::Password)),
    optional("password_env", "password", |node, around| from_variable(node, around).map(Setting::Password)),
    optional("password_file", "password", |node, around| from_file(node, around).map(Setting::Password)),
    optional("key", "key", |node, _| secret(node).map(Setting::Key)),
    optional("key_env", "key", |node, around| from_variable(node, around).map(Setting::Key)),
    optional("key_file", "key", |node, around| from_file(node, around).map(Setting::Key)),
    optional("key_passphrase", "key_passphrase", |node, _| secret(node).map(Setting::KeyPassphrase)),
    optional("key_passphrase_env", "key_passphrase", |node, around| {
        from_variable(node, around).map(Setting::KeyPassphrase)
    }),
    optional("key_passphrase_file", "key_passphrase", |node, around| {
        from_file(node, around).map(Setting::KeyPassphrase)
    }),
    optional("directory", "directory", |node, _| text(node).map(Setting::Directory)),
    optional("file", "file", |node, _| text(node).map(Setting::File)),
    optional("archive", "archive", |node, _| text(node).map(Setting::Archive)),
    optional("side_file", "side_file", |node, _| text(node).map(Setting::SideFile)),
    needed("characters", |node, _| word(node).map(Setting::Characters)),
    optional("ca_bundle", "ca_bundle", |node, _| secret(node).map(Setting::CaBundle)),
    optional("ca_bundle_file", "ca_bundle", |node, around| path(node, around).map(Setting::CaBundleFile)),
    optional("host_key", "host_key", |node, _| texts(node).map(Setting::HostKeys)),
    optional("known_hosts_file", "known_hosts_file", |node, around| path(node, around).map(Setting::KnownHosts)),
    needed("insecure", |node, _| boolean(node).map(Setting::Insecure)),
    needed("temporary", |node, _| word(node).map(Setting::Temporary)),
    needed("existing", |node, _| word(node).map(Setting::Existing)),
    needed("passive", |node, _| word(node).map(Setting::Passive)),
    needed("connect_timeout", |node, _| seconds(node).map(Setting::ConnectTimeout)),
    needed("timeout", |node, _| seconds(node).map(Setting::Timeout)),
    needed("retry.max_attempts", |node, _| whole(node, 1, 100).map(Setting::MaxAttempts)),
    needed("retry.base_delay", |node, _| seconds(node).map(Setting::BaseDelay)),
    needed("retry.factor", |node, _| whole(node, 1, 100).map(Setting::Factor)),
    needed("retry.max_delay", |node, _| seconds(node).map(Setting::MaxDelay)),
    needed("retry.total", |node, _| seconds(node).map(Setting::Total)),
];

/// The values of the table `variables`.
pub(super) const VARIABLE: Reads = |node, _| match &node.value {
    Value::Number(number) => Ok(Setting::Variable(number.clone())),
    _ => text(node).map(Setting::Variable),
};

impl Setting {
    /// Hands itself to the builder; those of `retry` to the policy, and variables to nobody.
    pub(super) fn apply(self, builder: DestinationBuilder, retry: RetryPolicy) -> (DestinationBuilder, RetryPolicy) {
        let builder = match self {
            Self::Protocol(_) | Self::Host(_) | Self::Variable(_) | Self::Insecure(false) => builder,
            Self::Port(port) => builder.port(port),
            Self::User(user) => builder.user(user),
            Self::Password(password) => builder.password(password.as_str()),
            Self::Key(pem) => builder.key(pem.as_str()),
            Self::KeyPassphrase(passphrase) => builder.key_passphrase(passphrase.as_str()),
            Self::Directory(template) => builder.directory(template),
            Self::File(template) => builder.file(template),
            Self::Archive(template) => builder.archive(template),
            Self::SideFile(template) => builder.side_file(template),
            Self::Characters(characters) => builder.characters(characters),
            Self::CaBundle(pem) => builder.ca_bundle(pem.as_str()),
            Self::CaBundleFile(path) => builder.ca_bundle_file(path),
            Self::HostKeys(keys) => keys.into_iter().fold(builder, DestinationBuilder::host_key),
            Self::KnownHosts(path) => builder.known_hosts_file(path),
            Self::Insecure(true) => builder.insecure(),
            Self::Temporary(temporary) => builder.temporary(temporary),
            Self::Existing(existing) => builder.existing(existing),
            Self::Passive(passive) => builder.passive(passive),
            Self::ConnectTimeout(time) => builder.connect_timeout(time),
            Self::Timeout(time) => builder.timeout(time),
            Self::MaxAttempts(attempts) => return (builder, retry.max_attempts(attempts)),
            Self::BaseDelay(time) => return (builder, retry.base_delay(time)),
            Self::Factor(factor) => return (builder, retry.factor(factor)),
            Self::MaxDelay(time) => return (builder, retry.max_delay(time)),
            Self::Total(time) => return (builder, retry.total(time)),
        };
        (builder, retry)
    }
}

fn text(node: &Node) -> Result<String, Trouble> {
    match &node.value {
        Value::Text(text) => Ok(text.to_string()),
        _ => Err(Trouble::wrong_type(node, TEXT)),
    }
}

fn texts(node: &Node) -> Result<Vec<String>, Trouble> {
    match &node.value {
        Value::Text(text) => Ok(vec![text.to_string()]),
        Value::List(items) => items.iter().map(text).collect(),
        _ => Err(Trouble::wrong_type(node, ("a text or a list of texts", "un texte ou une liste de textes"))),
    }
}

fn secret(node: &Node) -> Result<Zeroizing<String>, Trouble> {
    match &node.value {
        Value::Text(text) => Ok(text.clone()),
        _ => Err(Trouble::wrong_type(node, TEXT)),
    }
}

fn boolean(node: &Node) -> Result<bool, Trouble> {
    match node.value {
        Value::Boolean(value) => Ok(value),
        _ => Err(Trouble::wrong_type(node, ("true or false", "true ou false"))),
    }
}

/// Words that there are not, told in both languages.
trait Worded {
    fn told(&self) -> Wording;
}

impl Worded for UnknownWord {
    fn told(&self) -> Wording {
        (self.message(Lang::En), self.message(Lang::Fr)).into()
    }
}

impl Worded for UnknownCharacters {
    fn told(&self) -> Wording {
        (self.message(Lang::En), self.message(Lang::Fr)).into()
    }
}

fn word<T: FromStr<Err: Worded>>(node: &Node) -> Result<T, Trouble> {
    // What is shown of a wrong word is bounded: it may be anything.
    let given: String = text(node)?.chars().take(40).collect();
    given.parse().map_err(|error: T::Err| Trouble::new(MistakeCode::InvalidValue, error.told()))
}

fn whole<T: TryFrom<u32>>(node: &Node, least: u32, most: u32) -> Result<T, Trouble> {
    let Value::Number(number) = &node.value else { return Err(Trouble::wrong_type(node, ("a number", "un nombre"))) };
    let number = number.parse().ok().filter(|number| (least..=most).contains(number));
    let problem = || {
        Trouble::new(
            MistakeCode::InvalidValue,
            (
                format!("must be a whole number from {least} to {most}"),
                format!("doit être un nombre entier de {least} à {most}"),
            ),
        )
    };
    number.and_then(|number| T::try_from(number).ok()).ok_or_else(problem)
}

fn seconds(node: &Node) -> Result<Duration, Trouble> {
    let Value::Number(number) = &node.value else {
        return Err(Trouble::wrong_type(node, ("a number of seconds", "un nombre de secondes")));
    };
    let seconds = number.parse().ok().filter(|seconds: &f64| *seconds > 0.0 && *seconds <= LONGEST);
    let problem = || {
        Trouble::new(
            MistakeCode::InvalidValue,
            (
                format!("must be a number of seconds above 0, {LONGEST} at most"),
                format!("doit être un nombre de secondes supérieur à 0, {LONGEST} au plus"),
            ),
        )
    };
    seconds.map(Duration::from_secs_f64).filter(|time| !time.is_zero()).ok_or_else(problem)
}

fn path(node: &Node, around: &Surroundings<'_>) -> Result<PathBuf, Trouble> {
    let path = around.folder.join(text(node)?);
    // To open a pipe would be to wait for somebody who writes into it.
    match std::fs::metadata(&path) {
        Ok(about) if about.is_file() => match std::fs::File::open(&path) {
            Ok(_) => Ok(path),
            Err(error) => Err(cannot_be_read(&error)),
        },
        Ok(_) => {
            Err(unreadable(("the file that is named here is no file", "ce qui est désigné ici n'est pas un fichier")))
        }
        Err(error) => Err(cannot_be_read(&error)),
    }
}

fn unreadable(wording: impl Into<Wording>) -> Trouble {
    Trouble::new(MistakeCode::Unreadable, wording)
}

/// Neither the name of a variable nor a path is quoted: by mistake, the secret itself may stand there.
fn cannot_be_read(error: &std::io::Error) -> Trouble {
    unreadable((
        format!("the file that is named here cannot be read: {error}"),
        format!("le fichier désigné ici ne peut pas être lu : {}", system(error, Lang::Fr)),
    ))
}

fn from_variable(node: &Node, around: &Surroundings<'_>) -> Result<Zeroizing<String>, Trouble> {
    let name = text(node)?;
    // Such names make the functions that read the environment panic, or find nothing.
    if name.is_empty() || name.contains(['=', '\0']) {
        let problem = (
            "must be the name of an environment variable, and not its value",
            "doit être le nom d'une variable d'environnement, et non sa valeur",
        );
        return Err(Trouble::new(MistakeCode::InvalidValue, problem));
    }
    let value = (around.variable)(&name).ok_or_else(|| {
        unreadable((
            "the environment variable that is named here is not set",
            "la variable d'environnement désignée ici n'est pas définie",
        ))
    })?;
    let value = value.into_string().map_err(|_| {
        unreadable((
            "the environment variable that is named here is no Unicode text",
            "la variable d'environnement désignée ici n'est pas un texte Unicode",
        ))
    })?;
    not_blank(
        Zeroizing::new(value),
        ("the environment variable that is named here is empty", "la variable d'environnement désignée ici est vide"),
    )
}

fn from_file(node: &Node, around: &Surroundings<'_>) -> Result<Zeroizing<String>, Trouble> {
    let path = path(node, around)?;
    let text = read_secret(&path)?;
    // Editors and `echo` end a file with a line break, which belongs to no password.
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    not_blank(
        Zeroizing::new(line.to_owned()),
        ("the file that is named here is empty", "le fichier désigné ici est vide"),
    )
}

fn read_secret(path: &Path) -> Result<Zeroizing<String>, Trouble> {
    use std::io::Read as _;

    let mut bytes = Zeroizing::new(Vec::new());
    let file = std::fs::File::open(path).map_err(|error| cannot_be_read(&error))?;
    file.take(LARGEST_SECRET + 1).read_to_end(&mut bytes).map_err(|error| cannot_be_read(&error))?;
    if bytes.len() as u64 > LARGEST_SECRET {
        return Err(unreadable((
            format!("the file that is named here is larger than {} KiB", LARGEST_SECRET / 1024),
            format!("le fichier désigné ici fait plus de {} Kio", LARGEST_SECRET / 1024),
        )));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        unreadable(("the file that is named here is no UTF-8 text", "le fichier désigné ici n'est pas un texte UTF-8"))
    })?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn not_blank(text: Zeroizing<String>, problem: (&'static str, &'static str)) -> Result<Zeroizing<String>, Trouble> {
    if text.trim().is_empty() { Err(unreadable(problem)) } else { Ok(text) }
}
