//! Sending the parts of a payload: several at once, each after those that it needs.

mod outcome;
mod schedule;

use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::Poll;

use qlower_core::split::{Part, Parts};
use tracing::Instrument;

use crate::client::Client;
use crate::error::Error;
use crate::receipt::Receipt;
pub use outcome::{NotSent, PartOutcome, SentAll};
use schedule::{Position, Schedule};

/// What to do when a part fails: when there is no receipt for it. Failed *items* are in a receipt, and no failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnFailure {
    /// Start nothing more; what is under way is awaited. The default, since the next parts mostly fail for the same reason.
    #[default]
    Stop,
    /// Go on with the parts that do not need the failed one.
    Continue,
}

/// Settings of [`Client::send_all`].
///
/// ```
/// use qlower_client::{OnFailure, SendAllOptions};
///
/// let gentle = SendAllOptions::default().concurrency(1).on_failure(OnFailure::Continue);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct SendAllOptions {
    concurrency: NonZeroUsize,
    on_failure: OnFailure,
}

impl Default for SendAllOptions {
    fn default() -> Self {
        Self { concurrency: NonZeroUsize::MIN.saturating_add(3), on_failure: OnFailure::default() }
    }
}

impl SendAllOptions {
    /// Sets how many parts are under way at once; 0 counts as 1.
    ///
    /// Default 4: Qlower treats a part while the caller waits, and does not document how many it treats at a time.
    pub const fn concurrency(mut self, parts: usize) -> Self {
        self.concurrency = match NonZeroUsize::new(parts) {
            Some(parts) => parts,
            None => NonZeroUsize::MIN,
        };
        self
    }

    /// Sets what to do when a part fails; [`OnFailure::Stop`] by default.
    pub const fn on_failure(mut self, what: OnFailure) -> Self {
        self.on_failure = what;
        self
    }
}

impl Client {
    /// Sends the parts of a payload by REST, and says of each what became of it.
    ///
    /// A part is started once those that it [depends on](Part::depends_on) are treated, whatever became of their items; parts that
    /// it depends on but are not among these count as treated. Each one is sent as by [`send`](Self::send), with the attempts of
    /// the client's [`RetryPolicy`](crate::RetryPolicy).
    ///
    /// Dropping the future closes the connections; nothing goes on in the background. What Qlower has received by then it may treat.
    /// The same payload and options give the same parts, so that all may be sent again: what exists is not created again.
    ///
    /// # Example: a payload that is too large for one request
    /// ```no_run
    /// use qlower_client::{Check, Client, Environment, Payload, SendAllOptions, core::SplitOptions};
    ///
    /// # async fn example(payload: Payload) -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder(Environment::Staging).build()?;
    /// let checked = payload.check().into_result()?;
    /// let parts = checked.split(&SplitOptions::default())?;
    ///
    /// let mut sent = client.send_all(&parts, &SendAllOptions::default()).await;
    /// if !sent.is_complete() {
    ///     for (part, error) in sent.failed() {
    ///         eprintln!("part {}: {error} ({})", part.number(), error.certainty());
    ///     }
    ///     let again = client.send_all(&sent.remaining(), &SendAllOptions::default()).await;
    ///     sent = sent.followed_by(again);
    /// }
    /// if let Some(reply) = sent.reply() {
    ///     println!("{reply}"); // about the whole, as if it had been sent at once
    ///     let to_correct = reply.failed_only(&payload);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send_all(&self, parts: &Parts, options: &SendAllOptions) -> SentAll {
        let span = tracing::info_span!("qlower.send_all", parts = parts.len());
        run(self, parts, options).instrument(span).await
    }
}

type Sending<'c> = Pin<Box<dyn Future<Output = Result<Receipt, Error>> + Send + 'c>>;

/// The parts that are under way.
struct UnderWay<'c>(Vec<(Position, Sending<'c>)>);

impl UnderWay<'_> {
    /// Waits until one of them is done.
    ///
    /// Few are under way at once, so all of them are asked each time one of them wakes the task.
    async fn next(&mut self) -> (Position, Result<Receipt, Error>) {
        poll_fn(|context| {
            let polled = self.0.iter_mut().enumerate().find_map(|(at, (position, sending))| {
                match sending.as_mut().poll(context) {
                    Poll::Ready(result) => Some((at, (*position, result))),
                    Poll::Pending => None,
                }
            });
            match polled {
                Some((at, result)) => {
                    drop(self.0.swap_remove(at));
                    Poll::Ready(result)
                }
                None => Poll::Pending,
            }
        })
        .await
    }
}

async fn run(client: &Client, parts: &Parts, options: &SendAllOptions) -> SentAll {
    let mut schedule = Schedule::new(parts);
    let mut under_way = UnderWay(Vec::new());
    let mut stopped_by = None;
    loop {
        while stopped_by.is_none()
            && under_way.0.len() < options.concurrency.get()
            && let Some(position) = schedule.next()
        {
            let Some(part) = parts.iter().as_slice().get(position) else { continue };
            let span = tracing::info_span!("qlower.part", number = part.number());
            under_way.0.push((position, Box::pin(client.send(part.checked()).instrument(span))));
        }
        if under_way.0.is_empty() {
            break;
        }
        let (position, result) = under_way.next().await;
        if result.is_err() && options.on_failure == OnFailure::Stop && stopped_by.is_none() {
            stopped_by = parts.iter().as_slice().get(position).map(Part::number);
        }
        schedule.done(position, result.map_or_else(PartOutcome::Failed, PartOutcome::Processed));
    }
    // Parts are left over only if a failure stopped it all.
    let unsent = NotSent::Stopped { by: stopped_by.unwrap_or_default() };
    SentAll::new(parts.iter().cloned().zip(schedule.into_outcomes(unsent)).collect())
}
