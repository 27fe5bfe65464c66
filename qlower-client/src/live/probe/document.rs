//! What the document holds.

use std::time::{Duration, SystemTime};

use http::header::{CONTENT_TYPE, HeaderMap};
use qlower_core::Lang;
use qlower_core::live::{
    Examined, Found, JsonKind, ProbeReport, ReadingCode, ReadingFault, Remark, Requirement, STALE_AFTER_SECONDS, Unit,
    ValuePath, read,
};

use super::super::poll::age;
use super::super::state::rounded;
use super::super::time::Time;

pub(super) fn content_type(headers: &HeaderMap) -> Examined {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json = kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
    let (en, fr) = match &*kind {
        _ if json => (kind.clone(), kind.clone()),
        "" => (
            "not given: answer with Content-Type: application/json".to_owned(),
            "absent : répondez avec Content-Type: application/json".to_owned(),
        ),
        _ => (
            format!("{}, not JSON: answer with Content-Type: application/json", common(&kind, Lang::En)),
            format!("{}, pas du JSON : répondez avec Content-Type: application/json", common(&kind, Lang::Fr)),
        ),
    };
    Examined::new(Requirement::ContentType, json, en, fr)
}

/// Types that are shown; others are the server's own words.
fn common(kind: &str, lang: Lang) -> &str {
    match kind {
        "text/html"
        | "text/plain"
        | "text/json"
        | "text/javascript"
        | "application/javascript"
        | "text/xml"
        | "application/xml"
        | "application/octet-stream"
        | "text/csv" => kind,
        _ => super::super::pick(lang, "another one", "un autre"),
    }
}

/// Adds what is to be said about the document, from JSON to the moment of the value.
pub(super) fn examine(
    report: &mut ProbeReport,
    body: &[u8],
    path: &ValuePath,
    unit: Option<&Unit>,
    headers: &HeaderMap,
) {
    match read(body, path) {
        Ok(found) => sound(report, &found, unit, headers),
        Err(fault) => broken(report, &fault),
    }
}

fn sound(report: &mut ProbeReport, found: &Found, agreed: Option<&Unit>, headers: &HeaderMap) {
    let (en, fr) = if found.remarks.contains(&Remark::ByteOrderMark) {
        (Remark::ByteOrderMark.message(Lang::En), Remark::ByteOrderMark.message(Lang::Fr))
    } else {
        ("the reply is JSON", "la réponse est du JSON")
    };
    report.push(Examined::new(Requirement::Json, true, en, fr));
    let path = report.path.to_string();
    report.push(Examined::new(Requirement::Path, true, format!("{path} is there"), format!("{path} est présent")));
    let value = found.value;
    report.push(Examined::new(Requirement::Number, true, value.to_string(), value.to_string().replace('.', ",")));
    (report.value, report.unit) = (Some(value), found.unit.clone());
    if let Some(agreed) = agreed {
        match found.value_in(agreed) {
            Ok(value) => {
                (report.value, report.unit) = (Some(value), Some(agreed.clone()));
                report.push(agreeing(found, agreed));
            }
            Err(fault) => report.push(failed(Requirement::Unit, &fault)),
        }
    } else if let Some(unit) = &found.unit {
        let (en, fr) = (format!("the document says {unit}"), format!("le document indique {unit}"));
        report.push(Examined::new(Requirement::Unit, true, en, fr));
    }
    if let Some(examined) = moment(found, headers) {
        report.push(examined);
    }
}

fn agreeing(found: &Found, agreed: &Unit) -> Examined {
    let (en, fr) = match &found.unit {
        None => (
            format!("{agreed}, as agreed; the document says nothing of it"),
            format!("{agreed}, comme convenu ; le document n'en dit rien"),
        ),
        Some(own) if own == agreed => (
            format!("{agreed}, as agreed and as the document says"),
            format!("{agreed}, comme convenu et comme l'indique le document"),
        ),
        Some(own) => (
            format!("the document says {own}: the value is converted to {agreed}, as agreed"),
            format!("le document indique {own} : la valeur est convertie en {agreed}, comme convenu"),
        ),
    };
    Examined::new(Requirement::Unit, true, en, fr)
}

/// Nothing, where the document does not say when: the simple form is the recommended one.
fn moment(found: &Found, headers: &HeaderMap) -> Option<Examined> {
    let Some(at) = found.timestamp else {
        let remark = found.remarks.iter().find(|remark| **remark != Remark::ByteOrderMark)?;
        let (en, fr) = (remark.message(Lang::En), remark.message(Lang::Fr));
        return Some(Examined::new(Requirement::Timestamp, false, en, fr));
    };
    let age = age(at, headers, &Time::Machine);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let ahead = Duration::from_millis(u64::try_from(at.timestamp_millis()).unwrap_or_default()).saturating_sub(now);
    let limit = Duration::from_secs(STALE_AFTER_SECONDS);
    let (met, en, fr) = if ahead > limit {
        (
            false,
            format!(
                "measured in {}, by this machine's clock: look at the clock and the offset",
                rounded(ahead, Lang::En)
            ),
            format!(
                "mesuré dans {}, selon l'horloge de cette machine : vérifiez l'heure et le décalage",
                rounded(ahead, Lang::Fr)
            ),
        )
    } else if age > limit {
        (
            false,
            format!("measured {} ago, so that the map shows it as out of date", rounded(age, Lang::En)),
            format!("mesuré il y a {} : la carte l'affiche comme donnée ancienne", rounded(age, Lang::Fr)),
        )
    } else {
        (true, format!("measured {} ago", rounded(age, Lang::En)), format!("mesuré il y a {}", rounded(age, Lang::Fr)))
    };
    Some(Examined::new(Requirement::Timestamp, met, en, fr))
}

fn failed(requirement: Requirement, fault: &ReadingFault) -> Examined {
    let [en, fr] = match (fault.code(), fault.found()) {
        (ReadingCode::Html, _) => [
            ": it may be one for people, or ask for a login; set the URL of the JSON document",
            " : elle s'adresse peut-être à des lecteurs, ou demande de se connecter ; donnez l'URL du document JSON",
        ],
        (ReadingCode::NotANumber, Some(JsonKind::String)) => {
            [": write the number alone, without quotes or unit", " : écrivez le nombre seul, sans guillemets ni unité"]
        }
        (ReadingCode::NotANumber, Some(JsonKind::Null)) => [
            ": write 0 for none, or answer 503 while there is no value",
            " : écrivez 0 s'il n'y a rien, ou répondez 503 faute de valeur",
        ],
        _ => [""; 2],
    };
    Examined::new(requirement, false, fault.message(Lang::En) + en, fault.message(Lang::Fr) + fr)
}

/// The first requirement that a fault concerns is not met; those before it are, those after it were not looked at.
fn broken(report: &mut ProbeReport, fault: &ReadingFault) {
    let concerned = match fault.code() {
        ReadingCode::PathMissing | ReadingCode::DuplicateKey => Requirement::Path,
        ReadingCode::NotANumber | ReadingCode::NotFinite | ReadingCode::StatusNotOk => Requirement::Number,
        ReadingCode::UnitMismatch => Requirement::Unit,
        _ => Requirement::Json,
    };
    if concerned != Requirement::Json {
        let (en, fr) = ("the reply is JSON", "la réponse est du JSON");
        report.push(Examined::new(Requirement::Json, true, en, fr));
    }
    match concerned {
        Requirement::Json | Requirement::Path => report.push(failed(concerned, fault)),
        // The document says itself that it is not in order, before the path was followed.
        _ if fault.code() == ReadingCode::StatusNotOk => report.push(Examined::not_examined(Requirement::Path)),
        _ => {
            let path = report.path.to_string();
            report.push(Examined::new(
                Requirement::Path,
                true,
                format!("{path} is there"),
                format!("{path} est présent"),
            ));
        }
    }
    match concerned {
        Requirement::Json => {
            report.push(Examined::not_examined(Requirement::Path));
            report.push(Examined::not_examined(Requirement::Number));
        }
        Requirement::Path => report.push(Examined::not_examined(Requirement::Number)),
        _ => report.push(failed(Requirement::Number, fault)),
    }
}
