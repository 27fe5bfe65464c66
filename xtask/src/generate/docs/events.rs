//! The reference of what webhooks tell.

use std::fmt::Write as _;

use qlower_core::Lang;
use qlower_core::webhook::fields::{EVENTS, Field, KEYCLIC, Kind, MODELS, Model, Need, VEHICLE};
use qlower_core::webhook::vehicle::EventKind;

use super::{MARK, anchor, cell, from_rust};

/// The reference.
pub(in crate::generate) fn events() -> String {
    let mut out = format!(
        "# Events\n\n{MARK}\
         What webhooks tell: the objects of an event, each with its fields. *Key* is the name on the wire, *name* the one in \
         Rust and Python; in Node it is in camel case. A field that is not *required* may be absent or `null`. Unknown fields \
         stop nothing, and stay reachable in the whole body. Decimals are taken from the text of the number, so no digit is \
         lost. What is *masked* is not shown by `Debug`, `repr` or `console.log`.\n\n\
         | event | class | |\n| --- | --- | --- |\n"
    );
    for event in EVENTS {
        _ = writeln!(out, "| `{}` | `{}` | {} |", event.event_type, event.name, cell(&from_rust(event.doc)));
    }
    out.push_str("| any other | `OtherEvent` | Kept as it came. |\n");
    let mut told = Vec::new();
    for model in EVENTS.iter().map(|event| event.model).chain(MODELS.iter().copied()) {
        tables(model, &mut told, &mut out);
    }
    out.push_str("\n# Events of Keyclic's\n");
    for model in KEYCLIC.iter().rev() {
        tables(model, &mut told, &mut out);
    }
    out.push_str("\n# Events of the vehicle imaging platform\n");
    for model in VEHICLE {
        out.push_str(&table(model));
    }
    out.push_str("\n| kind | English | French |\n| --- | --- | --- |\n");
    for kind in EventKind::ALL {
        _ = writeln!(out, "| `{}` | {} | {} |", kind.name(), kind.label(Lang::En), kind.label(Lang::Fr));
    }
    out
}

/// A table of an object, and then of what stands in it; each once.
fn tables(model: &'static Model, told: &mut Vec<&'static str>, out: &mut String) {
    if told.contains(&model.name) {
        return;
    }
    told.push(model.name);
    out.push_str(&table(model));
    for field in model.fields {
        if let Kind::Object(inner) | Kind::List(inner) = field.kind {
            tables(inner, told, out);
        }
    }
}

fn table(model: &Model) -> String {
    let mut out = format!("\n## {}\n\n{}\n\n", model.name, from_rust(model.doc));
    out.push_str("| key | name | type | required | masked | meaning |\n| --- | --- | --- | :-: | :-: | --- |\n");
    for field in model.fields {
        let key = match field.need {
            Need::Derived => String::new(),
            _ => format!("`{}`", field.key),
        };
        let required = if field.need == Need::Required { "yes" } else { "" };
        let masked = if field.is_masked { "yes" } else { "" };
        let Field { name, kind, doc, .. } = field;
        let doc = cell(&from_rust(doc));
        _ = writeln!(out, "| {key} | `{name}` | {} | {required} | {masked} | {doc} |", type_of(*kind));
    }
    out
}

fn type_of(kind: Kind) -> String {
    match kind {
        Kind::Text => "string".to_owned(),
        Kind::Decimal => "number, or a quoted decimal".to_owned(),
        Kind::Integer => "integer".to_owned(),
        Kind::Year => "integer: year".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Instant => "string: date-time with offset, ISO 8601".to_owned(),
        Kind::Currency => "string: currency, ISO 4217".to_owned(),
        Kind::Link => "string: URL that gives access".to_owned(),
        Kind::Name(names) => format!("string: `{}`", names.join("`, `")),
        Kind::Json => "any JSON".to_owned(),
        Kind::Map => "object".to_owned(),
        Kind::Rest => "all other fields".to_owned(),
        Kind::Object(model) => format!("object: [{0}](#{1})", model.name, anchor(model.name)),
        Kind::List(model) => format!("array of [{0}](#{1})", model.name, anchor(model.name)),
        // A kind that is added has to be described here.
        other => format!("{other:?}"),
    }
}
