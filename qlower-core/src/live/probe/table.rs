//! A report as a table.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::ProbeReport;
use crate::lang::Lang;

pub(super) fn write(report: &ProbeReport, lang: Lang) -> String {
    let mut out = format!("{}\n", report.url);
    let number = |value: f64| match lang {
        Lang::En => value.to_string(),
        Lang::Fr => value.to_string().replace('.', ","),
    };
    let value = report.value.map(|value| match &report.unit {
        Some(unit) => format!("{} {unit}", number(value)),
        None => number(value),
    });
    let value = value.unwrap_or_else(|| lang.pick("no value", "aucune valeur").to_owned());
    // A text takes every write.
    _ = writeln!(out, "{}{} {value}", report.path, lang.pick(":", " :"));
    let labels = report.requirements().iter().map(|examined| examined.requirement().label(lang));
    let width = labels.map(UnicodeWidthStr::width).max().unwrap_or_default();
    for examined in report.requirements() {
        let mark = match (examined.met(), examined.requirement().is_demanded()) {
            (Some(true), _) => '✓',
            (Some(false), true) => '✗',
            (Some(false), false) => '!',
            (None, _) => '–',
        };
        let label = examined.requirement().label(lang);
        let space = " ".repeat(width.saturating_sub(label.width()));
        let mut lines = examined.detail(lang).lines();
        _ = writeln!(out, "{mark} {label}{space}  {}", lines.next().unwrap_or_default());
        for line in lines {
            _ = writeln!(out, "  {}  {line}", " ".repeat(width));
        }
    }
    let verdict = if report.is_ok() {
        lang.pick("All that is demanded is met.", "Toutes les exigences sont remplies.")
    } else {
        lang.pick("Not all that is demanded is met.", "Au moins une exigence n'est pas remplie.")
    };
    out + verdict + "\n"
}
