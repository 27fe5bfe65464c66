use super::{Associate, Property};
use crate::codes::{DeclarantTaxRegime, LegalStatus, TaxAggregation, TaxCategory};
use crate::value::{Day, Nic, PostCode, Siren, Siret};

model! {
    /// A person or entity that declares rental income.
    Declarant (DeclarantBuilder) {
        /// The partner's own key.
        id: required String = "id",
        /// SIREN of the entity, 9 digits.
        siren: optional Siren = "sirenId",
        /// NIC of the establishment, 5 digits.
        nic: optional Nic = "nicId",
        /// Legal form.
        legal_status: required LegalStatus = "legalStatusId",
        /// Whether income tax or corporation tax applies.
        tax_aggregation: optional TaxAggregation = "taxRegimeAggregation",
        /// Category of income.
        tax_category: optional TaxCategory = "taxCategoryId",
        /// Tax regime of the declarant.
        tax_regime: optional DeclarantTaxRegime = "taxRegimeId",
        /// Name of the company, or last and first name of the person.
        name: required String = "corporateName",
        /// Date on which the letting began.
        activity_start: optional Day = "debActDate",
        /// Postal address.
        address: required String = "address",
        /// Town.
        town: required String = "townName",
        /// Post code.
        post_code: required PostCode = "postCode",
        /// SIRET of the approved management body (OGA), 14 digits.
        oga_siret: optional Siret = "ogaSiretId",
        /// Name of the approved management body.
        oga_name: optional String = "ogaName",
        /// Approval number of the management body.
        oga_id: optional String = "ogaId",
        /// Member number at the management body.
        oga_number: optional String = "ogaNumber",
        /// Properties of this declarant.
        properties: list Property = "properties",
        /// Holders of shares.
        associates: list Associate = "associates",
    }
}
