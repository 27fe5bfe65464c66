//! The report of an examination.

use std::time::Duration;

use qlower_core::Lang;
use qlower_core::live::{Examined, ProbeReport, Requirement, Unit, ValuePath};
use serde_json::json;

fn report() -> ProbeReport {
    let path = ValuePath::parse("data.power.value").unwrap();
    let mut report = ProbeReport::new("https://api.example/power?apikey=***", path);
    report.push(Examined::new(Requirement::Https, true, "TLS 1.3", "TLS 1.3"));
    report.push(Examined::new(Requirement::Number, true, "42.5", "42,5"));
    (report.value, report.unit, report.latency) = (Some(42.5), Some(Unit::Megawatt), Some(Duration::from_millis(180)));
    report
}

#[test]
fn only_what_is_demanded_counts_and_what_was_not_examined_is_not_met() {
    assert!(report().is_ok());
    for requirement in Requirement::ALL {
        let mut unmet = report();
        unmet.push(Examined::new(requirement, false, "no", "non"));
        assert_eq!(unmet.is_ok(), !requirement.is_demanded(), "{requirement:?}");
        let mut open = report();
        open.push(Examined::not_examined(requirement));
        assert_eq!(open.is_ok(), !requirement.is_demanded(), "{requirement:?}");
        assert_eq!(open.get(requirement).unwrap().requirement(), requirement);
    }
    assert!(!ProbeReport::new("https://api.example", ValuePath::parse("p").unwrap()).is_ok());
}

#[test]
fn the_table_stands_in_columns_in_both_languages() {
    let mut report = report();
    report.push(Examined::new(Requirement::Timestamp, false, "no timestamp", "pas d'horodatage"));
    report.push(Examined::new(Requirement::CorsOrigin, false, "missing\nadd the header", "absent\najoutez l'en-tête"));
    report.push(Examined::not_examined(Requirement::CorsPreflight));
    assert_eq!(
        report.to_string(),
        "https://api.example/power?apikey=***\n\
         data.power.value: 42.5 MW\n\
         ✓ Encrypted (https)               TLS 1.3\n\
         ✓ Number                          42.5\n\
         ! Moment of the value             no timestamp\n\
         ✗ Readable by the page (CORS)     missing\n\
         \x20                                 add the header\n\
         – Browser's question (preflight)  not examined, since another one is not met\n\
         Not all that is demanded is met.\n"
    );
    let french = report.text(Lang::Fr);
    assert!(french.contains("\ndata.power.value : 42,5 MW\n"), "{french}");
    assert!(french.contains("✗ Lisible par la page (CORS)          absent\n"), "{french}");
    assert!(french.ends_with("Au moins une exigence n'est pas remplie.\n"), "{french}");
}

#[test]
fn the_json_has_all_of_it() {
    let mut report = report();
    report.push(Examined::not_examined(Requirement::CorsPreflight));
    let json = report.to_value();
    assert_eq!(json["value"], json!(42.5));
    assert_eq!(json["unit"], json!("MW"));
    assert_eq!(json["latency_ms"], json!(180));
    assert_eq!(json["is_ok"], json!(false));
    assert_eq!(
        json["requirements"][2],
        json!({
            "name": "cors_preflight",
            "label": "Browser's question (preflight)",
            "label_fr": "Question du navigateur (preflight)",
            "demanded": true,
            "met": null,
            "detail": "not examined, since another one is not met",
            "detail_fr": "non examiné, car une autre exigence n'est pas remplie",
        })
    );
    assert_eq!(serde_json::from_str::<serde_json::Value>(&report.to_json()).unwrap(), json);
}

#[test]
fn each_requirement_has_a_name_of_its_own_and_labels() {
    let mut names: Vec<_> = Requirement::ALL.iter().map(|requirement| requirement.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Requirement::ALL.len());
    for requirement in Requirement::ALL {
        assert!(!requirement.label(Lang::En).is_empty() && !requirement.label(Lang::Fr).is_empty());
    }
}
