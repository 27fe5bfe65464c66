use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits { working: 2, silent: 3, per_host: 2 };

const NOBODY: [Ticket; 0] = [];

fn started(schedule: &mut Schedule) -> Vec<Ticket> {
    std::iter::from_fn(|| schedule.next()).collect()
}

#[test]
fn they_go_in_order_of_arrival_up_to_the_limit() {
    let mut schedule = Schedule::new(LIMITS, 4);
    (0..4).for_each(|ticket| schedule.wait(ticket, ticket));
    assert_eq!(started(&mut schedule), [0, 1]);
    schedule.leave(1);
    assert_eq!(started(&mut schedule), [2]);
    schedule.leave(0);
    // One that tries again stands behind those that have not had a turn.
    schedule.wait(1, 1);
    assert_eq!(started(&mut schedule), [3]);
    schedule.leave(2);
    assert_eq!(started(&mut schedule), [1]);
    assert_eq!(schedule.most(), 2);
}

#[test]
fn a_crowd_of_one_host_stands_in_nobodys_way() {
    let mut schedule = Schedule::new(Limits { working: 8, ..LIMITS }, 2);
    (0..10).for_each(|ticket| schedule.wait(ticket, 0));
    schedule.wait(10, 1);
    assert_eq!(started(&mut schedule), [0, 1, 10]);
    schedule.leave(0);
    assert_eq!(started(&mut schedule), [2]);
}

#[test]
fn silent_ones_make_room_up_to_a_limit_of_their_own() {
    let mut schedule = Schedule::new(LIMITS, 20);
    (0..20).for_each(|ticket| schedule.wait(ticket, ticket));
    assert_eq!(started(&mut schedule), [0, 1]);
    for ticket in [0, 1, 0] {
        schedule.hears(ticket, true);
    }
    assert_eq!(started(&mut schedule), [2, 3]);
    schedule.hears(2, true);
    schedule.hears(3, true);
    assert_eq!(started(&mut schedule), [4], "five connections are the most");
    schedule.hears(4, true);
    assert_eq!(started(&mut schedule), NOBODY);
    schedule.leave(4);
    assert_eq!(started(&mut schedule), [5]);
    assert_eq!(schedule.most(), 5);
}

#[test]
fn one_that_speaks_again_goes_on_and_holds_the_others_back() {
    let mut schedule = Schedule::new(LIMITS, 9);
    (0..9).for_each(|ticket| schedule.wait(ticket, ticket));
    assert_eq!(started(&mut schedule), [0, 1]);
    schedule.hears(0, true);
    assert_eq!(started(&mut schedule), [2]);
    schedule.hears(0, false);
    schedule.leave(1);
    assert_eq!(started(&mut schedule), NOBODY, "two are at work: 0 and 2");
    schedule.leave(2);
    assert_eq!(started(&mut schedule), [3]);
}

#[test]
fn who_is_gone_neither_waits_nor_counts() {
    let mut schedule = Schedule::new(LIMITS, 3);
    (0..3).for_each(|ticket| schedule.wait(ticket, 0));
    assert_eq!(started(&mut schedule), [0, 1]);
    schedule.leave(2);
    schedule.leave(0);
    schedule.leave(0);
    assert_eq!(started(&mut schedule), NOBODY);
    schedule.hears(0, true);
    schedule.wait(0, 0);
    assert_eq!(started(&mut schedule), [0]);
}

#[derive(Clone, Debug)]
enum Step {
    Next,
    Leave(usize),
    Hears(usize, bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Next),
        2 => (0..40_usize).prop_map(Step::Leave),
        2 => (0..40_usize, any::<bool>()).prop_map(|(ticket, silent)| Step::Hears(ticket, silent)),
    ]
}

proptest! {
    /// Whatever happens: no limit is passed, and whoever may go is let go; in the end everybody had a turn.
    #[test]
    fn limits_hold_and_nobody_is_forgotten(
        steps in prop::collection::vec(step(), 0..200),
        hosts in prop::collection::vec(0..5_usize, 40),
        working in 1..6_usize,
        silent in 0..6_usize,
        per_host in 1..4_usize,
    ) {
        let mut schedule = Schedule::new(Limits { working, silent, per_host }, 5);
        let mut waiting: Vec<Ticket> = (0..40).collect();
        let mut open: BTreeMap<Ticket, bool> = BTreeMap::new();
        for (ticket, host) in hosts.iter().enumerate() {
            schedule.wait(ticket, *host);
        }
        let check = |schedule: &mut Schedule, waiting: &mut Vec<Ticket>, open: &mut BTreeMap<Ticket, bool>| {
            let room = |host: usize| open.keys().filter(|ticket| hosts[**ticket] == host).count() < per_host;
            let at_work = open.values().filter(|silent| !**silent).count();
            let expected = waiting.iter().copied().find(|ticket| {
                room(hosts[*ticket]) && at_work < working && open.len() < working + silent
            });
            let next = schedule.next();
            assert_eq!(next, expected);
            if let Some(ticket) = next {
                waiting.retain(|other| *other != ticket);
                open.insert(ticket, false);
            }
            assert!(open.len() <= working + silent);
            next.is_some()
        };
        for step in steps {
            match step {
                Step::Next => _ = check(&mut schedule, &mut waiting, &mut open),
                Step::Leave(ticket) => {
                    schedule.leave(ticket);
                    open.remove(&ticket);
                    waiting.retain(|other| *other != ticket);
                }
                Step::Hears(ticket, silent) => {
                    schedule.hears(ticket, silent);
                    if let Some(known) = open.get_mut(&ticket) {
                        *known = silent;
                    }
                }
            }
        }
        while !waiting.is_empty() {
            if !check(&mut schedule, &mut waiting, &mut open) {
                let Some(ticket) = open.keys().next().copied() else { panic!("{waiting:?} wait for nobody") };
                schedule.leave(ticket);
                open.remove(&ticket);
            }
        }
    }
}
