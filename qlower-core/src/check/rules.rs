//! Rules between the fields of one object, and between an object and the one around it.

use super::FindingCode;
use super::engine::{Checker, Child};
use super::index::{Kind, Parent, Pending, PendingSiret, hash, scoped};
use super::object::Frame;
use super::params::Params;
use crate::model::{Declarant, Document, Model, ModelName, Property, Transaction};

mod declarant {
    use super::Declarant;
    pub(super) const SIREN: usize = Declarant::MODEL.position("sirenId");
    pub(super) const POST_CODE: usize = Declarant::MODEL.position("postCode");
    pub(super) const TAX_REGIME: usize = Declarant::MODEL.position("taxRegimeId");
}

mod property {
    use super::Property;
    pub(super) const DECLARANT: usize = Property::MODEL.position("declarantId");
    pub(super) const REMOVE: usize = Property::MODEL.position("remove");
    pub(super) const POST_CODE: usize = Property::MODEL.position("postCode");
    pub(super) const COUNTRY: usize = Property::MODEL.position("ctry");
    pub(super) const CONSTRUCTION: usize = Property::MODEL.position("constructionDate");
    pub(super) const ACQUISITION: usize = Property::MODEL.position("acquisitionDate");
    pub(super) const SIRET: usize = Property::MODEL.position("siretId");
    pub(super) const TAX_REGIME: usize = Property::MODEL.position("taxRegime");
    pub(super) const COMPLETED: usize = Property::MODEL.position("workCompDate");
    pub(super) const COMPLETION: usize = Property::MODEL.position("completionStatus");
    pub(super) const PERMIT: usize = Property::MODEL.position("startConstrDate");
}

mod transaction {
    use super::Transaction;
    pub(super) const DATE: usize = Transaction::MODEL.position("reqdExctnDt");
    pub(super) const PROPERTY: usize = Transaction::MODEL.position("id-prty");
    pub(super) const AMOUNT: usize = Transaction::MODEL.position("amt");
}

mod document {
    use super::Document;
    pub(super) const PROPERTY: usize = Document::MODEL.position("propertyId");
    pub(super) const DECLARANT: usize = Document::MODEL.position("declarantId");
}

/// The id stands first in every model's table.
const ID: usize = 0;

impl<'t> Checker<'t> {
    /// Applies the rules of an object that has just been closed.
    #[inline]
    pub(super) fn finish(&mut self, model: &'static Model, frame: &Frame<'t>, number: u32, parent: Parent) {
        if model.required & !frame.seen != 0 {
            self.missing(model, frame);
        }
        if let Some(kind) = Kind::of(model.name)
            && let Some(id) = frame.text(ID)
        {
            self.index.items_mut(kind).set_hash(number, hash(&id.bytes()));
        }
        match model.name {
            ModelName::Transaction => self.transaction(frame, number),
            ModelName::Declarant => self.declarant(frame),
            ModelName::Property => self.property(frame, number, parent),
            ModelName::Document => self.document(frame, number, parent),
            ModelName::Payload => self.finish_payload(frame),
            _ => {}
        }
    }

    #[cold]
    fn missing(&mut self, model: &'static Model, frame: &Frame<'t>) {
        for (at, field) in model.fields.iter().enumerate() {
            if field.required && frame.seen >> at & 1 == 0 {
                self.report(FindingCode::MissingField, model.name, frame.start, Params::field(field.key));
            }
        }
    }

    fn transaction(&mut self, frame: &Frame<'t>, number: u32) {
        if let Some(date) = frame.valid(transaction::DATE)
            && date.bits > self.today.bits()
        {
            let params = Params::field("reqdExctnDt").decoded(date.text.as_ref());
            self.report(FindingCode::FutureTransaction, ModelName::Transaction, date.at, params);
        }
        if let Some(amount) = frame.valid(transaction::AMOUNT)
            && amount.bits == 0
        {
            self.report(FindingCode::ZeroAmount, ModelName::Transaction, amount.at, Params::field("amt"));
        }
        if let Some(target) = frame.text(transaction::PROPERTY).and_then(|id| self.refer_property(&id.bytes())) {
            self.index.transaction_property.push(Pending { item: number, target });
        }
    }

    /// The number under which a property that was not seen yet is awaited.
    fn refer_property(&mut self, id: &[u8]) -> Option<u32> {
        let key = scoped(hash(id), self.scope);
        if self.known.is_some_and(|known| known.knows(key)) {
            return None;
        }
        self.index.properties.refer(key)
    }

    fn declarant(&mut self, frame: &Frame<'t>) {
        let id = frame.text(ID);
        let siren = frame.valid(declarant::SIREN).filter(|slot| slot.bits > 0);
        if let Some(id) = &id {
            let key = scoped(hash(&id.bytes()), self.scope);
            self.index.declarants.define(key, siren.map_or(0, |slot| slot.bits));
        }
        if let Some(post_code) = frame.text(declarant::POST_CODE) {
            self.french_post_code(ModelName::Declarant, post_code);
        }
        self.undecided(ModelName::Declarant, frame, declarant::TAX_REGIME, "taxRegimeId", 12);
        for child in std::mem::take(&mut self.properties) {
            let child_id = child.id.map(|id| id.decode().into_owned());
            if let (Some(names), Some(id)) = (&child.names, &id)
                && names.bytes() != id.bytes()
            {
                let params = Params::field("declarantId").value(&names.decode()).other(&id.decode());
                self.report_item(
                    FindingCode::DeclarantMismatch,
                    (Kind::Property, child.number),
                    child_id.as_deref(),
                    names.at,
                    params,
                );
            }
            if let (Some(siret), Some(siren)) = (&child.siret, siren.and_then(|slot| slot.text))
                && !siret.bytes().starts_with(&siren.bytes())
            {
                let params = Params::field("siretId").value(&siret.decode()).other(&siren.decode());
                self.report_item(
                    FindingCode::SiretOfOtherCompany,
                    (Kind::Property, child.number),
                    child_id.as_deref(),
                    siret.at,
                    params,
                );
            }
        }
    }

    fn property(&mut self, frame: &Frame<'t>, number: u32, parent: Parent) {
        let id = frame.text(ID);
        if let Some(id) = &id {
            self.index.properties.define(scoped(hash(&id.bytes()), self.scope), 0);
        }
        self.compare_documents(id);
        let names = frame.text(property::DECLARANT);
        let siret = frame.valid(property::SIRET).and_then(|slot| slot.text);
        if matches!(parent, Parent::Declarant(_)) {
            if names.is_some() || siret.is_some() {
                self.properties.push(Child { number, id, names, siret });
            }
        } else if let Some(names) = names {
            let key = scoped(hash(&names.bytes()), self.scope);
            if let Some(target) = self.index.declarants.refer(key) {
                self.index.property_declarant.push(Pending { item: number, target });
            }
            if let Some(siren) = siret.and_then(|siret| std::str::from_utf8(siret.bytes().get(..9)?).ok()?.parse().ok())
            {
                let declarant = self.index.declarants.number(key);
                self.index.sirets.push(PendingSiret { property: number, declarant, siren });
            }
        }
        self.property_alone(frame);
    }

    fn property_alone(&mut self, frame: &Frame<'t>) {
        let model = ModelName::Property;
        if let Some(remove) = frame.text(property::REMOVE)
            && &*remove.bytes() == b"R"
        {
            self.report(FindingCode::ErasureRequested, model, remove.at, Params::field("remove"));
        }
        let foreign = frame.valid(property::COUNTRY).is_some_and(|country| country.bits == 1);
        if let Some(post_code) = frame.text(property::POST_CODE).filter(|_| !foreign) {
            self.french_post_code(model, post_code);
        }
        self.undecided(model, frame, property::TAX_REGIME, "taxRegime", 7);
        // What is sold off plan is bought before it is built.
        let off_plan = frame.text(property::COMPLETION).is_some_and(|status| &*status.bytes() == b"VEFA");
        if !off_plan {
            self.in_order(
                frame,
                property::CONSTRUCTION,
                property::ACQUISITION,
                "acquisitionDate",
                FindingCode::AcquiredBeforeConstruction,
            );
        }
        self.in_order(frame, property::PERMIT, property::COMPLETED, "workCompDate", FindingCode::CompletedBeforeStart);
    }

    fn in_order(&mut self, frame: &Frame<'t>, first: usize, second: usize, key: &'static str, code: FindingCode) {
        if let (Some(first), Some(second)) = (frame.valid(first), frame.valid(second))
            && second.bits < first.bits
        {
            let mut params = Params::field(key).decoded(second.text.as_ref());
            params.other = first.text.map(|text| text.decode().into());
            self.report(code, ModelName::Property, second.at, params);
        }
    }

    fn undecided(&mut self, model: ModelName, frame: &Frame<'t>, at: usize, key: &'static str, code: u32) {
        if let Some(regime) = frame.valid(at).filter(|regime| regime.bits == code) {
            self.report(FindingCode::UndecidedTaxRegime, model, regime.at, Params::field(key).value(&code.to_string()));
        }
    }

    fn french_post_code(&mut self, model: ModelName, post_code: crate::scan::Text<'t>) {
        if !crate::value::identifier::all_digits(&post_code.bytes(), 5) {
            let suggestion = crate::value::identifier::suggest(&post_code.decode(), 5);
            let params = Params::field("postCode").value(&post_code.decode()).suggestion(suggestion);
            self.report(FindingCode::PostCodeFormat, model, post_code.at, params);
        }
    }

    fn document(&mut self, frame: &Frame<'t>, number: u32, parent: Parent) {
        let names = frame.text(document::PROPERTY);
        let declarant = frame.text(document::DECLARANT);
        if matches!(parent, Parent::Property(_)) {
            if names.is_some() {
                self.documents.push(Child { number, id: frame.text(ID), names, siret: None });
            }
            return;
        }
        if names.is_none() && declarant.is_none() {
            let given = frame.given(document::PROPERTY).or_else(|| frame.given(document::DECLARANT));
            // A value of the wrong type has its own finding.
            if given.is_none_or(|slot| slot.text.is_some()) {
                self.report(
                    FindingCode::DocumentWithoutOwner,
                    ModelName::Document,
                    frame.start,
                    Params::field("propertyId"),
                );
            }
        }
        if let Some(target) = names.and_then(|id| self.refer_property(&id.bytes())) {
            self.index.document_property.push(Pending { item: number, target });
        }
        if let Some(id) = declarant
            && let Some(target) = self.index.declarants.refer(scoped(hash(&id.bytes()), self.scope))
        {
            self.index.document_declarant.push(Pending { item: number, target });
        }
    }

    fn compare_documents(&mut self, id: Option<crate::scan::Text<'t>>) {
        for child in std::mem::take(&mut self.documents) {
            if let (Some(names), Some(id)) = (&child.names, &id)
                && names.bytes() != id.bytes()
            {
                let child_id = child.id.map(|id| id.decode().into_owned());
                let params = Params::field("propertyId").value(&names.decode()).other(&id.decode());
                self.report_item(
                    FindingCode::DocumentOfOtherProperty,
                    (Kind::Document, child.number),
                    child_id.as_deref(),
                    names.at,
                    params,
                );
            }
        }
    }
}
