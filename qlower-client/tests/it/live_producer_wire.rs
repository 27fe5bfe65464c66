//! A producer behind a real socket: what is seldom sent, sent twice, or sent slowly.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use qlower_client::core::webhook::BasicUser;
use qlower_client::live::{Access, LiveProducer, Producer, ProducerBuilder, SourceError};
use qlower_client::receiver::Server;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::live_producer_support::{Site, get, header, headers, request};
use super::receiver_support::{exchange, until};

const SECRET: &str = "k-s3cr3t_0815";
const PAGE: &str = "https://quelia.fr";

fn live(builder: ProducerBuilder) -> LiveProducer {
    LiveProducer::new(builder.build().unwrap(), async || Ok::<_, SourceError>(42.5))
}

#[tokio::test]
async fn a_preflight_is_answered_the_same_whatever_headers_it_names() {
    let site = Site::start(&live(Producer::builder().access(Access::api_key([SECRET])))).await;
    let wanted = |lines: &str| request("OPTIONS", "/power", lines);
    for asked in [
        "",
        "access-control-request-headers: x-api-key\r\n",
        "ACCESS-CONTROL-REQUEST-HEADERS: X-API-KEY, cOnTeNt-TyPe\r\n",
        "Access-Control-Request-Headers: x-other,,  ,authorization;q=1\r\naccess-control-request-headers: again\r\n",
        "access-control-request-headers: \r\n",
        "access-control-request-headers: *\r\naccess-control-request-method: BREW\r\n",
        "access-control-request-private-network: true\r\naccess-control-request-method: get\r\n",
    ] {
        for origin in ["origin", "Origin", "oRIGIN"] {
            let reply = site.send(wanted(&format!("{origin}: {PAGE}\r\n{asked}"))).await;
            assert_eq!((reply.status, &*reply.body), (204, ""), "{asked}");
            assert_eq!(header(&reply, "access-control-allow-origin"), Some(PAGE), "{asked}");
            assert_eq!(header(&reply, "access-control-allow-headers"), Some("content-type, x-api-key"), "{asked}");
            assert_eq!(header(&reply, "access-control-allow-methods"), Some("get, options"), "{asked}");
            // Nor is more allowed than a page needs.
            for more in ["access-control-allow-credentials", "access-control-allow-private-network"] {
                assert_eq!(header(&reply, more), None, "{asked}");
            }
        }
    }
    let other = site.send(wanted("origin: https://evil.example\r\n")).await;
    assert_eq!((other.status, header(&other, "access-control-allow-origin")), (204, None));
}

#[tokio::test]
async fn origins_that_are_none_or_several_are_not_let_in() {
    let (named, any) = (live(Producer::builder()), live(Producer::builder().any_origin()));
    let (named, any) = (Site::start(&named).await, Site::start(&any).await);
    for (lines, of_named) in [
        ("", Some(PAGE)),
        ("origin: null\r\n", None),
        ("origin: \r\n", None),
        ("origin: *\r\n", None),
        ("origin: https://quelia.fr\r\norigin: https://evil.example\r\n", None),
        ("origin: https://quelia.fr\r\nOrigin: https://quelia.fr\r\n", None),
        ("origin: https://quelia.fr, https://evil.example\r\n", None),
        ("origin: https://quelia.fr https://evil.example\r\n", None),
        ("origin: https://quelia.fr.\r\n", None),
        ("origin:    https://quelia.fr   \r\n", Some(PAGE)),
    ] {
        for method in ["GET", "OPTIONS"] {
            let reply = named.send(request(method, "/power", lines)).await;
            assert_eq!(reply.status, if method == "GET" { 200 } else { 204 }, "{lines}");
            assert_eq!(header(&reply, "access-control-allow-origin"), of_named, "{method} {lines}");
            assert_eq!(headers(&reply, "vary"), ["origin"], "{lines}");
            let reply = any.send(request(method, "/power", lines)).await;
            assert_eq!(header(&reply, "access-control-allow-origin"), Some("*"), "{method} {lines}");
            assert!(headers(&reply, "vary").is_empty(), "{lines}");
        }
    }
}

#[tokio::test]
async fn credentials_that_stand_twice_are_refused_and_one_way_of_several_is_enough() {
    let both = Producer::builder()
        .access(Access::query("apikey", [SECRET]))
        .access(Access::bearer([SECRET]))
        .access(Access::basic([BasicUser::new("quelia", SECRET)]));
    let site = Site::start(&live(both)).await;
    let (right, wrong) = (format!("authorization: Bearer {SECRET}\r\n"), "authorization: Bearer other\r\n".to_owned());
    let basic = "authorization: Basic cXVlbGlhOmstczNjcjN0XzA4MTU=\r\n".to_owned();
    let key = format!("apikey={SECRET}");
    for (query, lines, status) in [
        (key.clone(), String::new(), 200),
        (String::new(), right.clone(), 200),
        (String::new(), basic.clone(), 200),
        // One in the query and one in a header: each by itself.
        (key.clone(), right.clone(), 200),
        (key.clone(), wrong.clone(), 200),
        ("apikey=other".into(), right.clone(), 200),
        ("apikey=other".into(), wrong.clone(), 401),
        (key.clone(), format!("{right}{right}"), 200),
        // The same one twice: somebody on the way may have looked at the other one.
        (String::new(), format!("{right}{right}"), 401),
        (String::new(), format!("{right}{wrong}"), 401),
        (String::new(), format!("{right}{basic}"), 401),
        (format!("{key}&{key}"), String::new(), 401),
        (format!("{key}&apikey="), String::new(), 401),
        (format!("{key}&%61pikey=other"), String::new(), 401),
        (format!("{key}&APIKEY=other"), String::new(), 200),
        (format!("%61pikey={SECRET}"), String::new(), 200),
        (String::new(), format!("AUTHORIZATION: bEARER   {SECRET}\r\n"), 200),
        (String::new(), format!("authorization: Bearer {SECRET}, Bearer other\r\n"), 401),
    ] {
        for (method, body) in [("GET", true), ("HEAD", false)] {
            let reply = site.send(request(method, &format!("/power?{query}"), &lines)).await;
            assert_eq!((reply.status, reply.body.is_empty()), (status, !body), "{method} {query} {lines}");
            assert!(!reply.head.contains("s3cr3t") && !reply.body.contains("s3cr3t"), "{query} {lines}");
        }
    }
    // Whoever asks whether it may ask needs none, and a wrong one does no harm.
    assert_eq!(site.send(request("OPTIONS", "/power?apikey=other", &wrong)).await.status, 204);
}

#[tokio::test]
async fn a_query_may_be_long_and_its_key_stand_at_the_end() {
    let site = Site::start(&live(Producer::builder().access(Access::query("apikey", [SECRET])))).await;
    for length in [0, 1000, 30_000] {
        let noise: String = (0..)
            .map(|n| format!("p{n}=%20&"))
            .flat_map(|pair| pair.into_bytes())
            .map(char::from)
            .take(length)
            .collect();
        let reply = site.send(get(&format!("/power?{noise}&apikey={SECRET}"), "")).await;
        assert_eq!((reply.status, &*reply.body), (200, r#"{"current_power":42.5}"#), "{length}");
        assert_eq!(site.send(get(&format!("/power?{noise}&apikey={SECRET}x"), "")).await.status, 401, "{length}");
    }
    // More than fits into an address: refused, and never taken for one without a key.
    let reply = site.send(get(&format!("/power?apikey={SECRET}&{}", "a".repeat(100_000)), "")).await;
    assert!([414, 431].contains(&reply.status), "{reply:?}");
}

/// Sends a head that never ends, a byte at a time, until it is closed.
async fn drip(mut stream: TcpStream) -> Duration {
    let begun = Instant::now();
    for byte in b"GET /power HTTP/1.1\r\nhost: partner\r\nx-slow: ".iter().chain(std::iter::repeat(&b'a')) {
        if stream.write_all(&[*byte]).await.is_err() {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    begun.elapsed()
}

/// Clients that send slowly hold their places for `head_timeout` and no longer, so that others get theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_do_not_keep_others_out() {
    const PLACES: u32 = 20;
    const SLOW: usize = 60;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let live = LiveProducer::new(Producer::builder().build().unwrap(), move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok::<_, SourceError>(42.5) }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let limit = Duration::from_millis(500);
    let server = Server::default().max_connections(PLACES).head_timeout(limit);
    let served = tokio::spawn(server.serve(listener, live.router("/power"), async { drop(stopped.await) }));

    let started = Arc::new(AtomicUsize::new(0));
    let mut slow = JoinSet::new();
    for _ in 0..SLOW {
        let started = Arc::clone(&started);
        slow.spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            started.fetch_add(1, Ordering::SeqCst);
            drip(stream).await
        });
    }
    until(|| started.load(Ordering::SeqCst) == SLOW).await;
    // All places are taken thrice over, and yet:
    let mut good = TcpStream::connect(address).await.unwrap();
    let reply = timeout(Duration::from_secs(9), exchange(&mut good, get("/power", ""))).await.unwrap();
    assert_eq!((reply.status, &*reply.body), (200, r#"{"current_power":42.5}"#));
    let held = timeout(Duration::from_secs(30), slow.join_all()).await.unwrap();
    assert_eq!((held.len(), asked.load(Ordering::SeqCst)), (SLOW, 1));
    assert!(held.iter().all(|held| *held >= limit), "{held:?}");
    drop((stop, good));
    timeout(Duration::from_secs(10), served).await.unwrap().unwrap();
}

/// Who does not read the answers holds up nobody either.
#[tokio::test]
async fn clients_that_do_not_read_hold_up_nobody() {
    let site = Site::start(&live(Producer::builder())).await;
    let mut deaf = Vec::new();
    for _ in 0..50 {
        let mut stream = site.connect().await;
        // More answers than the buffers between take.
        let many = get("/power", "").repeat(200);
        _ = timeout(Duration::from_millis(20), stream.write_all(&many)).await;
        deaf.push(stream);
    }
    for _ in 0..20 {
        assert_eq!(site.send(get("/power", "")).await.status, 200);
    }
    drop(deaf);
    site.stopped().await;
}
