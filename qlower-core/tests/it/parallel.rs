//! Several threads give the report of one.
//!
//! That threads are really used where they should be is shown beside the code, which alone can see it.

use qlower_core::{CheckOptions, Report, check};

use crate::options;

const HEAD: &str = r#"{"inigPtynm":"acme","apiKey":"k","creDtTm":"2026-11-20T08:30:00Z","versionId":"2.0","#;
const PROPERTY: &str = r#"{"id":"P1","description":"T2","streetName":"rue A","townName":"Lyon","postCode":"69003","ctry":"FR","lastName":"Durand","firstName":"Anne","email":"a@example.com","acquisitionDate":"2019-04-01","taxRegime":5}"#;

/// Items enough for five parts.
const ITEMS: usize = 24_000;

fn transaction(number: usize, reference: &str) -> String {
    format!(r#"{{"id":"T{number}","reqdExctnDt":"2026-10-05","id-prty":"P1","amt":{number}.5,"ref":"{reference}"}}"#)
}

fn filler() -> String {
    "loyer ".repeat(70)
}

/// A large array, in which single items may be something else.
fn array(instead: impl Fn(usize) -> Option<String>) -> String {
    let filler = filler();
    let items: Vec<_> =
        (0..ITEMS).map(|number| instead(number).unwrap_or_else(|| transaction(number, &filler))).collect();
    format!("[{}]", items.join(","))
}

fn flat(array: &str) -> String {
    format!("{HEAD}\"properties\":[{PROPERTY}],\"transactions\":{array}}}")
}

/// Checks with one thread and with several; the reports must be the same.
fn agree(text: impl AsRef<[u8]>, options: &CheckOptions) -> Report {
    let text = text.as_ref();
    assert!(text.len() > 10 << 20, "too small to be worth threads: {}", text.len());
    let alone = check(text, &options.clone().threads(1));
    for threads in [2, 4] {
        let together = check(text, &options.clone().threads(threads));
        assert!(together == alone, "{threads} threads:\n{:.2000}\none:\n{:.2000}", together.to_json(), alone.to_json());
    }
    alone
}

fn counts(report: &Report) -> Vec<(&'static str, u64)> {
    report.by_code().map(|(code, _, count)| (code.as_str(), count)).collect()
}

#[test]
fn nothing_to_find() {
    let report = agree(flat(&array(|_| None)), &options());
    assert!(report.is_valid() && report.findings().is_empty());
}

#[test]
fn faults_in_many_items() {
    let text = flat(&array(|number| {
        let filler = filler();
        Some(match number % 1000 {
            3 => transaction(number, &filler).replace("\"amt\"", "\"amount\""),
            100 => transaction(number, &filler).replace("2026-10-05", "05/10/2026"),
            200 => transaction(number, &filler).replace("\"P1\"", "\"P2\""),
            300 => transaction(number, &filler).replace("\"P1\"", &format!("\"P{number}\"")),
            400 => transaction(number, "").replace(&format!("\"T{number}\""), "\"T7\""),
            500 => transaction(7, &filler),
            600 => "5".to_owned(),
            700 => format!("[{{}},{{\"id\":\"{filler}\"}},{{\"x\":{{}}}},{{}}]"),
            800 => transaction(number, &filler).replace("\"ref\"", "\"x\":[{},{\"y\":1},{}],\"x\":1,\"ref\""),
            900 => transaction(number, "a\\ud800b\0c"),
            _ => return None,
        })
    }));
    let report = agree(&text, &options());
    let expected = [
        ("lone_surrogate", 24),
        ("nul_character", 24),
        ("duplicate_key", 24),
        ("wrong_type", 48),
        ("missing_field", 48),
        ("invalid_date", 24),
        ("duplicate_id", 24),
        ("unknown_reference", 48),
        ("exact_duplicate", 24),
        ("unknown_field", 48),
    ];
    assert_eq!(counts(&report), expected);
    assert!(
        report.findings().iter().any(|f| f.pointer() == "/transactions/23100/reqdExctnDt" && f.id() == Some("T23100"))
    );
    for limit in [0, 50] {
        assert_eq!(agree(&text, &options().max_findings(limit)).findings().len(), limit);
    }
}

#[test]
fn properties_before_and_after() {
    let nested = PROPERTY.replace("P1", "P3");
    let declarant = format!(
        r#""declarants":[{{"id":"D1","legalStatusId":"6540","corporateName":"A","address":"b","townName":"c","postCode":"69003","properties":[{nested}]}}]"#
    );
    let transactions = array(|number| {
        let item = transaction(number, &filler());
        (number % 1000 == 5).then(|| item.replace("\"P1\"", ["\"P1\"", "\"P3\"", "\"P4\""][number / 1000 % 3]))
    });
    for text in [
        format!("{HEAD}{declarant},\"transactions\":{transactions},\"properties\":[{PROPERTY}]}}"),
        format!("{HEAD}\"properties\":[{PROPERTY}],\"transactions\":{transactions},{declarant}}}"),
        format!("{HEAD}\"transactions\":{transactions},\"properties\":[{PROPERTY}],{declarant}}}"),
    ] {
        let report = agree(text, &options());
        assert_eq!(counts(&report), [("unknown_reference", 8)]);
    }
}

#[test]
fn strings_that_look_like_the_start_of_an_item() {
    let bait = r#"},{\"id\":\"X\"}, {\"x\":1},{},{"#;
    let report = agree(flat(&array(|number| Some(transaction(number, &bait.repeat(14))))), &options());
    assert!(report.findings().is_empty(), "{:.2000}", report.to_json());
    // Only behind the first parts.
    agree(flat(&array(|number| (number > 15_000).then(|| transaction(number, &bait.repeat(14))))), &options());
    // Unknown fields whose content looks like items.
    let array = array(|number| {
        Some(
            transaction(number, "x")
                .replace("\"ref\"", &format!("\"x\":[{}{{}}],\"ref\"", "{\"id\":\"X\"},".repeat(40))),
        )
    });
    assert_eq!(counts(&agree(flat(&array), &options())), [("unknown_field", ITEMS as u64)]);
}

#[test]
fn broken_syntax_in_the_middle() {
    let sound = flat(&array(|_| None));
    let at = |number: usize| sound.find(&format!("{{\"id\":\"T{number}\"")).unwrap();
    // In what is read before threads start, in the middle, and near the end.
    for (number, kinds) in [(3000, [0, 1, 4].as_slice()), (12_000, &[0, 1, 2, 3, 4, 5, 6]), (21_900, &[0, 4, 7])] {
        let (before, after) = sound.split_at(at(number));
        for kind in kinds {
            let (text, complete) = match kind {
                0 => (format!("{}{after}", before.strip_suffix(',').unwrap()), true),
                1 => (format!("{before},{after}"), false),
                2 => (format!("{before}x{after}"), true),
                3 => (format!("{before}{}", after.replacen("{\"id\":", "{\"id\" ", 1)), false),
                4 => (format!("{before}{}", after.replacen('}', "]", 1)), false),
                5 => (format!("{before}{}", after.replacen("\"ref\":\"", "\"ref\":", 1)), false),
                6 => (format!("{before}]}} {after}"), true),
                _ => (before.to_owned() + "]}", true),
            };
            let report = agree(&text, &options());
            assert!(report.error_count() > 0 && !report.is_valid());
            assert_eq!(report.is_complete(), complete, "kind {kind} at {number}");
        }
    }
    for cut in [at(22_000), at(23_990) + 40, sound.len() - 2, sound.len() - 1] {
        let report = agree(&sound[..cut], &options());
        assert_eq!(counts(&report), [("truncated_json", 1)]);
        assert!(!report.is_complete());
    }
}

#[test]
fn sections_after_the_array() {
    let document = r#"{"id":"F1","propertyId":"P9","fileName":"a","year":"25","fileLink":"https://example.com/a"}"#;
    let array = array(|number| (number == 20_000).then(|| transaction(number, &filler()).replace("\"P1\"", "\"P9\"")));
    let text = format!(
        "{HEAD}\"properties\":[{PROPERTY}],\"transactions\":{array},\"documents\":[{document}],\"x\":1,\"transactions\":[{{}}]}}"
    );
    let report = agree(text, &options());
    let expected = [
        ("duplicate_key", 1),
        ("missing_field", 5),
        ("invalid_year", 1),
        ("unknown_reference", 2),
        ("unknown_field", 1),
    ];
    assert_eq!(counts(&report), expected);
}

#[test]
fn large_arrays_of_two_clients() {
    let array = array(|number| (number == 17_000).then(|| transaction(number, &filler()).replace("\"P1\"", "\"P9\"")));
    let entry = |n: usize, array: &str| {
        format!(
            r#"{{"client":{{"email":"c{n}@example.com","firstName":"A","lastName":"B"}},"properties":[{}],"transactions":{array}}}"#,
            PROPERTY.replace("P1", &format!("P{n}"))
        )
    };
    let text = format!("{HEAD}\"clients\":[{},{}]}}", entry(1, &array), entry(9, &array));
    let report = agree(text, &options());
    let expected = [("unknown_reference", ITEMS as u64), ("id_in_two_clients", ITEMS as u64)];
    assert_eq!(counts(&report), expected);
}

#[test]
fn an_item_and_a_gap_larger_than_a_part() {
    let large = "x".repeat(5 << 20);
    let bait = r#"},{\"id\":"#.repeat(300_000);
    let gap = format!("[{}{},{}", " ".repeat(5 << 20), transaction(0, "x"), transaction(1, "x"))
        + &" \n".repeat(3 << 20)
        + "]";
    for array in [
        array(|number| (number == 9000).then(|| transaction(number, &large))),
        array(|number| (number == 9000).then(|| transaction(number, &bait))),
        gap,
    ] {
        assert!(agree(flat(&array), &options()).is_valid());
    }
}

#[test]
fn many_small_arrays_are_read_without_threads() {
    let entry = |n: usize| {
        let transaction = transaction(n, &"x".repeat(2000)).replace("\"P1\"", "\"P\"");
        format!(
            r#"{{"client":{{"email":"c{n}@example.com","firstName":"A","lastName":"B"}},"transactions":[{transaction}]}}"#
        )
    };
    let text = format!("{HEAD}\"clients\":[{}]}}", (0..5000).map(entry).collect::<Vec<_>>().join(","));
    // Starting threads for each of them would take minutes, which the runner's time limit does not allow.
    let alone = check(text.as_bytes(), &options());
    assert_eq!(alone.warning_count(), 5000);
    assert_eq!(check(text.as_bytes(), &options().threads(4)), alone);
}
