//! What a feed shows: values in units, ages, settings and credentials.

use std::sync::Arc;
use std::time::{Duration, Instant};

use qlower_client::core::Lang;
use qlower_client::live::{Auth, LiveFeed, State};
use tokio::time::sleep;

use crate::live_support::{Act, Server, answer, code, feed, json, power, soon};

#[tokio::test]
async fn values_are_shown_in_the_wanted_unit() {
    async fn shown(body: &str, unit: Option<&str>, show_in: Option<&str>) -> String {
        let server = Server::doing(json(body)).await;
        let mut builder = LiveFeed::builder(&server.url, "power.value");
        if let Some(unit) = unit {
            builder = builder.unit(unit);
        }
        if let Some(unit) = show_in {
            builder = builder.show_in(unit);
        }
        let state = soon(&mut builder.build().unwrap().watch()).await;
        if state.value().is_some() { state.to_string() } else { code(&state).to_owned() }
    }
    let plain = r#"{"power": {"value": 42500}}"#;
    assert_eq!(shown(plain, None, None).await, "42500");
    assert_eq!(shown(plain, Some("kW"), None).await, "42500 kW");
    assert_eq!(shown(plain, Some("kW"), Some("MW")).await, "42.5 MW");
    assert_eq!(shown(plain, None, Some("kW")).await, "42500 kW");
    let own = r#"{"power": {"value": 1.1, "unit": "MW"}}"#;
    assert_eq!(shown(own, None, None).await, "1.1 MW");
    assert_eq!(shown(own, Some("kW"), None).await, "1100 kW", "the document knows best");
    assert_eq!(shown(own, Some("kW"), Some("MW")).await, "1.1 MW");
    assert_eq!(shown(own, Some("Nm3/h"), None).await, "unit_mismatch");
    let huge = r#"{"power": {"value": 1e308}}"#;
    assert_eq!(shown(huge, Some("MW"), Some("kW")).await, "not_finite");
}

#[tokio::test]
async fn ages_grow_and_old_values_are_stale() {
    let timestamp =
        |age: Duration| chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now() - age).to_rfc3339();
    let document = move |age| format!(r#"{{"timestamp": "{}", "current_power": 7}}"#, timestamp(age));

    let server = Server::doing(power(7.0)).await;
    let mut watch = feed(&server.url).build().unwrap().watch();
    let State::Reading(fresh) = soon(&mut watch).await else { panic!() };
    assert!(fresh.age < Duration::from_millis(900) && fresh.at.is_none());
    sleep(Duration::from_millis(400)).await;
    let Some(State::Reading(older)) = watch.state() else { panic!() };
    assert!(older.age >= fresh.age + Duration::from_millis(390), "{older:?}");

    // Old on arrival.
    let server = Server::doing(json(&document(Duration::from_secs(300)))).await;
    let state = soon(&mut feed(&server.url).build().unwrap().watch()).await;
    let State::Stale(stale) = &state else { panic!("{state:?}") };
    assert!((300..305).contains(&stale.age.as_secs()) && stale.at.is_some());
    assert_eq!((state.value(), state.text(Lang::Fr)), (None, "7 (il y a 5 min)".to_owned()));

    // It turns so between two polls, and watchers are told.
    let server = Server::new(move |_| json(&document(Duration::from_millis(900)))).await;
    let short = feed(&server.url).stale_after(Duration::from_millis(1450)).build().unwrap();
    let mut watch = short.watch();
    let told = Instant::now();
    assert_eq!(soon(&mut watch).await.as_str(), "reading");
    assert_eq!(soon(&mut watch).await.as_str(), "stale");
    assert!((500..1000).contains(&told.elapsed().as_millis()), "{:?}", told.elapsed());
    assert_eq!((server.got().len(), soon(&mut watch).await.as_str()), (1, "reading"));
}

#[tokio::test]
async fn the_clock_of_the_producer_counts_and_one_that_is_ahead_deceives_no_one() {
    // Both clocks over there are years behind, and agree.
    let body = r#"{"timestamp": "2011-06-01T10:00:00Z", "current_power": 7}"#;
    let dated = |date: &str| Act::Send(answer("200 OK", &format!("Date: {date}\r\n"), body));
    let server = Server::doing(dated("Wed, 01 Jun 2011 10:00:07 GMT")).await;
    let State::Reading(reading) = soon(&mut feed(&server.url).build().unwrap().watch()).await else { panic!() };
    assert!((7..9).contains(&reading.age.as_secs()), "{reading:?}");
    let server = Server::doing(dated("Wed, 01 Jun 2011 10:02:00 GMT")).await;
    assert_eq!(soon(&mut feed(&server.url).build().unwrap().watch()).await.as_str(), "stale");

    // A moment ahead of every clock never gets older, so that only its never changing tells.
    let server = Server::doing(json(r#"{"timestamp": "2199-01-01T00:00:00Z", "current_power": 7}"#)).await;
    let mut watch = feed(&server.url).stale_after(Duration::from_millis(1700)).build().unwrap().watch();
    let mut names = Vec::new();
    for _ in 0..3 {
        names.push(soon(&mut watch).await.as_str());
    }
    assert_eq!(names, ["reading", "reading", "stale"]);
}

#[test]
fn settings_out_of_bounds_are_refused_by_name() {
    let ms = Duration::from_millis;
    let base = || LiveFeed::builder("https://api.example/power", "current_power");
    let setting = |builder: qlower_client::live::LiveFeedBuilder| {
        let error = builder.build().unwrap_err();
        let (setting, [english, french]) = (error.setting(), [Lang::En, Lang::Fr].map(|lang| error.message(lang)));
        assert_eq!(english, error.to_string());
        assert!(french.starts_with(&format!("{setting} : ")), "{french}");
        let problem = |text: &str| text.split_once(": ").unwrap().1.to_owned();
        assert_ne!(problem(&english), problem(&french));
        setting
    };
    for interval in [ms(0), ms(999), ms(60_001), Duration::MAX] {
        assert_eq!(setting(base().interval(interval)), "interval", "{interval:?}");
    }
    for interval in [ms(1000), ms(60_000)] {
        assert_eq!(base().interval(interval).build().unwrap().interval(), interval);
    }
    for timeout in [ms(0), ms(60_001), Duration::MAX] {
        assert_eq!(setting(base().timeout(timeout)), "timeout");
    }
    assert_eq!(setting(base().stale_after(ms(8000))), "stale_after");
    assert!(base().stale_after(ms(8001)).build().is_ok());
    assert_eq!(setting(base().unit("MW").show_in("Nm3/h")), "show_in");
    for url in
        ["", "power", "ftp://api.example/power", "http://api.example/power", "https://u:pw@api.example/", "https:///"]
    {
        assert_eq!(setting(LiveFeed::builder(url, "current_power")), "url", "{url}");
    }
    for url in ["http://localhost:1/", "http://[::1]:1/", "http://127.0.0.9/"] {
        assert!(LiveFeed::builder(url, "current_power").build().is_ok(), "{url}");
    }
    assert!(LiveFeed::builder("http://api.example/", "current_power").allow_http().build().is_ok());
    assert_eq!(setting(LiveFeed::builder("https://api.example/", "a..b")), "path");
    for auth in [
        Auth::bearer(""),
        Auth::bearer("a\r\nb"),
        Auth::api_key("clé"),
        Auth::query("", "k"),
        Auth::query("apikey", ""),
        Auth::header("Host", "k"),
        Auth::header("not a name", "k"),
        Auth::basic("a:b", "pw"),
        Auth::basic("", ""),
        Auth::basic("a", "p\0w"),
    ] {
        assert_eq!(setting(base().auth(auth.clone())), "auth", "{auth:?}");
    }
    let twice = LiveFeed::builder("https://api.example/?apikey=1", "a").auth(Auth::query("apikey", "2"));
    assert_eq!(setting(twice), "auth");
    assert_eq!(setting(base().ca_bundle("no certificate")), "ca_bundle");
    assert_eq!(setting(base().proxy("nowhere")), "proxy");
}

#[tokio::test]
async fn credentials_arrive_and_are_shown_nowhere() {
    const SECRET: &str = "s3cr3t-sentinel";
    let log = crate::log::Log::default();
    let _listening = log.listen();
    let wanted: [(Auth, &str, &str); 5] = [
        (Auth::bearer(SECRET), "authorization", "Bearer s3cr3t-sentinel"),
        (Auth::api_key(SECRET), "x-api-key", SECRET),
        (Auth::header("X-Meter", SECRET), "x-meter", SECRET),
        (Auth::basic("map", SECRET), "authorization", "Basic bWFwOnMzY3IzdC1zZW50aW5lbA=="),
        (Auth::query("api key", SECRET), "", ""),
    ];
    for (auth, header, value) in wanted {
        let server = Server::doing(Act::Send(answer("503 Busy", "", SECRET))).await;
        let builder = feed(&format!("{}?site=7&token={SECRET}", server.url)).auth(auth.clone());
        let mut shown = format!("{builder:?} {auth:?}");
        let feed = builder.build().unwrap();
        let mut watch = feed.watch();
        let failed = soon(&mut watch).await;
        assert_eq!(code(&failed), "status");
        shown += &format!("{feed:?} {watch:?} {failed:?} {failed} {}", serde_json::to_string(&failed).unwrap());
        assert!(!shown.contains(SECRET), "{shown}");
        let got = server.got().remove(0);
        if header.is_empty() {
            let expected = format!("GET /power?site=7&token={SECRET}&api+key={SECRET} HTTP/1.1");
            assert_eq!(got.head.lines().next(), Some(&*expected));
        } else {
            assert_eq!(got.header(header), Some(value));
        }
    }
    assert!(log.text().contains("no reading"), "the log was listened to");
    assert!(!log.text().contains(SECRET), "{}", log.text());
}

#[tokio::test]
async fn a_state_is_json_for_a_page() {
    let server = Server::doing(json(r#"{"timestamp": "2011-06-01T10:00:00Z", "current_power": 7}"#)).await;
    let feed = feed(&server.url).unit("MW").build().unwrap();
    let mut watch = feed.watch();
    let json = serde_json::to_value(soon(&mut watch).await).unwrap();
    assert_eq!((&json["state"], &json["value"], &json["unit"]), (&"stale".into(), &7.0.into(), &"MW".into()));
    assert_eq!(json["at"], "2011-06-01T10:00:00Z");
    assert!(json["age"].as_f64().unwrap() > 4e8);
    server.now(Act::Send(answer("503 Busy", "", "")));
    let json = serde_json::to_value(soon(&mut watch).await).unwrap();
    assert_eq!((&json["state"], &json["cause"]["code"]), (&"connection_error".into(), &"status".into()));
    assert_eq!(json["last"]["value"], 7.0);
    assert!(json["cause"]["message_fr"].as_str().unwrap().contains("a répondu HTTP 503"));
    let shared = Arc::new(feed);
    assert!(!format!("{shared:?}").is_empty());
}
