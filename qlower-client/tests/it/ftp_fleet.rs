//! Many destinations at once: what is broken somewhere delays nobody elsewhere.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qlower_client::ftp::{Fleet, FleetOptions, FleetSummary, Format, Job, JobResult, Outgoing, Stage, Variables};
use tokio::net::TcpListener;

use super::ftp_script::{Fault, PASSWORD, Script};

/// A file of settings with a destination for each port.
#[derive(Default)]
pub(crate) struct Settings(String);

impl Settings {
    pub(crate) fn new() -> Self {
        // Longer than any of these tests: where somebody waits for somebody silent, it shows.
        Self("[defaults]\nprotocol = 'ftp'\nhost = '127.0.0.1'\ntimeout = 6\nconnect_timeout = 6\nretry.max_attempts = 1\n".to_owned())
    }

    pub(crate) fn user(mut self, name: &str, port: u16, more: &str) -> Self {
        let _ = write!(self.0, "[users.{name}]\nport = {port}\nuser = '{name}'\npassword = '{PASSWORD}'\n{more}\n");
        self
    }

    pub(crate) fn fleet(&self) -> Fleet {
        Fleet::parse(&self.0, Format::Toml).unwrap()
    }
}

pub(crate) fn job(name: &str, content: &str) -> Job {
    let file = format!("{}.txt", name.replace('/', "-"));
    Job::new(name, vec![Outgoing::bytes(file, content.to_owned())], Variables::new())
}

/// Names in the order in which their jobs came to an end.
#[derive(Clone, Default)]
pub(crate) struct Order(Arc<Mutex<Vec<String>>>);

impl Order {
    pub(crate) fn note(&self, options: FleetOptions) -> FleetOptions {
        let order = self.clone();
        options.progress(move |progress| order.0.lock().unwrap().push(progress.destination))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

fn quick() -> FleetOptions {
    FleetOptions::default().silent_after(Duration::from_millis(200))
}

struct Yard {
    sound: Vec<Script>,
    hanging: Vec<Script>,
    /// Connections are taken by the system, and by nobody else.
    holes: Vec<TcpListener>,
    settings: Settings,
    jobs: Vec<Job>,
}

/// Twelve sound servers behind twelve silent ones of four kinds, and four that refuse.
async fn yard() -> Yard {
    let (mut sound, mut hanging, mut holes, mut jobs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut settings = Settings::new();
    for (kind, (command, fault)) in [
        ("greets-not", ("GREETING", Fault::Hang)),
        ("login", ("PASS", Fault::Hang)),
        ("middle", ("STOR", Fault::HangAfter(1))),
    ]
    .into_iter()
    .flat_map(|kind| std::iter::repeat_n(kind, 3))
    {
        let server = Script::start().await.fault(command, 1, fault);
        let name = format!("{kind}{}", hanging.len());
        settings = settings.user(&name, server.address.port(), "");
        jobs.push(job(&name, "never"));
        hanging.push(server);
    }
    for n in 0..3 {
        let hole = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = format!("hole{n}");
        settings = settings.user(&name, hole.local_addr().unwrap().port(), "");
        jobs.push(job(&name, "never"));
        holes.push(hole);
    }
    for n in 0..4 {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let name = format!("closed{n}");
        settings = settings.user(&name, closed, "");
        jobs.push(job(&name, "never"));
    }
    for n in 0..12 {
        let server = Script::start().await;
        let name = format!("sound{n}");
        settings = settings.user(&name, server.address.port(), "");
        jobs.push(job(&name, "hello"));
        sound.push(server);
    }
    Yard { sound, hanging, holes, settings, jobs }
}

fn silent(name: &str) -> bool {
    ["greets-not", "login", "middle", "hole"].iter().any(|kind| name.starts_with(kind))
}

#[tokio::test]
async fn twelve_silent_servers_delay_nobody_with_two_places() {
    let Yard { sound, hanging, holes, settings, jobs } = yard().await;
    let order = Order::default();
    let summary = settings.fleet().deliver_with(jobs, &order.note(quick().concurrency(2).silent(12))).await;

    let names = order.names();
    let first_silent = names.iter().position(|name| silent(name)).unwrap();
    let last_sound = names.iter().rposition(|name| name.starts_with("sound")).unwrap();
    assert!(last_sound < first_silent, "somebody sound waited for somebody silent: {names:?}");
    assert_eq!(names.len(), 28);
    for server in &sound {
        assert_eq!((server.files().len(), server.connections()), (1, 1));
    }
    assert_eq!(hanging.iter().map(Script::fired).sum::<usize>(), 9, "every fault has happened");
    let taken = holes.iter().map(|hole| async { tokio::time::timeout(Duration::from_secs(1), hole.accept()).await });
    for taken in taken {
        assert!(taken.await.is_ok(), "somebody was there");
    }
    // Twelve silent ones, two at work.
    assert!((12..=14).contains(&summary.most_connections()), "{}", summary.most_connections());
    assert_eq!(summary.broken().count(), 16);
    stages(&summary);
}

fn stages(summary: &FleetSummary) {
    for (name, expected) in [
        ("greets-not0", Stage::Connect),
        ("login3", Stage::Login),
        ("middle6", Stage::Transfer),
        ("hole0", Stage::Connect),
        ("closed0", Stage::Connect),
    ] {
        let JobResult::Failed(error) = &summary.destination(name).unwrap().jobs[0].result else {
            panic!("{name}: {summary}");
        };
        assert_eq!(error.stage(), Some(expected), "{name}");
        assert_eq!(error.is_timeout(), name != "closed0", "{name}");
    }
}

/// The same where silent servers keep their places: that the test above can fail.
#[tokio::test]
async fn without_room_for_silent_servers_the_sound_ones_wait() {
    let Yard { settings, jobs, sound, hanging, holes } = yard().await;
    let order = Order::default();
    let options = order.note(quick().concurrency(2).silent(0)).deadline(Duration::from_secs(2));
    let summary = settings.fleet().deliver_with(jobs, &options).await;
    assert!(!summary.jobs().any(|outcome| outcome.is_delivered()), "{summary}");
    assert_eq!(summary.most_connections(), 2);
    let stopped = summary.jobs().filter(|outcome| matches!(outcome.result, JobResult::Stopped(_))).count();
    assert_eq!(stopped, 2, "{summary}");
    drop((sound, hanging, holes));
}

#[tokio::test]
async fn the_crowd_of_a_silent_host_stands_in_the_way_of_that_host_alone() {
    let crowded = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sound = Script::start().await;
    let (mut settings, mut jobs) = (Settings::new(), Vec::new());
    for n in 0..20 {
        settings = settings.user(&format!("crowd{n}"), crowded.local_addr().unwrap().port(), "");
        jobs.push(job(&format!("crowd{n}"), "never"));
    }
    for n in 0..6 {
        settings = settings.user(&format!("sound{n}"), sound.address.port(), "");
        jobs.push(job(&format!("sound{n}"), "hello"));
    }
    let options = quick().concurrency(4).per_host(2).silent(2).deadline(Duration::from_secs(2));
    let summary = settings.fleet().deliver_with(jobs, &options).await;
    assert_eq!(sound.files().len(), 6, "{summary}");
    assert!(sound.most() <= 2, "{}", sound.most());
    let begun = summary.jobs().filter(|outcome| outcome.destination.starts_with("crowd"));
    assert_eq!(begun.filter(|outcome| matches!(outcome.result, JobResult::Stopped(_))).count(), 2);
}

#[tokio::test]
async fn servers_see_no_more_connections_than_are_allowed() {
    let server = Script::start().await;
    let (mut settings, mut jobs) = (Settings::new(), Vec::new());
    for n in 0..40 {
        settings = settings.user(&format!("u{n}"), server.address.port(), "");
        jobs.push(job(&format!("u{n}"), "hello"));
    }
    let fleet = settings.fleet();
    let summary = fleet.deliver_with(jobs.clone(), &FleetOptions::default().concurrency(32).per_host(3)).await;
    assert!(summary.is_complete(), "{summary}");
    assert_eq!((server.most(), summary.most_connections(), server.connections()), (3, 3, 40));

    let summary = fleet.deliver_with(jobs, &FleetOptions::default().concurrency(2).per_host(9)).await;
    assert!(summary.is_complete() && summary.most_connections() == 2, "{summary}");
}

#[tokio::test]
async fn who_waits_to_try_again_holds_no_place() {
    let faulty = Script::start().await.fault("GREETING", 1, Fault::Answer("421 later"));
    let sound = Script::start().await;
    let wait = "retry.max_attempts = 2\nretry.base_delay = 3\nretry.max_delay = 3";
    let (mut settings, mut jobs) =
        (Settings::new().user("faulty", faulty.address.port(), wait), vec![job("faulty", "x")]);
    for n in 0..5 {
        settings = settings.user(&format!("sound{n}"), sound.address.port(), "");
        jobs.push(job(&format!("sound{n}"), "hello"));
    }
    let order = Order::default();
    let summary = settings.fleet().deliver_with(jobs, &order.note(quick().concurrency(1).silent(0))).await;
    assert!(summary.is_complete(), "{summary}");
    assert_eq!(faulty.fired(), 1);
    assert_eq!(summary.most_connections(), 1);
    assert_eq!(order.names().last().map(String::as_str), Some("faulty"), "{:?}", order.names());
    let outcome = &summary.destination("faulty").unwrap().jobs[0];
    assert!(outcome.duration >= outcome.waited);
}
