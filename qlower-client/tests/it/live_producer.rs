//! A producer of readings behind a real socket: what it answers to whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use qlower_client::core::webhook::BasicUser;
use qlower_client::live::{Access, Form, LiveProducer, Measurement, Producer, SourceError, Unit, ValuePath, read};
use tokio::io::AsyncWriteExt;

use super::live_producer_support::{Site, get, header, headers, request};
use super::log::Log;
use super::receiver_support::{exchange, receive};

const SECRET: &str = "k-s3cr3t_0815";

fn simple() -> LiveProducer {
    LiveProducer::new(Producer::builder().build().unwrap(), async || Ok::<_, SourceError>(42.5))
}

fn guarded(access: Access) -> LiveProducer {
    let producer = Producer::builder().access(access).build().unwrap();
    LiveProducer::new(producer, async || Ok::<_, SourceError>(42.5))
}

#[tokio::test]
async fn the_documented_reply_can_be_read_by_its_own_path() {
    for form in Form::ALL {
        let producer = Producer::builder().form(form).unit(Unit::Megawatt).build().unwrap();
        let live = LiveProducer::new(producer, async || Ok::<_, SourceError>(Measurement::new(42_500.0).unit("kW")));
        let site = Site::start(&live).await;
        let before = chrono::Utc::now().timestamp();
        let reply = site.send(get("/power", "")).await;
        assert_eq!(reply.status, 200);
        assert_eq!(header(&reply, "content-type"), Some("application/json"));
        let found = read(reply.body.as_bytes(), &form.path()).unwrap();
        assert_eq!(found.value, 42.5);
        if form == Form::WithMetadata {
            assert_eq!((found.unit, found.status.as_deref()), (Some(Unit::Megawatt), Some("ok")));
            let at = found.timestamp.unwrap().timestamp();
            assert!((before..before + 30).contains(&at), "{at}");
        } else {
            assert_eq!(reply.body, r#"{"current_power":42.5}"#);
        }
        site.stopped().await;
    }
}

/// As `fetch` does it: a question first where a header is not of the simple ones, then the request; and what the page gets to see.
async fn browser(site: &Site, origin: &str, query: &str, own: Option<(&str, &str)>) -> Result<String, &'static str> {
    let origin_line = format!("origin: {origin}\r\n");
    if let Some((name, _)) = own {
        let lines = format!(
            "{origin_line}access-control-request-method: GET\r\naccess-control-request-headers: {}\r\n",
            name.to_lowercase()
        );
        let reply = site.send(request("OPTIONS", &format!("/power{query}"), &lines)).await;
        let allowed = header(&reply, "access-control-allow-headers").unwrap_or_default().to_owned();
        if reply.status != 204 || header(&reply, "access-control-allow-origin") != Some(origin) {
            return Err("preflight: origin");
        }
        if !allowed.split(", ").any(|allowed| allowed == name.to_lowercase()) {
            return Err("preflight: header");
        }
        assert_eq!(header(&reply, "access-control-allow-methods"), Some("get, options"));
        assert_eq!(reply.body, "");
    }
    let own = own.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default();
    let reply = site.send(get(&format!("/power{query}"), &format!("{origin_line}{own}"))).await;
    assert_eq!(header(&reply, "vary"), Some("origin"));
    if header(&reply, "access-control-allow-origin") != Some(origin) {
        return Err("origin");
    }
    if reply.status == 200 { Ok(reply.body) } else { Err("status") }
}

#[tokio::test]
async fn a_page_reads_it_in_its_browser_and_another_page_does_not() {
    let site = Site::start(&simple()).await;
    let body = r#"{"current_power":42.5}"#.to_owned();
    assert_eq!(browser(&site, "https://quelia.fr", "", None).await, Ok(body.clone()));
    assert_eq!(
        browser(&site, "https://quelia.fr", "", Some(("Content-Type", "application/json"))).await,
        Ok(body.clone())
    );
    for other in ["https://evil.example", "http://quelia.fr", "https://quelia.fr:444", "https://x.quelia.fr", "null"] {
        assert_eq!(browser(&site, other, "", None).await, Err("origin"), "{other}");
        assert_eq!(browser(&site, other, "", Some(("Content-Type", "text/plain"))).await, Err("preflight: origin"));
    }
    assert_eq!(browser(&site, "https://quelia.fr", "", Some(("X-Other", "1"))).await, Err("preflight: header"));

    let producer = Producer::builder().origin("https://a.example").origin("https://b.example").build().unwrap();
    let live = LiveProducer::new(producer, async || Ok::<_, SourceError>(1.0));
    let site = Site::start(&live).await;
    for page in ["https://a.example", "https://b.example"] {
        assert!(browser(&site, page, "", None).await.is_ok(), "{page}");
    }
    assert_eq!(browser(&site, "https://quelia.fr", "", None).await, Err("origin"));
}

#[tokio::test]
async fn each_way_of_access_lets_in_who_shows_the_secret_in_a_browser_too() {
    let page = "https://quelia.fr";
    let basic = "Basic cXVlbGlhOmstczNjcjN0XzA4MTU=";
    let token = format!("Bearer {SECRET}");
    let query = format!("?site=7&apikey={SECRET}");
    for (access, query, own, wrong) in [
        (Access::query("apikey", [SECRET]), &*query, None, ("?apikey=k-other", None)),
        (Access::bearer([SECRET]), "", Some(("Authorization", &*token)), ("", Some(("Authorization", "Bearer other")))),
        (Access::api_key([SECRET]), "", Some(("X-API-Key", SECRET)), ("", Some(("X-API-Key", "k-other")))),
        (
            Access::basic([BasicUser::new("quelia", SECRET)]),
            "",
            Some(("Authorization", basic)),
            ("", Some(("Authorization", "Basic cXVlbGlhOm90aGVy"))),
        ),
    ] {
        let kind = access.kind();
        let site = Site::start(&guarded(access)).await;
        assert_eq!(browser(&site, page, query, own).await, Ok(r#"{"current_power":42.5}"#.to_owned()), "{kind:?}");
        assert_eq!(browser(&site, page, wrong.0, wrong.1).await, Err("status"), "{kind:?}");
        let nothing = site.send(get("/power", "")).await;
        assert_eq!(nothing.status, 401, "{kind:?}");
        assert!(header(&nothing, "www-authenticate").is_some(), "{kind:?}");
        assert_eq!(nothing.body, r#"{"status":"error","error":"unauthorized"}"#);
        assert!(read(nothing.body.as_bytes(), &ValuePath::parse("current_power").unwrap()).is_err());
    }
}

#[tokio::test]
async fn several_ways_at_once_are_all_named_to_who_shows_nothing() {
    let producer = Producer::builder()
        .access(Access::bearer([SECRET]))
        .access(Access::basic([BasicUser::new("quelia", SECRET)]))
        .build()
        .unwrap();
    let site = Site::start(&LiveProducer::new(producer, async || Ok::<_, SourceError>(1.0))).await;
    let reply = site.send(get("/power", "")).await;
    assert_eq!(
        headers(&reply, "www-authenticate"),
        ["bearer realm=\"live\"", "basic realm=\"live\", charset=\"utf-8\""]
    );
    let line = format!("authorization: Bearer {SECRET}\r\n");
    assert_eq!(site.send(get("/power", &line)).await.status, 200);
}

#[tokio::test]
async fn head_has_the_length_and_no_body_and_the_connection_lives_on() {
    let site = Site::start(&simple()).await;
    let mut stream = site.connect().await;
    for _ in 0..3 {
        let head = exchange(&mut stream, request("HEAD", "/power", "")).await;
        assert_eq!((head.status, header(&head, "content-length")), (200, Some("22")));
        let whole = exchange(&mut stream, get("/power", "")).await;
        assert_eq!((whole.status, whole.body.len()), (200, 22));
        let question = exchange(&mut stream, request("OPTIONS", "/power", "")).await;
        assert_eq!((question.status, &*question.body), (204, ""));
    }
    let guarded = Site::start(&guarded(Access::bearer([SECRET]))).await;
    let mut stream = guarded.connect().await;
    for _ in 0..2 {
        assert_eq!(exchange(&mut stream, request("HEAD", "/power", "")).await.status, 401);
    }
}

#[tokio::test]
async fn other_methods_and_paths_are_refused() {
    let site = Site::start(&simple()).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let reply = site.send(request(method, "/power", "content-length: 0\r\n")).await;
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(header(&reply, "allow"), Some("get, head, options"), "{method}");
    }
    assert_eq!(site.send(get("/", "")).await.status, 404);
    assert_eq!(site.send(get("/power/more", "")).await.status, 404);
}

#[tokio::test]
async fn no_log_shows_a_key_however_it_was_sent() {
    let log = Log::default();
    let _listening = log.listen();
    let page = "origin: https://quelia.fr\r\n";
    let site = Site::start(&guarded(Access::query("apikey", [SECRET]))).await;
    assert_eq!(site.send(get(&format!("/power?apikey={SECRET}"), page)).await.status, 200);
    assert_eq!(site.send(get(&format!("/power?apikey={SECRET}x"), page)).await.status, 401);
    assert_eq!(site.send(get(&format!("/power?key={SECRET}"), page)).await.status, 401);
    let site = Site::start(&guarded(Access::bearer([SECRET]))).await;
    assert_eq!(site.send(get("/power", &format!("authorization: Bearer {SECRET}x\r\n"))).await.status, 401);
    let text = log.text();
    assert!(text.contains("wrong_credentials") && text.contains("no_credentials"), "{text}");
    assert!(!text.contains("s3cr3t"), "{text}");
}

/// What no browser or partner sends: each is answered or closed, and the next request is answered as ever.
#[tokio::test]
async fn hostile_requests_harm_nobody() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let producer = Producer::builder().access(Access::api_key([SECRET])).build().unwrap();
    let live = LiveProducer::new(producer, move || {
        count.fetch_add(1, Ordering::Relaxed);
        async { Ok::<_, SourceError>(1.0) }
    });
    let site = Site::start(&live).await;
    let long = "a".repeat(200_000);
    let many: String = (0..500).map(|n| format!("x-{n}: 1\r\n")).collect();
    for (what, hostile) in [
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("a very long query", get(&format!("/power?apikey={long}"), "")),
        ("a very long header", get("/power", &format!("x-api-key: {long}\r\n"))),
        ("many headers", get("/power", &many)),
        ("a NUL in a header", get("/power", "x-api-key: k\0\r\n")),
        ("another line in a header", get("/power", "x-api-key: k\r\n folded\r\n")),
        ("a query that is no text", get("/power?apikey=%ff%00%zz&&=&%", "")),
        ("a body that nobody reads", request("GET", "/power", "content-length: 5\r\n")),
        ("two lengths", request("POST", "/power", "content-length: 5\r\ncontent-length: 6\r\n")),
        ("a request that ends early", b"GET /power HT".to_vec()),
    ] {
        let mut stream = site.connect().await;
        let _ = stream.write_all(&hostile).await;
        let _ = stream.shutdown().await;
        let reply = receive(&mut stream, false).await;
        if let Some(reply) = reply {
            assert!((400..500).contains(&reply.status), "{what}: {reply:?}");
        }
        let good = site.send(get("/power", &format!("x-api-key: {SECRET}\r\n"))).await;
        assert_eq!(good.status, 200, "after {what}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1, "nobody but who may read had the source asked, and it was fresh");
}

/// Origins may hold any bytes.
#[tokio::test]
async fn an_origin_that_is_no_text_is_not_repeated() {
    let site = Site::start(&simple()).await;
    let reply = site.send(b"GET /power HTTP/1.1\r\nhost: partner\r\norigin: https://quelia.fr\xff\r\n\r\n").await;
    assert_eq!((reply.status, header(&reply, "access-control-allow-origin")), (200, None));
}

#[tokio::test]
async fn other_frameworks_get_the_same_answer() {
    let live = guarded(Access::query("apikey", [SECRET]));
    let site = Site::start(&live).await;
    for (method, query) in [("GET", format!("apikey={SECRET}")), ("GET", String::new()), ("POST", String::new())] {
        let answer = live.answer(method, &query, [("Origin", "https://quelia.fr")]).await;
        let wire = site.send(request(
            method,
            &format!("/power?{query}"),
            "origin: https://quelia.fr\r\ncontent-length: 0\r\n",
        ));
        let wire = wire.await;
        assert_eq!((answer.status(), answer.body()), (wire.status, &*wire.body));
        for (name, value) in answer.headers() {
            let found = headers(&wire, &name.to_lowercase());
            assert!(found.contains(&&*value.to_lowercase()), "{name}: {value} is not in {found:?}");
        }
    }
}
