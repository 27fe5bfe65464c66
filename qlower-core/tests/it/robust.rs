//! Limits, strictness, and texts made to be a burden.

use qlower_core::{FindingCode, Payload, Severity, Strictness, check};

use crate::{options, vectors};

#[test]
fn a_limit_keeps_fewer_findings_and_counts_them_all() {
    for vector in vectors::all() {
        let text = vector.text();
        let whole = check(&text, &vector.options());
        for limit in 0..=whole.findings().len() {
            let limited = check(&text, &vector.options().max_findings(limit));
            assert_eq!(limited.findings().len(), limit, "{}", vector.name);
            assert_eq!(limited.omitted(), (whole.findings().len() - limit) as u64, "{}", vector.name);
            assert!(limited.findings().iter().all(|finding| whole.findings().contains(finding)), "{}", vector.name);
            assert_eq!(limited.counts(), whole.counts(), "{}", vector.name);
            assert!(limited.by_code().eq(whole.by_code()), "{}", vector.name);
            assert_eq!(limited.is_valid(), whole.is_valid(), "{}", vector.name);
            assert_eq!(limited.is_complete(), whole.is_complete(), "{}", vector.name);
        }
    }
}

#[test]
fn strict_checking_changes_the_severity_and_nothing_else() {
    for vector in vectors::all() {
        let text = vector.text();
        let normal = check(&text, &vector.options().strictness(Strictness::Normal));
        let strict = check(&text, &vector.options().strictness(Strictness::Strict));
        let rows = |report: &qlower_core::Report| -> Vec<_> {
            let findings = report.findings().iter();
            findings
                .map(|f| (f.code(), f.pointer().to_owned(), f.line(), f.column(), f.id().map(str::to_owned)))
                .collect()
        };
        assert_eq!(rows(&strict), rows(&normal), "{}", vector.name);
        assert!(strict.findings().iter().all(|finding| finding.severity() == Severity::Error), "{}", vector.name);
        assert_eq!(strict.warning_count(), 0);
        assert_eq!(strict.is_valid(), normal.findings().is_empty(), "{}", vector.name);
        assert!(normal.findings().iter().all(|finding| finding.severity() == finding.code().severity()));
    }
}

fn transactions(items: &str) -> String {
    format!(
        r#"{{"inigPtynm":"acme","apiKey":"k","creDtTm":"2026-11-20T08:30:00Z","versionId":"2.0","transactions":[{items}]}}"#
    )
}

#[test]
fn findings_beyond_the_limit_are_counted() {
    let items: Vec<String> = (0..1000)
        .map(|n| format!(r#"{{"id":"T{n}","reqdExctnDt":"2026-10-05","id-prty":"P","amt":0,"ref":""}}"#))
        .collect();
    let report = check(transactions(&items.join(",")).as_bytes(), &options().max_findings(10));
    assert_eq!((report.findings().len(), report.omitted()), (10, 2990));
    assert_eq!((report.error_count(), report.warning_count()), (1000, 2000));
    let by_code: Vec<_> = report.by_code().map(|(code, _, count)| (code, count)).collect();
    let each =
        [FindingCode::MissingField, FindingCode::UnknownReference, FindingCode::ZeroAmount].map(|code| (code, 1000));
    assert_eq!(by_code, each);
    assert_eq!(report.findings()[9].pointer(), "/transactions/4/ref");
    assert!(report.to_json().contains(r#""omitted":2990"#));
}

#[test]
fn a_hundred_thousand_warnings_hide_no_value_that_reading_would_lose() {
    let warned = r#"{"id":"T","amt":0,"x":1},"#.repeat(30_000);
    for fault in [r#"{"id":"Z","amt":{"value":1}}"#, r#"{"id":"Z","ref":"a","ref":"b"}"#, r#"{"id":"Z","ref":"#] {
        let mut text = transactions(&format!("{warned}{fault}"));
        if fault.ends_with(':') {
            text.truncate(text.len() - 2);
        }
        assert!(Payload::from_json(text.as_bytes()).is_err(), "{fault}");
    }
}

#[test]
fn a_version_of_another_shape_is_one_finding_wherever_it_is_named() {
    let text = r#"{"transactions":[{},{},{}],"versionId":"1.0"}"#;
    for limit in [0, 1, 3, 100] {
        let report = check(text.as_bytes(), &options().max_findings(limit));
        assert_eq!((report.error_count(), report.warning_count()), (1, 0), "limit {limit}");
    }
}

#[test]
fn burdens_are_borne() {
    let deep_objects = format!("{{\"x\":{}", "{\"x\":".repeat(300_000));
    let deep_items = transactions(&"[".repeat(1_500_000));
    let keys: String = (0..100_000).map(|n| format!("\"k{n}\":{n},")).collect();
    let many_keys = transactions(&format!("{{{keys}\"id\":\"T\"}}"));
    let one_id = transactions(&[r#"{"id":"T"}"#; 30_000].join(","));
    let clients: Vec<String> = (0..20_000)
        .map(|n| format!(r#"{{"client":{{"email":"c{n}@example.com","firstName":"A","lastName":"B"}},"declarants":[{{"id":"1"}}]}}"#))
        .collect();
    let one_id_in_all_clients =
        transactions("").replace("\"transactions\":[]", &format!("\"clients\":[{}]", clients.join(",")));
    let braces = transactions(&"{".repeat(100_000));
    let quotes = format!("{{{}", "\"".repeat(100_000));
    let sections = format!("{{{}\"x\":1}}", "\"transactions\":[],".repeat(50_000));
    for text in [deep_objects, deep_items, many_keys, one_id, one_id_in_all_clients, braces, quotes, sections] {
        // The runner's time limit is the measure of what hangs.
        assert!(!check(text.as_bytes(), &options().threads(2)).is_valid(), "{text:.60}");
    }
}
