//! `mandants.csv`: the agency's clients, who declare the income.

use qlower_client::Declarant;
use qlower_client::codes::{DeclarantTaxRegime, LegalStatus, TaxAggregation, TaxCategory};
use qlower_client::value::{Nic, PostCode, Siren, Siret};
use serde::Deserialize;

use super::cells::day;

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    code_mandant: String,
    forme_juridique: String,
    raison_sociale: String,
    siren: Option<String>,
    nic: Option<String>,
    imposition: Option<String>,
    categorie_fiscale: Option<String>,
    regime_fiscal: Option<String>,
    debut_activite: Option<String>,
    adresse: String,
    code_postal: String,
    ville: String,
    oga_siret: Option<String>,
    oga_nom: Option<String>,
    oga_agrement: Option<String>,
    oga_adherent: Option<String>,
}

pub(super) fn declarant(row: Row) -> Declarant {
    Declarant {
        id: row.code_mandant,
        legal_status: LegalStatus::from(row.forme_juridique),
        name: row.raison_sociale,
        siren: row.siren.map(Siren::from),
        nic: row.nic.map(Nic::from),
        tax_aggregation: row.imposition.map(TaxAggregation::from),
        tax_category: row.categorie_fiscale.map(TaxCategory::from),
        tax_regime: row.regime_fiscal.map(DeclarantTaxRegime::from),
        activity_start: row.debut_activite.as_deref().map(day),
        address: row.adresse,
        post_code: PostCode::from(row.code_postal),
        town: row.ville,
        oga_siret: row.oga_siret.map(Siret::from),
        oga_name: row.oga_nom,
        oga_id: row.oga_agrement,
        oga_number: row.oga_adherent,
        ..Declarant::default()
    }
}
