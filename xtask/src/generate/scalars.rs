//! Definitions of the schema for values that are no models.

use qlower_core::codes::{CodeList, LISTS};
use qlower_core::model::{Field, Kind};

use super::json::Json;
use super::patterns;

/// The largest count; the largest and least floor are those of 32 bits too.
const MOST: i32 = i32::MAX;
const LEAST: i32 = i32::MIN;

/// The largest decimal that is kept exactly: 96 bits.
const LARGEST: f64 = 79_228_162_514_264_337_593_543_950_335.0;

/// Name of the definition that holds for a field's value, null aside. `None` for models.
pub(super) fn definition(field: &Field) -> Option<String> {
    Some(match field.kind {
        Kind::Country | Kind::PostCode | Kind::Text | Kind::Secret if field.required => "requiredText".to_owned(),
        Kind::Country | Kind::PostCode | Kind::Text | Kind::Secret => "text".to_owned(),
        Kind::Version => "version".to_owned(),
        Kind::Timestamp => "dateTime".to_owned(),
        Kind::Date => "date".to_owned(),
        Kind::Year => "year".to_owned(),
        Kind::Decimal => "decimal".to_owned(),
        Kind::Integer if field.key == "nbrFloors" => "integer".to_owned(),
        Kind::Integer => "count".to_owned(),
        Kind::Siren => "siren".to_owned(),
        Kind::Nic => "nic".to_owned(),
        Kind::Siret => "siret".to_owned(),
        Kind::Email => "email".to_owned(),
        Kind::Url => "url".to_owned(),
        Kind::Code(list) => code(list),
        _ => return None,
    })
}

fn code(list: &CodeList) -> String {
    format!("code-{}", list.name)
}

/// All definitions of this file, by name.
pub(super) fn definitions() -> Vec<(String, Json)> {
    let text = |title: &str, pattern: &str| {
        Json::object([("title", title.into()), ("type", "string".into()), ("pattern", pattern.into())])
    };
    let either = |title: &str, number: Json, patterns: &[&str]| {
        let mut written = Json::object([("type", "string".into())]);
        if let [pattern] = patterns {
            written = written.with("pattern", *pattern);
        } else {
            let all: Vec<_> = patterns.iter().map(|pattern| Json::object([("pattern", (*pattern).into())])).collect();
            written = written.with("allOf", all);
        }
        Json::object([("title", title.into()), ("anyOf", [number, written].into())])
    };
    let whole = |least: i32| {
        Json::object([
            ("type", "integer".into()),
            ("minimum", i64::from(least).into()),
            ("maximum", i64::from(MOST).into()),
        ])
    };
    let decimal =
        Json::object([("type", "number".into()), ("minimum", (-LARGEST).into()), ("maximum", LARGEST.into())]);
    let year = Json::object([("type", "integer".into()), ("minimum", 1000.into()), ("maximum", 9999.into())]);
    let (most, least) = (MOST.unsigned_abs(), LEAST.unsigned_abs());
    let mut all = vec![
        ("text", text("Text", patterns::TEXT)),
        ("requiredText", text("Text that is not blank", &patterns::not_blank()).with("minLength", 1)),
        ("version", Json::object([("title", "Edition of the format".into()), ("const", "2.0".into())])),
        (
            "dateTime",
            text("Date-time (ISO 8601), best with its offset", &patterns::date_time())
                .with("examples", ["2026-08-01T09:30:00+02:00"]),
        ),
        ("date", date()),
        ("year", either("Year (YYYY)", year, &[&patterns::year()])),
        (
            "decimal",
            either("Decimal of at most 15 significant digits", decimal, &[patterns::DECIMAL, patterns::FIFTEEN_DIGITS]),
        ),
        ("integer", either("Whole number", whole(LEAST), &[&patterns::integer(least, most)])),
        ("count", either("Whole number, 0 or more", whole(0), &[&patterns::count(most)])),
        ("siren", text("SIREN: 9 digits", &patterns::digits(9))),
        ("nic", text("NIC: 5 digits", &patterns::digits(5))),
        ("siret", text("SIRET: 14 digits", &patterns::digits(14))),
        ("email", text("E-mail address", patterns::EMAIL).with("format", "email")),
        ("url", text("Absolute URL", &patterns::url()).with("format", "iri")),
    ]
    .into_iter()
    .map(|(name, definition)| (name.to_owned(), definition))
    .collect::<Vec<_>>();
    all.extend(LISTS.iter().map(|list| (code(list), codes(list))));
    all.push(("unknown".to_owned(), unknown()));
    all
}

fn date() -> Json {
    let alone = Json::object([("format", "date".into()), ("pattern", patterns::date().into())]);
    let at_midnight = Json::object([
        ("description", "A date-time at midnight: accepted, with a warning.".into()),
        ("pattern", patterns::midnight().into()),
    ]);
    Json::object([
        ("title", "Date (YYYY-MM-DD)".into()),
        ("type", "string".into()),
        ("anyOf", [alone, at_midnight].into()),
        ("examples", ["2026-08-01"].into()),
    ])
}

/// Any JSON, as long as no text in it has a NUL.
fn unknown() -> Json {
    Json::object([
        ("title", "Value of a field that this edition does not know: ignored".into()),
        ("pattern", patterns::TEXT.into()),
        ("items", Json::definition("unknown")),
        ("propertyNames", Json::object([("pattern", patterns::TEXT.into())])),
        ("additionalProperties", Json::definition("unknown")),
    ])
}

/// The codes of a list as text and, where they are numbers, as numbers too.
fn codes(list: &CodeList) -> Json {
    let labels: Vec<String> = list
        .entries
        .iter()
        .map(|entry| {
            let code = if entry.code.is_empty() { "(empty)" } else { entry.code };
            format!("{code}: {}{}", entry.en, if entry.retired { " [retired]" } else { "" })
        })
        .collect();
    let texts = list.entries.iter().map(|entry| Json::from(entry.code));
    let numbers = list.entries.iter().filter_map(|entry| entry.code.parse::<i64>().ok()).map(Json::from);
    Json::object([
        ("title", format!("Code of the list {}", list.name).into()),
        ("description", labels.join("\n").into()),
        ("enum", texts.chain(numbers).collect::<Vec<_>>().into()),
    ])
}
