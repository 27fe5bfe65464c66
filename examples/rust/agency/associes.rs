//! `associes.csv`: who holds the shares of a client.

use qlower_client::Associate;
use qlower_client::codes::Civility;
use qlower_client::value::{Country, Email};
use serde::Deserialize;

use super::cells::yes_no;

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    code_associe: String,
    /// The client in whose list the associate belongs.
    pub(super) code_mandant: String,
    civilite: String,
    nom: Option<String>,
    prenom: Option<String>,
    adresse: Option<String>,
    ville: Option<String>,
    pays: Option<String>,
    courriel: String,
    gerant: Option<String>,
}

pub(super) fn associate(row: Row) -> Associate {
    Associate {
        id: row.code_associe,
        civility: Civility::from(row.civilite),
        last_name: row.nom,
        first_name: row.prenom,
        address: row.adresse,
        town: row.ville,
        country: row.pays.map(Country::from),
        email: Email::from(row.courriel),
        manager: row.gerant.as_deref().map(yes_no),
        ..Associate::default()
    }
}
