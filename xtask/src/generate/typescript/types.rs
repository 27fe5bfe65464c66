//! `types.ts`: two interfaces a model, one of readable names and one of wire keys.

use std::fmt::Write as _;

use qlower_core::codes::{CodeList, WireType, YesNo};
use qlower_core::model::{Field, Kind, MODELS, Model, ModelName, Section};
use qlower_core::value::Version;

use crate::generate::docs::from_rust;

use super::tsdoc::{named, tsdoc};
use super::{MARK, camel, property, quoted, union};

const HEAD: &str = "\
/**
 * Models of the loader payload 2.0: plain objects. Each has an interface of readable names, and one of the keys on the wire.
 *
 * A property that is absent, `null` or `undefined` is not given. A key that no model knows is a finding of the check.
 */

import type * as codes from './codes.js'

/** Any string. Editors offer the known codes beside it. */
export type AnyString = string & {}

/** Any number. Editors offer the known codes beside it. */
export type AnyNumber = number & {}

/** A day: `2025-01-31`, or a `Date` that is midnight, in UTC or here. */
export type Day = string | Date

/** A moment: a `Date`, or ISO 8601; read as Europe/Paris where it has no offset. */
export type Moment = string | Date

/** Objects of the libraries for decimals: decimal.js, big.js, bignumber.js. */
export interface DecimalObject {
  /** Its digits, as a string. */
  toJSON(): string
  /** So many of them. */
  toFixed(digits?: number): string
}

/** An exact decimal. A `number` counts by its shortest decimal text, so `850.1` is exactly that. */
export type Decimal = number | bigint | string | DecimalObject
";

const SECTION: &str = "
/** The name of a section of the payload: the same as its wire key. */
export type Section = keyof Sections

/** An item of a section, by readable names or by wire keys. */
export type Item<S extends Section> = Sections[S] | SectionsWire[S]
";

/// One of the two forms of a model.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Readable,
    Wire,
}

impl Form {
    fn interface(self, model: &Model) -> String {
        match self {
            Self::Readable => model.name.type_name().to_owned(),
            Self::Wire => format!("{}Wire", model.name.type_name()),
        }
    }
}

/// The file.
pub(in crate::generate) fn text() -> String {
    let mut out = format!("// {MARK}\n\n{HEAD}\n");
    let names: Vec<_> = ModelName::ALL.iter().map(|model| quoted(model.as_str())).collect();
    out.push_str(&tsdoc(
        0,
        &["The name of a model in findings: that of its section, or a word of its own.".to_owned()],
    ));
    out.push_str(&union("ModelName", &names));
    out.push_str(&sections(Form::Readable));
    out.push_str(&sections(Form::Wire));
    out.push_str(SECTION);
    for form in [Form::Readable, Form::Wire] {
        for model in MODELS {
            out.push_str(&interface(model, form));
        }
    }
    out
}

/// What the sections hold.
fn sections(form: Form) -> String {
    let (name, about) = match form {
        Form::Readable => ("Sections", "The items of each section."),
        Form::Wire => ("SectionsWire", "The items of each section, by wire keys."),
    };
    let mut out = format!("\n{}export interface {name} {{\n", tsdoc(0, &[about.to_owned()]));
    for section in Section::ALL {
        let Some(model) = MODELS.iter().find(|model| model.name == section.model()) else { continue };
        _ = writeln!(out, "  {}: {}", section.as_str(), form.interface(model));
    }
    out + "}\n"
}

fn interface(model: &Model, form: Form) -> String {
    let name = form.interface(model);
    let mut about = vec![named(&from_rust(model.doc))];
    match form {
        Form::Readable => about.extend(example(model.name).map(str::to_owned)),
        Form::Wire => {
            about.push(format!("By the keys on the wire; {{@link {}}} has readable names.", model.name.type_name()))
        }
    }
    let mut out = format!("\n{}export interface {name} {{\n", tsdoc(0, &about));
    for field in model.fields {
        let about = [named(&from_rust(field.doc)), told(field, form)];
        out.push_str(&tsdoc(2, &about));
        let key = match form {
            Form::Readable => camel(field.name),
            Form::Wire => property(field.key),
        };
        let is_preset = matches!(field.kind, Kind::Version) && form == Form::Readable;
        let (mark, none) = if field.required && !is_preset { ("", "") } else { ("?", " | null | undefined") };
        _ = writeln!(out, "  {key}{mark}: {}{none}", kind(field.kind, form));
    }
    out + "}\n"
}

/// What a field's documentation says besides its meaning: its other name, whether it is needed, and its form.
fn told(field: &Field, form: Form) -> String {
    let other = match form {
        Form::Readable => format!("Wire key `{}`", field.key),
        Form::Wire => format!("Readable name `{}`", camel(field.name)),
    };
    let need = match field.kind {
        Kind::Version if form == Form::Readable => format!("`'{}'` by default", Version::CURRENT),
        _ if field.required => "required".to_owned(),
        _ => "optional".to_owned(),
    };
    let what = match field.kind {
        Kind::Timestamp => "ISO 8601; read as Europe/Paris where it has no offset",
        Kind::Date => "`YYYY-MM-DD`",
        Kind::Year => "`YYYY`",
        Kind::Decimal => "exact, at most 15 significant digits",
        Kind::Integer => "a whole number",
        Kind::Code(list) if form == Form::Readable && is_yes_no(list) => {
            return format!("{other}, {need}; a boolean, or a code of {{@link codes.{}}}.", list.type_name);
        }
        Kind::Code(list) => return format!("{other}, {need}; a code of {{@link codes.{}}}.", list.type_name),
        // The meaning says what they look like.
        _ => return format!("{other}, {need}."),
    };
    format!("{other}, {need}; {what}.")
}

fn kind(kind: Kind, form: Form) -> String {
    match (kind, form) {
        (Kind::Timestamp, Form::Readable) => "Moment".to_owned(),
        (Kind::Date, Form::Readable) => "Day".to_owned(),
        (Kind::Decimal, Form::Readable) => "Decimal".to_owned(),
        (Kind::Decimal | Kind::Integer | Kind::Year, _) => "number | string".to_owned(),
        (Kind::Version, _) => format!("'{}' | AnyString", Version::CURRENT),
        (Kind::Code(list), _) => code(list, form),
        (Kind::Object(model), _) => form.interface(model),
        (Kind::List(model), Form::Readable) => format!("Iterable<{}>", form.interface(model)),
        (Kind::List(model), Form::Wire) => format!("readonly {}[]", form.interface(model)),
        _ => "string".to_owned(),
    }
}

fn code(list: &CodeList, form: Form) -> String {
    let has_numbers = list.entries.iter().any(|entry| entry.code.parse::<i64>().is_ok());
    let more = match list.wire {
        WireType::Integer => "AnyNumber | string",
        _ if has_numbers => "AnyString | number",
        _ if form == Form::Readable && is_yes_no(list) => "AnyString | boolean",
        _ => "AnyString",
    };
    format!("codes.{} | {more}", list.type_name)
}

fn is_yes_no(list: &CodeList) -> bool {
    list.name == YesNo::LIST.name
}

fn example(model: ModelName) -> Option<&'static str> {
    Some(match model {
        ModelName::Payload => {
            "\
@example
```ts
import { check, type Payload, type Transaction } from 'qlower'

const rent: Transaction = {
  id: 'T1',
  date: '2025-01-05',
  propertyId: 'P1',
  amount: '850.00',
  reference: 'Loyer',
}
const payload: Payload = {
  partner: 'acme',
  apiKey: 's3cr3t',
  createdAt: new Date('2025-02-01T08:00:00+01:00'),
  transactions: [rent],
}
console.log(check(payload, { today: '2025-02-01' }).isValid) // true
```"
        }
        _ => return None,
    })
}
