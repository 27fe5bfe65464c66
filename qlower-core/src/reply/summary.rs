//! A reply on one screen.

use std::fmt::{self, Write};

use super::excerpt::{one_line, shorten};
use super::{ItemError, ModelResult, Reply, Status};
use crate::lang::Lang;

/// Models and errors that are listed; the others are counted.
const MODELS: usize = 12;
const ERRORS: usize = 20;
/// Characters of a text of the server.
const NAME: usize = 60;
const TEXT: usize = 160;

impl Reply {
    /// What became of the items, on one screen: status, counts by model, and the first 20 errors with their places.
    ///
    /// ```
    /// use qlower_core::Lang;
    /// use qlower_core::reply::Reply;
    ///
    /// let body = br#"{"status": "SUCCESS", "total_count": 1, "success_count": 1, "failed_count": 0,
    ///     "combined_result": [{"model": "properties", "item": {"success": 1, "error": 0}}]}"#;
    /// let reply = Reply::parse(body, None)?;
    /// assert_eq!(
    ///     reply.summary(Lang::En),
    ///     "SUCCESS: every item was accepted.\n\
    ///      1 in all, 1 accepted, 0 failed\n  \
    ///        properties        1 accepted, 0 failed\n",
    /// );
    /// # Ok::<(), qlower_core::reply::InvalidReply>(())
    /// ```
    #[must_use]
    pub fn summary(&self, lang: Lang) -> String {
        let mut out = String::new();
        // A text takes every write.
        let _ = self.write_summary(&mut out, lang);
        out
    }

    fn write_summary(&self, out: &mut String, lang: Lang) -> fmt::Result {
        let name = shorten(&one_line(self.status().as_str()), NAME);
        match self.status() {
            Status::Success => {
                writeln!(out, "{name}{}", lang.pick(": every item was accepted.", " : tout a été accepté."))?
            }
            Status::PartialSuccess => {
                writeln!(out, "{name}{}", lang.pick(": some items failed.", " : certains éléments ont échoué."))?
            }
            Status::Error => {
                writeln!(out, "{name}{}", lang.pick(": every item failed.", " : tous les éléments ont échoué."))?
            }
            Status::Other(_) if name.is_empty() => {
                writeln!(out, "{}", lang.pick("The answer states no status.", "La réponse n'indique aucun statut."))?
            }
            Status::Other(_) => {
                writeln!(out, "{name}{}", lang.pick(": a status that is not known.", " : statut inconnu."))?
            }
        }
        let total = self.total_count().map(|total| format!("{total} {}", lang.pick("in all", "au total")));
        let counts = counts(total, self.success_count(), self.failed_count(), lang);
        if !counts.is_empty() {
            writeln!(out, "{counts}")?;
        }
        for result in self.combined_result().iter().take(MODELS) {
            write_result(out, result, lang)?;
        }
        write_more(out, self.combined_result().len(), MODELS, lang)?;
        for error in self.errors().iter().take(ERRORS) {
            self.write_error(out, error, lang)?;
        }
        write_more(out, self.errors().len(), ERRORS, lang)?;
        self.write_gaps(out, lang)
    }

    fn write_error(&self, out: &mut String, error: &ItemError, lang: Lang) -> fmt::Result {
        let model = shorten(&one_line(error.model_name()), NAME);
        let id = shorten(&one_line(error.id().unwrap_or_default()), NAME);
        let place = match error.pointer() {
            Some(pointer) => pointer,
            None if self.is_tied => lang.pick("(not among the items sent)", "(absent des éléments envoyés)"),
            None => "",
        };
        let head: Vec<&str> =
            [model.as_str(), id.as_str(), place].into_iter().filter(|part| !part.is_empty()).collect();
        writeln!(out, "- {}", head.join("  "))?;
        let others = error.sent().map_or(0, |sent| sent.pointers().len()).saturating_sub(1);
        if others > 0 {
            writeln!(
                out,
                "    {} {others}",
                lang.pick("other places with this id:", "autres emplacements avec cet identifiant :")
            )?;
        }
        let text = match (error.field(), error.reason()) {
            (Some(field), Some(reason)) => format!("{field}{} {reason}", lang.pick(":", " :")),
            _ => error.message().to_owned(),
        };
        let text = shorten(&one_line(&text), TEXT);
        if text.is_empty() { Ok(()) } else { writeln!(out, "    {text}") }
    }

    fn write_gaps(&self, out: &mut String, lang: Lang) -> fmt::Result {
        let untied = if self.is_tied { self.untied().count() } else { 0 };
        if untied > 0 {
            writeln!(
                out,
                "{} {untied}",
                lang.pick("Errors that fit no item sent:", "Erreurs ne correspondant à aucun élément envoyé :")
            )?;
        }
        match self.unnamed_failures() {
            0 => Ok(()),
            unnamed => writeln!(
                out,
                "{} {unnamed}",
                lang.pick(
                    "Failed items that the answer does not name:",
                    "Éléments en échec que la réponse ne désigne pas :"
                )
            ),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.summary(Lang::En).trim_end())
    }
}

fn counts(total: Option<String>, accepted: Option<u64>, failed: Option<u64>, lang: Lang) -> String {
    let accepted = accepted.map(|number| format!("{number} {}", accepted_word(number, lang)));
    let failed = failed.map(|number| format!("{number} {}", lang.pick("failed", "en échec")));
    [total, accepted, failed].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// French has the singular for 0 too.
fn accepted_word(number: u64, lang: Lang) -> &'static str {
    lang.pick("accepted", if number < 2 { "accepté" } else { "acceptés" })
}

fn write_result(out: &mut String, result: &ModelResult, lang: Lang) -> fmt::Result {
    let model = shorten(&one_line(result.model_name()), NAME);
    let success = result.success().map(|number| format!("{number:>6} {}", accepted_word(number, lang)));
    let failed = counts(None, None, result.error(), lang);
    let parts: Vec<String> = success.into_iter().chain(Some(failed).filter(|text| !text.is_empty())).collect();
    writeln!(out, "  {model:<12} {}", parts.join(", "))
}

fn write_more(out: &mut String, all: usize, shown: usize, lang: Lang) -> fmt::Result {
    match all.saturating_sub(shown) {
        0 => Ok(()),
        more => writeln!(out, "  … {} {more}", lang.pick("and more:", "et d'autres :")),
    }
}
