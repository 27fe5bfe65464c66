//! `codes.py`: an enum a list.

use std::fmt::Write as _;

use qlower_core::codes::{CodeEntry, CodeList, LISTS, WireType};

use crate::generate::docs::summary;

use super::docstring::{docstring, wrap};
use super::{MARK, WIDTH, constant, quoted};

const HEAD: &str = "
from __future__ import annotations

from ._codes import Code, label, list, register  # noqa: A004

";

/// The file.
pub(in crate::generate) fn text() -> String {
    let about = "\
The closed code lists of the loader payload, with French and English labels.

Every list is an enum of texts. Wherever a model takes a code, the text or number itself will do as
well, also one that this edition does not know: the check reports it, and nothing is lost.

>>> from qlower import codes
>>> codes.PropertyTaxRegime.LMNP_REAL == \"5\"
True
>>> codes.PropertyTaxRegime(5).label(\"fr\")
'BIC Réel / location meublée LMNP'
>>> codes.label(\"taxRegime\", 5, \"fr\")
'BIC Réel / location meublée LMNP'
";
    let mut names: Vec<_> = LISTS.iter().map(|list| list.type_name).chain(["Code", "label", "list"]).collect();
    // `ruff` sorts constants, classes and the rest apart.
    names.sort_by_key(|name| (name.starts_with(char::is_lowercase), *name));
    let mut out = format!("\"\"\"{about}\n{MARK}\n\"\"\"\n{HEAD}__all__ = [\n");
    for name in names {
        _ = writeln!(out, "    {},", quoted(name));
    }
    out.push_str("]\n");
    for list in LISTS {
        out.push_str(&class(list));
    }
    out.push('\n');
    for list in LISTS {
        out.push_str(&registered(list));
    }
    out
}

fn class(list: &CodeList) -> String {
    let keys: Vec<_> = list.keys.iter().map(|key| format!("`{key}`")).collect();
    let mut wire = format!(
        "Wire key{} {}; written as {}.",
        if keys.len() == 1 { "" } else { "s" },
        keys.join(", "),
        if list.wire == WireType::Integer { "a number" } else { "a text" }
    );
    if let Some(code) = list.when_absent.and_then(|code| list.find(code)) {
        _ = write!(wire, " `{}` is the documented default.", constant(code.name));
    }
    let doc = [wrap(&summary(list), 4, 0), wrap(&wire, 4, 0)];
    let mut out = format!("\n\nclass {}(Code):\n", list.type_name);
    out.push_str(&docstring(4, &doc));
    out.push('\n');
    for entry in list.entries {
        out.push_str(&member(entry));
    }
    out
}

fn member(entry: &CodeEntry) -> String {
    let line = format!("    {} = {}\n", constant(entry.name), quoted(entry.code));
    let retired = if entry.retired { " Retired: still accepted, with a warning." } else { "" };
    line + &docstring(4, &[wrap(&format!("{} ({}).{retired}", entry.en, entry.fr), 4, 0)])
}

/// The names of a list, and its labels.
fn registered(list: &CodeList) -> String {
    let mut names = vec![list.name];
    names.extend(list.keys.iter().filter(|key| **key != list.name));
    let names: Vec<_> = names.into_iter().map(quoted).collect();
    let comma = if names.len() == 1 { "," } else { "" };
    let mut out = format!("\nregister(\n    {},\n    ({}{comma}),\n    {{\n", list.type_name, names.join(", "));
    for entry in list.entries {
        let (code, en, fr) = (quoted(entry.code), quoted(entry.en), quoted(entry.fr));
        let line = format!("        {code}: ({en}, {fr}),");
        _ = if line.chars().count() > WIDTH {
            writeln!(out, "        {code}: (\n            {en},\n            {fr},\n        ),")
        } else {
            writeln!(out, "{line}")
        };
    }
    out.push_str("    },\n");
    let retired: Vec<_> = list.entries.iter().filter(|entry| entry.retired).map(|entry| quoted(entry.code)).collect();
    if !retired.is_empty() {
        _ = writeln!(out, "    retired={{{}}},", retired.join(", "));
    }
    out + ")\n"
}
