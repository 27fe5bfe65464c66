//! The work under way: each on a task of its own, and one at a time for each key.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qlower_core::webhook::Answer;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use super::telling;

type Outcome = watch::Receiver<Option<Answer>>;

pub(super) struct Flights {
    running: Mutex<HashMap<String, Outcome>>,
    places: Arc<Semaphore>,
    limit: u32,
}

/// Takes a key off the list, however its work ends.
struct Landing {
    flights: Arc<Flights>,
    key: Option<String>,
}

impl Flights {
    pub(super) fn new(limit: u32) -> Self {
        Self { running: Mutex::default(), places: Arc::new(Semaphore::new(limit as usize)), limit }
    }

    /// Starts the work, unless work for the same key is under way, and waits for the outcome until the deadline. Whatever
    /// becomes of the caller, the work goes on to its end.
    pub(super) async fn take<W>(self: &Arc<Self>, key: Option<String>, deadline: Instant, work: W) -> Answer
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        let Some(mut outcome) = self.join(key.as_deref()).or_else(|| self.start(key.clone(), work)) else {
            telling::full();
            return Answer::Busy;
        };
        let told = timeout_at(deadline, outcome.wait_for(Option::is_some)).await;
        match told {
            Ok(Ok(answer)) => answer.unwrap_or(Answer::Failed),
            // The intake panicked, or the runtime ends.
            Ok(Err(_)) => Answer::Failed,
            Err(_) => {
                telling::too_long(key.as_deref());
                Answer::Busy
            }
        }
    }

    fn join(&self, key: Option<&str>) -> Option<Outcome> {
        self.running().get(key?).cloned()
    }

    /// `None` if too much is under way.
    fn start<W>(self: &Arc<Self>, key: Option<String>, work: W) -> Option<Outcome>
    where
        W: Future<Output = Answer> + Send + 'static,
    {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let (tell, outcome) = watch::channel(None);
        if let Some(key) = &key {
            match self.running().entry(key.clone()) {
                // Another one came in between.
                Entry::Occupied(first) => return Some(first.get().clone()),
                Entry::Vacant(vacant) => vacant.insert(outcome.clone()),
            };
        }
        let landing = Landing { flights: Arc::clone(self), key };
        // Not under the lock: a runtime that ends drops the task at once, and with it the landing, which takes the lock.
        tokio::spawn(async move {
            let answer = work.await;
            telling::outcome(answer, landing.key.as_deref());
            // Off the list first: who comes after the answer finds what was stored.
            drop(landing);
            let _ = tell.send(Some(answer));
            drop(place);
        });
        Some(outcome)
    }

    /// Waits until nothing is under way, and lets nothing start meanwhile.
    pub(super) async fn land(&self) {
        // The semaphore is never closed.
        drop(self.places.acquire_many(self.limit).await);
    }

    /// How much is under way.
    pub(super) fn count(&self) -> usize {
        (self.limit as usize).saturating_sub(self.places.available_permits())
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Outcome>> {
        // Nothing panics while it is held.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.flights.running().remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    fn nothing_is_left(flights: &Flights) -> bool {
        flights.running().is_empty() && flights.count() == 0
    }

    #[tokio::test]
    async fn nothing_is_left_of_work_that_ends_or_panics() {
        let flights = Arc::new(Flights::new(2));
        for n in 0..1000 {
            let answer = flights.take(Some(n.to_string()), soon(), async { Answer::Handled }).await;
            assert_eq!(answer, Answer::Handled);
        }
        assert!(nothing_is_left(&flights));
        let answer = flights.take(Some("a".into()), soon(), async { panic!("of the test") }).await;
        assert_eq!(answer, Answer::Failed);
        assert!(nothing_is_left(&flights));
    }

    #[tokio::test]
    async fn nothing_is_left_of_work_that_was_not_started() {
        let flights = Arc::new(Flights::new(1));
        let now = Instant::now();
        assert_eq!(flights.take(Some("a".into()), now, std::future::pending()).await, Answer::Busy);
        assert_eq!(flights.take(Some("b".into()), soon(), async { Answer::Handled }).await, Answer::Busy);
        assert_eq!(flights.running().keys().collect::<Vec<_>>(), ["a"]);
    }

    /// A runtime that ends drops its tasks, and at once those that are started meanwhile.
    #[test]
    fn nothing_is_left_of_work_that_a_runtime_dropped() {
        let flights = Arc::new(Flights::new(2));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let late = Arc::clone(&flights);
        struct AtTheEnd(Arc<Flights>);
        impl Drop for AtTheEnd {
            fn drop(&mut self) {
                let started = self.0.start(Some("late".into()), std::future::pending());
                assert!(started.is_some());
            }
        }
        runtime.block_on(async {
            let end = AtTheEnd(late);
            let work = async move {
                let _end = end;
                std::future::pending().await
            };
            assert_eq!(flights.take(Some("a".into()), Instant::now(), work).await, Answer::Busy);
            tokio::task::yield_now().await;
            assert_eq!(flights.count(), 1);
        });
        drop(runtime);
        assert!(nothing_is_left(&flights));
    }
}
