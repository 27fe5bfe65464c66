//! What a sandbox holds, shared between its server and its owner.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::builder::Settings;
use super::record::KEPT;
use super::store::Store;
use super::{Fault, Loaded, RequestRecord, SandboxError};

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    state: Mutex<State>,
    pub(super) webhooks: super::webhooks::Control,
    #[cfg(feature = "sandbox-s3")]
    pub(super) s3: super::s3::Control,
}

/// What changes while it runs; [`Sandbox::reset`](super::Sandbox::reset) forgets most of it.
#[derive(Debug)]
pub(super) struct State {
    pub(super) stores: BTreeMap<String, Store>,
    pub(super) loads: u64,
    pub(super) pending: VecDeque<Fault>,
    pub(super) fired: Vec<Fault>,
    pub(super) requests: VecDeque<RequestRecord>,
    pub(super) webhooks: super::webhooks::State,
    #[cfg(feature = "sandbox-s3")]
    pub(super) s3: super::s3::State,
}

impl Shared {
    pub(super) fn new(settings: Settings) -> Result<Self, SandboxError> {
        let webhooks = super::webhooks::State::new(&settings.webhooks, settings.partners.keys())?;
        Ok(Self {
            #[cfg(feature = "sandbox-s3")]
            s3: super::s3::Control::new(settings.s3.hold_loads),
            settings,
            state: Mutex::new(State::new(webhooks)),
            webhooks: super::webhooks::Control::default(),
        })
    }

    /// The lock is never held across an await or while a payload is checked.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(webhooks: super::webhooks::State) -> Self {
        Self {
            stores: BTreeMap::new(),
            loads: 0,
            pending: VecDeque::new(),
            fired: Vec::new(),
            requests: VecDeque::new(),
            webhooks,
            #[cfg(feature = "sandbox-s3")]
            s3: super::s3::State::default(),
        }
    }

    /// Forgets everything but settings that were changed since the start.
    pub(super) fn reset(&mut self) {
        let Self {
            stores,
            loads,
            pending,
            fired,
            requests,
            webhooks,
            #[cfg(feature = "sandbox-s3")]
            s3,
        } = self;
        stores.clear();
        *loads = 0;
        pending.clear();
        fired.clear();
        requests.clear();
        webhooks.reset();
        #[cfg(feature = "sandbox-s3")]
        {
            *s3 = super::s3::State::default();
        }
    }

    pub(super) fn loaded(&self, partner: &str) -> Loaded {
        self.stores.get(partner).map(Store::snapshot).unwrap_or_default()
    }

    /// Takes the next scripted fault: from here on it counts as fired.
    pub(super) fn fire(&mut self) -> Option<Fault> {
        let fault = self.pending.pop_front()?;
        self.fired.push(fault.clone());
        Some(fault)
    }

    pub(super) fn log(&mut self, record: RequestRecord) {
        if self.requests.len() >= KEPT {
            self.requests.pop_front();
        }
        self.requests.push_back(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Outcome;

    #[test]
    fn the_log_keeps_the_last_requests() {
        let webhooks = crate::sandbox::webhooks::State::new(&Default::default(), std::iter::empty()).unwrap();
        let mut state = State::new(webhooks);
        for body_length in 0..=KEPT as u64 {
            state.log(RequestRecord {
                method: "POST".into(),
                path: "/".into(),
                body_length,
                body_sha256: String::new(),
                partner: None,
                at: chrono::DateTime::UNIX_EPOCH,
                processed: false,
                outcome: Outcome::Abandoned,
            });
        }
        assert_eq!(state.requests.len(), KEPT);
        assert_eq!(state.requests.front().map(|record| record.body_length), Some(1));
    }
}
