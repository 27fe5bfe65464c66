//! From a fleet's file to its destinations, level by level, with all mistakes at once.

use std::collections::{BTreeMap, BTreeSet};

use qlower_core::Lang;
use qlower_core::naming::Variables;

use super::levels::{Given, Level};
use super::mistake::Mistake;
use super::places::Mistakes;
use super::settings::{Setting, Surroundings};
use super::tree::{self, Entry, TABLE, Value};
use super::{Format, MistakeCode};
use crate::ftp::wording::Wording;
use crate::ftp::{Destination, ErrorKind, Protocol};
use crate::retry::RetryPolicy;

const NOT_GIVEN: Wording =
    Wording::fixed("not given, neither here nor at a level above", "non renseigné, ni ici ni à un niveau supérieur");

/// What a file says of one name.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Usable(Usable),
    /// The mistakes, by their position in the list of all.
    Broken(BTreeSet<usize>),
}

#[derive(Clone, Debug)]
pub(super) struct Usable {
    pub(super) destination: Destination,
    pub(super) variables: Variables,
}

pub(super) struct Read {
    pub(super) found: BTreeMap<String, Found>,
    /// The names of customers.
    pub(super) customers: BTreeSet<String>,
    pub(super) mistakes: Vec<Mistake>,
}

pub(super) fn read(text: &str, format: Format, around: &Surroundings<'_>) -> Read {
    let mut reader =
        Reader { around, mistakes: Mistakes::new(text), found: BTreeMap::new(), customers: BTreeSet::new() };
    match tree::read(text, format) {
        Ok(entries) => reader.file(&entries),
        Err(faults) => {
            for fault in faults {
                reader.mistakes.add(fault.at, MistakeCode::Syntax, "", None, fault.wording);
            }
        }
    }
    let Reader { mistakes, found, customers, .. } = reader;
    let (found, mistakes) = mistakes.finish(found);
    Read { found, customers, mistakes }
}

struct Reader<'t, 's> {
    around: &'s Surroundings<'s>,
    mistakes: Mistakes<'t>,
    found: BTreeMap<String, Found>,
    customers: BTreeSet<String>,
}

impl Reader<'_, '_> {
    fn file(&mut self, entries: &[Entry]) {
        const TABLES: [&str; 3] = ["defaults", "customers", "users"];
        let mut defaults = Level::default();
        for entry in entries {
            match (entry.key.as_str(), &entry.node.value) {
                ("defaults", Value::Table(settings)) => {
                    defaults = Level::read("defaults", entry.at, settings, &[], &mut self.mistakes);
                }
                ("customers" | "users", Value::Table(_)) => {}
                (key, value) if TABLES.contains(&key) => {
                    let problem = value.instead_of(TABLE);
                    _ = self.mistakes.add(entry.at, MistakeCode::WrongType, "", Some(key), problem);
                }
                (key, _) => _ = self.mistakes.unknown(entry.at, "", key, TABLES),
            }
        }
        for (key, customers) in [("customers", true), ("users", false)] {
            let tables = entries.iter().filter(|entry| entry.key == key);
            for entry in tables {
                let Value::Table(named) = &entry.node.value else { continue };
                for entry in named {
                    self.named(&defaults, key, entry, customers);
                }
            }
        }
        if self.found.is_empty() && self.mistakes.is_empty() {
            let problem = (
                "no destination: neither [customers.NAME] nor [users.NAME]",
                "aucune destination : ni [customers.NOM] ni [users.NOM]",
            );
            self.mistakes.add(0, MistakeCode::Missing, "", None, problem);
        }
    }

    /// A customer, with the users, or a user without a customer.
    fn named(&mut self, defaults: &Level<'_>, above: &str, entry: &Entry, customer: bool) {
        let users: &[&str] = if customer { &["users"] } else { &[] };
        let Some((table, settings)) = self.table(above, entry) else { return };
        let level = Level::read(&table, entry.at, settings, users, &mut self.mistakes);
        let below = settings.iter().find(|entry| customer && entry.key == "users");
        let below: &[Entry] = match below.map(|entry| (&entry.node.value, entry.at)) {
            Some((Value::Table(below), _)) => below,
            Some((other, at)) => {
                let problem = other.instead_of(TABLE);
                self.mistakes.add(at, MistakeCode::WrongType, &table, Some("users"), problem);
                return;
            }
            None => &[],
        };
        // A customer may be no more than what its users have in common.
        let whole = ["host", "user"].iter().all(|group| defaults.gives(group) || level.gives(group));
        if below.is_empty() || whole {
            if customer {
                self.customers.insert(entry.key.clone());
            }
            self.destination(entry.key.clone(), &[defaults, &level], entry.at);
        }
        for user in below {
            let Some((table, settings)) = self.table(&format!("{table}.users"), user) else { continue };
            let last = Level::read(&table, user.at, settings, &[], &mut self.mistakes);
            self.destination(format!("{}/{}", entry.key, user.key), &[defaults, &level, &last], user.at);
        }
    }

    /// The table of a customer or a user, and what stands in it.
    fn table<'e>(&mut self, above: &str, entry: &'e Entry) -> Option<(String, &'e [Entry])> {
        let name = &entry.key;
        if name.trim().is_empty() || name.contains('/') || name.chars().any(char::is_control) {
            let problem = (
                "a name must not be empty, and has neither a slash nor control characters",
                "un nom ne doit pas être vide, ni contenir de barre oblique ou de caractère de contrôle",
            );
            self.mistakes.add(entry.at, MistakeCode::InvalidValue, above, Some(name), problem);
            return None;
        }
        let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let table = if bare { format!("{above}.{name}") } else { format!("{above}.{name:?}") };
        match &entry.node.value {
            Value::Table(settings) => Some((table, settings)),
            other => {
                let problem = other.instead_of(TABLE);
                self.mistakes.add(entry.at, MistakeCode::WrongType, above, Some(name), problem);
                None
            }
        }
    }

    fn destination(&mut self, name: String, levels: &[&Level<'_>], at: usize) {
        let table = levels.last().map_or("", |level| level.table.as_str());
        if let Some(other) = self.found.get_mut(&name) {
            let problem = ("a customer has the same name", "un client porte le même nom");
            let mistake = self.mistakes.add(at, MistakeCode::Conflict, table, None, problem);
            *other = Found::Broken([mistake].into());
            return;
        }
        let mut making = Making::new(levels, &mut self.mistakes, self.around);
        let destination = making.build();
        let found = match destination {
            Some(destination) if making.broken.is_empty() => {
                Found::Usable(Usable { destination, variables: making.variables() })
            }
            _ => Found::Broken(making.broken),
        };
        self.found.insert(name, found);
    }
}

/// One destination in the making.
struct Making<'m, 'l, 't> {
    mistakes: &'m mut Mistakes<'t>,
    /// What counts, by its group.
    given: BTreeMap<&'l str, Given<'l>>,
    settings: BTreeMap<&'l str, Setting>,
    /// The lowest table, and its place.
    table: &'l str,
    at: usize,
    broken: BTreeSet<usize>,
    /// Groups of which something is wrong already, so that what follows from that is not told.
    faulty: BTreeSet<&'l str>,
}

impl<'m, 'l, 't> Making<'m, 'l, 't> {
    fn new(levels: &[&'l Level<'l>], mistakes: &'m mut Mistakes<'t>, around: &Surroundings<'_>) -> Self {
        let mut given: BTreeMap<&'l str, Given<'l>> = BTreeMap::new();
        for level in levels {
            for (group, setting) in &level.given {
                if setting.takes_back() {
                    given.remove(&**group);
                } else {
                    given.insert(group, setting.clone());
                }
            }
        }
        let broken = levels.iter().flat_map(|level| level.broken.iter().copied()).collect();
        let (table, at) = levels.last().map_or(("", 0), |level| (level.table.as_str(), level.at));
        let mut making =
            Self { mistakes, given, settings: BTreeMap::new(), table, at, broken, faulty: BTreeSet::new() };
        let all: Vec<(&'l str, Given<'l>)> =
            making.given.iter().map(|(group, given)| (*group, given.clone())).collect();
        for (group, given) in all {
            match (given.reads)(given.node, around) {
                Ok(setting) => _ = making.settings.insert(group, setting),
                Err(trouble) => {
                    making.faulty.insert(family(group));
                    let at = given.node.at;
                    making.note(&given.table, at, trouble.code, Some(&given.key), trouble.wording);
                }
            }
        }
        making
    }

    fn note(&mut self, table: &str, at: usize, code: MistakeCode, key: Option<&str>, wording: Wording) {
        self.broken.insert(self.mistakes.add(at, code, table, key, wording));
    }

    /// Notes what the builder says of a setting: where it stands, or else where it is missing.
    fn refused(&mut self, setting: &str, code: MistakeCode, problem: impl Into<Wording>) {
        let problem = problem.into();
        if !self.settings.contains_key(setting) && self.faulty.contains(family(setting)) {
            return;
        }
        match self.given.get(setting).cloned() {
            Some(Given { table, key, node, .. }) => self.note(&table, node.at, code, Some(&key), problem),
            None => {
                let (table, at) = (self.table, self.at);
                self.note(table, at, MistakeCode::Missing, Some(setting), problem);
            }
        }
    }

    /// Builds, leaves out what is refused, and builds again, until nothing is refused any more.
    fn build(&mut self) -> Option<Destination> {
        if !self.settings.contains_key("host") {
            self.refused("host", MistakeCode::Missing, NOT_GIVEN);
        }
        let mut known = BTreeSet::new();
        loop {
            let error = match self.builder().build() {
                Ok(destination) => return Some(destination),
                Err(error) => error,
            };
            let mut left_out = false;
            match error.into_kind() {
                ErrorKind::Naming(errors) => {
                    for error in errors {
                        let rule = error.rule().map_or("file", |rule| rule.as_str());
                        self.refused(rule, MistakeCode::Template, (error.message(Lang::En), error.message(Lang::Fr)));
                        left_out |= self.settings.remove(rule).is_some();
                    }
                }
                ErrorKind::Config { setting, problem } => {
                    self.refused(setting, MistakeCode::InvalidValue, problem);
                    left_out = known.insert(setting) && self.leave_out(setting);
                }
                _ => self.refused("host", MistakeCode::InvalidValue, ("not usable", "inutilisable")),
            }
            if !left_out {
                return None;
            }
        }
    }

    /// Takes a setting out, or puts one in that the builder does not stop at, to hear what else is wrong.
    fn leave_out(&mut self, setting: &str) -> bool {
        let instead = match setting {
            "user" => Setting::User("user".to_owned()),
            "protocol" => Setting::Insecure(true),
            _ => return self.settings.remove(setting).is_some(),
        };
        self.settings.insert(if setting == "user" { "user" } else { "insecure" }, instead);
        true
    }

    fn builder(&self) -> crate::ftp::DestinationBuilder {
        let protocol = match self.settings.get("protocol") {
            Some(Setting::Protocol(protocol)) => *protocol,
            _ => Protocol::default(),
        };
        let host = match self.settings.get("host") {
            Some(Setting::Host(host)) => host.as_str(),
            _ => "localhost",
        };
        let start = (Destination::builder(protocol, host), RetryPolicy::default());
        let (builder, retry) =
            self.settings.values().cloned().fold(start, |(builder, retry), setting| setting.apply(builder, retry));
        builder.retry(retry)
    }

    fn variables(&self) -> Variables {
        let variable = |(group, setting): (&&str, &Setting)| match (group.strip_prefix("variables."), setting) {
            (Some(name), Setting::Variable(value)) => Some((name.to_owned(), value.clone())),
            _ => None,
        };
        self.settings.iter().filter_map(variable).collect()
    }
}

/// Settings that stand for one another: if one cannot be read, the others are not missed.
fn family(group: &str) -> &str {
    match group {
        "password" | "key" | "key_passphrase" => "credentials",
        "host_key" | "known_hosts_file" => "host_key",
        other => other,
    }
}
