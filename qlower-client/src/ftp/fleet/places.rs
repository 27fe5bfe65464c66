//! Mistakes by their place, each once, however many destinations it concerns.

use std::collections::{BTreeMap, HashMap};

use qlower_core::Lang;

use super::MistakeCode;
use super::mistake::Mistake;
use super::read::Found;
use crate::ftp::wording::{Wording, quoted};

/// The mistakes found so far.
pub(super) struct Mistakes<'t> {
    text: &'t str,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
    all: Vec<Mistake>,
    known: HashMap<(usize, MistakeCode, String), usize>,
}

impl<'t> Mistakes<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(after).collect();
        Self { text, lines, all: Vec::new(), known: HashMap::new() }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Notes a mistake, and tells its position in the list of all. One that several destinations have in common is one.
    pub(super) fn add(
        &mut self,
        at: usize,
        code: MistakeCode,
        table: &str,
        key: Option<&str>,
        message: impl Into<Wording>,
    ) -> usize {
        let wording = message.into();
        // What is missing is so for each by itself.
        let own = format!("{table} {} {wording}", key.unwrap_or_default());
        let next = self.all.len();
        match self.known.entry((at, code, own)) {
            std::collections::hash_map::Entry::Occupied(known) => return *known.get(),
            std::collections::hash_map::Entry::Vacant(free) => _ = free.insert(next),
        }
        let (line, column) = self.place(at);
        self.all.push(Mistake {
            code,
            line,
            column,
            table: table.to_owned(),
            key: key.map(str::to_owned),
            wording,
            destinations: Vec::new(),
        });
        next
    }

    /// Notes a key that there is not, with the one that was probably meant.
    pub(super) fn unknown<'k>(
        &mut self,
        at: usize,
        table: &str,
        key: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> usize {
        let (en, fr) = ("there is no such setting", "ce réglage n'existe pas");
        let problem = match nearest(key, known) {
            Some(meant) => Wording::from((
                format!("{en}; did you mean {}?", quoted(meant, Lang::En)),
                format!("{fr} ; vouliez-vous dire {} ?", quoted(meant, Lang::Fr)),
            )),
            None => Wording::fixed(en, fr),
        };
        self.add(at, MistakeCode::UnknownKey, table, Some(key), problem)
    }

    /// Line and character, both from 1.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count());
        (line, column + 1)
    }

    /// The mistakes in the order of their places, each with the destinations that it concerns.
    pub(super) fn finish(mut self, mut found: BTreeMap<String, Found>) -> (BTreeMap<String, Found>, Vec<Mistake>) {
        for (name, found) in &found {
            let Found::Broken(mistakes) = found else { continue };
            for mistake in mistakes {
                if let Some(mistake) = self.all.get_mut(*mistake) {
                    mistake.destinations.push(name.clone());
                }
            }
        }
        let mut order: Vec<(usize, Mistake)> = self.all.into_iter().enumerate().collect();
        order.sort_by_key(|(position, mistake)| (mistake.line, mistake.column, *position));
        let moved: HashMap<usize, usize> = order.iter().enumerate().map(|(to, (from, _))| (*from, to)).collect();
        for found in found.values_mut() {
            if let Found::Broken(mistakes) = found {
                *mistakes = mistakes.iter().filter_map(|from| moved.get(from).copied()).collect();
            }
        }
        (found, order.into_iter().map(|(_, mistake)| mistake).collect())
    }
}

/// The known word that was probably meant.
pub(super) fn nearest<'k>(given: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Longer than any word could be misspelled.
    if given.len() > 128 {
        return None;
    }
    let fold =
        |word: &str| -> String { word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    let bare = fold(given);
    let far = |word: &str| strsim::damerau_levenshtein(&fold(word), &bare);
    let (distance, word) = known.into_iter().map(|word| (far(word), word)).min_by_key(|(distance, _)| *distance)?;
    (distance <= (bare.chars().count() / 3).max(1) && !bare.is_empty()).then_some(word)
}
