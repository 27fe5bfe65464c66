//! The work done at once, while the sender waits.

use std::time::Duration;

use async_trait::async_trait;
use qlower_core::webhook::Answer;

use super::handler::AnyHandler;
use super::{Claim, DedupeStore, Intake, Received, telling};

pub(super) struct Direct<E> {
    pub(super) handler: AnyHandler<E>,
    /// `None` where the handler itself remembers what it has handled.
    pub(super) store: Option<Box<dyn DedupeStore>>,
    pub(super) lease: Duration,
}

#[async_trait]
impl<E: Send + 'static> Intake<E> for Direct<E> {
    async fn take(&self, received: Received<E>) -> Answer {
        let Ok(event) = received.event else { return Answer::Unreadable };
        let key = received.key.as_deref();
        let claimed = self.store.as_deref().zip(key);
        if let Some((store, key)) = claimed {
            match store.claim(key, self.lease).await {
                Ok(Claim::New) => {}
                Ok(Claim::Handled) => return Answer::Duplicate,
                Ok(Claim::Busy) => return Answer::Busy,
                Err(error) => {
                    telling::store_failed("claim", key, &error);
                    return Answer::Busy;
                }
            }
        }
        if let Err(error) = self.handler.run(event).await {
            telling::failed(key, &*error);
            if let Some((store, key)) = claimed
                && let Err(error) = store.release(key).await
            {
                telling::store_failed("release", key, &error);
            }
            return Answer::Failed;
        }
        if let Some((store, key)) = claimed
            && let Err(error) = store.complete(key).await
        {
            telling::store_failed("complete", key, &error);
            return Answer::Busy;
        }
        Answer::Handled
    }
}
