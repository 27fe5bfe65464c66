//! A producer that fails in every way, and is shown again as soon as it answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use qlower_client::core::Lang;
use qlower_client::live::{Auth, FaultKind, LiveFeed, State, TimeoutStage, Watch};
use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::live_support::{Act, Server, answer, code, feed, json, power, soon};

/// What a gzip stream of 300,000 blanks in a document looks like, 1,000 times smaller.
fn bomb() -> Vec<u8> {
    // One block with fixed codes: a literal blank, and then copies of it.
    let mut bits = Vec::new();
    let mut put = |value: u32, count: u32| (0..count).for_each(|bit| bits.push(value >> bit & 1 == 1));
    let code = |value: u32, count: u32| value.reverse_bits() >> (32 - count);
    put(0b011, 3);
    put(code(0x30 + u32::from(b' '), 8), 8);
    for _ in 0..1200 {
        // Length 258, distance 1.
        put(code(0b1100_0101, 8), 8);
        put(0, 5);
    }
    put(0, 7);
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    out.extend(bits.chunks(8).map(|bits| bits.iter().enumerate().fold(0, |byte, (n, bit)| byte | u8::from(*bit) << n)));
    out.extend([0; 8]);
    out
}

fn with(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    out.extend(body);
    out
}

fn head(headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}\r\n").into_bytes()
}

/// Everything a producer may do wrong, and the code that it gets.
fn faults() -> Vec<(&'static str, Act)> {
    let html = "<!DOCTYPE html><html><body>Bienvenue</body></html>";
    let status = |status: &str, headers: &str| Act::Send(answer(status, headers, "{\"current_power\": 1}"));
    let chunked = |rest: &str| {
        let mut out = head("Transfer-Encoding: chunked\r\n");
        out.extend(rest.as_bytes());
        out
    };
    vec![
        ("timeout", Act::Stall(Vec::new())),
        ("timeout", Act::Stall(b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec())),
        ("timeout", Act::Stall([head("Content-Length: 21\r\n"), b"{\"current_p".to_vec()].concat())),
        ("timeout", Act::Drip(answer("200 OK", "", "{\"current_power\": 1}"), Duration::from_millis(40))),
        ("timeout", Act::Late(Duration::from_millis(600), answer("200 OK", "", "{\"current_power\": 1}"))),
        ("broken", Act::Send(Vec::new())),
        ("broken", Act::Reset(Vec::new())),
        ("broken", Act::Send([head("Content-Length: 21\r\n"), b"{\"current_p".to_vec()].concat())),
        ("broken", Act::Reset([head("Content-Length: 21\r\n"), b"{\"current_p".to_vec()].concat())),
        ("broken", Act::Send(chunked("5\r\n{\"cur"))),
        ("broken", Act::Send(chunked("zz\r\n{}\r\n0\r\n\r\n"))),
        ("broken", Act::Send(b"\x16\x03\x01\x02\x00 this is not HTTP at all\r\n\r\n".to_vec())),
        ("broken", Act::Send(b"SSH-2.0-OpenSSH_9.7\r\n".to_vec())),
        ("html", Act::Send(answer("200 OK", "Content-Type: text/html\r\n", html))),
        ("empty", json("")),
        ("empty", Act::Send(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())),
        ("not_json", json("{\"current_power\": 42.5")),
        ("not_finite", json("{\"current_power\": NaN}")),
        ("not_finite", json("{\"current_power\": 1e999}")),
        ("not_a_number", json("{\"current_power\": \"42.5\"}")),
        ("not_a_number", json("{\"current_power\": null}")),
        ("path_missing", json("{\"power\": 42.5}")),
        ("status_not_ok", json("{\"status\": \"error\", \"current_power\": 42.5}")),
        ("too_deep", json(&"[".repeat(100_000))),
        ("too_large", Act::Stall(head("Content-Length: 1048577\r\n"))),
        ("too_large", Act::Flood(head("Connection: close\r\n"))),
        ("too_large", Act::Flood(head("Content-Length: 99999999999999\r\n"))),
        ("compressed", Act::Send(with("Content-Encoding: gzip\r\n", &bomb()))),
        ("compressed", Act::Send(with("Content-Encoding: br\r\n", b"x"))),
        ("not_utf8", Act::Send(with("Content-Type: application/json\r\n", &bomb()))),
        ("status", status("401 Unauthorized", "WWW-Authenticate: Basic\r\n")),
        ("status", status("403 Forbidden", "")),
        ("status", status("404 Not Found", "")),
        ("status", status("429 Too Many Requests", "Retry-After: 1\r\n")),
        ("status", status("500 Internal Server Error", "")),
        ("status", status("503 Service Unavailable", "Retry-After: soon\r\n")),
        ("status", status("304 Not Modified", "")),
        ("redirect_nowhere", status("302 Found", "")),
        ("redirect_nowhere", status("302 Found", "Location: http://[\r\n")),
        ("redirect_too_many", status("301 Moved", "Location: /power\r\n")),
        ("redirect_other_host", status("307 Temporary Redirect", "Location: http://127.0.0.1:9/power\r\n")),
        ("redirect_other_host", status("302 Found", "Location: //evil.example/power\r\n")),
        ("redirect_other_host", status("302 Found", "Location: file:///etc/passwd\r\n")),
    ]
}

fn brief(act: &Act) -> String {
    let bytes = match act {
        Act::Send(bytes) | Act::Stall(bytes) | Act::Reset(bytes) | Act::Flood(bytes) => bytes,
        Act::Drip(bytes, _) | Act::Late(_, bytes) => bytes,
    };
    String::from_utf8_lossy(bytes).chars().take(300).collect()
}

#[tokio::test]
async fn each_fault_is_named_and_ends_by_itself() {
    let mut all = tokio::task::JoinSet::new();
    let count = faults().len();
    for (expected, act) in faults() {
        all.spawn(async move {
            let server = Server::doing(power(1.0)).await;
            let feed = feed(&server.url).build().unwrap();
            let mut watch = feed.watch();
            assert_eq!(soon(&mut watch).await.value(), Some(1.0));
            let (before, name) = (server.got().len(), brief(&act));
            server.now(act);
            let failed = soon(&mut watch).await;
            assert_eq!(code(&failed), expected, "{name}: {failed}");
            assert!(server.got().len() > before, "the fault was met");
            let State::ConnectionError(error) = failed else { panic!("{name}") };
            assert_eq!(error.last.as_ref().map(|last| last.value), Some(1.0), "{name}");
            assert!(error.failing_for < Duration::from_secs(2), "{name}: {error:?}");
            let (en, fr) = (error.cause.message(Lang::En), error.cause.message(Lang::Fr));
            assert!(!en.is_empty() && !fr.is_empty() && en != fr, "{name}: {en} / {fr}");

            server.now(power(2.0));
            let recovered = soon(&mut watch).await;
            assert_eq!(recovered.value(), Some(2.0), "{name}: {recovered}");
            assert!(server.sent() < 16 * 1024 * 1024, "{name}: {} bytes were taken", server.sent());
            server.all_closed().await;
        });
    }
    assert_eq!(all.join_all().await.len(), count);
}

async fn first(feed: &LiveFeed) -> (State, Duration) {
    let started = Instant::now();
    let state = soon(&mut feed.watch()).await;
    (state, started.elapsed())
}

fn kind(state: &State) -> &FaultKind {
    let State::ConnectionError(error) = state else { panic!("{state:?}") };
    error.cause.kind()
}

#[tokio::test]
async fn time_limits_hold_and_tell_how_far_it_came() {
    let document = answer("200 OK", "", "{\"current_power\": 1}");
    for (act, expected) in [
        (Act::Stall(Vec::new()), TimeoutStage::Answer),
        (Act::Stall([head("Content-Length: 21\r\n"), b"{".to_vec()].concat()), TimeoutStage::Reply),
        (Act::Drip(document, Duration::from_millis(30)), TimeoutStage::Answer),
    ] {
        let server = Server::doing(act.clone()).await;
        let (state, took) = first(&feed(&server.url).build().unwrap()).await;
        let FaultKind::Timeout { limit, stage } = kind(&state) else { panic!("{state:?}") };
        assert_eq!((*limit, *stage), (Duration::from_millis(400), expected), "{act:?}");
        assert!((390..700).contains(&took.as_millis()), "{took:?}");
        server.all_closed().await;
    }
    // A host that takes no connection, as its queue is full.
    let listener = tokio::net::TcpSocket::new_v4().unwrap();
    listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = listener.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(200), tokio::net::TcpStream::connect(address)).await
    {
        queue.push(stream);
        assert!(queue.len() < 1000);
    }
    let (state, took) = first(&feed(&format!("http://{address}/power")).build().unwrap()).await;
    assert!(matches!(kind(&state), FaultKind::Timeout { stage: TimeoutStage::Connect, .. }), "{state:?}");
    assert!((340..700).contains(&took.as_millis()), "{took:?}");
    assert_eq!(state.label(Lang::Fr), "Erreur de connexion");
}

#[tokio::test]
async fn a_host_that_is_not_there_is_told_from_one_that_does_not_exist() {
    let vacant = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = vacant.local_addr().unwrap().to_string();
    drop(vacant);
    let feed = feed(&format!("http://{address}/power")).build().unwrap();
    let mut watch = feed.watch();
    let state = soon(&mut watch).await;
    assert!(matches!(kind(&state), FaultKind::Connect { reason: std::io::ErrorKind::ConnectionRefused }), "{state:?}");
    assert_eq!(state.to_string(), format!("Connection error: no connection to {address}: nobody listens there"));
    let server = Server::on(&address, None, |_| power(3.0)).await;
    assert_eq!(soon(&mut watch).await.value(), Some(3.0), "{}", server.url);

    let nowhere = LiveFeed::builder("http://no-such-host.invalid/power", "a").allow_http().build().unwrap();
    let (state, _) = first(&nowhere).await;
    // Where names are looked up elsewhere, the answer may be late.
    assert!(["dns", "timeout"].contains(&code(&state)), "{state:?}");
}

/// A certificate of its own, and the authority to trust.
fn own(name: &str) -> (ServerConfig, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().self_signed(&key).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let chain = vec![certificate.der().clone()];
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, private).unwrap();
    (config, certificate.pem())
}

#[tokio::test]
async fn tls_is_verified_and_its_faults_are_told_apart() {
    let (config, pem) = own("127.0.0.1");
    let server = Server::tls(config, |_| power(4.0)).await;
    let trusting = feed(&server.url).ca_bundle(pem.clone()).build().unwrap();
    assert_eq!(first(&trusting).await.0.value(), Some(4.0));

    let before = server.got().len();
    let (state, _) = first(&feed(&server.url).ca_bundle(own("127.0.0.1").1).build().unwrap()).await;
    assert_eq!((code(&state), server.got().len()), ("certificate_untrusted", before));

    let (config, other) = own("elsewhere.example");
    let elsewhere = Server::tls(config, |_| power(4.0)).await;
    let (state, _) = first(&feed(&elsewhere.url).ca_bundle(other).build().unwrap()).await;
    assert_eq!((code(&state), elsewhere.got().len()), ("certificate_wrong_host", 0));
    assert!(elsewhere.connections() > 0);

    let plain = Server::doing(power(1.0)).await;
    let url = plain.url.replace("http://", "https://");
    let (state, _) = first(&feed(&url).ca_bundle(pem).build().unwrap()).await;
    assert!(["tls", "timeout"].contains(&code(&state)), "{state}");
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirection_elsewhere() {
    let away = Server::doing(power(666.0)).await;
    let (config, pem) = own("127.0.0.1");
    let secure = Server::tls(config, |_| power(666.0)).await;
    for auth in [
        Auth::bearer("s3cr3t"),
        Auth::api_key("s3cr3t"),
        Auth::basic("map", "s3cr3t"),
        Auth::query("apikey", "s3cr3t"),
        Auth::header("X-Meter", "s3cr3t"),
        Auth::none(),
    ] {
        for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
            let location = format!("Location: {}\r\n", away.url);
            let server = Server::doing(Act::Send(answer(status, &location, ""))).await;
            let (state, _) = first(&feed(&server.url).auth(auth.clone()).build().unwrap()).await;
            assert_eq!((code(&state), server.got().len()), ("redirect_other_host", 1), "{status} {auth:?}");
            let got = server.got().remove(0);
            let shown = got.head.contains("s3cr3t") || got.head.contains("bWFwOnMzY3IzdA==");
            assert_eq!(shown, !auth.is_none(), "it was sent where it belongs: {}", got.head);
        }
    }
    assert_eq!((away.connections(), away.got().len()), (0, 0), "the other host was never even connected to");

    // The same host with another name is another one.
    let port = away.url.rsplit(':').next().unwrap().to_owned();
    let named =
        Server::doing(Act::Send(answer("302 Found", &format!("Location: http://localhost:{port}\r\n"), ""))).await;
    assert_eq!(code(&first(&feed(&named.url).build().unwrap()).await.0), "redirect_other_host");

    // Down from https, up to https, and with a password.
    let down = format!("Location: {}\r\n", away.url);
    secure.now(Act::Send(answer("302 Found", &down, "")));
    let feed_of = |url: &str| feed(url).ca_bundle(pem.clone()).auth(Auth::bearer("s3cr3t")).build().unwrap();
    assert_eq!(code(&first(&feed_of(&secure.url)).await.0), "redirect_downgrade");
    let up = Server::doing(Act::Send(answer("302 Found", &format!("Location: {}\r\n", secure.url), ""))).await;
    let before = secure.connections();
    assert_eq!(code(&first(&feed(&up.url).build().unwrap()).await.0), "redirect_upgrade");
    let own = up.url.replace("http://", "http://u:p@");
    up.now(Act::Send(answer("302 Found", &format!("Location: {own}\r\n"), "")));
    assert_eq!(code(&first(&feed(&up.url).build().unwrap()).await.0), "redirect_nowhere");
    assert_eq!((away.connections(), secure.connections()), (0, before));
}

#[tokio::test]
async fn three_redirections_to_the_same_origin_are_followed_with_the_credentials() {
    let hops = |most: usize| {
        move |got: &crate::live_support::Got| {
            let hop: usize = got.head.split("hop=").nth(1).map_or(0, |rest| rest[..1].parse().unwrap());
            if hop == most {
                return power(5.0);
            }
            Act::Send(answer("302 Found", &format!("Location: ?hop={}\r\n", hop + 1), ""))
        }
    };
    let server = Server::new(hops(3)).await;
    let (state, _) = first(&feed(&server.url).auth(Auth::query("apikey", "s3cr3t")).build().unwrap()).await;
    assert_eq!((state.value(), server.got().len()), (Some(5.0), 4), "{state}");
    assert!(server.got().iter().all(|got| got.head.matches("apikey=s3cr3t").count() == 1));
    // Not twice, where the redirection has them already.
    let kept = |got: &crate::live_support::Got| {
        if got.head.contains("moved") {
            return power(6.0);
        }
        Act::Send(answer("302 Found", "Location: /moved?apikey=s3cr3t\r\n", ""))
    };
    let moved = Server::new(kept).await;
    let (state, _) = first(&feed(&moved.url).auth(Auth::query("apikey", "s3cr3t")).build().unwrap()).await;
    assert_eq!((state.value(), moved.got()[1].head.matches("apikey").count()), (Some(6.0), 1));
    let server = Server::new(hops(4)).await;
    let (state, _) = first(&feed(&server.url).build().unwrap()).await;
    assert_eq!((code(&state), server.got().len()), ("redirect_too_many", 4));
}

/// The times between polls, in milliseconds, until there were so many states.
async fn gaps(watch: &mut Watch, server: &Server, states: usize) -> Vec<u128> {
    for _ in 0..states {
        tokio::time::timeout(Duration::from_secs(9), watch.next()).await.unwrap();
    }
    server.got().windows(2).map(|pair| (pair[1].at - pair[0].at).as_millis()).collect()
}

#[tokio::test]
async fn a_failing_server_is_asked_ever_less_often_until_it_answers() {
    let server = Server::doing(Act::Send(answer("500 Oops", "", ""))).await;
    let feed = feed(&server.url).build().unwrap();
    let mut watch = feed.watch();
    let waits = gaps(&mut watch, &server, 4).await;
    for (wait, bounds) in waits.iter().zip([1000..1400, 1790..2600, 3590..4900]) {
        assert!(bounds.contains(wait), "{waits:?}");
    }
    let Some(State::ConnectionError(error)) = watch.state() else { panic!() };
    assert!(error.failing_for > Duration::from_millis(6300) && error.last.is_none(), "{error:?}");
    // Others who come in the meantime do not hasten it.
    let mut late = feed.watch();
    assert_eq!(code(&soon(&mut late).await), "status");
    assert_eq!(server.got().len(), 4);
}

#[tokio::test]
async fn retry_after_is_kept() {
    let busy = |value: &str, extra: &str| {
        Act::Send(answer("429 Too Many Requests", &format!("Retry-After: {value}\r\n{extra}"), ""))
    };
    let in_seconds = Server::doing(busy("3", "")).await;
    // By the clock over there.
    let dated = Server::doing(busy("Sun, 06 Nov 1994 08:49:40 GMT", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n")).await;
    for server in [in_seconds, dated] {
        let feed = feed(&server.url).build().unwrap();
        let mut watch = feed.watch();
        let state = soon(&mut watch).await;
        let FaultKind::Status { status: 429, retry_after } = kind(&state) else { panic!("{state:?}") };
        assert_eq!(*retry_after, Some(Duration::from_secs(3)));
        // Nor does it help to go away and come back.
        drop(watch);
        let mut watch = feed.watch();
        assert_eq!(code(&soon(&mut watch).await), "status");
        server.now(power(1.0));
        assert_eq!(soon(&mut watch).await.value(), Some(1.0));
        let got = server.got();
        assert_eq!(got.len(), 2);
        assert!((2990..3500).contains(&(got[1].at - got[0].at).as_millis()));
    }
}

#[tokio::test]
async fn a_server_that_flaps_is_followed() {
    let count = AtomicUsize::new(0);
    let server = Server::new(move |_| match count.fetch_add(1, Ordering::SeqCst) % 3 {
        0 => power(1.0),
        1 => Act::Reset(Vec::new()),
        _ => Act::Send(answer("502 Bad Gateway", "", "<html>")),
    })
    .await;
    let feed = feed(&server.url).build().unwrap();
    let mut watch = feed.watch();
    let mut codes = Vec::new();
    for _ in 0..7 {
        codes.push(code(&soon(&mut watch).await).to_owned());
    }
    assert_eq!(codes, ["reading", "broken", "status", "reading", "broken", "status", "reading"]);
}

#[tokio::test]
async fn a_slow_server_is_never_asked_twice_at_once() {
    let server =
        Server::doing(Act::Late(Duration::from_millis(1500), answer("200 OK", "", "{\"current_power\": 1}"))).await;
    let feed = feed(&server.url).timeout(Duration::from_secs(3)).build().unwrap();
    let mut watch = feed.watch();
    for _ in 0..3 {
        assert_eq!(soon(&mut watch).await.value(), Some(1.0));
    }
    assert_eq!(server.most(), 1);
    assert!(server.got().windows(2).all(|pair| (pair[1].at - pair[0].at).as_millis() >= 1490));
}
