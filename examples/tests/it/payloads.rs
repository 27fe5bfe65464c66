//! Texts to check and to send.

/// The key in every payload here: no output may hold it.
pub(crate) const KEY: &str = "k-s3cr3t-0123456789";

/// A payload without findings; line 4 holds the first of its two transactions.
pub(crate) fn valid() -> String {
    with_header("sandbox", KEY)
}

pub(crate) fn with_header(partner: &str, key: &str) -> String {
    format!(
        r#"{{"inigPtynm": "{partner}", "apiKey": "{key}", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0",
"properties": [{{"id": "P1", "description": "Studio", "streetName": "rue de l'Église", "townName": "Orléans", "postCode": "45000", "ctry": "FR", "lastName": "Dupont", "firstName": "Élise", "email": "elise@example.com", "acquisitionDate": "2010-05-06", "taxRegime": 5}}],
"transactions": [
  {{"id": "T1", "reqdExctnDt": "2025-01-05", "id-prty": "P1", "amt": 850.00, "ref": "Loyer janvier"}},
  {{"id": "T2", "reqdExctnDt": "2025-01-15", "id-prty": "P1", "amt": -120.50, "ref": "Charges"}}
]}}
"#
    )
}

/// One warning: the amount is zero.
pub(crate) fn doubtful() -> String {
    valid().replace("850.00", "0")
}

/// Two errors: a date of the wrong form on line 4, and no amount on line 5.
pub(crate) fn faulty() -> String {
    valid().replace("2025-01-05", "05/01/2025").replace(r#""amt": -120.50, "#, "")
}
