//! What holds for any sequence of what may happen to a spool.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use qlower_client::webhook::Answer;

use crate::receiver_support::until;
use crate::spool_support::*;

const MAX_TRIES: u32 = 3;

#[derive(Clone, Debug)]
enum Op {
    Accept(usize),
    Unreadable,
    /// What the handler does with it, the next times.
    Plan(usize, Vec<Act>),
    /// Workers until nothing is left to do but what hangs; then a stop, or a crash.
    Work {
        crash: bool,
    },
    ReplayAll,
    Replay(usize),
    Discard(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let key = || 0..6_usize;
    let act = prop_oneof![5 => Just(Act::Fail), 1 => Just(Act::Panic), 2 => Just(Act::Hang)];
    prop_oneof![
        6 => key().prop_map(Op::Accept),
        1 => Just(Op::Unreadable),
        4 => (key(), proptest::collection::vec(act, 1..5)).prop_map(|(key, acts)| Op::Plan(key, acts)),
        4 => any::<bool>().prop_map(|crash| Op::Work { crash }),
        1 => Just(Op::ReplayAll),
        2 => key().prop_map(Op::Replay),
        1 => key().prop_map(Op::Discard),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
    Dead,
}

#[derive(Default)]
struct Model {
    events: BTreeMap<usize, (State, u32)>,
    acts: BTreeMap<usize, VecDeque<Act>>,
    /// All runs.
    runs: usize,
    /// Successful runs.
    handled: Vec<String>,
    unreadable: u64,
    /// Unreadable ones that were replayed wait until the next work.
    unreadable_waiting: u64,
}

impl Model {
    fn numbers(&self) -> [u64; 4] {
        let count = |wanted| self.events.values().filter(|(state, _)| *state == wanted).count() as u64;
        let waiting = count(State::Waiting) + self.unreadable_waiting;
        [waiting, count(State::Running), count(State::Done), count(State::Dead) + self.unreadable]
    }

    fn recover(&mut self) {
        for (state, tries) in self.events.values_mut().filter(|(state, _)| *state == State::Running) {
            *state = if *tries >= MAX_TRIES { State::Dead } else { State::Waiting };
        }
    }

    fn work(&mut self) {
        self.unreadable += std::mem::take(&mut self.unreadable_waiting);
        for (key, (state, tries)) in &mut self.events {
            while *state == State::Waiting {
                *tries += 1;
                self.runs += 1;
                match self.acts.get_mut(key).and_then(VecDeque::pop_front) {
                    None => {
                        *state = State::Done;
                        self.handled.push(id(*key));
                    }
                    Some(Act::Hang) => *state = State::Running,
                    Some(Act::Fail | Act::Panic) if *tries >= MAX_TRIES => *state = State::Dead,
                    Some(Act::Fail | Act::Panic) => {}
                }
            }
        }
    }

    fn left(&self) -> (usize, usize) {
        (self.acts.values().map(VecDeque::len).sum(), self.runs)
    }

    fn replay(&mut self, key: usize) -> bool {
        match self.events.get_mut(&key) {
            Some(event) if event.0 == State::Dead => {
                *event = (State::Waiting, 0);
                true
            }
            _ => false,
        }
    }
}

fn id(key: usize) -> String {
    format!("evt_{key}")
}

fn builder(folder: &Path) -> qlower_client::receiver::SpoolBuilder<qlower_client::receiver::Qlower> {
    spool(folder).max_tries(MAX_TRIES).base_delay(Duration::ZERO).stop_timeout(Duration::ZERO)
}

/// The number of an event's dead letter.
async fn letter(spool: &QlowerSpool, key: usize) -> i64 {
    let dead = spool.dead_letters().await.unwrap();
    dead.iter().find(|letter| letter.key.as_deref() == Some(&id(key))).map_or(-1, |letter| letter.id)
}

async fn run(folder: &Path, ops: &[Op]) {
    let (mut model, plan) = (Model::default(), Plan::default());
    // Another process, as it were.
    let spool = builder(folder).accept_only().await.unwrap();
    for op in ops {
        match op {
            Op::Accept(key) => {
                let known = model.events.contains_key(key);
                let wanted = if known { Answer::Duplicate } else { Answer::Accepted };
                model.events.entry(*key).or_insert((State::Waiting, 0));
                assert_eq!(offer(&spool, small(&id(*key))).await, wanted);
            }
            Op::Unreadable => {
                model.unreadable += 1;
                assert_eq!(offer(&spool, "{").await, Answer::Accepted);
            }
            Op::Plan(key, acts) => {
                for act in acts {
                    plan.add(&id(*key), *act);
                    model.acts.entry(*key).or_default().push_back(*act);
                }
            }
            Op::Work { crash } => {
                let working = builder(folder).start(plan.handler()).await.unwrap();
                model.recover();
                model.work();
                until(|| plan.left() == model.left()).await;
                reaches(&working, model.numbers()).await;
                if *crash {
                    crate::spool_support::crash(working).await;
                } else {
                    let cut_short = working.stop().await;
                    assert_eq!(cut_short as u64, model.numbers()[1]);
                    for (state, _) in model.events.values_mut().filter(|(state, _)| *state == State::Running) {
                        *state = State::Waiting;
                    }
                }
            }
            Op::ReplayAll => {
                let keys: Vec<usize> = model.events.keys().copied().collect();
                let replayed = keys.into_iter().filter(|key| model.replay(*key)).count() as u64;
                let unreadable = std::mem::take(&mut model.unreadable);
                model.unreadable_waiting += unreadable;
                assert_eq!(spool.replay_all().await.unwrap() as u64, replayed + unreadable);
            }
            Op::Replay(key) => {
                let number = letter(&spool, *key).await;
                assert_eq!(spool.replay(number).await.is_ok(), model.replay(*key));
            }
            Op::Discard(key) => {
                let number = letter(&spool, *key).await;
                let dead = model.events.get_mut(key).filter(|(state, _)| *state == State::Dead);
                assert_eq!(spool.discard(number).await.is_ok(), dead.is_some());
                dead.into_iter().for_each(|event| event.0 = State::Done);
            }
        }
        assert_eq!(numbers(&spool).await, model.numbers(), "after {op:?}");
    }
    // In the end, all that was taken and not given up is done, and nothing twice.
    plan.clear();
    model.acts.clear();
    let working = builder(folder).start(plan.handler()).await.unwrap();
    model.recover();
    model.work();
    reaches(&working, model.numbers()).await;
    working.stop().await;
    assert_eq!(model.numbers()[..2], [0, 0]);
    let (mut handled, mut wanted) = (plan.done(), model.handled);
    handled.sort();
    wanted.sort();
    assert_eq!(handled, wanted);
    wanted.dedup();
    assert_eq!(handled, wanted, "handled twice");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn nothing_is_lost_and_nothing_doubled(ops in proptest::collection::vec(op(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        // Where there is a disk of memory, it is much quicker.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        runtime.block_on(run(folder.path(), &ops));
    }
}
