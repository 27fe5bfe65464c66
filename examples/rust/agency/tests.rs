use std::fs;

use qlower_client::codes::{PropertyKind, YesNo};
use qlower_client::value::{Amount, Day};
use qlower_client::{Check, Payload, Report};
use serde_json::{Value, json};

use super::cells::{day, decimal, yes_no};
use super::*;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn broken() -> Export {
    let folder = data().join("broken");
    Export { lots: folder.join("lots.csv"), ecritures: folder.join("ecritures.csv"), ..Export::in_folder(&data()) }
}

fn check(export: &Export) -> Report {
    let Books { declarants, properties, transactions, documents } = export.read().unwrap();
    let header = Payload::builder().partner("p").api_key("k").created_at("2026-01-05T08:00:00+01:00").build().unwrap();
    Payload { declarants, properties, transactions, documents, ..header }.check().into_report()
}

fn found(report: &Report) -> Vec<(&str, &str, &str)> {
    let findings = report.findings().iter();
    findings.map(|f| (f.severity().as_str(), f.code().as_str(), f.id().unwrap_or_default())).collect()
}

#[test]
fn decimals_are_converted_and_what_is_none_stays() {
    for (cell, expected) in [("855,00", "855.00"), ("-1234567,89", "-1234567.89"), ("0,1", "0.1"), ("7", "7")] {
        let amount = decimal(cell);
        assert!(amount.value().is_some(), "{cell}");
        assert_eq!(amount, Amount::from(expected), "{cell}");
    }
    for cell in ["1 250,00", "-12O,50", "1.250,00", "1,250,00", ",", "12,", "€", ""] {
        assert_eq!(decimal(cell).invalid_text(), Some(cell));
    }
}

#[test]
fn days_are_converted_and_what_is_none_stays() {
    assert_eq!(day("31/12/2024"), Day::from("2024-12-31"));
    assert!(day("29/02/2024").value().is_some());
    assert_eq!(day("31/02/2025").invalid_text(), Some("2025-02-31"), "of the right form, and no day: for the check");
    for cell in
        ["2025/03/07", "1/2/2025", "01/02/25", "01-02-2025", "aa/bb/cccc", "01/02/2025/03", "+1/02/2025", "hier", ""]
    {
        assert_eq!(day(cell).invalid_text(), Some(cell));
    }
}

#[test]
fn words_become_codes_and_others_stay() {
    assert_eq!(["OUI", "NON"].map(yes_no), [YesNo::Yes, YesNo::No]);
    assert_eq!(yes_no("PEUT-ÊTRE").code(), "PEUT-ÊTRE");
    let kinds = ["Appartement", "Maison", "Commerce", "Parking"].map(lots::kind);
    assert_eq!(kinds, [PropertyKind::Flat, PropertyKind::House, PropertyKind::Commercial, PropertyKind::Parking]);
    assert_eq!(lots::kind("Château").code(), "Château");
}

#[test]
fn the_good_books_have_no_error_and_the_two_warnings_that_belong_there() {
    let books = Export::in_folder(&data()).read().unwrap();
    let associates: usize = books.declarants.iter().map(|declarant| declarant.associates.len()).sum();
    let sections = [books.declarants.len(), books.properties.len(), books.transactions.len(), books.documents.len()];
    assert_eq!((sections, associates), ([40, 120, 6000, 250], 90));

    let report = check(&Export::in_folder(&data()));
    assert_eq!(found(&report), [("warning", "foreign_country", "A016"), ("warning", "undecided_tax_regime", "L063")]);
}

#[test]
fn the_broken_books_have_the_mistakes_that_are_documented() {
    let mistakes = [
        ("warning", "foreign_country", "A016"),
        ("error", "invalid_siret", "L028"),
        ("error", "missing_field", "L041"),
        ("error", "invalid_email", "L056"),
        ("warning", "undecided_tax_regime", "L063"),
        ("warning", "acquired_before_construction", "L072"),
        ("error", "unknown_code", "L091"),
        ("error", "invalid_decimal", "2024-00466"),
        ("error", "invalid_decimal", "2024-01081"),
        ("error", "missing_field", "2024-01827"),
        ("warning", "zero_amount", "2024-02836"),
        ("error", "nonexistent_date", "2025-00441"),
        ("error", "invalid_date", "2025-00533"),
        ("warning", "unknown_reference", "2025-01002"),
        ("error", "unknown_code", "2025-01727"),
        ("error", "duplicate_id", "2025-02466"),
    ];
    assert_eq!(found(&check(&broken())), mistakes);
}

/// An export of one row a file, with every column filled.
fn export(folder: &Path) -> Export {
    let export = Export::in_folder(folder);
    for (path, content) in [
        (
            &export.mandants,
            "code_mandant;forme_juridique;raison_sociale;siren;nic;imposition;categorie_fiscale;regime_fiscal;\
             debut_activite;adresse;code_postal;ville;oga_siret;oga_nom;oga_agrement;oga_adherent;gestionnaire\n\
             M1;6540;SCI Été;732829320;00074;IR;4;10;01/02/2003;1 quai;01000;Bourg;73282932000074;OGA;1;2;S. H.\n",
        ),
        (
            &export.associes,
            "code_associe;code_mandant;civilite;nom;prenom;adresse;code_postal;ville;pays;courriel;gerant;quote_part\n\
             A1;M1;MME;Roy;Zoé;2 rue;01000;Bourg ;FR;z@example.com;OUI;50,00\n",
        ),
        (
            &export.lots,
            "code_lot;code_mandant;type_bien;designation;meuble;gestion;numero;rue;complement;code_postal;ville;pays;\
             nom_proprietaire;prenom_proprietaire;telephone;courriel;date_construction;date_acquisition;nb_pieces;\
             surface;surface_terrasse;surface_jardin;etage;nb_parkings;siret;tva;valeur_reevaluee;debut_activite;\
             regime_fiscal;fin_travaux;prix_acquisition;etat_acquisition;depot_permis;demembrement;frais_agence;\
             frais_notaire\n\
             L1;M1;Maison;\"Dite \"\"la Belle\"\"; rdc\";OUI;STRP;3;rue;Bât. B;01000;Bourg;FR;Roy;Zoé;0199000000;\
             z@example.com;02/01/1990;03/01/2000;4;70,5;5,25;100;-1;2;73282932000074;10;1000,5;04/01/2001;5;\
             05/01/1999;2000,75;NEW;06/01/1989;NON;30,1;40,2\n",
        ),
        (
            &export.ecritures,
            "no_ecriture;date_operation;code_lot;code_locataire;libelle;rubrique;montant;devise\n\
             E1;07/01/2025;L1;T1;Loyer;LOYER;-0,10;EUR\n",
        ),
        (
            &export.documents,
            "code_document;code_lot;code_mandant;nom_fichier;type_document;annee;lien\n\
             D1;L1;M1;a.pdf;26;2024;https://example.com/a.pdf\n",
        ),
    ] {
        fs::write(path, content).unwrap();
    }
    export
}

#[test]
fn every_column_reaches_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let books = export(folder.path()).read().unwrap();
    assert_eq!(
        serde_json::to_value(&books.declarants[0]).unwrap(),
        json!({
            "id": "M1", "sirenId": "732829320", "nicId": "00074", "legalStatusId": "6540", "taxRegimeAggregation": "IR",
            "taxCategoryId": "4", "taxRegimeId": "10", "corporateName": "SCI Été", "debActDate": "2003-02-01",
            "address": "1 quai", "townName": "Bourg", "postCode": "01000", "ogaSiretId": "73282932000074", "ogaName": "OGA",
            "ogaId": "1", "ogaNumber": "2",
            "associates": [{
                "id": "A1", "civility": "MME", "firstName": "Zoé", "lastName": "Roy", "address": "2 rue",
                "townName": "Bourg", "ctry": "FR", "email": "z@example.com", "manager": "O",
            }],
        })
    );
    assert_eq!(
        serde_json::to_value(&books.properties[0]).unwrap(),
        json!({
            "id": "L1", "declarantId": "M1", "type": "H", "description": "Dite \"la Belle\"; rdc", "furnished": "O",
            "managed": "STRP", "bldgNb": "3", "streetName": "rue", "streetName2": "Bât. B", "townName": "Bourg",
            "postCode": "01000", "ctry": "FR", "lastName": "Roy", "firstName": "Zoé", "telNumber": "0199000000",
            "email": "z@example.com", "constructionDate": "1990-01-02", "acquisitionDate": "2000-01-03", "nbrRooms": 4,
            "area": 70.5, "terrArea": 5.25, "gardArea": 100, "nbrFloors": -1, "nbrPark": 2, "siretId": "73282932000074",
            "tvaOption": "10", "netReevaluation": 1000.5, "debActDate": "2001-01-04", "taxRegime": 5,
            "workCompDate": "1999-01-05", "costPrice": 2000.75, "completionStatus": "NEW", "startConstrDate": "1989-01-06",
            "dismemberedProperty": "N", "agencyFee": 30.1, "notaryFee": 40.2,
        })
    );
    assert_eq!(
        serde_json::to_value(&books.transactions[0]).unwrap(),
        json!({
            "id": "E1", "reqdExctnDt": "2025-01-07", "id-prty": "L1", "id-tenant": "T1", "amt": -0.1, "ccy": "EUR",
            "purpose": "LOYER", "ref": "Loyer",
        })
    );
    assert_eq!(
        serde_json::to_value(&books.documents[0]).unwrap(),
        json!({
            "id": "D1", "propertyId": "L1", "declarantId": "M1", "fileName": "a.pdf", "fileType": "26", "year": "2024",
            "fileLink": "https://example.com/a.pdf",
        })
    );
}

#[test]
fn an_empty_cell_is_an_absent_field() {
    let folder = tempfile::tempdir().unwrap();
    let export = export(folder.path());
    let text = fs::read_to_string(&export.ecritures).unwrap().replace("T1;Loyer;LOYER;-0,10;EUR", ";Loyer; ;;");
    fs::write(&export.ecritures, text).unwrap();
    let transaction = &export.read().unwrap().transactions[0];
    let shown: Value = serde_json::to_value(transaction).unwrap();
    assert_eq!(shown, json!({"id": "E1", "reqdExctnDt": "2025-01-07", "id-prty": "L1", "amt": "", "ref": "Loyer"}));
}

#[test]
fn what_is_no_table_is_told_with_its_file() {
    type Damage = fn(&[u8]) -> Vec<u8>;
    let cases: [(Damage, &str); 4] = [
        (|text| text.to_ascii_uppercase(), "missing field `no_ecriture`"),
        (|text| text[..text.len() - 5].to_vec(), "line: 2"),
        (|text| [&text[..text.len() - 30], &[0xe9], &text[text.len() - 30..]].concat(), "invalid utf-8"),
        (|_| Vec::new(), ""),
    ];
    for (damage, named) in cases {
        let folder = tempfile::tempdir().unwrap();
        let export = export(folder.path());
        fs::write(&export.ecritures, damage(&fs::read(&export.ecritures).unwrap())).unwrap();
        if named.is_empty() {
            fs::remove_file(&export.ecritures).unwrap();
        }
        let error = export.read().unwrap_err().to_string();
        assert!(
            error.starts_with("ecritures.csv: ") && error.to_lowercase().contains(&named.to_lowercase()),
            "{error}"
        );
    }
}

#[test]
fn an_associate_of_nobody_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let export = export(folder.path());
    let text = fs::read_to_string(&export.associes).unwrap().replace("A1;M1", "A1;M9");
    fs::write(&export.associes, text).unwrap();
    let error = export.read().unwrap_err().to_string();
    assert_eq!(error, "associes.csv: A1 belongs to \"M9\", which mandants.csv does not hold");
}
