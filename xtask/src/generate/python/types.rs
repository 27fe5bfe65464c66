//! `_types.py`: a class a model.

use std::fmt::Write as _;

use qlower_core::codes::{CodeList, YesNo};
use qlower_core::model::{Field, Kind, MODELS, Model, ModelName};
use qlower_core::value::Version;

use crate::generate::docs::from_rust;

use super::docstring::{docstring, wrap};
use super::{MARK, quoted};

const HEAD: &str = "
# ruff: noqa: A002

from __future__ import annotations

from ._model import Model, PayloadModel, items, nested

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping
    from decimal import Decimal
    from typing import Any, ClassVar

    from . import codes
    from ._model import Items
";

/// The file.
pub(in crate::generate) fn text() -> String {
    let mut out = format!("\"\"\"Models of the loader payload 2.0.\n\n{MARK}\n\"\"\"\n{HEAD}");
    for model in MODELS.iter().rev() {
        out.push_str(&class(model));
    }
    out
}

fn class(model: &Model) -> String {
    let name = model.name.type_name();
    let base = if model.name == ModelName::Payload { "PayloadModel" } else { "Model" };
    let mut out = format!("\n\nclass {name}({base}):\n{}", docstring(4, &class_doc(model)));
    out.push_str("\n    __slots__ = (\n");
    // `ruff` wants them in the order of their names.
    let mut slots: Vec<_> = model.fields.iter().map(slot).chain(["extra".to_owned()]).collect();
    slots.sort_unstable();
    for slot in slots {
        _ = writeln!(out, "        {},", quoted(&slot));
    }
    out.push_str("    )\n    __match_args__ = (\n");
    for field in model.fields {
        _ = writeln!(out, "        {},", quoted(field.name));
    }
    _ = write!(out, "    )\n\n    _model: ClassVar[str] = {}\n", quoted(model.name.as_str()));
    out.push_str("    _keys: ClassVar[Mapping[str, str]] = {\n");
    for Field { name, key, .. } in model.fields {
        _ = writeln!(out, "        {}: {},", quoted(name), quoted(key));
    }
    out.push_str("    }\n    _secrets: ClassVar[frozenset[str]] = frozenset(");
    let secrets: Vec<_> = model.fields.iter().filter(|field| matches!(field.kind, Kind::Secret)).collect();
    let secrets: Vec<_> = secrets.iter().map(|field| quoted(field.name)).collect();
    let inner: Vec<_> = model
        .fields
        .iter()
        .filter_map(|field| match field.kind {
            Kind::List(inner) | Kind::Object(inner) => Some((field.name, inner.name.type_name())),
            _ => None,
        })
        .collect();
    out.push_str(&if secrets.is_empty() { ")\n".to_owned() } else { format!("{{{}}})\n", secrets.join(", ")) });
    out.push_str("    _nested: ClassVar[Mapping[str, type[Model]]] = {");
    for (name, inner) in &inner {
        _ = write!(out, "\n        {}: {inner},", quoted(name));
    }
    out.push_str(if inner.is_empty() { "}\n\n" } else { "\n    }\n\n" });
    for field in model.fields {
        if matches!(field.kind, Kind::List(_)) {
            _ = writeln!(out, "    {}: {}", slot(field), held(field));
            continue;
        }
        let about = [wrap(&from_rust(field.doc), 4, 0), wire(field)];
        _ = write!(out, "    {}: {}\n{}", field.name, held(field), docstring(4, &about));
    }
    out.push_str("    extra: dict[str, Any]\n");
    out.push_str(&docstring(
        4,
        &["Fields that this edition does not know, by wire key; they are written after the known ones.".to_owned()],
    ));
    out.push_str(&constructor(model));
    for field in model.fields {
        if let Kind::List(inner) = field.kind {
            out.push_str(&rows(field, inner.name.type_name()));
        }
    }
    out
}

/// An attribute that takes rows of any form.
fn rows(field: &Field, inner: &str) -> String {
    let (name, slot) = (field.name, slot(field));
    let about = [wrap(&from_rust(field.doc), 8, 0), wire(field)];
    let about = docstring(8, &about);
    format!(
        "
    @property
    def {name}(self) -> list[{inner}]:
{about}        return self.{slot}

    @{name}.setter
    def {name}(self, given: Items[{inner}]) -> None:
        self.{slot} = items(given)
"
    )
}

/// Where an attribute's value is kept.
fn slot(field: &Field) -> String {
    match field.kind {
        Kind::List(_) => format!("_{}", field.name),
        _ => field.name.to_owned(),
    }
}

fn class_doc(model: &Model) -> Vec<String> {
    let mut paragraphs = vec![wrap(&from_rust(model.doc), 4, 0)];
    paragraphs.extend(example(model.name).map(str::to_owned));
    let mut arguments = "Args:".to_owned();
    for field in model.fields {
        let about = format!("{}: {} {}", field.name, from_rust(field.doc), wire(field));
        _ = write!(arguments, "\n    {}", wrap(&about, 8, 8));
    }
    let extra = "extra: Fields that this edition does not know, by wire key; none by default.";
    _ = write!(arguments, "\n    {}", wrap(extra, 8, 8));
    paragraphs.push(arguments);
    paragraphs
}

/// What a field's documentation says of the wire.
fn wire(field: &Field) -> String {
    let need = match field.kind {
        Kind::Version => format!("`\"{}\"` by default", Version::CURRENT),
        Kind::List(_) => "empty by default".to_owned(),
        _ if field.required => "required".to_owned(),
        _ => "optional".to_owned(),
    };
    let more = match field.kind {
        Kind::Timestamp => "; read as Europe/Paris where it has no offset".to_owned(),
        Kind::Decimal => "; a `float` counts by its shortest decimal text".to_owned(),
        Kind::Code(list) => format!("; a code of `codes.{}`", list.type_name),
        _ => String::new(),
    };
    format!("Wire key `{}`, {need}{more}.", field.key)
}

fn example(model: ModelName) -> Option<&'static str> {
    Some(match model {
        ModelName::Payload => {
            "\
>>> from qlower import Payload, Transaction
>>> rent = Transaction(
...     id=\"T1\",
...     date=\"2025-01-05\",
...     property_id=\"P1\",
...     amount=\"850.00\",
...     reference=\"Loyer\",
... )
>>> payload = Payload(
...     partner=\"acme\",
...     api_key=\"s3cr3t\",
...     created_at=\"2025-02-01T08:00:00+01:00\",
...     transactions=[rent],
... )
>>> payload.api_key == \"s3cr3t\", \"s3cr3t\" in repr(payload)
(True, False)"
        }
        ModelName::Transaction => {
            "\
>>> from qlower import Transaction
>>> rent = Transaction(
...     id=\"T1\",
...     date=\"2025-01-05\",
...     property_id=\"P1\",
...     amount=850,
...     reference=\"Loyer\",
... )
>>> rent.to_dict()[\"reqdExctnDt\"]
'2025-01-05'
>>> rent == rent.replace(amount=\"850.00\")
True"
        }
        _ => return None,
    })
}

/// The type of the attribute.
fn held(field: &Field) -> String {
    let bare = match field.kind {
        Kind::Object(model) => model.name.type_name().to_owned(),
        Kind::List(model) => format!("list[{}]", model.name.type_name()),
        _ => scalar(field.kind),
    };
    optional(field, bare)
}

/// The type of the constructor's parameter.
fn accepted(field: &Field) -> String {
    let bare = match field.kind {
        Kind::Object(model) => format!("{} | Mapping[str, Any]", model.name.type_name()),
        Kind::List(model) => format!("Items[{}]", model.name.type_name()),
        _ => scalar(field.kind),
    };
    optional(field, bare)
}

fn optional(field: &Field, bare: String) -> String {
    if field.required || matches!(field.kind, Kind::List(_)) { bare } else { format!("{bare} | None") }
}

fn scalar(kind: Kind) -> String {
    match kind {
        Kind::Timestamp => "datetime.datetime | datetime.date | str".to_owned(),
        Kind::Date => "datetime.date | str".to_owned(),
        Kind::Year | Kind::Integer => "int | str".to_owned(),
        Kind::Decimal => "Decimal | int | float | str".to_owned(),
        Kind::Code(list) => code(list),
        // All others are texts.
        _ => "str".to_owned(),
    }
}

fn code(list: &CodeList) -> String {
    let has_numbers = list.entries.iter().any(|entry| entry.code.parse::<i64>().is_ok());
    let more = match list.name {
        name if name == YesNo::LIST.name => " | bool",
        _ if has_numbers => " | int",
        _ => "",
    };
    format!("codes.{} | str{more}", list.type_name)
}

fn constructor(model: &Model) -> String {
    let mut out = "\n    def __init__(\n        self,\n        *,\n".to_owned();
    for field in model.fields {
        let default = match field.kind {
            Kind::Version => format!(" = {}", quoted(Version::CURRENT)),
            Kind::List(_) => " = ()".to_owned(),
            _ if field.required => String::new(),
            _ => " = None".to_owned(),
        };
        _ = writeln!(out, "        {}: {}{default},", field.name, accepted(field));
    }
    out.push_str("        extra: Mapping[str, Any] | None = None,\n    ) -> None:\n");
    for field in model.fields {
        let name = field.name;
        _ = match field.kind {
            Kind::List(_) => writeln!(out, "        self._{name} = items({name})"),
            Kind::Object(model) => writeln!(out, "        self.{name} = nested({}, {name})", model.name.type_name()),
            _ => writeln!(out, "        self.{name} = {name}"),
        };
    }
    out.push_str("        self.extra = {} if extra is None else dict(extra)\n");
    out
}
