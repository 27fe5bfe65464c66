//! Uploads in parts.

use std::io;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aws_sdk_s3::types::CompletedPart;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::source::Reader;
use super::store::{Place, Store};
use super::upload::Cargo;
use super::{Stored, commit};
use crate::attempts::{Achieved, attempts};
use crate::client::Parts;
use crate::error::{Error, Stage, TransportError};
use crate::failure::Failure;
use crate::retry::RetryPolicy;

/// How many parts S3 takes.
const MAX_PARTS: u64 = 10_000;
/// How long the store may take to forget the parts.
const ABORT: Duration = Duration::from_secs(10);

impl Parts {
    pub(super) async fn in_parts(
        &self,
        store: &Store,
        place: &Place,
        cargo: &Cargo,
        tell: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Achieved<Stored>, Error> {
        let start = Instant::now();
        let created =
            attempts(&self.retry, async |_| store.create(place).await.map_err(|(_, failure)| failure)).await?;
        let mut unfinished = Unfinished::new(store, place, created.value);
        let joined = self.parts(&unfinished, cargo, tell).await;
        match &joined {
            // What was there already is left alone, and these parts are not needed.
            Ok(joined) if joined.value.already_there => unfinished.abort().await,
            Ok(_) => unfinished.done = true,
            Err(_) => unfinished.abort().await,
        }
        joined.map(|joined| Achieved {
            attempts: joined.attempts.max(created.attempts),
            duration: start.elapsed(),
            ..joined
        })
    }

    async fn parts(
        &self,
        unfinished: &Unfinished,
        cargo: &Cargo,
        tell: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Achieved<Stored>, Error> {
        let size = usize::try_from(cargo.size.div_ceil(MAX_PARTS)).unwrap_or(usize::MAX).max(self.s3.part_size);
        let mut reader = Reader::new(cargo.content.clone(), cargo.size);
        let mut under_way = JoinSet::new();
        let mut parts = Vec::new();
        let (mut number, mut done, mut most) = (0, 0, 0);
        loop {
            if !reader.is_at_end() && under_way.len() < self.s3.concurrency {
                let (next, bytes) = reader.next(size).await?;
                reader = next;
                number += 1;
                under_way.spawn(part(unfinished.clone_of_place(), self.retry.clone(), number, bytes));
                continue;
            }
            let Some(ended) = under_way.join_next().await else { break };
            let (part, length) = ended.map_err(|error| self.lost(io::Error::other(error)))??;
            most = part.attempts.max(most);
            parts.push(part.value);
            done += length;
            tell(done);
        }
        reader.finish(&cargo.sha256)?;
        parts.sort_by_key(|part: &CompletedPart| part.part_number);
        let conditional = AtomicBool::new(true);
        let Unfinished { store, place, upload, .. } = unfinished;
        let joined = attempts(&self.retry, |so_far| {
            let complete = |condition| store.complete(place, upload, &parts, condition);
            commit(complete, &conditional, cargo.key_has_hash, so_far)
        })
        .await?;
        Ok(Achieved { attempts: joined.attempts.max(most), ..joined })
    }

    /// A task that carried a part is gone: the runtime is shutting down.
    fn lost(&self, source: io::Error) -> Error {
        let kind = TransportError { stage: Stage::Send, peer: self.route.peer.clone(), source: Box::new(source) };
        Error::local(kind)
    }
}

async fn part(
    (store, place, upload): (Store, Place, String),
    retry: RetryPolicy,
    number: i32,
    bytes: bytes::Bytes,
) -> Result<(Achieved<CompletedPart>, u64), Error> {
    let length = bytes.len() as u64;
    let part = attempts(&retry, |_| {
        let attempt = store.part(&place, &upload, number, bytes.clone());
        async { attempt.await.map_err(|(_, failure): (_, Failure)| failure) }
    });
    Ok((part.await?, length))
}

/// An upload in parts that the store is to forget if it comes to nothing.
struct Unfinished {
    store: Store,
    place: Place,
    upload: String,
    done: bool,
}

impl Unfinished {
    fn new(store: &Store, place: &Place, upload: String) -> Self {
        Self { store: store.clone(), place: place.clone(), upload, done: false }
    }

    fn clone_of_place(&self) -> (Store, Place, String) {
        (self.store.clone(), self.place.clone(), self.upload.clone())
    }

    async fn abort(&mut self) {
        self.done = true;
        forget(self.clone_of_place()).await;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.done
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(forget(self.clone_of_place()));
        }
    }
}

async fn forget((store, place, upload): (Store, Place, String)) {
    match timeout(ABORT, store.abort(&place, &upload)).await {
        Ok(Ok(())) => tracing::debug!("the store forgets the parts"),
        Ok(Err((_, failure))) => {
            tracing::warn!(error = %failure.kind, "the store may keep the parts until it cleans up by itself");
        }
        Err(_) => tracing::warn!("the store may keep the parts until it cleans up by itself"),
    }
}
