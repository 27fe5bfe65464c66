//! A delivery: attempts until every file stands there, or the policy gives up.

use std::time::{Duration, Instant, SystemTime};

use qlower_core::naming::Variables;
use tokio::time::sleep;
use tracing::Instrument;

use crate::ftp::connect::connect;
use crate::ftp::destination::Destination;
use crate::ftp::engine::{Attempt, Task};
use crate::ftp::error::Error;
use crate::ftp::failure::Failure;
use crate::ftp::outgoing::Outgoing;
use crate::ftp::pace::Turn;
use crate::ftp::progress::DeliverOptions;
use crate::ftp::receipt::Receipt;
use crate::ftp::stage;
use crate::receipt::Certainty;

/// Delivers files to a destination.
///
/// 1. All names are made and checked; nothing is connected if there is a mistake.
/// 2. Files are read once for their SHA-256, and packed if the destination wants an archive.
/// 3. Each file goes out under a temporary name, the server is asked for the size it has, and then it gets its name
///    ([`Temporary`](crate::ftp::Temporary)).
/// 4. What fails by a passing fault is tried again on a new connection by the destination's
///    [retry policy](crate::ftp::DestinationBuilder::retry): what is there is not sent again, a file that was cut in the middle is
///    continued if the server can, and after a reply that was lost the server is asked how things stand.
///
/// Dropping the future stops the delivery at once; at most a `.part` file stays on the server. One of 16 MiB or more is completed by
/// the next delivery of the same content; a smaller one is of no further use, and removed by nobody.
///
/// # Errors
/// [`Error`], whose [receipt](Error::receipt) tells which files stand there all the same.
///
/// # Example: images of a vehicle
/// ```no_run
/// use qlower_client::ftp::{self, Destination, Outgoing, Protocol, Variables};
///
/// # async fn example() -> Result<(), ftp::Error> {
/// let destination = Destination::builder(Protocol::Ftps, "ftp.garage-nord.example")
///     .user("dms")
///     .password(std::env::var("GARAGE_NORD_FTP_PASSWORD").unwrap_or_default())
///     .directory("{vin}")
///     .file("{vin}_{n:02}.{ext}")
///     .build()?;
/// let images = [Outgoing::file("front.jpg"), Outgoing::file("rear.jpg")];
/// let receipt = ftp::deliver(&destination, &images, &Variables::from([("vin", "WVWZZZ1JZXW000001")])).await?;
/// assert_eq!(receipt.files[0].path, "WVWZZZ1JZXW000001/WVWZZZ1JZXW000001_01.jpg");
/// # Ok(())
/// # }
/// ```
pub async fn deliver(destination: &Destination, files: &[Outgoing], variables: &Variables) -> Result<Receipt, Error> {
    deliver_with(destination, files, variables, &DeliverOptions::default()).await
}

/// Delivers files to a destination, with details for the side file or somebody who is told of the progress; see [`deliver`].
///
/// # Errors
/// As for [`deliver`].
pub async fn deliver_with(
    destination: &Destination,
    files: &[Outgoing],
    variables: &Variables,
    options: &DeliverOptions,
) -> Result<Receipt, Error> {
    let address = destination.address();
    let span = tracing::info_span!("qlower.deliver", protocol = %destination.protocol(), address = %address);
    run(destination, files, variables, options, &address).instrument(span).await
}

async fn run(
    destination: &Destination,
    files: &[Outgoing],
    variables: &Variables,
    options: &DeliverOptions,
    address: &str,
) -> Result<Receipt, Error> {
    let rules = &destination.settings().rules;
    let at = SystemTime::now().into();
    let (_, staged) =
        stage::prepare(rules, files, variables, options.details.as_ref(), at).await.map_err(Error::local)?;
    let mut delivery = Delivery {
        destination,
        options,
        tasks: staged.into_iter().map(Task::new).collect(),
        attempts: 0,
        begun: Instant::now(),
        moved: Instant::now(),
        protection: None,
    };
    let policy = &destination.settings().retry;
    loop {
        let Err(failure) = delivery.attempt().await else {
            let receipt = delivery.receipt();
            let bytes: u64 = delivery.tasks.iter().map(Task::size).sum();
            tracing::info!(files = receipt.files.len(), bytes, attempts = receipt.attempts, "delivered");
            return Ok(receipt);
        };
        // A long file must not use up the time for further attempts: what counts is how long nothing has moved.
        let idle = delivery.moved.elapsed();
        let wait = failure
            .retryable
            .then(|| policy.next_wait(delivery.attempts, idle, None, |bound| fastrand::u64(0..=bound)))
            .flatten();
        let Some(wait) = wait else {
            delivery.settle(&failure).await;
            if delivery.tasks.iter().all(Task::is_done) {
                return Ok(delivery.receipt());
            }
            let error = Error::on_the_way(failure, address, delivery.receipt());
            tracing::warn!(attempt = delivery.attempts, certainty = %error.certainty(), error = %error, "failed");
            return Err(error);
        };
        let attempt = delivery.attempts;
        let error = Error::on_the_way(failure, address, Receipt::nothing());
        tracing::warn!(attempt, error = %error, wait_ms = wait.as_millis() as u64, "failed, will be tried again");
        sleep(wait).await;
    }
}

/// A delivery over all its attempts.
struct Delivery<'a> {
    destination: &'a Destination,
    options: &'a DeliverOptions,
    tasks: Vec<Task>,
    attempts: u32,
    begun: Instant,
    /// When the server last took something.
    moved: Instant,
    protection: Option<String>,
}

impl Delivery<'_> {
    async fn attempt(&mut self) -> Result<(), Failure> {
        self.attempts += 1;
        let asked = Instant::now();
        let turn = Turn::wait(self.options.pace.as_ref()).await;
        // Others that stand before it are not what holds it up.
        self.moved += asked.elapsed();
        let mut session = turn.heard(connect(self.destination).await?);
        self.protection = session.protection();
        let (settings, options, number) = (self.destination.settings(), self.options, self.attempts);
        let mut attempt =
            Attempt { session: &mut *session, settings, options, number, moved: &mut self.moved, took: false };
        let result = attempt.run(&mut self.tasks).await;
        // It may have become another connection on the way.
        self.protection = session.protection();
        if result.as_ref().err().is_none_or(|failure| !failure.broken) {
            session.close().await;
        }
        result
    }

    /// Looks once more, on a connection of its own, after files whose fate is open. If that fails it stays open.
    async fn settle(&mut self, failure: &Failure) {
        if failure.stage.is_connecting() || !self.tasks.iter().any(Task::is_open) {
            return;
        }
        let turn = Turn::wait(self.options.pace.as_ref()).await;
        let Ok(session) = connect(self.destination).await else { return };
        let mut session = turn.heard(session);
        let (settings, options, number) = (self.destination.settings(), self.options, self.attempts);
        let mut attempt =
            Attempt { session: &mut *session, settings, options, number, moved: &mut self.moved, took: false };
        for task in self.tasks.iter_mut().filter(|task| task.is_open()) {
            if attempt.settle(task).await.is_err() {
                return;
            }
        }
        session.close().await;
    }

    fn receipt(&self) -> Receipt {
        let files: Vec<_> = self.tasks.iter().map(Task::outcome).collect();
        let any = |certainty| files.iter().any(|file| file.certainty == certainty);
        let certainty = if any(Certainty::Unknown) {
            Certainty::Unknown
        } else if any(Certainty::NotProcessed) {
            Certainty::NotProcessed
        } else {
            Certainty::Processed
        };
        let duration: Duration = self.begun.elapsed();
        Receipt { certainty, attempts: self.attempts, duration, protection: self.protection.clone(), files }
    }
}
