//! Deliveries to the same name at the same time, at servers of all makers: what stands there afterwards is one of them, whole.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use qlower_client::ftp::{self, DeliverOptions, Destination, Error, How, Outgoing, Receipt, Variables};
use qlower_client::{Certainty, RetryPolicy};

use crate::ftp_servers::{Place, content, names, place, tree};

/// More than another delivery goes on with.
const LARGE: usize = 18_000_000;

/// How much later the second one begins, in milliseconds.
const LATER: [u64; 3] = [0, 3, 60];

const PLACES: [&str; 9] = [
    "pyftpdlib-ftp",
    "pyftpdlib-no-resume",
    "pyftpdlib-no-size",
    "vsftpd",
    "proftpd",
    "proftpd-strict",
    "pure-ftpd",
    "proftpd-sftp",
    "openssh",
];

/// Where a test delivers to, and what stands there.
struct Room {
    destination: Destination,
    folder: PathBuf,
}

impl Room {
    fn new(place: &Place, account: &str, name: &str) -> Self {
        let account = place.account(account).unwrap();
        let folder = format!("{name}-{}", place.name);
        let retry = RetryPolicy::default().max_attempts(4).base_delay(Duration::from_millis(20));
        let destination = place.to(account).directory(&folder).retry(retry).build().unwrap();
        Self { destination, folder: account.root.join(folder) }
    }

    async fn deliver(&self, bytes: &[u8], after: Duration) -> Result<Receipt, Error> {
        tokio::time::sleep(after).await;
        let file = [Outgoing::bytes("a.bin", bytes.to_vec())];
        ftp::deliver(&self.destination, &file, &Variables::default()).await
    }

    fn there(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.folder)
    }
}

fn there(result: Result<Receipt, Error>, told: &str) {
    let receipt = result.unwrap_or_else(|error| panic!("{told}: {error:?}"));
    assert_eq!(receipt.certainty, Certainty::Processed, "{told}");
}

async fn both(room: &Room, one: &[u8], other: &[u8], after: Duration, told: &str) {
    let (first, second) = tokio::join!(room.deliver(one, Duration::ZERO), room.deliver(other, after));
    there(first, told);
    there(second, told);
    let found = room.there();
    assert_eq!(found.keys().collect::<Vec<_>>(), ["a.bin"], "{told}: nothing else is left");
    assert!(found["a.bin"] == one || found["a.bin"] == other, "{told}: neither of both");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn two_that_deliver_the_same_leave_it_whole() {
    let large = content(LARGE, 21);
    for (round, place) in PLACES.iter().filter_map(|name| place(name)).enumerate() {
        let room = Room::new(place, "main", "same");
        both(&room, &large, &large, Duration::from_millis(LATER[round % 3]), &place.name).await;
        for later in LATER {
            let small = &large[..300_000 + round];
            both(&room, small, small, Duration::from_millis(later / 30), &place.name).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn of_two_that_deliver_something_else_one_stands_there_whole() {
    let (one, other) = (content(LARGE, 22), content(LARGE, 23));
    let rooms = PLACES.iter().map(|name| (*name, "main")).chain([("openssh", "plain")]);
    for (round, (name, account)) in rooms.enumerate() {
        let Some(place) = place(name) else { continue };
        let told = format!("{name} {account}");
        let room = Room::new(place, account, "else");
        both(&room, &one, &other, Duration::from_millis(LATER[(round + 1) % 3]), &told).await;
        for later in [LATER, LATER].concat() {
            both(&room, &one[..300_000], &other[..200_000], Duration::from_millis(later / 30), &told).await;
        }
    }
}

/// One of both ends in the middle, as a process that is killed does; the other must not leave what has a hole.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn one_that_ends_in_the_middle_spoils_nothing_of_the_other() {
    let large = content(LARGE, 24);
    for (round, place) in PLACES.iter().filter_map(|name| place(name)).enumerate() {
        let after = [100_000, 2_000_000, 9_000_000][round % 3];
        let told = format!("{} {round}", place.name);
        let room = Room::new(place, "main", &format!("killed{round}"));
        let (tell, mut told_of) = tokio::sync::mpsc::unbounded_channel();
        let options = DeliverOptions::default().progress(move |progress| {
            let _ = tell.send(progress.sent);
            // There is progress to tell ten times a second.
            std::thread::sleep(Duration::from_millis(95));
        });
        let file = [Outgoing::bytes("a.bin", large.clone())];
        let variables = Variables::default();
        let killed = async {
            tokio::select! {
                biased;
                () = async { while told_of.recv().await.is_some_and(|sent| sent < after) {} } => {}
                result = ftp::deliver_with(&room.destination, &file, &variables, &options) => panic!("{told}: {result:?}"),
            }
        };
        let ((), second) = tokio::join!(killed, room.deliver(&large, Duration::from_millis(5)));
        there(second, &told);
        assert!(room.there()["a.bin"] == large, "{told}");
        // And the next one is not misled by what was left.
        there(room.deliver(&large, Duration::ZERO).await, &told);
        assert!(room.there()["a.bin"] == large, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the FTP servers: ./test.sh tests"]
async fn what_grows_is_left_to_whoever_writes_it() {
    let large = content(LARGE, 25);
    for name in ["pyftpdlib-ftp", "openssh"] {
        let Some(place) = place(name) else { continue };
        let room = Room::new(place, "main", "grows");
        let (slow, held) = held_up(room.destination.clone(), large.clone());
        // It never stands still as long as the second one is there, and is never done before.
        let shared = |name: &String| name.ends_with(".part") && name.split('.').count() == 5;
        while !names(&room.folder).iter().any(shared) {
            assert!(!slow.is_finished(), "{name}: {:?}", slow.join());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let seen = room.deliver(&large, Duration::ZERO).await;
        assert!(names(&room.folder).iter().any(shared), "{name}: the first one is not done");
        held.store(false, Ordering::SeqCst);
        there(slow.join().unwrap(), name);
        let receipt = seen.unwrap();
        assert_eq!(receipt.files[0].how, Some(How::Stored), "{name}: by itself");
        assert!(room.there() == BTreeMap::from([("a.bin".to_owned(), large.clone())]), "{name}");
    }
}

/// A delivery that sends little at a time until it is let go; on a thread of its own, since it blocks.
fn held_up(destination: Destination, bytes: Vec<u8>) -> (JoinHandle<Result<Receipt, Error>>, Arc<AtomicBool>) {
    let held = Arc::new(AtomicBool::new(true));
    let still = Arc::clone(&held);
    // Longer than progress is kept back, so that it is told of each piece.
    let options = DeliverOptions::default().progress(move |_| {
        if still.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let slow = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let file = [Outgoing::bytes("a.bin", bytes)];
        runtime.block_on(ftp::deliver_with(&destination, &file, &Variables::default(), &options))
    });
    (slow, held)
}
