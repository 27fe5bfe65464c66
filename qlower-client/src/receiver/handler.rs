//! The application's part.

use std::future::Future;

/// What a handler's failure is told as. It is logged, and never answered to the sender.
pub type HandlerError = Box<dyn std::error::Error + Send + Sync>;

/// What an application does with an event. Any asynchronous function of an event is one.
///
/// `Ok` means that the work is done for good; an error, that it is to be tried again.
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
