//! What is to be delivered to whom.

use qlower_core::naming::Variables;
use serde_json::{Map, Value};

use crate::ftp::Outgoing;

/// Files for one destination of a [`Fleet`](crate::ftp::Fleet): one [`deliver`](crate::ftp::deliver) of it.
///
/// A file by path costs nothing until its turn comes; [`Outgoing::bytes`] are held from the start.
///
/// # Example: the pictures of a vehicle
/// ```
/// use qlower_client::core::naming::Variables;
/// use qlower_client::ftp::{Job, Outgoing};
///
/// let pictures = vec![Outgoing::file("out/front.jpg"), Outgoing::file("out/back.jpg")];
/// let job = Job::new("garage-nord/alice", pictures, Variables::from([("vin", "VF1AAAAA000000001")]));
/// assert_eq!(job.destination(), "garage-nord/alice");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Job {
    pub(super) destination: String,
    pub(super) files: Vec<Outgoing>,
    pub(super) variables: Variables,
    pub(super) details: Option<Map<String, Value>>,
}

impl Job {
    /// Files for a destination, by its name in the fleet's file: `garage-nord`, `garage-nord/alice`, `bob`.
    pub fn new(destination: impl Into<String>, files: Vec<Outgoing>, variables: Variables) -> Self {
        Self { destination: destination.into(), files, variables, details: None }
    }

    /// Adds what the side file is to say in `details`, such as who made the pictures. Nothing by default.
    pub fn details(mut self, details: Map<String, Value>) -> Self {
        self.details = Some(details);
        self
    }

    /// The destination's name, as it was given.
    #[must_use]
    pub fn destination(&self) -> &str {
        &self.destination
    }
}
