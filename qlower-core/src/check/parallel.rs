//! Large arrays in parts, on several threads.
//!
//! Where the items of an array start is known only to who reads it from its beginning. So each part but the first starts at a guess: after its
//! offset, the first brace that looks like the start of an item. A part counts only if the one before it, itself confirmed, ended exactly
//! there; from the first wrong guess on, reading goes on as without threads. The report is the same either way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::engine::{Checker, Findings, Step, pointer};
use super::index::{Index, Kind, Parent, Pending, Refs};
use crate::model::{Model, ModelName};
use crate::scan::Stop;

/// Size of a part, in bytes: large enough to make its start cheap, small enough to keep all threads busy to the end.
const PART: usize = 2 << 20;

/// With less than this to come, reading goes on without threads.
const WORTHWHILE: usize = 2 * PART;

/// So much of an array is read without threads: where it ends is not known, and parts that start after its end are wasted. An array
/// that has shown to be large can bear that; thousands of small ones could not.
pub(super) const TRIAL: usize = PART;

/// How the reading of an array goes on.
pub(super) enum Resume {
    /// At the element of this number, whose first byte is next.
    Element(usize),
    /// It was read to its end.
    Done,
}

#[derive(Clone, Copy)]
enum End {
    /// At the first element of the next part.
    Next(usize),
    /// After the closing bracket.
    Closed(usize),
    Stopped,
}

/// What one part of an array gave.
struct Part {
    start: usize,
    end: End,
    elements: usize,
    out: Findings,
    index: Index,
}

impl Checker<'_> {
    /// Reads as much of the rest of an array as possible on several threads, from the element at the position on.
    pub(super) fn parallel_elements(
        &mut self,
        items: &'static Model,
        parent: Parent,
        first: usize,
    ) -> Result<Resume, Stop> {
        // Only items with nothing nested: their parts depend on nothing but known references.
        let flat = matches!((items.name, parent), (ModelName::Transaction, Parent::Section(_)));
        let begin = self.scan.pos();
        let left = self.scan.text().len().saturating_sub(begin);
        if !flat || self.threads < 2 || left < WORTHWHILE {
            return Ok(Resume::Element(first));
        }
        let known = std::mem::take(&mut self.index.properties);
        let mut merge =
            Merge { expected: begin, elements: first, fresh: Refs::default(), pending: Vec::new(), end: None };
        self.read_parts(items, parent, begin, left.div_ceil(PART), &known, &mut merge);
        self.index.properties = known;
        let Merge { expected, elements, fresh, pending, end } = merge;
        for Pending { item, target } in pending {
            if let Some(target) = self.index.properties.refer(fresh.key(target)) {
                self.index.transaction_property.push(Pending { item, target });
            }
        }
        match end {
            Some(End::Closed(pos)) => {
                self.scan.seek(pos);
                Ok(Resume::Done)
            }
            Some(End::Stopped) => {
                self.path.push(Step::Index(elements));
                Err(Stop)
            }
            Some(End::Next(_)) | None => {
                self.scan.seek(expected);
                Ok(Resume::Element(elements))
            }
        }
    }

    fn read_parts(
        &mut self,
        items: &'static Model,
        parent: Parent,
        begin: usize,
        parts: usize,
        known: &Refs,
        merge: &mut Merge,
    ) {
        let next = AtomicUsize::new(0);
        let text = self.scan.text();
        let (today, scope, path) = (self.today, self.scope, self.path.clone());
        let policy = self.out.policy;
        let read = |number: usize| {
            let start = if number == 0 { Some(begin) } else { guess(text, begin + number * PART) };
            let start = start?;
            let mut checker = Checker::at(text, start, today, 1, Findings::new(policy));
            checker.scope = scope;
            checker.path.clone_from(&path);
            checker.known = Some(known);
            Some(checker.read_part(items, parent, start, begin + (number + 1) * PART))
        };
        std::thread::scope(|threads| {
            let (sender, receiver) = mpsc::sync_channel(self.threads);
            for _ in 0..self.threads {
                let (sender, next, read) = (sender.clone(), &next, &read);
                threads.spawn(move || {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        // A closed channel means that the array has ended.
                        if number >= parts || sender.send((number, read(number))).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let mut early = BTreeMap::new();
            let mut awaited = 0;
            'parts: for (number, part) in receiver {
                early.insert(number, part);
                while let Some(part) = early.remove(&awaited) {
                    awaited += 1;
                    match part {
                        Some(part) if part.start == merge.expected => {
                            if self.merge(merge, part) {
                                break 'parts;
                            }
                        }
                        _ => break 'parts,
                    }
                }
            }
        });
    }

    fn read_part(mut self, items: &'static Model, parent: Parent, start: usize, limit: usize) -> Part {
        self.start_run(items, parent);
        let mut elements = 0;
        let end = loop {
            if elements > 0 {
                match self.advance(false) {
                    Ok(true) => {}
                    Ok(false) => break End::Closed(self.scan.pos()),
                    Err(Stop) => break End::Stopped,
                }
                if self.scan.pos() >= limit {
                    break End::Next(self.scan.pos());
                }
            } else if start >= limit {
                break End::Next(start);
            }
            if self.element(items, parent, elements) == Err(Stop) {
                self.drain(None);
                break End::Stopped;
            }
            elements += 1;
        };
        self.drain(None);
        Part { start, end, elements, out: self.out, index: *self.index }
    }

    /// Takes over a part; `true` if it was the last one.
    fn merge(&mut self, merge: &mut Merge, part: Part) -> bool {
        let prefix = pointer(&self.path, None);
        let mut out = part.out;
        for finding in &mut out.kept {
            finding.pointer = renumber(&prefix, &finding.pointer, merge.elements);
        }
        self.out.append(out);
        let items = self.index.items_mut(Kind::Transaction);
        let first = items.len();
        items.append(part.index.items(Kind::Transaction));
        for Pending { item, target } in part.index.transaction_property {
            let target = merge.fresh.number(part.index.properties.key(target));
            merge.pending.push(Pending { item: item + first, target });
        }
        merge.elements += part.elements;
        merge.end = Some(part.end);
        match part.end {
            End::Next(pos) => {
                merge.expected = pos;
                false
            }
            End::Closed(_) | End::Stopped => true,
        }
    }
}

/// What has been taken over so far.
struct Merge {
    /// Where the next part must start.
    expected: usize,
    elements: usize,
    /// Properties that were referred to and not known before the array.
    fresh: Refs,
    pending: Vec<Pending>,
    end: Option<End>,
}

/// The same pointer with the number of the element counted from the array's beginning.
pub(super) fn renumber(prefix: &str, pointer: &str, before: usize) -> String {
    let rest = pointer.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
    let (number, rest) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len())).unwrap_or_default();
    match number.parse::<usize>() {
        Ok(number) => format!("{prefix}/{}{rest}", number + before),
        Err(_) => pointer.to_owned(),
    }
}

/// The first brace from an offset on that follows a closing brace and a comma.
fn guess(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += text.get(at..)?.iter().position(|byte| *byte == b'{')?;
        let before = text.get(..at)?.trim_ascii_end();
        if let Some(before) = before.strip_suffix(b",")
            && before.trim_ascii_end().ends_with(b"}")
        {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::CheckOptions;
    use crate::model::Transaction;

    /// Reads an array from its first element on; how it ended, where, and how many items are known then.
    fn read(array: &str, threads: usize) -> (Result<Resume, Stop>, usize, u32) {
        let options = CheckOptions::on(NaiveDate::MAX).threads(threads);
        let mut checker = Checker::new(array.as_bytes(), &options);
        checker.path.push(Step::Key("transactions"));
        checker.start_run(&Transaction::MODEL, Parent::Section(0));
        checker.scan.seek(1);
        checker.scan.seek(1);
        assert_eq!(checker.advance(true), Ok(true));
        let end = checker.parallel_elements(&Transaction::MODEL, Parent::Section(0), 0);
        (end, checker.scan.pos(), checker.index.items(Kind::Transaction).len())
    }

    fn array(reference: &str) -> String {
        let item = format!(r#"{{"id":"T","reqdExctnDt":"2025-01-05","id-prty":"P","amt":1,"ref":"{reference}"}}"#);
        format!("{}]", vec![item; 4 * PART / 500].join(",")).replacen('{', "[{", 1)
    }

    #[test]
    fn a_large_array_is_read_to_its_end_by_threads() {
        let text = array(&"x".repeat(500));
        let (end, pos, items) = read(&text, 3);
        assert!(matches!(end, Ok(Resume::Done)));
        assert_eq!((pos, items as usize), (text.len(), 4 * PART / 500));
    }

    #[test]
    fn wrong_guesses_lead_back_to_reading_alone() {
        let text = array(&r#"},{\"id\":"#.repeat(50));
        let (end, pos, items) = read(&text, 3);
        assert!(matches!(end, Ok(Resume::Element(next)) if next == items as usize));
        assert!(items > 0 && text[pos..].starts_with(r#"{"id":"T""#) && (PART..2 * PART).contains(&pos));
    }

    #[test]
    fn one_thread_or_a_small_rest_is_read_alone() {
        for (text, threads) in [(array(&"x".repeat(500)), 1), (r#"[{"id":"T"}]"#.to_owned(), 8)] {
            let (end, pos, items) = read(&text, threads);
            assert!(matches!(end, Ok(Resume::Element(0))));
            assert_eq!((pos, items), (1, 0));
        }
    }
}
