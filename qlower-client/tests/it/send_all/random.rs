//! Random payloads, faults and settings: what is said of each part is what happened to it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use qlower_client::sandbox::{Fault, RetryAfter, Sandbox};
use qlower_client::{Certainty, OnFailure, PartOutcome, Parts, SendAllOptions, SentAll, SplitOptions, check_text};
use serde_json::{Value, json};

use super::{PARTNER, client, of_property};
use crate::sandbox_payload::{clients, entry, property, with_header};

/// Numbers that look like chance (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)) >> 8) as usize % limit
    }

    fn sections(&mut self) -> Value {
        let properties: Vec<_> = (0..=self.below(4)).map(|n| property(&format!("P{n}"), json!([]))).collect();
        let owners = properties.len() + 1;
        let rents: Vec<_> =
            (0..self.below(12)).map(|n| of_property(&format!("T{n}"), &format!("P{}", self.below(owners)))).collect();
        json!({ "properties": properties, "transactions": rents })
    }

    fn fault(&mut self) -> Fault {
        match self.below(8) {
            0 => Fault::ResetBeforeProcessing,
            1 => Fault::ResetAfterProcessing,
            2 => Fault::TooManyRequests { retry_after: RetryAfter::None },
            3 => Fault::InternalServerError,
            4 => Fault::TruncatedBody,
            5 => Fault::Status(400),
            // Some loads go well, in another order than they came in.
            _ => Fault::Slow { delay: Duration::from_millis(self.below(20) as u64) },
        }
    }
}

/// What was said is what the sandbox saw, and nothing came before what it needs.
fn is_true(sent: &SentAll, parts: &Parts, sandbox: &Sandbox) {
    let numbers: HashMap<_, _> = parts.iter().map(|part| (part.checked().sha256_hex(), part.number())).collect();
    let mut treated = HashSet::new();
    for record in sandbox.requests() {
        let number = numbers[&record.body_sha256];
        let needed = parts.get(number).unwrap().depends_on();
        assert!(needed.iter().all(|needed| treated.contains(needed)), "{number} came before what it needs");
        if record.processed {
            treated.insert(number);
        }
    }
    for (part, outcome) in sent.parts() {
        let was = treated.contains(&part.number());
        match outcome {
            PartOutcome::Processed(_) => assert!(was, "{} is said to be treated", part.number()),
            _ if outcome.certainty() == Certainty::NotProcessed => assert!(!was, "{} is said not to be", part.number()),
            _ => {}
        }
    }
    let open = sent.remaining();
    assert_eq!(open.len() + sent.processed().count(), parts.len(), "no part is lost");
    assert_eq!(sent.is_complete(), open.is_empty());
}

#[tokio::test]
async fn what_is_said_is_what_happened() {
    let mut fired = 0;
    let mut rounds = 0;
    for seed in 0..40 {
        let mut chance = Chance(seed);
        let payload = if chance.below(2) == 0 {
            with_header(chance.sections())
        } else {
            clients(["a@example.com", "b@example.com", "c@example.com"].map(|email| entry(email, chance.sections())))
        };
        let whole = check_text(payload.to_string()).into_result().unwrap();
        let parts = whole.split(&SplitOptions::default().max_items(1 + chance.below(5) as u64)).unwrap();
        let sandbox = Sandbox::start().await.unwrap();
        let client = client(&sandbox);
        (0..chance.below(12)).for_each(|_| sandbox.fail_next(chance.fault()));
        let what = if chance.below(2) == 0 { OnFailure::Stop } else { OnFailure::Continue };
        let options = SendAllOptions::default().concurrency(1 + chance.below(6)).on_failure(what);

        let mut sent = client.send_all(&parts, &options).await;
        is_true(&sent, &parts, &sandbox);
        while !sent.is_complete() {
            rounds += 1;
            assert!(rounds < 1000, "seed {seed} does not come to an end: {sent}");
            let again = client.send_all(&sent.remaining(), &options).await;
            sent = sent.followed_by(again);
            is_true(&sent, &parts, &sandbox);
        }
        fired += sandbox.fired().len();
        let reply = sent.reply().unwrap();
        let items = whole.payload().unwrap().items().count();
        assert_eq!((reply.success_count(), reply.failed_count()), (Some(items as u64), Some(0)), "seed {seed}");
        assert_eq!(sandbox.loaded(PARTNER).len(), items, "seed {seed}: all, and nothing twice");
    }
    assert!(fired > 100 && rounds > 20, "{fired} faults fired, {rounds} rounds more");
}
