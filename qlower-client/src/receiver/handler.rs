//! The application's part.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinError, JoinHandle};

/// What a handler's failure is told as. It is logged, and never answered to the sender.
pub type HandlerError = Box<dyn std::error::Error + Send + Sync>;

/// What an application does with an event. Any asynchronous function of an event is one.
///
/// `Ok` means that the work is done for good; an error, that it is to be tried again. A panic is a failure too.
pub trait Handler<E>: Send + Sync + 'static {
    /// Does the work.
    fn handle(&self, event: E) -> impl Future<Output = Result<(), HandlerError>> + Send;
}

impl<E, F, W> Handler<E> for F
where
    F: Fn(E) -> W + Send + Sync + 'static,
    W: Future<Output = Result<(), HandlerError>> + Send,
{
    fn handle(&self, event: E) -> impl Future<Output = Result<(), HandlerError>> + Send {
        self(event)
    }
}

type Work = Pin<Box<dyn Future<Output = Result<(), HandlerError>> + Send>>;

/// A handler whose type is forgotten.
pub(super) struct AnyHandler<E>(Box<dyn Fn(E) -> Work + Send + Sync>);

impl<E: Send + 'static> AnyHandler<E> {
    pub(super) fn new(handler: impl Handler<E>) -> Self {
        let handler = Arc::new(handler);
        Self(Box::new(move |event| {
            let handler = Arc::clone(&handler);
            // Within the future, where a panic is the task's: a plain function may panic before it gives one.
            Box::pin(async move { handler.handle(event).await })
        }))
    }

    /// Does the work on a task of its own, which shows a panic as an error.
    pub(super) async fn run(&self, event: E) -> Result<(), HandlerError> {
        outcome(self.start(event).await)
    }

    /// Does the work on a task of its own, and ends it when it takes too long, or when nobody waits for it any more. Returns
    /// once it has ended.
    pub(super) async fn run_within(&self, event: E, limit: Duration) -> Result<(), HandlerError> {
        let mut task = self.start(event);
        let _ended_with_this = AbortOnDrop(task.abort_handle());
        match tokio::time::timeout(limit, &mut task).await {
            Ok(ended) => outcome(ended),
            Err(_) => {
                task.abort();
                match task.await {
                    // It was done in that very moment.
                    Ok(ended) => ended,
                    Err(error) if error.is_panic() => outcome(Err(error)),
                    Err(_) => Err(format!("the handler took longer than {limit:?}").into()),
                }
            }
        }
    }

    fn start(&self, event: E) -> JoinHandle<Result<(), HandlerError>> {
        tokio::spawn((self.0)(event))
    }
}

fn outcome(ended: Result<Result<(), HandlerError>, JoinError>) -> Result<(), HandlerError> {
    match ended {
        Ok(outcome) => outcome,
        // What it panicked with may hold anything, and is on standard error already.
        Err(error) if error.is_panic() => Err("the handler panicked".into()),
        Err(_) => Err("the runtime ended before the handler".into()),
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
