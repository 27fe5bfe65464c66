//! Hundreds of customers' servers in one file, and deliveries to all of them.

mod advice;
mod job;
mod levels;
mod mistake;
mod options;
mod places;
mod pulse;
mod read;
mod run;
mod schedule;
mod settings;
mod show;
mod summary;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use job::Job;
pub use mistake::{FleetError, Mistake, MistakeCode};
pub use options::{FleetOptions, FleetProgress};
pub use summary::{DestinationOutcome, FleetSummary, JobOutcome, JobResult, NotTried, TimeUp};

use crate::ftp::{Destination, Plan};
use mistake::Problem;
use places::nearest;
use read::{Found, Usable};
use settings::Surroundings;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// How a fleet's file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// TOML.
    Toml,
    /// JSON, with the same tables and keys.
    Json,
}

/// The destinations of one file: those of customers, of customers' users, and of users without a customer.
///
/// # The file
///
/// | table | holds | name of the destination |
/// | --- | --- | --- |
/// | `[defaults]` | settings for all | |
/// | `[customers.NAME]` | a customer's: every user of that customer delivers there | `NAME` |
/// | `[customers.NAME.users.USER]` | a user's own | `NAME/USER` |
/// | `[users.USER]` | those of a user without a customer | `USER` |
///
/// A lower level replaces what a level above gives, setting by setting; `false` takes an optional one back. A customer's table without
/// host or user, and with users below, is what its users have in common, and no destination. The settings have the names of
/// [`DestinationBuilder`](crate::ftp::DestinationBuilder)'s, and are `protocol` (`ftps` if it is not given), `host`, `port`, `user`,
/// `directory`, `file`, `archive`, `side_file`, `characters`, `ca_bundle`, `ca_bundle_file`, `host_key` (a text or a list),
/// `known_hosts_file`, `insecure`, `temporary`, `existing`, `passive`, `connect_timeout` and `timeout` (in seconds), and
///
/// * `password`, `key` and `key_passphrase`, which may stand elsewhere: `password_env` names a variable of the environment,
///   `password_file` a file, whose last line break does not count;
/// * the table `retry` with `max_attempts`, `base_delay`, `factor`, `max_delay` and `total` of the
///   [policy](crate::RetryPolicy), delays in seconds;
/// * the table `variables`, for templates; a job's own win.
///
/// # Who delivers when
///
/// Jobs of one destination go one after the other, in the order in which they were given, each on a connection of its own: most
/// servers allow an account few connections, and so a later version of a file never is overtaken by an earlier one. A job that fails
/// does not keep the next one from being tried, unless there was no way in: no connection, or a refused login.
///
/// Destinations take turns, each with one job, in the order in which they were named first. So who has a thousand jobs does not
/// delay who has one. Three limits hold ([`FleetOptions`]): deliveries at work, connections to one host and port, and connections
/// whose server is silent. What is broken somewhere delays nobody elsewhere:
///
/// * a server that is silent, at whatever moment, gives its place to the next one after a second;
/// * who waits to try again holds no place, and then stands behind all who have not had a turn;
/// * a host's crowd waits for its own host alone.
///
/// Files are read and packed when their job's turn comes. Dropping the future stops everything: at most a `.part` file stays on a
/// server (one of 16 MiB or more is completed by the next delivery of the same content), and no temporary file here.
///
/// # Example: 400 customers, some of them broken
/// ```no_run
/// use qlower_client::core::naming::Variables;
/// use qlower_client::ftp::{Fleet, Job, Outgoing};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let fleet = Fleet::open("fleet.toml")?; // or all mistakes at once
/// let pictures = vec![Outgoing::file("front.jpg"), Outgoing::file("back.jpg")];
/// let jobs = fleet.names().map(|name| {
///     Job::new(name, pictures.clone(), Variables::from([("vin", "VF1AAAAA000000001")]))
/// });
/// let summary = fleet.deliver(jobs.collect()).await;
/// println!("{summary}"); // the broken ones, each with the reason
/// let later = summary.remaining(); // for the next run
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Fleet(Arc<Inner>);

struct Inner {
    found: BTreeMap<String, Found>,
    customers: BTreeSet<String>,
    mistakes: Vec<Mistake>,
}

/// What a name stands for.
enum Meant<'f> {
    Usable(&'f Usable),
    Broken(Vec<Mistake>),
    Unknown(Option<String>),
}

impl Fleet {
    /// Reads a fleet's file: JSON if its name ends in `.json`, else TOML. Relative paths in it begin at its folder.
    ///
    /// # Errors
    /// All mistakes at once, each with line, table and key; or that the file cannot be read. A variable of the environment that one
    /// destination needs and that is not set is a mistake: see [`open_lenient`](Self::open_lenient).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FleetError> {
        Self::open_as(path.as_ref(), false)
    }

    /// Reads a fleet's file as [`open`](Self::open) does, and serves the sound destinations of one that has mistakes:
    /// [`mistakes`](Self::mistakes) tells them, and jobs for the destinations that they concern are [reported](NotTried::Mistakes),
    /// never sent elsewhere.
    ///
    /// # Errors
    /// Mistakes that concern the file as a whole: its syntax, a table that there is not. A file of which no destination can be used.
    /// That the file cannot be read.
    pub fn open_lenient(path: impl AsRef<Path>) -> Result<Self, FleetError> {
        Self::open_as(path.as_ref(), true)
    }

    /// Reads the text of a fleet's file. Relative paths in it begin at the working directory.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    ///
    /// # Example: every mistake has a place
    /// ```
    /// use qlower_client::ftp::{Fleet, Format};
    ///
    /// let text = r#"
    /// [customers.garage-nord]
    /// host = "ftp.garage-nord.example"
    /// user = "dms"
    /// pasword = "s3cr3t"
    ///
    /// [users.bob]
    /// user = "bob"
    /// archive = "{vin.zip"
    /// "#;
    /// let error = Fleet::parse(text, Format::Toml).unwrap_err();
    /// let mistakes: Vec<String> = error.mistakes().iter().map(ToString::to_string).collect();
    /// assert_eq!(mistakes[0], r#"line 5, [customers.garage-nord] pasword: there is no such setting; did you mean "password"?"#);
    /// assert_eq!(mistakes[1], "line 7, [users.bob] host: not given, neither here nor at a level above");
    /// assert!(mistakes[2].starts_with("line 9, [users.bob] archive: "));
    /// ```
    pub fn parse(text: &str, format: Format) -> Result<Self, FleetError> {
        Self::finish(read::read(text, format, &surroundings(PathBuf::new())), None, false)
    }

    /// Reads the text of a fleet's file as [`parse`](Self::parse) does, and serves the sound destinations of one that has mistakes.
    ///
    /// # Errors
    /// As for [`open_lenient`](Self::open_lenient).
    pub fn parse_lenient(text: &str, format: Format) -> Result<Self, FleetError> {
        Self::finish(read::read(text, format, &surroundings(PathBuf::new())), None, true)
    }

    fn open_as(path: &Path, lenient: bool) -> Result<Self, FleetError> {
        let error = |problem| FleetError { file: Some(path.to_owned()), problem };
        let unreadable = |cause| error(Problem::Unreadable(Arc::new(cause)));
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut text = zeroize::Zeroizing::new(String::new());
        file.take(LARGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
        if text.len() as u64 > LARGEST {
            return Err(error(Problem::TooLarge));
        }
        let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let format = if json { Format::Json } else { Format::Toml };
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::finish(read::read(&text, format, &surroundings(folder)), Some(path), lenient)
    }

    fn finish(read: read::Read, file: Option<&Path>, lenient: bool) -> Result<Self, FleetError> {
        let read::Read { found, customers, mistakes } = read;
        let usable = found.values().any(|found| matches!(found, Found::Usable(_)));
        let of_the_whole = mistakes.iter().any(|mistake| mistake.destinations.is_empty());
        let served = mistakes.is_empty() || (lenient && usable && !of_the_whole);
        if !served {
            return Err(FleetError { file: file.map(Path::to_owned), problem: Problem::Mistakes(mistakes) });
        }
        Ok(Self(Arc::new(Inner { found, customers, mistakes })))
    }

    /// The mistakes of the file; only the lenient ways of reading leave any.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.0.mistakes
    }

    /// The names of all destinations that can be used, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let usable = self.0.found.iter().filter(|(_, found)| matches!(found, Found::Usable(_)));
        usable.map(|(name, _)| name.as_str())
    }

    /// A destination by its name. A user of a known customer who has no table of their own delivers to the customer's:
    /// `garage-nord/zoe` is `garage-nord` then.
    #[must_use]
    pub fn destination(&self, name: &str) -> Option<&Destination> {
        match self.meant(name).1 {
            Meant::Usable(usable) => Some(&usable.destination),
            Meant::Broken(_) | Meant::Unknown(_) => None,
        }
    }

    /// The names that a job's files would have, with the variables of the fleet's file. Nothing is connected; files are read if a
    /// template wants their hash.
    ///
    /// # Errors
    /// What would become of the job: [`JobResult::NotTried`], or [`JobResult::Failed`] with all that is wrong with the names.
    pub fn plan(&self, job: &Job) -> Result<Plan, JobResult> {
        let not_tried = |why| Err(JobResult::NotTried(why));
        match self.meant(&job.destination).1 {
            Meant::Usable(Usable { destination, variables }) => {
                let mut variables = variables.clone();
                variables.extend(job.variables.iter());
                destination.plan(&job.files, &variables).map_err(JobResult::Failed)
            }
            Meant::Broken(mistakes) => not_tried(NotTried::Mistakes(mistakes)),
            Meant::Unknown(suggestion) => not_tried(NotTried::Unknown { suggestion }),
        }
    }

    /// What a name stands for; nothing of the answer is borrowed from the name.
    fn meant(&self, name: &str) -> (String, Meant<'_>) {
        let Inner { found, customers, mistakes } = &*self.0;
        let customer = || {
            let (customer, user) = name.split_once('/')?;
            let known = customers.contains(customer) && !user.is_empty() && !user.contains('/');
            found.get_key_value(customer).filter(|_| known)
        };
        match found.get_key_value(name).or_else(customer) {
            Some((name, Found::Usable(usable))) => (name.clone(), Meant::Usable(usable)),
            Some((name, Found::Broken(positions))) => {
                let mistakes = positions.iter().filter_map(|position| mistakes.get(*position));
                (name.clone(), Meant::Broken(mistakes.cloned().collect()))
            }
            None => (name.to_owned(), Meant::Unknown(nearest(name, self.names()).map(str::to_owned))),
        }
    }

    /// Delivers files to many destinations, with the [default options](FleetOptions), and says of each job what became of it.
    /// See [`Fleet`] for who delivers when.
    ///
    /// It needs the runtime of tokio, whose threads share the work.
    pub async fn deliver(&self, jobs: Vec<Job>) -> FleetSummary {
        self.deliver_with(jobs, &FleetOptions::default()).await
    }

    /// Delivers files to many destinations, and says of each job what became of it. See [`Fleet`] for who delivers when.
    ///
    /// It needs the runtime of tokio, whose threads share the work.
    pub async fn deliver_with(&self, jobs: Vec<Job>, options: &FleetOptions) -> FleetSummary {
        use tracing::Instrument as _;

        let span = tracing::info_span!("qlower.fleet", jobs = jobs.len());
        run::run(self, jobs, options).instrument(span).await
    }
}

/// Shows names alone.
impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.names().collect();
        f.debug_struct("Fleet").field("names", &names).field("mistakes", &self.0.mistakes.len()).finish()
    }
}

fn surroundings(folder: PathBuf) -> Surroundings<'static> {
    Surroundings { folder, variable: &|name: &str| -> Option<OsString> { std::env::var_os(name) } }
}

#[cfg(test)]
mod tests;
