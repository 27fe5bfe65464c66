//! `ecritures.csv`: the transactions.

use qlower_client::Transaction;
use qlower_client::codes::Currency;
use serde::Deserialize;

use super::cells::{day, decimal};

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    no_ecriture: String,
    date_operation: String,
    code_lot: String,
    code_locataire: Option<String>,
    libelle: String,
    rubrique: Option<String>,
    montant: String,
    devise: Option<String>,
}

pub(super) fn transaction(row: Row) -> Transaction {
    Transaction {
        id: row.no_ecriture,
        date: day(&row.date_operation),
        property_id: row.code_lot,
        tenant_id: row.code_locataire,
        reference: row.libelle,
        category: row.rubrique,
        amount: decimal(&row.montant),
        currency: row.devise.map(Currency::from),
        ..Transaction::default()
    }
}
