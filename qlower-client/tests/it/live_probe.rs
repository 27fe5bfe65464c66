//! Producers that are examined: a good one, and one for each thing that goes wrong.

use std::time::{Duration, Instant};

use qlower_client::core::Lang;
use qlower_client::live::{Auth, Probe, ProbeReport, Requirement, probe};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::live_certificates::{Leaf, authority, days, self_signed};
use crate::live_support::{Act, Got, Server, answer};

pub(crate) const CORS: &str = "Access-Control-Allow-Origin: https://quelia.fr\r\nAccess-Control-Allow-Methods: GET, OPTIONS\r\n\
                    Access-Control-Allow-Headers: Content-Type\r\n";
pub(crate) const BODY: &str = r#"{"current_power": 42.5}"#;

pub(crate) fn good(got: &Got) -> Act {
    with(BODY)(got)
}

/// A producer that is good but for its document.
pub(crate) fn with(body: &'static str) -> impl Fn(&Got) -> Act + Send + Sync {
    move |got| {
        if got.is("OPTIONS") {
            return Act::Send(answer("204 No Content", CORS, ""));
        }
        Act::Send(answer("200 OK", &format!("Content-Type: application/json\r\n{CORS}"), body))
    }
}

pub(crate) async fn run(probe: Probe) -> ProbeReport {
    probe.run().await.unwrap()
}

pub(crate) fn examine(url: &str) -> Probe {
    probe(url, "current_power").allow_http()
}

pub(crate) fn unmet(report: &ProbeReport) -> Vec<&str> {
    report.requirements().iter().filter(|one| one.met() == Some(false)).map(|one| one.name()).collect()
}

pub(crate) fn detail(report: &ProbeReport, requirement: Requirement) -> String {
    let examined = report.get(requirement).unwrap_or_else(|| panic!("nothing of {requirement:?} in\n{report}"));
    assert!(!examined.detail(Lang::Fr).is_empty());
    examined.detail(Lang::En).to_owned()
}

#[tokio::test]
async fn a_good_producer_meets_everything() {
    let server = Server::tls(Leaf::good().config(), good).await;
    let report = run(probe(&server.url, "current_power").unit("MW").ca_bundle(authority())).await;
    assert!(report.is_ok(), "{report}");
    assert_eq!((report.value, report.unit.as_ref().map(|unit| unit.as_str())), (Some(42.5), Some("MW")));
    assert!(report.latency.unwrap() < Duration::from_secs(1));
    let names: Vec<_> = report.requirements().iter().map(|one| (one.name(), one.met())).collect();
    let all = [
        "https",
        "reachable",
        "certificate",
        "status",
        "authentication",
        "latency",
        "content_type",
        "json",
        "path",
        "number",
        "unit",
        "cors_origin",
        "cors_preflight",
    ];
    assert_eq!(names, all.map(|name| (name, Some(true))));

    let got = server.got();
    assert_eq!(got.len(), 2, "one GET, one OPTIONS");
    let (get, options) = if got[0].is("GET") { (&got[0], &got[1]) } else { (&got[1], &got[0]) };
    assert_eq!(get.header("Origin"), Some("https://quelia.fr"));
    assert_eq!((options.is("OPTIONS /power"), options.header("Origin")), (true, Some("https://quelia.fr")));
    assert_eq!(options.header("Access-Control-Request-Method"), Some("GET"));
    assert_eq!(options.header("Access-Control-Request-Headers"), Some("content-type"));

    let text = report.text(Lang::En);
    for line in [
        "current_power: 42.5 MW",
        "✓ Encrypted (https)               https",
        "✓ Certificate                     trusted, valid for 90 days",
        "✓ Unit                            MW, as agreed; the document says nothing of it",
        "All that is demanded is met.",
    ] {
        assert!(text.lines().any(|other| other == line), "{line:?} in\n{text}");
    }
    let json = report.to_value();
    assert_eq!((&json["is_ok"], &json["value"], &json["unit"]), (&true.into(), &42.5.into(), &"MW".into()));
    assert_eq!(json["requirements"].as_array().unwrap().len(), all.len());
}

#[tokio::test]
async fn certificates_that_browsers_refuse_are_told_apart() {
    let cases = [
        (Leaf::good().valid(days(-100), days(-10)).config(), "expired 10 days ago: renew it"),
        (Leaf::good().valid(days(3), days(90)).config(), "valid only in 3 days"),
        (
            Leaf::good().named("api.example").config(),
            "for api.example, and not for 127.0.0.1: use one that names this host",
        ),
        (self_signed("127.0.0.1"), "self-signed: no browser trusts it; use one of a public authority"),
        (
            Leaf::good().by_unknown().config(),
            "its issuer is not known here, and the server sends no intermediate certificate",
        ),
        (Leaf::good().by_intermediate(false).config(), "set up the full chain"),
    ];
    for (config, said) in cases {
        let server = Server::tls(config, good).await;
        let report = run(probe(&server.url, "current_power").ca_bundle(authority()).auth(Auth::bearer("s3cr3t"))).await;
        assert_eq!(unmet(&report), ["certificate"], "{said}: {report}");
        assert!(detail(&report, Requirement::Certificate).contains(said), "{said}: {report}");
        assert!(!report.is_ok() && report.value.is_none());
        assert_eq!(
            (server.connections() > 0, server.got().len()),
            (true, 0),
            "nothing was sent to a server without trust"
        );
        assert_eq!(report.get(Requirement::Json).and_then(|json| json.met()), None, "{report}");
    }
    let server = Server::tls(Leaf::good().valid(days(-80), days(3)).config(), good).await;
    let report = run(probe(&server.url, "current_power").ca_bundle(authority())).await;
    assert_eq!((unmet(&report), report.value), (vec!["certificate"], Some(42.5)));
    assert!(detail(&report, Requirement::Certificate).starts_with("expires in 3 days: renew it"), "{report}");

    // One that always lasts a few days is not about to expire.
    let server = Server::tls(Leaf::good().valid(days(-1), days(5)).config(), good).await;
    assert!(run(probe(&server.url, "current_power").ca_bundle(authority())).await.is_ok());
    let server = Server::tls(Leaf::good().by_intermediate(true).config(), good).await;
    let report = run(probe(&server.url, "current_power").ca_bundle(authority())).await;
    assert!(report.is_ok(), "{report}");
    // Without the bundle this machine's authorities count, and they do not know this one.
    assert_eq!(unmet(&run(probe(&server.url, "current_power")).await), ["certificate"]);
}

#[tokio::test]
async fn plain_http_is_not_met_unless_it_was_allowed() {
    let server = Server::new(good).await;
    let report = run(probe(&server.url, "current_power")).await;
    assert_eq!((unmet(&report), report.value), (vec!["https"], Some(42.5)), "this machine is examined all the same");
    assert!(!report.is_ok() && report.get(Requirement::Certificate).is_none());
    let report = run(examine(&server.url)).await;
    assert!(report.is_ok(), "{report}");

    let elsewhere =
        run(probe("http://producer.invalid/power?apikey=s3cr3t", "current_power").auth(Auth::bearer("s3cr3t"))).await;
    assert_eq!((unmet(&elsewhere), elsewhere.requirements()[1].met()), (vec!["https"], None), "nothing was sent");
    assert!(!format!("{elsewhere:?}{elsewhere}").contains("s3cr3t"));
}

#[tokio::test]
async fn hosts_that_cannot_be_reached_are_told_apart() {
    let vacant = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = vacant.local_addr().unwrap();
    drop(vacant);
    let report = run(examine(&format!("https://{address}/power"))).await;
    assert_eq!(unmet(&report), ["reachable"]);
    assert!(detail(&report, Requirement::Reachable).contains("nobody listens there"), "{report}");
    assert_eq!(report.requirements().len(), 11, "the others are named: {report}");

    let nowhere = run(probe("https://no-such-host.invalid/power", "a").timeout(Duration::from_secs(2))).await;
    assert_eq!(unmet(&nowhere), ["reachable"], "{nowhere}");

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/power", silent.local_addr().unwrap());
    let started = Instant::now();
    let report = run(probe(url, "a").timeout(Duration::from_millis(300))).await;
    assert_eq!(unmet(&report), ["reachable"], "{report}");
    assert!(started.elapsed() < Duration::from_secs(8), "the time limit of its own");

    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/power", plain.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let report = run(probe(url, "a")).await;
    answering.await.unwrap();
    assert_eq!(unmet(&report), ["certificate"], "{report}");
    assert!(detail(&report, Requirement::Certificate).contains("it may speak plain http"), "{report}");
}

#[tokio::test]
async fn documents_are_examined_down_to_the_value() {
    let cases: [(&str, &[&str], Requirement, &str); 11] = [
        ("<!DOCTYPE html><html></html>", &["json"], Requirement::Json, "is a page, and not JSON"),
        ("{\"current_power\": 42.5", &["json"], Requirement::Json, "line 1, column"),
        ("", &["json"], Requirement::Json, "empty"),
        ("{\"data\": {\"currentPower\": 15.8}}", &["path"], Requirement::Path, "data.currentPower leads to a number"),
        ("{\"power\": {\"value\": 1, \"peak\": 2}}", &["path"], Requirement::Path, "has no current_power, but power"),
        ("{\"current_power\": \"42,5\"}", &["number"], Requirement::Number, "without quotes"),
        ("{\"current_power\": null}", &["number"], Requirement::Number, "null"),
        ("{\"current_power\": NaN}", &["number"], Requirement::Number, "not a finite number"),
        ("{\"status\": \"error\", \"current_power\": 1}", &["number"], Requirement::Number, "\"error\""),
        ("{\"current_power\": 1, \"unit\": \"Nm3/h\"}", &["unit"], Requirement::Unit, "cannot be converted to MW"),
        (
            "{\"current_power\": 1, \"timestamp\": \"2024-01-15T10:30:00Z\"}",
            &["timestamp"],
            Requirement::Timestamp,
            "out of date",
        ),
    ];
    for (body, expected, requirement, said) in cases {
        let server = Server::new(with(body)).await;
        let report = run(examine(&server.url).unit("MW")).await;
        assert_eq!(unmet(&report), expected, "{body}: {report}");
        assert!(detail(&report, requirement).contains(said), "{body}: {report}");
        assert_eq!(report.is_ok(), requirement == Requirement::Timestamp, "{body}: {report}");
        // What comes after the fault was not looked at, and CORS does not depend on it.
        let not_examined = report.requirements().iter().filter(|one| one.met().is_none()).count();
        let after = match requirement {
            Requirement::Json => 2,
            Requirement::Path => 1,
            Requirement::Number if body.contains("status") => 1,
            _ => 0,
        };
        assert_eq!(not_examined, after, "{body}: {report}");
        assert_eq!(report.get(Requirement::CorsOrigin).and_then(|cors| cors.met()), Some(true));
    }
    let server = Server::new(with("{\"current_power\": 42500, \"unit\": \"kW\"}")).await;
    let report = run(examine(&server.url).unit("MW")).await;
    assert_eq!((report.is_ok(), report.value), (true, Some(42.5)));
    assert!(detail(&report, Requirement::Unit).contains("is converted to MW"), "{report}");
}

#[tokio::test]
async fn credentials_are_examined_and_stay_at_home() {
    let guarded = |got: &Got| {
        if got.is("OPTIONS") {
            return Act::Send(answer("204 No Content", CORS, ""));
        }
        let said = got.header("authorization").or(got.header("x-api-key")).unwrap_or(&got.head);
        if said.contains("s3cr3t") {
            good(got)
        } else {
            Act::Send(answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", ""))
        }
    };
    let server = Server::new(guarded).await;
    for auth in [Auth::bearer("s3cr3t"), Auth::api_key("s3cr3t"), Auth::query("apikey", "s3cr3t")] {
        let before = server.got().len();
        let report = run(examine(&server.url).auth(auth.clone())).await;
        assert!(report.is_ok(), "{report}");
        assert_eq!(report.get(Requirement::Authentication).and_then(|one| one.met()), Some(true), "{report}");
        let hint = auth.kind() != "query";
        assert_eq!(detail(&report, Requirement::CorsPreflight).contains("needs it in"), hint, "{report}");
        let shown = format!("{report}{report:?}{}{}", report.to_json(), report.text(Lang::Fr));
        assert!(!shown.contains("s3cr3t"), "{shown}");
        let got = server.got().split_off(before);
        let asked = got.iter().find(|got| got.is("OPTIONS")).unwrap();
        assert!(!asked.head.contains("s3cr3t"), "{}", asked.head);
        assert_eq!((got.len(), got.iter().filter(|got| got.head.contains("s3cr3t")).count()), (3, 1));
    }
    let without = run(examine(&server.url)).await;
    assert_eq!(unmet(&without), ["status", "authentication"]);
    assert!(detail(&without, Requirement::Status).contains("it asks for credentials, by Basic, so give them"));
    let wrong = run(examine(&server.url).auth(Auth::bearer("other"))).await;
    assert!(detail(&wrong, Requirement::Status).contains("does not take these credentials"), "{wrong}");

    let open = Server::new(good).await;
    let report = run(examine(&open.url).auth(Auth::api_key("s3cr3t"))).await;
    assert_eq!((unmet(&report), report.is_ok()), (vec!["authentication"], true), "only advised");
    assert!(detail(&report, Requirement::Authentication).contains("answers without the credentials as well"));
}

#[tokio::test]
async fn slow_and_strange_replies_are_examined_as_far_as_they_go() {
    let slow = |wait: u64| {
        move |got: &Got| match good(got) {
            Act::Send(bytes) if got.is("GET") => Act::Late(Duration::from_millis(wait), bytes),
            act => act,
        }
    };
    let (ideal, late) = (Server::new(slow(1200)).await, Server::new(slow(3100)).await);
    let (ideal, late) = tokio::join!(run(examine(&ideal.url)), run(examine(&late.url)));
    // More, where this machine itself is slow.
    let latency = detail(&ideal, Requirement::Latency);
    assert!(ideal.is_ok() && latency.starts_with("1.") && latency.contains(" s: ideal is 1 s at most"), "{ideal}");
    assert_eq!((unmet(&late), late.value), (vec!["latency"], Some(42.5)));
    assert!(detail(&late, Requirement::Latency).starts_with("3.1 s: it has to be 3 s at most"), "{late}");
    assert!(late.text(Lang::Fr).contains("3,1 s : il faut 3 s au plus"), "{late}");

    let quick = |url: &str| examine(url).timeout(Duration::from_millis(400));
    let silent = Server::doing(Act::Stall(Vec::new())).await;
    let report = run(quick(&silent.url)).await;
    assert_eq!(unmet(&report), ["status", "latency"], "{report}");
    let whole = answer("200 OK", CORS, BODY);
    let cut = Server::doing(Act::Stall(whole[..whole.len() - 5].to_vec())).await;
    let report = run(quick(&cut.url)).await;
    assert!(unmet(&report).starts_with(&["latency"]) && unmet(&report).contains(&"json"), "{report}");

    let elsewhere = Server::new(good).await;
    let moved = format!("Location: {}\r\n", elsewhere.url);
    let server = Server::doing(Act::Send(answer("302 Found", &moved, ""))).await;
    let report = run(examine(&server.url).auth(Auth::api_key("s3cr3t"))).await;
    assert_eq!(unmet(&report), ["status"], "{report}");
    assert!(detail(&report, Requirement::Status).contains("redirects to another host or port"), "{report}");
    assert_eq!(elsewhere.connections(), 0);

    for (act, expected) in [
        (Act::Send(answer("404 Not Found", CORS, "")), vec!["status"]),
        (Act::Send(answer("503 Busy", "", "")), vec!["status"]),
        (
            Act::Flood(format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{CORS}\r\n").into_bytes()),
            vec!["content_type", "json"],
        ),
        (Act::Reset(Vec::new()), vec!["status"]),
    ] {
        let server = Server::doing(act).await;
        let report = run(examine(&server.url)).await;
        assert_eq!(unmet(&report), expected, "{report}");
        assert!(server.sent() < 16 * 1024 * 1024);
    }
}
