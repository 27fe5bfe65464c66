//! Runs of a fleet: order, what is not tried, time limits, being stopped, and what is told.

use std::time::{Duration, Instant};

use qlower_client::Certainty;
use qlower_client::ftp::{Fleet, FleetOptions, Format, Job, JobResult, NotTried, Outgoing, TimeUp, Variables};
use tokio::net::TcpListener;

use super::ftp_fleet::{Order, Settings, job};
use super::ftp_script::{Fault, PASSWORD, Script};

#[tokio::test]
async fn jobs_of_one_destination_go_in_order_and_destinations_take_turns() {
    let (many, few) = (Script::start().await, Script::start().await);
    let settings = Settings::new().user("many", many.address.port(), "").user("few", few.address.port(), "");
    let jobs = (0..5).map(|n| job("many", &format!("version {n}"))).chain([job("few", "one")]).collect();
    let order = Order::default();
    let summary = settings.fleet().deliver_with(jobs, &order.note(FleetOptions::default().concurrency(1))).await;
    assert!(summary.is_complete(), "{summary}");
    assert_eq!(order.names(), ["many", "few", "many", "many", "many", "many"]);
    assert_eq!(many.files()["many.txt"], b"version 4");
    assert_eq!((many.most(), many.connections()), (1, 5));
    let positions: Vec<usize> = summary.destination("many").unwrap().jobs.iter().map(|outcome| outcome.job).collect();
    assert_eq!(positions, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn without_a_way_in_later_jobs_are_not_tried_and_other_failures_stop_nobody() {
    let closed = Script::start().await.always("PASS", "530 no");
    let open = Script::start().await;
    let settings = Settings::new().user("closed", closed.address.port(), "").user("open", open.address.port(), "");
    let missing = Job::new("open", vec![Outgoing::file("/no/such/file")], Variables::new());
    let jobs = vec![job("closed", "1"), job("closed", "2"), job("closed", "3"), missing, job("open", "5")];
    let summary = settings.fleet().deliver(jobs).await;

    let results: Vec<&str> = summary.jobs().map(|outcome| outcome.result.as_str()).collect();
    assert_eq!(results, ["failed", "not_tried", "not_tried", "failed", "delivered"]);
    assert_eq!(closed.connections(), 1);
    let not_tried = &summary.destination("closed").unwrap().jobs[2].result;
    assert!(matches!(not_tried, JobResult::NotTried(NotTried::Earlier { job: 0 })));

    let text = summary.to_string();
    assert!(text.starts_with("0 of 2 destinations complete: 1 of 5 jobs delivered, 1 files, 1 bytes, in "), "{text}");
    assert!(text.contains("closed      0/3  job 0: ") && text.contains("job 1, 2: not tried, since job 0"), "{text}");
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["counts"]["not_tried"], 2);
    assert_eq!(json["destinations"][0]["jobs"][0]["error"]["reply_code"], 530);
    assert_eq!(json["destinations"][1]["jobs"][1]["receipt"]["files"][0]["path"], "open.txt");
    for shown in [text, json.to_string(), format!("{summary:?}")] {
        assert!(!shown.contains(PASSWORD), "{shown}");
    }
}

#[tokio::test]
async fn what_remains_can_be_delivered_later() {
    let server = Script::start().await.fault("STOR", 2, Fault::CutAfter(2));
    let settings = Settings::new().user("a", server.address.port(), "").user("b", server.address.port(), "");
    let fleet = settings.fleet();
    let summary =
        fleet.deliver_with(vec![job("a", "first"), job("b", "second")], &FleetOptions::default().concurrency(1)).await;
    assert_eq!(summary.jobs().filter(|outcome| outcome.is_delivered()).count(), 1, "{summary}");
    let open = summary.remaining();
    assert_eq!(open.iter().map(Job::destination).collect::<Vec<_>>(), ["b"]);
    assert!(fleet.deliver(open).await.is_complete());
    assert_eq!(server.names(), ["a.txt", "b.txt"]);
    assert_eq!(server.count("STOR"), 3, "what stood there was not sent again");
}

#[tokio::test]
async fn unknown_and_broken_destinations_are_reported_and_not_replaced_by_others() {
    let server = Script::start().await;
    let text = format!(
        "[defaults]\nprotocol = 'ftp'\nhost = '127.0.0.1'\nport = {}\npassword = '{PASSWORD}'\n\
         [customers.nord]\nuser = 'nord'\n[customers.nord.users.alice]\npassword_env = 'QLOWER_NO_SUCH_VARIABLE'\n",
        server.address.port()
    );
    assert!(Fleet::parse(&text, Format::Toml).is_err());
    let fleet = Fleet::parse_lenient(&text, Format::Toml).unwrap();
    let jobs = vec![job("nord/alice", "1"), job("nrod", "2"), job("nord/zoe", "3"), job("nord", "4")];
    let summary = fleet.deliver(jobs).await;
    let of = |name: &str| &summary.destination(name).unwrap().jobs;
    let JobResult::NotTried(NotTried::Mistakes(mistakes)) = &of("nord/alice")[0].result else { panic!("{summary}") };
    assert_eq!(mistakes[0].key.as_deref(), Some("password_env"));
    let JobResult::NotTried(reason) = &of("nrod")[0].result else { panic!("{summary}") };
    assert_eq!(*reason, NotTried::Unknown { suggestion: Some("nord".to_owned()) });
    assert_eq!(of("nord").iter().map(|outcome| outcome.destination.as_str()).collect::<Vec<_>>(), ["nord/zoe", "nord"]);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn time_limits_stop_what_is_under_way_and_say_so() {
    let hole = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = hole.local_addr().unwrap().port();
    let sound = Script::start().await;
    let settings = Settings::new().user("hole", port, "").user("sound", sound.address.port(), "");
    let jobs = || vec![job("hole", "1"), job("hole", "2"), job("sound", "3")];

    let began = Instant::now();
    let limit = Duration::from_millis(1500);
    let summary = settings.fleet().deliver_with(jobs(), &FleetOptions::default().deadline(limit)).await;
    assert!(began.elapsed() < Duration::from_secs(6), "the connection's own limit");
    let outcomes = &summary.destination("hole").unwrap().jobs;
    assert!(matches!(outcomes[0].result, JobResult::Stopped(TimeUp::Deadline(_))), "{summary}");
    assert!(matches!(outcomes[1].result, JobResult::NotTried(NotTried::Deadline(_))), "{summary}");
    assert_eq!((outcomes[0].certainty(), outcomes[1].certainty()), (Certainty::Unknown, Certainty::NotProcessed));
    assert!(summary.destination("sound").unwrap().is_complete());
    assert_eq!(summary.remaining().len(), 2);

    let summary = settings.fleet().deliver_with(jobs(), &FleetOptions::default().job_limit(limit)).await;
    let outcomes = &summary.destination("hole").unwrap().jobs;
    assert!(outcomes.iter().all(|outcome| matches!(outcome.result, JobResult::Stopped(TimeUp::Job(_)))), "{summary}");
}

#[tokio::test]
async fn dropping_it_stops_everything() {
    let hanging = Script::start().await.fault("STOR", 1, Fault::HangAfter(3));
    let later = Script::start().await;
    let settings = Settings::new().user("hanging", hanging.address.port(), "").user("later", later.address.port(), "");
    let fleet = settings.fleet();
    let options = FleetOptions::default().concurrency(1).silent(0);
    let run = fleet.deliver_with(vec![job("hanging", "content"), job("later", "content")], &options);
    let stopped = tokio::time::timeout(Duration::from_secs(1), run).await;
    assert!(stopped.is_err() && hanging.fired() == 1);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(later.connections(), 0);
    assert!(hanging.names().iter().all(|name| name.ends_with(".part")), "{:?}", hanging.names());
}

#[tokio::test]
async fn no_jobs_are_no_work() {
    let fleet = Settings::new().user("a", 2121, "").fleet();
    let summary = fleet.deliver(Vec::new()).await;
    assert!(summary.is_complete() && summary.destinations().is_empty());
}
