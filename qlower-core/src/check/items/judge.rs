//! One item: its own rules, and those between it and what is known.

use super::super::cross::field;
use super::super::engine::{Checker, Findings, Step};
use super::super::index::{Kind, Parent};
use super::super::params::{Detail, Params};
use super::super::{FindingCode, parallel};
use super::content::Scratch;
use super::known::{Known, Link, News, Open, OpenSiret};
use super::{ItemChecker, ItemError};
use crate::model::{ModelName, Section};
use crate::scan::Stop;

impl ItemChecker {
    /// Finds what is wrong with an item, and what it would add to what is known.
    pub(super) fn judge(&mut self, section: Section, text: &[u8]) -> Result<Findings, ItemError> {
        let clients = section == Section::Clients;
        let before = usize::try_from(self.taken(section)).unwrap_or(usize::MAX);
        let mut spare = self.spare.take().unwrap_or_default();
        spare.index.clear();
        self.news.clear();
        let mut checker = Checker::resume(text, 0, self.today, Findings::new(self.policy), spare);
        if self.clients.is_some_and(|known| known != clients) {
            checker.report_here(FindingCode::BothLayouts, ModelName::Payload, 0, Params::field(section.as_str()));
        }
        checker.path.push(Step::Key(section.as_str()));
        let complete = checker.item(section, if clients { before } else { 0 });
        let room = self.total.has_room();
        if complete {
            for (count, kind) in self.news.counts.iter_mut().zip(Kind::ALL) {
                *count = u64::from(checker.index.items(kind).len());
            }
            self.news.items = self.news.counts.iter().sum();
            if clients {
                checker.across_items(true);
                checker.ids_of_entry(&self.known, &mut self.news, &mut self.scratch);
            } else {
                checker.local_duplicates();
                checker.ids(&self.known, &mut self.news, &mut self.scratch);
                checker.references(&self.known, &mut self.news, room);
                checker.open_sirets(&self.known, &mut self.news, room);
            }
        }
        let (mut found, spare) = checker.into_spare();
        self.spare = Some(spare);
        if !clients
            && before > 0
            && !(found.kept.is_empty() && self.news.open.is_empty() && self.news.sirets.is_empty())
        {
            self.renumber(section, &mut found, before);
        }
        if complete && !found.has_errors() {
            return Ok(found);
        }
        self.news.count_into(&mut found);
        let report = found.into_report(complete);
        Err(ItemError { model: section.model(), report: Box::new(report) })
    }

    /// Pointers count an item from the beginning of its section.
    #[cold]
    fn renumber(&mut self, section: Section, found: &mut Findings, before: usize) {
        let prefix = format!("/{}", section.as_str());
        let renumber = |pointer: &str| parallel::renumber(&prefix, pointer, before);
        for finding in &mut found.kept {
            finding.pointer = renumber(&finding.pointer);
            if let Some(other) = finding.params.other.as_deref().filter(|other| other.starts_with(&prefix)) {
                finding.params.other = Some(renumber(other).into());
            }
        }
        for open in &mut self.news.open {
            open.pointer = renumber(&open.pointer).into();
        }
        for open in &mut self.news.sirets {
            if let Some(detail) = &mut open.detail {
                detail.0 = renumber(&detail.0);
            }
        }
    }

    /// What an item adds becomes known.
    pub(super) fn remember(&mut self, section: Section, found: Findings) {
        let Self { news, known, total, .. } = self;
        for (kind, id, content) in news.ids.drain(..) {
            *known.items_mut(kind).entry(id) = content;
        }
        for (link, target) in news.references.drain(..) {
            let awaited = known.awaited_mut(link).entry(target);
            if awaited.count == 0 {
                awaited.since = self.file;
            }
            awaited.count = awaited.count.saturating_add(1);
        }
        known.open.append(&mut news.open);
        known.sirets.append(&mut news.sirets);
        if let Some((declarant, siren)) = news.siren {
            *known.sirens.entry(declarant) = siren;
        }
        if let Some(property) = news.waiting {
            known.waiting.entry(property);
        }
        news.count_into(total);
        if !found.by_code.is_empty() {
            total.append(found);
        }
        self.clients = Some(section == Section::Clients);
        if let Some(taken) = self.taken.get_mut(section as usize) {
            *taken += 1;
        }
    }
}

impl Checker<'_> {
    /// Reads the text as one item; `false` if it could not be read to its end.
    fn item(&mut self, section: Section, at: usize) -> bool {
        let table = section.table();
        self.start_run(table, Parent::Section(0));
        let result = self.element(table, Parent::Section(0), at);
        if result.is_ok() {
            self.scan.finish();
        }
        self.drain(None);
        result != Err(Stop)
    }

    fn local_duplicates(&mut self) {
        for kind in Kind::ALL {
            if self.index.items(kind).len() > 1 {
                self.duplicates(kind);
            }
        }
    }

    /// Compares the ids in an item with those that are known.
    fn ids(&mut self, known: &Known, news: &mut News, scratch: &mut Scratch) {
        for kind in Kind::ALL {
            let items = self.index.items(kind).len();
            scratch.seen.clear();
            for number in 0..items {
                let id = self.index.items(kind).hash_of(number);
                // What repeats an id within the item was compared with its first.
                if id == 0 || items > 1 && !scratch.seen.insert(id) {
                    continue;
                }
                let content = self.content(kind, number, scratch);
                match known.items(kind).get(id) {
                    Some(before) if before == content => {
                        self.repeated(FindingCode::ExactDuplicate, Detail::Earlier, kind, number);
                    }
                    Some(_) => self.repeated(FindingCode::DuplicateId, Detail::Earlier, kind, number),
                    None => {
                        news.ids.push((kind, id, content));
                        for link in Link::ALL.into_iter().filter(|link| link.to() == kind) {
                            if let Some(awaited) = known.awaited(link).get(id) {
                                let since = news.awaited_since.map_or(awaited.since, |since| since.min(awaited.since));
                                news.awaited_since = Some(since);
                            }
                        }
                    }
                }
            }
        }
    }

    /// An entry of `clients` refers to nothing outside itself; its ids are compared with those of the other entries.
    fn ids_of_entry(&mut self, known: &Known, news: &mut News, scratch: &mut Scratch) {
        for kind in Kind::ALL {
            scratch.seen.clear();
            for number in 0..self.index.items(kind).len() {
                let id = self.index.items(kind).hash_of(number);
                if id == 0 || !scratch.seen.insert(id) {
                    continue;
                }
                if known.items(kind).contains(id) {
                    self.repeated(FindingCode::IdInTwoClients, Detail::EarlierClient, kind, number);
                } else {
                    news.ids.push((kind, id, 0));
                }
            }
        }
    }

    #[cold]
    fn repeated(&mut self, code: FindingCode, other: Detail, kind: Kind, number: u32) {
        let (id, _) = self.texts(kind, number, "id");
        let params = Params::field("id").value(id.as_deref().unwrap_or_default()).detail(other);
        self.report_item(code, (kind, number), id.as_deref(), 0, params);
    }

    /// The id of an item, and another of its fields.
    fn texts(&self, kind: Kind, number: u32, key: &str) -> (Option<String>, Option<String>) {
        let start = self.index.items(kind).start(number);
        let text = |key| field(self.scan.text(), start, key).and_then(|(_, text)| text);
        (text("id").map(|id| id.decode().into_owned()), text(key).map(|text| text.decode().into_owned()))
    }

    fn references(&mut self, known: &Known, news: &mut News, room: bool) {
        for link in Link::ALL {
            let (pending, refs) = match link {
                Link::TransactionProperty => (&self.index.transaction_property, &self.index.properties),
                Link::DocumentProperty => (&self.index.document_property, &self.index.properties),
                Link::DocumentDeclarant => (&self.index.document_declarant, &self.index.declarants),
                Link::PropertyDeclarant => (&self.index.property_declarant, &self.index.declarants),
            };
            for reference in pending.iter().filter(|reference| !refs.is_defined(reference.target)) {
                let target = refs.key(reference.target);
                if known.items(link.to()).contains(target) {
                    news.waits |= link.to() == Kind::Property && known.waiting.contains(target);
                    continue;
                }
                news.waits = true;
                news.references.push((link, target));
                if room && self.out.is_room_for(known.open.len()) {
                    let (id, value) = self.texts(link.from(), reference.item, link.key());
                    let pointer = self.index.pointer(link.from(), reference.item);
                    news.open.push(Open {
                        link,
                        target,
                        pointer: format!("{pointer}/{}", link.key()).into(),
                        id: id.map(Into::into),
                        value: value.unwrap_or_default().into(),
                    });
                }
            }
        }
        if news.waits && self.index.items(Kind::Property).len() > 0 && self.index.items(Kind::Declarant).len() == 0 {
            news.waiting = Some(self.index.items(Kind::Property).hash_of(0)).filter(|id| *id != 0);
        }
        if self.index.items(Kind::Declarant).len() > 0 {
            let id = self.index.items(Kind::Declarant).hash_of(0);
            let siren = self.index.declarants.siren_of(id);
            news.siren = (id != 0 && siren != 0).then_some((id, siren));
        }
    }

    /// Compares the SIRET of a property with the SIREN of its declarant, now or at the end.
    fn open_sirets(&mut self, known: &Known, news: &mut News, room: bool) {
        for pending in std::mem::take(&mut self.index.sirets) {
            let declarant = self.index.declarants.key(pending.declarant);
            let siren = known.sirens.get(declarant);
            if siren == Some(pending.siren) || siren.is_none() && known.items(Kind::Declarant).contains(declarant) {
                continue;
            }
            let (id, siret) = self.texts(Kind::Property, pending.property, "siretId");
            let siret = siret.unwrap_or_default();
            match siren {
                Some(siren) => {
                    let params = Params::field("siretId").value(&siret).other(&format!("{siren:09}"));
                    let item = (Kind::Property, pending.property);
                    self.report_item(FindingCode::SiretOfOtherCompany, item, id.as_deref(), 0, params);
                }
                None => {
                    let pointer = format!("{}/siretId", self.index.pointer(Kind::Property, pending.property));
                    let detail =
                        (room && self.out.is_room_for(known.sirets.len())).then(|| Box::new((pointer, id, siret)));
                    news.sirets.push(OpenSiret { declarant, siren: pending.siren, detail });
                }
            }
        }
    }
}
