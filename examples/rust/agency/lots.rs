//! `lots.csv`: the properties.

use qlower_client::Property;
use qlower_client::codes::{CompletionStatus, Management, PropertyKind, PropertyTaxRegime, VatOption};
use qlower_client::value::{Country, Email, Integer, PostCode, Siret};
use serde::Deserialize;

use super::cells::{day, decimal, yes_no};

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    code_lot: String,
    code_mandant: Option<String>,
    type_bien: Option<String>,
    designation: String,
    meuble: Option<String>,
    gestion: Option<String>,
    numero: Option<String>,
    rue: String,
    complement: Option<String>,
    code_postal: String,
    ville: String,
    pays: String,
    nom_proprietaire: String,
    prenom_proprietaire: String,
    telephone: Option<String>,
    courriel: String,
    date_construction: Option<String>,
    date_acquisition: String,
    nb_pieces: Option<String>,
    surface: Option<String>,
    surface_terrasse: Option<String>,
    surface_jardin: Option<String>,
    etage: Option<String>,
    nb_parkings: Option<String>,
    siret: Option<String>,
    tva: Option<String>,
    valeur_reevaluee: Option<String>,
    debut_activite: Option<String>,
    regime_fiscal: String,
    fin_travaux: Option<String>,
    prix_acquisition: Option<String>,
    etat_acquisition: Option<String>,
    depot_permis: Option<String>,
    demembrement: Option<String>,
    frais_agence: Option<String>,
    frais_notaire: Option<String>,
}

pub(super) fn property(row: Row) -> Property {
    Property {
        id: row.code_lot,
        declarant_id: row.code_mandant,
        kind: row.type_bien.as_deref().map(kind),
        description: row.designation,
        furnished: row.meuble.as_deref().map(yes_no),
        managed: row.gestion.map(Management::from),
        street_number: row.numero,
        street: row.rue,
        street2: row.complement,
        post_code: PostCode::from(row.code_postal),
        town: row.ville,
        country: Country::from(row.pays),
        last_name: row.nom_proprietaire,
        first_name: row.prenom_proprietaire,
        phone: row.telephone,
        email: Email::from(row.courriel),
        construction_date: row.date_construction.as_deref().map(day),
        acquisition_date: day(&row.date_acquisition),
        rooms: row.nb_pieces.map(Integer::from),
        area: row.surface.as_deref().map(decimal),
        terrace_area: row.surface_terrasse.as_deref().map(decimal),
        garden_area: row.surface_jardin.as_deref().map(decimal),
        floor: row.etage.map(Integer::from),
        parking_places: row.nb_parkings.map(Integer::from),
        siret: row.siret.map(Siret::from),
        vat_option: row.tva.map(VatOption::from),
        net_revaluation: row.valeur_reevaluee.as_deref().map(decimal),
        activity_start: row.debut_activite.as_deref().map(day),
        tax_regime: PropertyTaxRegime::from(row.regime_fiscal),
        works_completed: row.fin_travaux.as_deref().map(day),
        cost_price: row.prix_acquisition.as_deref().map(decimal),
        completion_status: row.etat_acquisition.map(CompletionStatus::from),
        permit_date: row.depot_permis.as_deref().map(day),
        dismembered: row.demembrement.as_deref().map(yes_no),
        agency_fee: row.frais_agence.as_deref().map(decimal),
        notary_fee: row.frais_notaire.as_deref().map(decimal),
        ..Property::default()
    }
}

pub(super) fn kind(cell: &str) -> PropertyKind {
    match cell {
        "Appartement" => PropertyKind::Flat,
        "Maison" => PropertyKind::House,
        "Commerce" => PropertyKind::Commercial,
        "Parking" => PropertyKind::Parking,
        other => PropertyKind::from(other),
    }
}
