//! `events.ts`: a class an object of an event.

use std::fmt::Write as _;

use qlower_core::webhook::fields::{EVENTS, EventClass, Field, KEYCLIC, Kind, MODELS, Model, Need, VEHICLE};
use qlower_core::webhook::vehicle::EventKind;
use qlower_core::{Lang, webhook};

use crate::generate::docs::from_rust;
use crate::generate::events::{Role, absent, names, role};

use super::tsdoc::{named, tsdoc};
use super::{MARK, camel, list, quoted, union};

const HEAD: &str = "\
/** What webhooks tell. */

import {
  EventPart,
  instant,
  KeyedBase,
  LinkedPart,
  OrderBase,
  optional,
  PingBase,
  plain,
  rest,
  several,
  type Told,
  WebhookEvent,
} from './event-base.js'
import type { AnyString } from './types.js'
";

/// The file.
pub(in crate::generate) fn text() -> String {
    let mut out = format!("// {MARK}\n\n{HEAD}");
    for (name, members) in names() {
        let members: Vec<_> = members.iter().map(|member| quoted(member)).collect();
        let about = "A kind of event, by its name.".to_owned();
        _ = write!(out, "\n{}{}", tsdoc(0, &[about]), union(name, &members));
    }
    out.push_str(&labels());
    for model in MODELS.iter().chain(KEYCLIC).chain(VEHICLE) {
        out.push_str(&class(model));
        for event in EVENTS.iter().filter(|event| std::ptr::eq(event.model, *model) && event.name != model.name) {
            out.push_str(&event_class(event));
        }
    }
    let mut events: Vec<_> = EVENTS.iter().map(|event| event.name.to_owned()).collect();
    events.push(webhook::OtherEvent::MODEL.name.to_owned());
    let about = "What a webhook of Qlower's tells: `type` says which it is.".to_owned();
    _ = write!(out, "\n{}{}", tsdoc(0, &[about]), union("Event", &events));
    out + &readers()
}

fn base(model: &Model) -> &'static str {
    match role(model) {
        Role::Order => "OrderBase",
        Role::Ping => "PingBase",
        Role::OtherQlower => "KeyedBase",
        Role::Event => "WebhookEvent",
        Role::Linked => "LinkedPart",
        Role::Part => "EventPart",
    }
}

fn class(model: &Model) -> String {
    let is_abstract = if role(model) == Role::Order { "abstract " } else { "" };
    let mut out = format!("\n{}", tsdoc(0, &[named(&from_rust(model.doc))]));
    _ = writeln!(out, "export {is_abstract}class {} extends {} {{", model.name, base(model));
    if role(model) == Role::Ping {
        out.push_str(&types(EVENTS.iter().find(|event| std::ptr::eq(event.model, model))));
    }
    if role(model) == Role::OtherQlower {
        out.push_str("  /** Which event it is: one of a type that this version does not know. */\n");
        out.push_str("  readonly type = 'other'\n");
    }
    for field in model.fields {
        out.push_str(&tsdoc(2, &[named(&from_rust(field.doc)), wire(field)]));
        _ = writeln!(out, "  readonly {}: {}", camel(field.name), held(field));
    }
    out + &constructor(model) + &masked(model) + &special(model) + "}\n"
}

/// What a field's documentation says of the wire.
fn wire(field: &Field) -> String {
    let what = match field.kind {
        Kind::Decimal => ". An exact decimal",
        Kind::Instant => ". To the millisecond",
        _ => "",
    };
    match field.need {
        Need::Derived => "It follows from the other fields.".to_owned(),
        _ => format!("Wire key `{}`, {}{what}.", field.key, absent(field, "`null`")),
    }
}

fn held(field: &Field) -> String {
    let bare = match field.kind {
        Kind::Integer | Kind::Year => "number",
        Kind::Boolean => "boolean",
        Kind::Instant => "Date",
        Kind::Map | Kind::Rest => "Readonly<Record<string, unknown>>",
        Kind::Json => return "unknown".to_owned(),
        Kind::Name(members) if members.len() == EventKind::ALL.len() => "VehicleEventKind",
        Kind::Name(_) => "KeyclicEventName | AnyString",
        Kind::Object(model) => model.name,
        Kind::List(model) => return format!("readonly {}[]", model.name),
        _ => "string",
    };
    if field.need == Need::Optional { format!("{bare} | null") } else { bare.to_owned() }
}

fn constructor(model: &Model) -> String {
    let is_event = role(model).is_event();
    let (raw, given) = if is_event { (", raw: Uint8Array", "raw") } else { ("", "") };
    let mut out = format!("\n  /** @internal */\n  constructor(told: Told{raw}) {{\n    super({given})\n");
    for field in model.fields {
        let key = quoted(field.key);
        let value = match (field.kind, field.need) {
            (Kind::List(inner), _) => format!("several((each) => new {}(each), told[{key}])", inner.name),
            (Kind::Object(inner), Need::Optional) => {
                format!("optional((each: Told) => new {}(each), told[{key}])", inner.name)
            }
            (Kind::Object(inner), _) => format!("new {}(told[{key}] as Told)", inner.name),
            (Kind::Instant, Need::Optional) => format!("optional(instant, told[{key}])"),
            (Kind::Instant, _) => format!("instant(told[{key}] as string)"),
            (Kind::Rest, _) => "rest(told, KEYCLIC_PAYLOAD_KEYS)".to_owned(),
            (Kind::Json, _) => format!("told[{key}]"),
            (_, Need::Optional) => {
                let bare = held(field);
                format!("optional(plain<{}>, told[{key}])", bare.trim_end_matches(" | null"))
            }
            _ => format!("told[{key}] as {}", held(field)),
        };
        _ = writeln!(out, "    this.{} = {value}", camel(field.name));
    }
    out + "  }\n"
}

fn masked(model: &Model) -> String {
    let names: Vec<_> =
        model.fields.iter().filter(|field| field.is_masked).map(|field| quoted(&camel(field.name))).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("\n  protected override get masked(): readonly string[] {{\n{}  }}\n", list("    return ", &names, ""))
}

/// What only one class has.
fn special(model: &Model) -> String {
    if model.name != webhook::vehicle::Event::MODEL.name {
        return String::new();
    }
    "
  /** What people call this kind of event, in English or French. */
  label(lang: 'en' | 'fr' = 'en'): string {
    return VEHICLE_EVENT_LABELS[this.kind][lang]
  }
"
    .to_owned()
}

fn types(event: Option<&EventClass>) -> String {
    let Some(event) = event else { return String::new() };
    let name = quoted(event.event_type);
    format!(
        "  /** Which event it is. */\n  readonly type = {name}\n  /** The type on the wire. */\n  readonly eventType = {name}\n"
    )
}

fn event_class(event: &EventClass) -> String {
    let doc = format!("{} Wire name `{}`.", from_rust(event.doc), event.event_type);
    let (doc, types) = (tsdoc(0, &[named(&doc)]), types(Some(event)));
    format!("\n{doc}export class {} extends {} {{\n{types}}}\n", event.name, event.model.name)
}

fn labels() -> String {
    let about = "What people call the kinds of events of the vehicle imaging platform.".to_owned();
    let mut out = format!(
        "\n{}export const VEHICLE_EVENT_LABELS: Readonly<Record<VehicleEventKind, {{ en: string; fr: string }}>> = {{\n",
        tsdoc(0, &[about])
    );
    for kind in EventKind::ALL {
        let [en, fr] = [kind.label(Lang::En), kind.label(Lang::Fr)].map(quoted);
        let line = format!("  {}: {{ en: {en}, fr: {fr} }},", kind.name());
        _ = if line.chars().count() > super::WIDTH {
            writeln!(out, "  {}: {{\n    en: {en},\n    fr: {fr},\n  }},", kind.name())
        } else {
            writeln!(out, "{line}")
        };
    }
    out.push_str("}\n");
    for model in KEYCLIC.iter().filter(|model| model.fields.iter().any(|field| matches!(field.kind, Kind::Rest))) {
        let known = model.fields.iter().filter(|field| !matches!(field.kind, Kind::Rest));
        let keys: Vec<_> = known.map(|field| quoted(field.key)).collect();
        out.push('\n');
        out.push_str(&list("const KEYCLIC_PAYLOAD_KEYS = ", &keys, ""));
    }
    out
}

fn readers() -> String {
    let mut out = "\n/** @internal An event of Qlower's from its normal form. */\n\
        export function readEvent(told: Told, raw: Uint8Array): Event {\n  switch (told['event_type']) {\n"
        .to_owned();
    for event in EVENTS {
        let (name, wire) = (event.name, quoted(event.event_type));
        _ = write!(out, "    case {wire}:\n      return new {name}(told, raw)\n");
    }
    let other = webhook::OtherEvent::MODEL.name;
    _ = write!(out, "    default:\n      return new {other}(told, raw)\n  }}\n}}\n");
    for (name, model, doc) in [
        ("readKeyclic", &webhook::keyclic::Event::MODEL, "An event of Keyclic's"),
        ("readVehicle", &webhook::vehicle::Event::MODEL, "An event of the vehicle imaging platform"),
    ] {
        let class = model.name;
        _ = write!(
            out,
            "\n/** @internal {doc} from its normal form. */\n\
             export function {name}(told: Told, raw: Uint8Array): {class} {{\n  return new {class}(told, raw)\n}}\n"
        );
    }
    out
}
