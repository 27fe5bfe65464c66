//! Handled events remembered in this process.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::{Claim, DedupeStore, StoreError};

/// Remembers handled events in this process, and forgets them when it ends: for tests, for one process whose work does no harm
/// when it is done again, or in front of work that sees for itself what was done.
///
/// It holds [`MemoryStore::DEFAULT_CAPACITY`] handled keys unless told otherwise, a little over 100 bytes each, and drops those
/// that were handled longest ago; a claim it never drops before its lease is over.
///
/// ```
/// use std::time::{Duration, Instant};
/// use qlower_client::receiver::{Claim, DedupeStore, MemoryStore};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let store = MemoryStore::default();
/// let lease = Duration::from_secs(600);
/// assert_eq!(store.claim("evt_1", lease).await?, Claim::New);
/// assert_eq!(store.claim("evt_1", lease).await?, Claim::Busy);
/// store.complete("evt_1").await?;
/// assert_eq!(store.claim("evt_1", lease).await?, Claim::Handled);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MemoryStore {
    capacity: usize,
    state: Mutex<State>,
}

/// Keys may be long; their hashes are not.
type Hash = [u8; 32];

#[derive(Default)]
struct State {
    keys: HashMap<Hash, Known>,
    /// The handled ones, oldest first.
    handled: VecDeque<Hash>,
}

enum Known {
    ClaimedUntil(Instant),
    Handled,
}

/// As many claims as handled keys run at once, and none may be dropped.
#[derive(Debug, thiserror::Error)]
#[error("all {0} places are claimed")]
struct Full(usize);

impl MemoryStore {
    /// How many handled keys it holds by default.
    pub const DEFAULT_CAPACITY: usize = qlower_core::webhook::MEMORY_CAPACITY;

    /// One that holds this many handled keys, and this many claims beside them; at least one of each.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_capacity(Self::DEFAULT_CAPACITY)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        let claims = state.keys.len().saturating_sub(state.handled.len());
        let mut shown = f.debug_struct("MemoryStore");
        shown.field("capacity", &self.capacity).field("handled", &state.handled.len()).field("claims", &claims).finish()
    }
}

#[async_trait]
impl DedupeStore for MemoryStore {
    async fn claim(&self, key: &str, lease: Duration) -> Result<Claim, StoreError> {
        let (hash, now) = (hash(key), Instant::now());
        let mut state = self.state();
        match state.keys.get(&hash) {
            Some(Known::Handled) => return Ok(Claim::Handled),
            Some(Known::ClaimedUntil(end)) if now < *end => return Ok(Claim::Busy),
            Some(Known::ClaimedUntil(_)) => {}
            None if state.keys.len() - state.handled.len() >= self.capacity => {
                state.keys.retain(|_, known| !matches!(known, Known::ClaimedUntil(end) if *end <= now));
                if state.keys.len() - state.handled.len() >= self.capacity {
                    return Err(StoreError::new(Full(self.capacity)));
                }
            }
            None => {}
        }
        // A moment that far ahead can be told on every system.
        let lease = lease.min(Duration::from_secs(86_400 * 365));
        state.keys.insert(hash, Known::ClaimedUntil(now + lease));
        Ok(Claim::New)
    }

    async fn complete(&self, key: &str) -> Result<(), StoreError> {
        let hash = hash(key);
        let mut state = self.state();
        if !matches!(state.keys.insert(hash, Known::Handled), Some(Known::Handled)) {
            state.handled.push_back(hash);
        }
        if state.handled.len() > self.capacity
            && let Some(oldest) = state.handled.pop_front()
        {
            state.keys.remove(&oldest);
        }
        Ok(())
    }

    async fn release(&self, key: &str) -> Result<(), StoreError> {
        let hash = hash(key);
        let mut state = self.state();
        if matches!(state.keys.get(&hash), Some(Known::ClaimedUntil(_))) {
            state.keys.remove(&hash);
        }
        Ok(())
    }
}

fn hash(key: &str) -> Hash {
    Sha256::digest(key.as_bytes()).into()
}
