//! `codes.ts`: the code lists as constants and types, and their labels.

use std::fmt::Write as _;

use qlower_core::codes::{CodeEntry, CodeList, LISTS, WireType};

use crate::generate::docs::summary;

use super::tsdoc::{named, tsdoc};
use super::{MARK, list, property, quoted, union};

const ABOUT: &str = "\
/**
 * The closed code lists of the loader payload, with French and English labels.
 *
 * Every list is an object of codes by name, and a type. Wherever a model takes a code, the string or number itself will do as
 * well, also one that this edition does not know: the check reports it, and nothing is lost.
 *
 * @example
 * ```ts
 * import { codes } from 'qlower'
 *
 * console.log(codes.PropertyTaxRegime.LmnpReal) // 5
 * console.log(codes.label('taxRegime', 5, 'fr')) // BIC Réel / location meublée LMNP
 * console.log(codes.isKnown('taxRegime', 34)) // false
 * ```
 *
 * @packageDocumentation
 */

import { register } from './code-lists.js'

export { type CodeEntry, type CodeList, entries, isKnown, label, list } from './code-lists.js'

";

/// The file.
pub(in crate::generate) fn text() -> String {
    let mut out = format!("// {MARK}\n\n{ABOUT}");
    let mut names = Vec::new();
    for name in LISTS.iter().flat_map(|list| std::iter::once(&list.name).chain(list.keys)) {
        if !names.contains(&quoted(name)) {
            names.push(quoted(name));
        }
    }
    let about = "The name of a code list, or a wire key that takes its codes.".to_owned();
    out.push_str(&tsdoc(0, &[about]));
    out.push_str(&union("ListName", &names));
    for list in LISTS {
        out.push_str(&constants(list));
    }
    for list in LISTS {
        out.push_str(&registered(list));
    }
    out
}

fn constants(list: &CodeList) -> String {
    let keys: Vec<_> = list.keys.iter().map(|key| format!("`{key}`")).collect();
    let mut wire = format!(
        "Wire key{} {}; written as {}.",
        if keys.len() == 1 { "" } else { "s" },
        keys.join(", "),
        if list.wire == WireType::Integer { "a number" } else { "a string" }
    );
    if let Some(code) = list.when_absent.and_then(|code| list.find(code)) {
        _ = write!(wire, " `{}` is the documented default.", code.name);
    }
    let name = list.type_name;
    let mut out = format!("\n{}", tsdoc(0, &[named(&summary(list)), wire]));
    _ = writeln!(out, "export const {name} = {{");
    for entry in list.entries {
        let retired = if entry.retired { " Retired: still accepted, with a warning." } else { "" };
        out.push_str(&tsdoc(2, &[format!("{} ({}).{retired}", entry.en, entry.fr)]));
        _ = writeln!(out, "  {}: {},", entry.name, code(list, entry));
    }
    out.push_str("} as const\n\n");
    out.push_str(&tsdoc(0, &[format!("A code of {{@link {name}:variable}}.")]));
    _ = writeln!(out, "export type {name} = (typeof {name})[keyof typeof {name}]");
    out
}

/// A code as it stands on the wire.
pub(super) fn code(list: &CodeList, entry: &CodeEntry) -> String {
    match entry.code.parse::<i64>() {
        Ok(number) if list.wire == WireType::Integer && number.to_string() == entry.code => number.to_string(),
        _ => quoted(entry.code),
    }
}

/// The names of a list, and its labels.
fn registered(codes: &CodeList) -> String {
    let keys: Vec<_> = codes.keys.iter().copied().map(quoted).collect();
    let mut out = format!("\nregister({{\n  name: {},\n  typeName: {},\n", quoted(codes.name), quoted(codes.type_name));
    out.push_str(&list("  keys: ", &keys, ","));
    _ = writeln!(out, "  codes: {},", codes.type_name);
    if let Some(absent) = codes.when_absent.and_then(|code| codes.find(code)) {
        _ = writeln!(out, "  whenAbsent: {},", code(codes, absent));
    }
    out.push_str("  labels: {\n");
    for entry in codes.entries {
        out.push_str(&list(&format!("    {}: ", property(entry.name)), &[quoted(entry.en), quoted(entry.fr)], ","));
    }
    out.push_str("  },\n");
    let retired: Vec<_> = codes.entries.iter().filter(|entry| entry.retired).map(|entry| quoted(entry.name)).collect();
    if !retired.is_empty() {
        out.push_str(&list("  retired: ", &retired, ","));
    }
    out + "})\n"
}
