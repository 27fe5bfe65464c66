//! A report for people: grouped, counted, with the lines of the source.

mod excerpt;
mod mask;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::params::shorten;
use super::{Finding, FindingCode, Report, Severity};
use crate::lang::Lang;
use excerpt::Source;

/// Settings of a rendering; made by [`Report::render`].
///
/// # Example: with the lines of the source, in French
/// ```
/// use chrono::NaiveDate;
/// use qlower_core::{CheckOptions, Lang, check};
///
/// let text = br#"{"inigPtynm": "acme", "apiKey": "s3cr3t", "creDtTm": "2025-02-01T08:00:00Z", "versionId": "1.5"}"#;
/// let report = check(text, &CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap()));
/// let rendered = report.render().source("payload.json", text).lang(Lang::Fr).finish().to_string();
/// assert!(rendered.contains("La version de format « 1.5 » n'est pas prise en charge"));
/// assert!(rendered.contains("payload.json:1:"));
/// assert!(!rendered.contains("s3cr3t"), "the key is masked in the source's lines too");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Render<'r> {
    report: &'r Report,
    name: Option<&'r str>,
    source: Option<&'r [u8]>,
    lang: Lang,
    colors: bool,
    per_group: usize,
    note: Option<Note<'r>>,
}

/// What a caller adds to a finding.
#[derive(Clone, Copy)]
struct Note<'r>(&'r dyn Fn(&Finding) -> Option<String>);

impl fmt::Debug for Note<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note")
    }
}

/// A finished rendering; `Display` gives the text, which ends in a line break.
#[derive(Clone, Debug)]
pub struct Rendered(String);

impl fmt::Display for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'r> Render<'r> {
    pub(super) const fn new(report: &'r Report) -> Self {
        Self { report, name: None, source: None, lang: Lang::En, colors: false, per_group: 3, note: None }
    }

    /// Shows the lines of the text that was checked, under a name such as the file's. The access key is masked.
    pub const fn source(mut self, name: &'r str, text: &'r [u8]) -> Self {
        (self.name, self.source) = (Some(name), Some(text));
        self
    }

    /// Sets the language; English by default.
    pub const fn lang(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    /// Uses the colours of an ANSI terminal, off by default: ask only where the output is one.
    pub const fn colors(mut self, colors: bool) -> Self {
        self.colors = colors;
        self
    }

    /// Shows so many findings of a kind in full, 3 by default; of the others the places.
    pub const fn per_group(mut self, number: usize) -> Self {
        self.per_group = number;
        self
    }

    /// Adds a line of the caller's own to each finding that is shown in full: where in its data the value stands.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use qlower_core::{CheckOptions, Payload};
    ///
    /// let options = CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap());
    /// let report = Payload::default().check_with(&options).into_report();
    /// let note = |finding: &qlower_core::Finding| Some(format!("setting {}", finding.field()?));
    /// let rendered = report.render().note(&note).finish().to_string();
    /// assert!(rendered.contains("\n  = setting inigPtynm\n"), "{rendered}");
    /// ```
    pub const fn note(mut self, note: &'r dyn Fn(&Finding) -> Option<String>) -> Self {
        self.note = Some(Note(note));
        self
    }

    /// Renders.
    #[must_use]
    pub fn finish(self) -> Rendered {
        let mut out = String::new();
        let source = self.source.map(Source::new);
        // Writing to a string does not fail.
        let _ = self.write(&mut out, source.as_ref());
        Rendered(out)
    }

    fn write(&self, out: &mut String, source: Option<&Source<'_>>) -> fmt::Result {
        let mut groups: BTreeMap<(Severity, FindingCode, Option<&str>), Vec<&Finding>> = BTreeMap::new();
        for finding in &self.report.findings {
            groups.entry((finding.severity, finding.code, finding.field())).or_default().push(finding);
        }
        let mut ordered: Vec<_> = groups.into_values().collect();
        // Errors first; then by where the first of a kind stands.
        ordered.sort_by_key(|group| group.first().map(|first| (first.severity, first.at)));
        for group in ordered {
            for finding in group.iter().take(self.per_group) {
                self.finding(out, finding, source)?;
            }
            self.others(out, group.get(self.per_group..).unwrap_or_default())?;
        }
        self.summary(out)
    }

    /// French sets a space before it.
    const fn colon(&self) -> &'static str {
        self.lang.pick(":", " :")
    }

    fn finding(&self, out: &mut String, finding: &Finding, source: Option<&Source<'_>>) -> fmt::Result {
        let (start, bold, blue, end) = match (self.colors, finding.severity) {
            (false, _) => ("", "", "", ""),
            (true, Severity::Error) => ("\x1b[1;31m", "\x1b[1m", "\x1b[1;34m", "\x1b[0m"),
            (true, Severity::Warning) => ("\x1b[1;33m", "\x1b[1m", "\x1b[1;34m", "\x1b[0m"),
        };
        let severity = match finding.severity {
            Severity::Error => self.lang.pick("error", "erreur"),
            Severity::Warning => self.lang.pick("warning", "avertissement"),
        };
        let colon = self.colon();
        writeln!(out, "{start}{severity}[{}]{end}{bold}{colon} {}{end}", finding.code, finding.message(self.lang))?;
        let margin = finding.line().filter(|_| source.is_some()).map_or(1, |line| line.to_string().len());
        write!(out, "{:margin$}{blue}-->{end} ", "")?;
        if let Some((line, column)) = finding.place {
            write!(out, "{}:{line}:{column}  ", self.name.unwrap_or("-"))?;
        }
        let id = finding.id().map(|id| format!(" {}", shorten(id))).unwrap_or_default();
        let pointer = Some(&finding.pointer).filter(|pointer| !pointer.is_empty());
        let pointer = pointer.map(|pointer| format!("  {}", shorten(pointer))).unwrap_or_default();
        writeln!(out, "{}{id}{pointer}", finding.model)?;
        if let (Some(source), Some(line)) = (source, finding.line()) {
            let excerpt = source.excerpt(finding.at);
            writeln!(out, "{:margin$} {blue}|{end}", "")?;
            writeln!(out, "{blue}{line} |{end} {}", excerpt.text)?;
            writeln!(
                out,
                "{:margin$} {blue}|{end} {:2$}{start}{3}{end}",
                "",
                "",
                excerpt.indent,
                "^".repeat(excerpt.width)
            )?;
        }
        let accepted: Vec<_> = finding.accepted().collect();
        if !accepted.is_empty() {
            let label = self.lang.pick("accepted", "valeurs admises");
            writeln!(out, "{:margin$} {blue}={end} {label}{colon} {}", "", accepted.join(", "))?;
        }
        if let Some(suggestion) = finding.suggestion() {
            let label = self.lang.pick("did you mean", "vouliez-vous dire");
            writeln!(out, "{:margin$} {blue}={end} {label}{colon} {}", "", shorten(suggestion))?;
        }
        if let Some(note) = self.note.and_then(|Note(note)| note(finding)) {
            writeln!(out, "{:margin$} {blue}={end} {note}", "")?;
        }
        out.write_char('\n')
    }

    /// The places of findings that are like those shown.
    fn others(&self, out: &mut String, others: &[&Finding]) -> fmt::Result {
        const PLACES: usize = 8;
        if others.is_empty() {
            return Ok(());
        }
        let label = self.lang.pick("more like this", "autres du même genre");
        write!(out, "  … {} {label}{} ", others.len(), self.colon())?;
        for (at, finding) in others.iter().take(PLACES).enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            match (finding.line(), finding.id()) {
                (_, Some(id)) => write!(out, "{comma}{}", shorten(id))?,
                (Some(line), None) => write!(out, "{comma}{} {line}", self.lang.pick("line", "ligne"))?,
                (None, None) => write!(out, "{comma}{}", shorten(&finding.pointer))?,
            }
        }
        writeln!(out, "{}\n", if others.len() > PLACES { ", …" } else { "" })
    }

    fn summary(&self, out: &mut String) -> fmt::Result {
        let report = self.report;
        let items: Vec<String> = report
            .counts
            .iter()
            .filter(|(_, count)| count.items > 0)
            .map(|(model, count)| format!("{model} {}", count.items))
            .collect();
        let rules = report.rules();
        if !items.is_empty() {
            let label = self.lang.pick("Checked", "Contrôlé");
            writeln!(out, "{label}{} {}.", self.colon(), items.join(", "))?;
        }
        if report.omitted() > 0 {
            let label = self.lang.pick("findings were counted but not listed", "constats comptés sans être listés");
            writeln!(out, "{} {label}.", report.omitted())?;
        }
        let (errors, warnings) = (report.error_count(), report.warning_count());
        let verdict = match (report.is_valid(), report.is_complete()) {
            (true, _) => self.lang.pick("valid", "valide"),
            (false, true) => self.lang.pick("not valid, nothing may be sent", "non valide, rien ne peut être envoyé"),
            (false, false) => self.lang.pick(
                "not valid, and the check could not reach the end",
                "non valide, et le contrôle n'a pas pu aller au bout",
            ),
        };
        let (start, end) = match (self.colors, report.is_valid()) {
            (false, _) => ("", ""),
            (true, true) => ("\x1b[1;32m", "\x1b[0m"),
            (true, false) => ("\x1b[1;31m", "\x1b[0m"),
        };
        let (error, warning) = match self.lang {
            Lang::En => ("error", "warning"),
            Lang::Fr => ("erreur", "avertissement"),
        };
        let plural = |number: u64, lang: Lang| match (lang, number) {
            (Lang::Fr, 0 | 1) | (Lang::En, 1) => "",
            _ => "s",
        };
        writeln!(
            out,
            "{start}{errors} {error}{}, {warnings} {warning}{}{} {verdict}{end} ({} {}/{}, {})",
            plural(errors, self.lang),
            plural(warnings, self.lang),
            self.colon(),
            self.lang.pick("rules", "règles"),
            rules.format,
            rules.edition,
            rules.date,
        )
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use crate::{CheckOptions, Lang, check};

    fn render(text: &str, lang: Lang, colors: bool) -> String {
        let report = check(text.as_bytes(), &CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap()));
        report.render().source("p.json", text.as_bytes()).lang(lang).colors(colors).finish().to_string()
    }

    const HEAD: &str =
        r#"{"inigPtynm": "acme", "apiKey": "s3cr3t-k3y", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0","#;

    #[test]
    fn a_finding_shows_its_line_with_a_caret_under_the_value() {
        let text = format!(
            "{HEAD}\n\"transactions\": [{{\"id\": \"Té\", \"reqdExctnDt\": \"31/01/2025\", \"id-prty\": \"P\", \"amt\": 1, \"ref\": \"r\"}}]}}"
        );
        let rendered = render(&text, Lang::En, false);
        let expected = concat!(
            "error[invalid_date]: \"31/01/2025\" is not a date (YYYY-MM-DD).\n",
            " --> p.json:2:46  transactions Té  /transactions/0/reqdExctnDt\n",
            "  |\n",
            "2 | \"transactions\": [{\"id\": \"Té\", \"reqdExctnDt\": \"31/01/2025\", \"id-prty\": \"P\", \"amt\": 1, \"ref\": \"r\"}]}\n",
            "  |                                              ^^^^^^^^^^^^\n",
            "  = did you mean: 2025-01-31\n",
        );
        assert!(rendered.starts_with(expected), "{rendered}");
        assert!(
            rendered.ends_with("1 error, 1 warning: not valid, nothing may be sent (rules 2.0/2.2, 2026-08)\n"),
            "{rendered}"
        );
        assert!(!rendered.contains('\x1b'));
        assert!(render(&text, Lang::Fr, true).contains("\x1b[1;31merreur[invalid_date]\x1b[0m\x1b[1m : "));
    }

    #[test]
    fn the_key_is_masked_wherever_the_text_breaks() {
        for text in [
            format!("{HEAD} \"x\": 1}}"),
            HEAD.replace("\"acme\"", "acme"),
            HEAD.replace("\"acme\"", "'acme'"),
            HEAD.replace("\"s3cr3t-k3y\"", "\"s3cr3t-k3y"),
            HEAD.replace("apiKey", "api_key"),
            HEAD.replace("apiKey", "APIKEY"),
            HEAD.replace("apiKey", "\\u0061piKey"),
            HEAD.replace("\"apiKey\"", "apiKey"),
            HEAD.replace("\"apiKey\"", "'apiKey'"),
            HEAD.replace("\"s3cr3t-k3y\"", "'s3cr3t-k3y'"),
            HEAD.replace("\"s3cr3t-k3y\"", "s3cr3t-k3y"),
            HEAD.replace("\"s3cr3t-k3y\"", "\"s3cr3t-k3y\\q\""),
            HEAD.replace("\"s3cr3t-k3y\"", "[\"s3cr3t-k3y\"]"),
            format!("{HEAD} \"note\": \"my key is s3cr3t-k3y\", \"versionid\": 2}}"),
            format!("{} \"apiKey\": \"again-s3cr3t\"}}", HEAD.replace("s3cr3t-k3y", "other")),
        ] {
            for lang in [Lang::En, Lang::Fr] {
                let rendered = render(&text, lang, false);
                assert!(!rendered.contains("s3cr3t"), "{text}\n{rendered}");
            }
            let report = check(text.as_bytes(), &CheckOptions::on(NaiveDate::MAX));
            assert!(
                !report.to_json().contains("s3cr3t") && !format!("{report:?}").contains("s3cr3t"),
                "{}",
                report.to_json()
            );
        }
    }

    #[test]
    fn many_of_a_kind_are_counted() {
        let rows: Vec<String> = (0..20)
            .map(|n| {
                format!("{{\"id\": \"T{n}\", \"reqdExctnDt\": \"x\", \"id-prty\": \"P\", \"amt\": 1, \"ref\": \"r\"}}")
            })
            .collect();
        let text = format!("{HEAD}\n\"properties\": [], \"transactions\": [{}]}}", rows.join(",\n"));
        let rendered = render(&text, Lang::En, false);
        assert_eq!(rendered.matches("error[invalid_date]").count(), 3);
        assert!(rendered.contains("… 17 more like this: T3, T4, T5, T6, T7, T8, T9, T10, …"), "{rendered}");
    }
}
