//! Producers that a page may not read, examined.

use qlower_client::core::Lang;
use qlower_client::live::{Auth, Requirement, probe};

use crate::live_probe::{BODY, CORS, detail, examine, good, run, unmet};
use crate::live_support::{Act, Got, Server, answer};

/// One that answers with these headers, and to the question of browsers with those.
fn headers(get: &'static str, options: &'static str) -> impl Fn(&Got) -> Act + Send + Sync {
    move |got| {
        if got.is("OPTIONS") {
            return Act::Send(answer("204 No Content", options, ""));
        }
        Act::Send(answer("200 OK", &format!("Content-Type: application/json\r\n{get}"), BODY))
    }
}

#[tokio::test]
async fn a_page_that_may_not_read_it_is_told_why() {
    let good_get = "Access-Control-Allow-Origin: https://quelia.fr\r\n";
    let options = |origin: &str, methods: &str, headers: &str| -> &'static str {
        let mut out = String::new();
        for (name, value) in [("Origin", origin), ("Methods", methods), ("Headers", headers)] {
            if !value.is_empty() {
                out += &format!("Access-Control-Allow-{name}: {value}\r\n");
            }
        }
        out.leak()
    };
    let page = "https://quelia.fr";
    let cases: [(&'static str, &'static str, &[&str], &str); 13] = [
        ("", "", &["cors_origin", "cors_preflight"], "no page may read it"),
        ("Access-Control-Allow-Origin: *\r\n", options("*", "*", "*"), &[], ""),
        (
            "Access-Control-Allow-Origin: https://other.example\r\n",
            CORS,
            &["cors_origin"],
            "only https://other.example may read it",
        ),
        ("Access-Control-Allow-Origin: https://quelia.fr/\r\n", CORS, &["cors_origin"], "without a slash at the end"),
        ("Access-Control-Allow-Origin: null\r\n", CORS, &["cors_origin"], "another page"),
        (
            "Access-Control-Allow-Origin: https://quelia.fr, https://a.example\r\n",
            CORS,
            &["cors_origin"],
            "more than one",
        ),
        (
            "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Origin: *\r\n",
            CORS,
            &["cors_origin"],
            "more than one",
        ),
        (good_get, "", &["cors_preflight"], "no page may read it"),
        (good_get, options("https://a.example", "GET", "Content-Type"), &["cors_preflight"], "only https://a.example"),
        (good_get, options(page, "POST", "Content-Type"), &["cors_preflight"], "does not allow GET"),
        (
            good_get,
            options(page, "", "Content-Type"),
            &["cors_preflight"],
            "Access-Control-Allow-Methods: GET, OPTIONS",
        ),
        (good_get, options(page, "get , options", "X-Other"), &["cors_preflight"], "does not allow Content-Type"),
        (good_get, options(page, "POST,GET", "x-other, content-type"), &[], ""),
    ];
    for (get, options, expected, said) in cases {
        let server = Server::new(headers(get, options)).await;
        let report = run(examine(&server.url)).await;
        assert_eq!(unmet(&report), expected, "{get}{options}{report}");
        assert_eq!((report.is_ok(), report.value), (expected.is_empty(), Some(42.5)));
        assert!(report.text(Lang::En).contains(said), "{said}: {report}");
    }
    // Servers that do not know OPTIONS, or guard it.
    for (status, said) in [
        ("401 Unauthorized", "a browser sends no credentials with it"),
        ("405 Method Not Allowed", "HTTP 405"),
        ("301 Moved", "HTTP 301"),
        ("500 Oops", "HTTP 500"),
    ] {
        let server =
            Server::new(move |got| if got.is("OPTIONS") { Act::Send(answer(status, CORS, "")) } else { good(got) })
                .await;
        let report = run(examine(&server.url).auth(Auth::api_key("k"))).await;
        assert!(unmet(&report).contains(&"cors_preflight"), "{report}");
        assert!(detail(&report, Requirement::CorsPreflight).contains(said), "{report}");
    }
    let server = Server::new(|got| if got.is("OPTIONS") { Act::Reset(Vec::new()) } else { good(got) }).await;
    assert_eq!(unmet(&run(examine(&server.url)).await), ["cors_preflight"]);

    // Another page.
    let server = Server::new(good).await;
    let report = run(examine(&server.url).origin("https://Carte.Example:443/")).await;
    assert_eq!(unmet(&report), ["cors_origin", "cors_preflight"]);
    assert!(
        report.text(Lang::Fr).contains("répondez avec Access-Control-Allow-Origin: https://carte.example"),
        "{report}"
    );
    for origin in ["", "quelia.fr", "https://quelia.fr/carte", "ftp://quelia.fr", "https://u@quelia.fr"] {
        let error = probe("https://a.example/", "a").origin(origin).run().await.unwrap_err();
        assert_eq!(error.setting(), "origin", "{origin}");
    }
}
