//! Ids of events and orders.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use sha2::{Digest, Sha256};

/// Gives ids that do not come twice from one sandbox, nor from two that were not given the same seed.
#[derive(Debug)]
pub(super) struct Ids {
    seed: u64,
    given: u64,
    orders: u64,
}

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Ids {
    pub(super) fn new(seed: Option<u64>) -> Self {
        Self { seed: seed.unwrap_or_else(|| RandomState::new().hash_one("webhooks")), given: 0, orders: 0 }
    }

    pub(super) fn order(&mut self) -> u64 {
        self.orders += 1;
        self.orders
    }

    /// The prefix, and 24 letters and digits.
    pub(super) fn next(&mut self, prefix: &str) -> String {
        self.given += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(self.given.to_be_bytes());
        let digits = hash.finalize().into_iter().take(24);
        prefix
            .chars()
            .chain(
                digits.filter_map(|byte| DIGITS.get(usize::from(byte) % DIGITS.len())).map(|&digit| char::from(digit)),
            )
            .collect()
    }
}

/// A sequence of numbers that looks random, and is the same for the same seed (SplitMix64).
pub(super) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let chosen = usize::try_from(mixed % (last as u64 + 1)).unwrap_or_default();
        items.swap(last, chosen);
    }
}
