//! `_events.py`: a class an object of an event.

use std::fmt::Write as _;

use qlower_core::webhook::fields::{EVENTS, EventClass, Field, KEYCLIC, Kind, MODELS, Model, Need, VEHICLE};
use qlower_core::webhook::vehicle::EventKind;
use qlower_core::{Lang, webhook};

use crate::generate::docs::from_rust;
use crate::generate::events::{Role, absent, names, role};

use super::docstring::{docstring, wrap};
use super::{MARK, WIDTH, quoted};

const HEAD: &str = "
# ruff: noqa: A002

from __future__ import annotations

from ._event_base import (
    EventPart,
    LinkedPart,
    OrderBase,
    PingBase,
    QlowerEvent,
    WebhookEvent,
    exact,
    instant,
    optional,
    rest,
    several,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping
    from decimal import Decimal
    from typing import Any, ClassVar, Literal, TypeAlias

    from typing_extensions import Self
";

/// The file.
pub(in crate::generate) fn text() -> String {
    let mut out = format!("\"\"\"What webhooks tell.\n\n{MARK}\n\"\"\"\n{HEAD}");
    for (name, model) in names() {
        let members: Vec<_> = model.iter().map(|name| quoted(name)).collect();
        _ = write!(out, "\n    {name}: TypeAlias = Literal[\n");
        for member in members {
            _ = writeln!(out, "        {member},");
        }
        out.push_str("    ]\n");
    }
    for model in MODELS.iter().chain(KEYCLIC).chain(VEHICLE) {
        out.push_str(&class(model));
        for event in EVENTS.iter().filter(|event| std::ptr::eq(event.model, *model) && event.name != model.name) {
            out.push_str(&event_class(event));
        }
    }
    out + &union() + &labels() + &readers()
}

fn base(model: &Model) -> &'static str {
    match role(model) {
        Role::Order => "OrderBase",
        Role::Ping => "PingBase",
        Role::OtherQlower => "QlowerEvent",
        Role::Event => "WebhookEvent",
        Role::Linked => "LinkedPart",
        Role::Part => "EventPart",
    }
}

/// A name of each attribute, in the order of the parameters.
fn attributes(model: &Model) -> Vec<&'static str> {
    let mut names: Vec<_> = model.fields.iter().map(|field| field.name).collect();
    if role(model).is_event() {
        names.push("raw");
    }
    names
}

fn class(model: &Model) -> String {
    let attributes = attributes(model);
    let mut out = format!("\n\nclass {}({}):\n{}", model.name, base(model), docstring(4, &class_doc(model)));
    let mut slots = attributes.clone();
    // `ruff` wants them in the order of their names.
    slots.sort_unstable();
    out.push('\n');
    out.push_str(&tuple("__slots__", &slots));
    out.push_str(&tuple("__match_args__", &attributes));
    let masked: Vec<_> = model.fields.iter().filter(|field| field.is_masked).map(|field| quoted(field.name)).collect();
    let masked = if masked.is_empty() { String::new() } else { format!("{{{}}}", masked.join(", ")) };
    _ = write!(out, "\n    _masked: ClassVar[frozenset[str]] = frozenset({masked})\n\n");
    for field in model.fields {
        let about = [wrap(&from_rust(field.doc), 4, 0), wrap(&wire(field), 4, 0)];
        _ = write!(out, "    {}: {}\n{}", field.name, held(field), docstring(4, &about));
    }
    if role(model).is_event() {
        _ = write!(out, "    raw: bytes\n{}", docstring(4, &["The body as it came.".to_owned()]));
    }
    out + &constructor(model) + &special(model) + &reader(model)
}

/// A tuple of names: in one line if it fits.
fn tuple(name: &str, members: &[&str]) -> String {
    let members: Vec<_> = members.iter().map(|member| quoted(member)).collect();
    let comma = if members.len() == 1 { "," } else { "" };
    let line = format!("    {name} = ({}{comma})", members.join(", "));
    if line.chars().count() <= WIDTH {
        return line + "\n";
    }
    let members: String = members.iter().map(|member| format!("        {member},\n")).collect();
    format!("    {name} = (\n{members}    )\n")
}

fn class_doc(model: &Model) -> Vec<String> {
    let mut arguments = "Args:".to_owned();
    for field in model.fields {
        let about = format!("{}: {} {}", field.name, from_rust(field.doc), wire(field));
        _ = write!(arguments, "\n    {}", wrap(&about, 8, 8));
    }
    if role(model).is_event() {
        arguments.push_str("\n    raw: The body as it came; empty by default.");
    }
    vec![wrap(&from_rust(model.doc), 4, 0), arguments]
}

/// What a field's documentation says of the wire.
fn wire(field: &Field) -> String {
    match field.need {
        Need::Derived => "It follows from the other fields.".to_owned(),
        _ => format!("Wire key `{}`, {}.", field.key, absent(field, "`None`")),
    }
}

fn held(field: &Field) -> String {
    let bare = match field.kind {
        Kind::Decimal => "Decimal",
        Kind::Integer | Kind::Year => "int",
        Kind::Boolean => "bool",
        Kind::Instant => "datetime.datetime",
        Kind::Map | Kind::Rest => "dict[str, Any]",
        Kind::Json => return "Any".to_owned(),
        Kind::Name(members) if field.need == Need::Required && members.len() == EventKind::ALL.len() => {
            "VehicleEventKind"
        }
        Kind::Name(_) => "KeyclicEventName | str",
        Kind::Object(model) => model.name,
        Kind::List(model) => return format!("list[{}]", model.name),
        _ => "str",
    };
    if field.need == Need::Optional { format!("{bare} | None") } else { bare.to_owned() }
}

fn constructor(model: &Model) -> String {
    let mut out = "\n    def __init__(\n        self,\n        *,\n".to_owned();
    for field in model.fields {
        let default = match field.need {
            Need::Optional | Need::List => " = None",
            Need::Derived if matches!(field.kind, Kind::Rest) => " = None",
            _ => "",
        };
        let mut kind = held(field);
        if !default.is_empty() && kind != "Any" && field.need != Need::Optional {
            kind += " | None";
        }
        _ = writeln!(out, "        {}: {kind}{default},", field.name);
    }
    if role(model).is_event() {
        out.push_str("        raw: bytes = b\"\",\n");
    }
    out.push_str("    ) -> None:\n        self._fill(\n");
    for name in attributes(model) {
        let empty = match model.fields.iter().find(|field| field.name == name) {
            Some(Field { need: Need::List, .. }) => " or []",
            Some(Field { kind: Kind::Rest, .. }) => " or {}",
            _ => "",
        };
        _ = writeln!(out, "            {name}={name}{empty},");
    }
    out + "        )\n"
}

/// What only one class has.
fn special(model: &Model) -> String {
    if role(model) == Role::Ping {
        return event_type(webhook::fields::EVENTS.iter().find(|event| std::ptr::eq(event.model, model)));
    }
    if model.name != webhook::vehicle::Event::MODEL.name {
        return String::new();
    }
    "
    def label(self, lang: Literal[\"en\", \"fr\"] = \"en\") -> str:
        \"\"\"What people call this kind of event, in English or French.\"\"\"
        if lang not in (\"en\", \"fr\"):
            raise ValueError(f\"lang must be 'en' or 'fr', not {lang!r}\")
        return VEHICLE_EVENT_LABELS[self.kind][lang == \"fr\"]
"
    .to_owned()
}

fn event_type(event: Option<&EventClass>) -> String {
    let Some(event) = event else { return String::new() };
    let name = quoted(event.event_type);
    format!(
        "
    @property
    def event_type(self) -> Literal[{name}]:
        \"\"\"The type on the wire.\"\"\"
        return {name}
"
    )
}

/// Reads the normal form.
fn reader(model: &Model) -> String {
    let is_event = role(model).is_event();
    let raw = if is_event { ", raw: bytes" } else { "" };
    let mut out =
        format!("\n    @classmethod\n    def _read(cls, told: Mapping[str, Any]{raw}) -> Self:\n        return cls(\n");
    for field in model.fields {
        let key = quoted(field.key);
        let read = match field.kind {
            Kind::Decimal => "exact".to_owned(),
            Kind::Instant => "instant".to_owned(),
            Kind::Object(inner) | Kind::List(inner) => format!("{}._read", inner.name),
            _ => String::new(),
        };
        let value = match (field.need, read.is_empty()) {
            (Need::List, _) => format!("several({read}, told.get({key}))"),
            (Need::Optional, true) => format!("told.get({key})"),
            (Need::Optional, false) => format!("optional({read}, told.get({key}))"),
            _ if matches!(field.kind, Kind::Rest) => format!("rest(told, {}_KEYS)", constant(model)),
            (_, true) => format!("told[{key}]"),
            (_, false) => format!("{read}(told[{key}])"),
        };
        _ = writeln!(out, "            {}={value},", field.name);
    }
    if is_event {
        out.push_str("            raw=raw,\n");
    }
    out.push_str("        )\n");
    if model.fields.iter().any(|field| matches!(field.kind, Kind::Rest)) {
        _ = write!(out, "\n\n{}_KEYS = (\n", constant(model));
        for field in model.fields.iter().filter(|field| !matches!(field.kind, Kind::Rest)) {
            _ = writeln!(out, "    {},", quoted(field.key));
        }
        out.push_str(")\n");
    }
    out
}

fn constant(model: &Model) -> String {
    format!("_{}", super::constant(model.name))
}

fn event_class(event: &EventClass) -> String {
    let doc = format!("{} Wire name `{}`.", from_rust(event.doc), event.event_type);
    let doc = docstring(4, &[wrap(&doc, 4, 0)]);
    format!("\n\nclass {}({}):\n{doc}\n    __slots__ = ()\n{}", event.name, event.model.name, event_type(Some(event)))
}

fn union() -> String {
    let mut classes: Vec<_> = EVENTS.iter().map(|event| event.name).collect();
    classes.push(webhook::OtherEvent::MODEL.name);
    let classes = classes.join(" | ");
    format!("\n\n#: What a webhook of Qlower's tells.\nEvent = {classes}\n")
}

fn labels() -> String {
    let mut out = "\n#: What people call the kinds of events of the vehicle imaging platform, in English and French.\n\
        VEHICLE_EVENT_LABELS: dict[VehicleEventKind, tuple[str, str]] = {\n"
        .to_owned();
    for kind in EventKind::ALL {
        let [name, en, fr] = [kind.name(), kind.label(Lang::En), kind.label(Lang::Fr)].map(quoted);
        let line = format!("    {name}: ({en}, {fr}),");
        _ = if line.chars().count() > WIDTH {
            writeln!(out, "    {name}: (\n        {en},\n        {fr},\n    ),")
        } else {
            writeln!(out, "{line}")
        };
    }
    out + "}\n"
}

fn readers() -> String {
    let mut out = "\n\ndef read_event(told: Mapping[str, Any], raw: bytes) -> Event:\n    \
        \"\"\"An event of Qlower's from its normal form.\"\"\"\n    event_type = told[\"event_type\"]\n"
        .to_owned();
    for event in EVENTS {
        let (name, wire) = (event.name, quoted(event.event_type));
        _ = write!(out, "    if event_type == {wire}:\n        return {name}._read(told, raw)\n");
    }
    let other = webhook::OtherEvent::MODEL.name;
    _ = writeln!(out, "    return {other}._read(told, raw)");
    for (name, model, doc) in [
        ("keyclic", &webhook::keyclic::Event::MODEL, "An event of Keyclic's"),
        ("vehicle", &webhook::vehicle::Event::MODEL, "An event of the vehicle imaging platform"),
    ] {
        let class = model.name;
        _ = write!(
            out,
            "\n\ndef read_{name}(told: Mapping[str, Any], raw: bytes) -> {class}:\n    \
             \"\"\"{doc} from its normal form.\"\"\"\n    return {class}._read(told, raw)\n"
        );
    }
    out
}
