//! A spool: what it takes, how it is handled, and who may.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use qlower_client::receiver::{Receiver, SpoolError};
use qlower_client::webhook::{Answer, Event};
use tempfile::tempdir;

use crate::log::Log;
use crate::receiver_support::{EMAIL, PING, SECRET, Site, order, soon, source, until};
use crate::spool_support::*;

#[tokio::test]
async fn an_event_is_kept_once_and_handled_once() {
    let folder = tempdir().unwrap();
    let spool = spool(folder.path()).accept_only().await.unwrap();
    assert_eq!(offer(&spool, small("a")).await, Answer::Accepted);
    assert_eq!(offer(&spool, small("a")).await, Answer::Duplicate);
    assert_eq!(offer(&spool, order("b")).await, Answer::Accepted);
    // Nothing tells these from each other.
    for _ in 0..2 {
        assert_eq!(offer(&spool, r#"{"event_type": "strange"}"#).await, Answer::Accepted);
    }
    assert_eq!(numbers(&spool).await, [4, 0, 0, 0]);
    drop(spool);

    let plan = Plan::default();
    let spool = crate::spool_support::spool(folder.path()).start(plan.handler()).await.unwrap();
    reaches(&spool, [0, 0, 4, 0]).await;
    assert_eq!(offer(&spool, small("a")).await, Answer::Duplicate);
    assert_eq!(offer(&spool, order("b")).await, Answer::Duplicate);
    assert_eq!(spool.stop().await, 0);
    let mut done = plan.done();
    done.sort();
    assert_eq!(done, ["a", "b", "no id", "no id"]);
}

#[tokio::test]
async fn through_a_receiver_it_is_accepted_at_once() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    plan.add("slow", Act::Hang);
    let spool = spool(folder.path()).start(plan.handler()).await.unwrap();
    let site = Site::start(Receiver::builder(source()).intake(spool.clone()).build().unwrap()).await;
    assert_eq!(site.post(order("slow")).await, 202);
    assert_eq!(site.post(order("slow")).await, 200);
    assert_eq!(site.post(PING).await, 200);
    assert_eq!(site.post("no event at all").await, 202, "it is a dead letter");
    reaches(&spool, [0, 1, 0, 1]).await;
    site.stopped().await;
}

#[tokio::test]
async fn what_fails_is_tried_again_until_it_is_dead() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    for act in [Act::Fail, Act::Panic, Act::Fail] {
        plan.add("late", act);
    }
    (0..4).for_each(|_| plan.add("never", Act::Fail));
    plan.add("slow", Act::Hang);
    let limit = Duration::from_millis(50);
    let spool = spool(folder.path()).max_tries(4).handling_timeout(limit).start(plan.handler()).await.unwrap();
    for id in ["late", "never", "slow"] {
        assert_eq!(offer(&spool, small(id)).await, Answer::Accepted);
    }
    reaches(&spool, [0, 0, 2, 1]).await;
    let began = plan.began();
    let runs = |id: &str| began.iter().filter(|began| *began == id).count();
    assert_eq!((runs("late"), runs("never"), runs("slow")), (4, 4, 2));
    let dead = soon(spool.dead_letters()).await.unwrap();
    assert_eq!((dead.len(), dead[0].tries, &*dead[0].error), (1, 4, "no table for never"));
}

#[tokio::test]
async fn a_panic_and_a_time_out_are_told() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    plan.add("panic", Act::Panic);
    plan.add("slow", Act::Hang);
    let spool = spool(folder.path()).max_tries(1).handling_timeout(Duration::from_millis(30));
    let spool = spool.start(plan.handler()).await.unwrap();
    offer(&spool, small("panic")).await;
    offer(&spool, small("slow")).await;
    reaches(&spool, [0, 0, 0, 2]).await;
    let mut errors: Vec<_> = soon(spool.dead_letters()).await.unwrap().into_iter().map(|letter| letter.error).collect();
    errors.sort();
    assert_eq!(errors, ["the handler panicked", "the handler took longer than 30ms"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn so_many_are_handled_at_once_and_no_more() {
    let folder = tempdir().unwrap();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (inner_now, inner_most) = (Arc::clone(&now), Arc::clone(&most));
    let handler = move |_: Event| {
        let (now, most) = (Arc::clone(&inner_now), Arc::clone(&inner_most));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
    };
    let spool = spool(folder.path()).concurrency(3).start(handler).await.unwrap();
    for n in 0..20 {
        offer(&spool, small(&n.to_string())).await;
    }
    reaches(&spool, [0, 0, 20, 0]).await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn more_than_may_wait_is_asked_for_again() {
    let folder = tempdir().unwrap();
    let full = spool(folder.path()).max_waiting(2).accept_only().await.unwrap();
    assert_eq!(offer(&full, small("a")).await, Answer::Accepted);
    assert_eq!(offer(&full, small("b")).await, Answer::Accepted);
    assert_eq!(offer(&full, small("c")).await, Answer::Busy);
    assert_eq!(offer(&full, small("a")).await, Answer::Duplicate, "it is kept already");
    assert_eq!(offer(&full, "unreadable").await, Answer::Accepted, "it does not wait");
    assert_eq!(numbers(&full).await, [2, 0, 0, 1]);
    let plan = Plan::default();
    let working = spool(folder.path()).start(plan.handler()).await.unwrap();
    reaches(&working, [0, 0, 2, 1]).await;
    assert_eq!(offer(&full, small("c")).await, Answer::Accepted, "there is room again");
    reaches(&working, [0, 0, 3, 1]).await;
}

#[tokio::test]
async fn one_works_and_many_accept() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    let first = spool(folder.path()).start(plan.handler()).await.unwrap();
    let short = Duration::from_millis(120);
    let error = spool(folder.path()).lock_timeout(short).start(plan.handler()).await.unwrap_err();
    let SpoolError::WorkersElsewhere { process, .. } = &error else { panic!("{error:?}") };
    if cfg!(unix) {
        assert_eq!(*process, Some(std::process::id()));
        assert!(error.to_string().ends_with(&format!("run already, in process {}", std::process::id())), "{error}");
    }
    let other = spool(folder.path()).accept_only().await.unwrap();
    assert_eq!(offer(&other, small("a")).await, Answer::Accepted);
    reaches(&first, [0, 0, 1, 0]).await;
    assert_eq!(offer(&other, small("a")).await, Answer::Duplicate);

    // Whoever waits long enough is next.
    let waiting = tokio::spawn(spool(folder.path()).start(plan.handler()));
    tokio::time::sleep(short).await;
    assert!(!waiting.is_finished());
    first.stop().await;
    let next = soon(waiting).await.unwrap().unwrap();
    // The one that has stopped still takes.
    assert_eq!(offer(&first, small("b")).await, Answer::Accepted);
    reaches(&next, [0, 0, 2, 0]).await;
}

#[tokio::test]
async fn stopping_lets_work_end_or_cuts_it_short() {
    let folder = tempdir().unwrap();
    let slow = async |_: Event| {
        tokio::time::sleep(Duration::from_millis(150)).await;
        Ok(())
    };
    let spool = spool(folder.path()).start(slow).await.unwrap();
    offer(&spool, small("a")).await;
    reaches(&spool, [0, 1, 0, 0]).await;
    assert_eq!(soon(spool.stop()).await, 0);
    assert_eq!(numbers(&spool).await, [0, 0, 1, 0], "it ended by itself");
    assert_eq!(spool.stop().await, 0, "nothing more to stop");

    let plan = Plan::default();
    plan.add("b", Act::Hang);
    let short = crate::spool_support::spool(folder.path()).stop_timeout(Duration::from_millis(50));
    let spool = short.start(plan.handler()).await.unwrap();
    offer(&spool, small("b")).await;
    reaches(&spool, [0, 1, 1, 0]).await;
    until(|| plan.began().len() == 1).await;
    assert_eq!(soon(spool.stop()).await, 1);
    assert_eq!(numbers(&spool).await, [1, 0, 1, 0], "it waits again");
    let spool = crate::spool_support::spool(folder.path()).start(plan.handler()).await.unwrap();
    reaches(&spool, [0, 0, 2, 0]).await;
}

#[tokio::test]
async fn a_crash_at_the_last_try_makes_a_dead_letter() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    for round in 1..=2_usize {
        plan.add("poison", Act::Hang);
        let spool = spool(folder.path()).max_tries(2).start(plan.handler()).await.unwrap();
        offer(&spool, small("poison")).await;
        reaches(&spool, [0, 1, 0, 0]).await;
        until(|| plan.began().len() == round).await;
    }
    let spool = spool(folder.path()).max_tries(2).start(plan.handler()).await.unwrap();
    assert_eq!(numbers(&spool).await, [0, 0, 0, 1]);
    let dead = soon(spool.dead_letters()).await.unwrap();
    assert_eq!((dead[0].tries, &*dead[0].error), (2, "the process ended during the last try"));
}

#[tokio::test]
async fn handled_keys_are_forgotten_after_the_retention() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    let spool = || crate::spool_support::spool(folder.path());
    let first = spool().start(plan.handler()).await.unwrap();
    offer(&first, small("a")).await;
    reaches(&first, [0, 0, 1, 0]).await;
    first.stop().await;
    drop(first);
    let kept = spool().accept_only().await.unwrap();
    assert_eq!(offer(&kept, small("a")).await, Answer::Duplicate);
    drop(kept);
    tokio::time::sleep(Duration::from_millis(5)).await;
    let forgetful = spool().retention(Duration::from_millis(1)).accept_only().await.unwrap();
    reaches(&forgetful, [0; 4]).await;
    assert_eq!(offer(&forgetful, small("a")).await, Answer::Accepted);
}

#[tokio::test]
async fn settings_that_do_nothing_are_errors() {
    let folder = tempdir().unwrap();
    let plan = Plan::default();
    for builder in [
        spool(folder.path()).concurrency(0),
        spool(folder.path()).max_tries(0),
        spool(folder.path()).handling_timeout(Duration::ZERO),
        spool(folder.path()).max_waiting(0),
    ] {
        let error = builder.start(plan.handler()).await.unwrap_err();
        assert!(matches!(error, SpoolError::Zero(_)) && error.to_string().ends_with("is zero"), "{error}");
    }
}

#[tokio::test]
async fn nothing_of_a_body_is_logged_or_shown() {
    let folder = tempdir().unwrap();
    let log = Log::default();
    let _listening = log.listen();
    let plan = Plan::default();
    let spool = spool(folder.path()).max_tries(1).start(plan.handler()).await.unwrap();
    offer(&spool, format!("{EMAIL} is no JSON")).await;
    offer(&spool, order("b")).await;
    // What another thread logs first at a place, at the same moment, may keep the lines of this one back.
    for n in 1.. {
        tracing::callsite::rebuild_interest_cache();
        plan.add(&format!("a{n}"), Act::Fail);
        offer(&spool, order(&format!("a{n}"))).await;
        reaches(&spool, [0, 0, 1, n + 1]).await;
        if log.text().contains("given up") || n == 20 {
            break;
        }
    }
    let dead = soon(spool.dead_letters()).await.unwrap();
    let text = format!("{} {spool:?} {dead:?}", log.text());
    assert!(text.contains("given up") && text.contains("no table for a1"), "{text}");
    assert!(!text.contains(EMAIL) && !text.contains(SECRET), "{text}");
}
