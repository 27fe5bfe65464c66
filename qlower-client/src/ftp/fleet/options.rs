//! How many connections, for how long.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// What is told after each job of [`Fleet::deliver_with`](crate::ftp::Fleet::deliver_with).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetProgress {
    /// The destination's name.
    pub destination: String,
    /// The job's position among those that were given, from 0.
    pub job: usize,
    /// Whether it was delivered.
    pub delivered: bool,
    /// Jobs that came to an end, this one included.
    pub done: usize,
    /// Those of them that were not delivered.
    pub not_delivered: usize,
    /// All jobs.
    pub jobs: usize,
}

type Told = Arc<dyn Fn(FleetProgress) + Send + Sync>;

/// Settings of [`Fleet::deliver_with`](crate::ftp::Fleet::deliver_with).
///
/// # Example: a night's run over a slow line
/// ```
/// use std::time::Duration;
///
/// use qlower_client::ftp::FleetOptions;
///
/// let nightly = FleetOptions::default().concurrency(8).per_host(2).deadline(Duration::from_secs(4 * 3600));
/// ```
#[derive(Clone)]
#[must_use]
pub struct FleetOptions {
    pub(super) concurrency: NonZeroUsize,
    pub(super) silent: usize,
    pub(super) silent_after: Duration,
    pub(super) per_host: NonZeroUsize,
    pub(super) job_limit: Duration,
    pub(super) deadline: Option<Duration>,
    pub(super) progress: Option<Told>,
}

impl Default for FleetOptions {
    fn default() -> Self {
        Self {
            concurrency: NonZeroUsize::MIN.saturating_add(31),
            silent: 96,
            silent_after: Duration::from_secs(1),
            per_host: NonZeroUsize::MIN.saturating_add(3),
            job_limit: Duration::from_secs(30 * 60),
            deadline: None,
            progress: None,
        }
    }
}

const fn at_least_one(number: usize) -> NonZeroUsize {
    match NonZeroUsize::new(number) {
        Some(number) => number,
        None => NonZeroUsize::MIN,
    }
}

impl FleetOptions {
    /// Sets how many deliveries are at work at once; 0 counts as 1.
    ///
    /// One whose server is [silent](Self::silent) does not count. Default 32: a few hundred customers take minutes, and memory
    /// and the line are shared by few.
    pub const fn concurrency(mut self, deliveries: usize) -> Self {
        self.concurrency = at_least_one(deliveries);
        self
    }

    /// Sets how many connections may be open beyond [`concurrency`](Self::concurrency) while their server is silent: it does not
    /// answer, or takes almost nothing of a file ([`silent_after`](Self::silent_after)).
    ///
    /// A silent server has nobody wait but those who deliver to it: its place goes to the next one, until the server speaks again
    /// or time is up. At most `concurrency + silent` are open at any moment. Default 96: that many servers may hang before a
    /// sound one waits for them, and with the default concurrency all fits into 256 open files, the smallest limit in use.
    pub const fn silent(mut self, connections: usize) -> Self {
        self.silent = connections;
        self
    }

    /// Sets how long a server may be without an answer, or take less than 4 KiB a second of a file, until it counts as silent.
    ///
    /// Nothing is cut off by that. Default 1 s: some servers look up who connects before they greet, which takes longer, and
    /// does no harm here.
    pub const fn silent_after(mut self, time: Duration) -> Self {
        self.silent_after = time;
        self
    }

    /// Sets how many connections to one host and port may be open at once, silent ones included; 0 counts as 1.
    ///
    /// A server may count one that was broken off until it has noticed. Default 4: many servers refuse more from the same address.
    pub const fn per_host(mut self, connections: usize) -> Self {
        self.per_host = at_least_one(connections);
        self
    }

    /// Sets how long one job may take from when its turn comes, with all its attempts.
    ///
    /// It is for servers that always take a little, so that no other limit ends them. Default 30 min: 200 MB by a line of
    /// 1 Mbit/s.
    pub const fn job_limit(mut self, limit: Duration) -> Self {
        self.job_limit = limit;
        self
    }

    /// Sets how long the whole may take. What is under way then is stopped, what was not begun is left; the summary says which.
    ///
    /// None by default: each delivery has limits of its own.
    pub const fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// Sets what is told after each job. It is called by whoever drives the deliveries, so that it should not take long.
    pub fn progress(mut self, told: impl Fn(FleetProgress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(told));
        self
    }
}

impl fmt::Debug for FleetOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetOptions")
            .field("concurrency", &self.concurrency)
            .field("silent", &self.silent)
            .field("silent_after", &self.silent_after)
            .field("per_host", &self.per_host)
            .field("job_limit", &self.job_limit)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
