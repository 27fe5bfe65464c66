//! `documents.csv`: the documents, of a property or of a client.

use qlower_client::Document;
use qlower_client::codes::DocumentType;
use qlower_client::value::{FileLink, Year};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    code_document: String,
    code_lot: Option<String>,
    code_mandant: Option<String>,
    nom_fichier: String,
    type_document: Option<String>,
    annee: String,
    lien: String,
}

pub(super) fn document(row: Row) -> Document {
    Document {
        id: row.code_document,
        property_id: row.code_lot,
        declarant_id: row.code_mandant,
        file_name: row.nom_fichier,
        file_type: row.type_document.map(DocumentType::from),
        year: Year::from(row.annee),
        file_link: FileLink::from(row.lien),
        ..Document::default()
    }
}
