//! The application's part.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

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
            Box::pin(async move { handler.handle(event).await })
        }))
    }

    /// Does the work on a task of its own, which shows a panic as an error.
    pub(super) async fn run(&self, event: E) -> Result<(), HandlerError> {
        // A plain function that gives a future may panic before there is one.
        let work = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (self.0)(event)));
        let work = work.map_err(|_| HandlerError::from("the handler panicked"))?;
        match tokio::spawn(work).await {
            Ok(outcome) => outcome,
            // What it panicked with may hold anything, and is on standard error already.
            Err(error) if error.is_panic() => Err("the handler panicked".into()),
            Err(_) => Err("the runtime ended before the handler".into()),
        }
    }
}
