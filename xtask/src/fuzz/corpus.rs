//! What the mutations start from.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::root;
use crate::sample::{Chance, References, payload};

/// The access key in generated payloads: what is looked for where no secret may stand.
pub(super) const KEY: &str = "KEY-7c1d9e2f-SENTINEL";

/// Inputs to start from, all with something in them.
pub(super) struct Corpus {
    pub(super) inputs: Vec<Vec<u8>>,
}

/// Answers of the endpoint in all documented shapes.
const REPLIES: &[&str] = &[
    r#"{"status": "SUCCESS", "total_count": 2, "success_count": 2, "failed_count": 0, "end_date": "2026-01-02T09:45:10.630061", "errors": [], "combined_result": [{"model": "properties", "item": {"success": 1, "error": 0}}]}"#,
    r#"{"status": "PARTIAL_SUCCESS", "total_count": 2, "success_count": 1, "failed_count": 1, "end_date": "2026-01-02T09:46:28", "errors": [{"model": "transactions", "type": "ValidationError", "error": "Champ 'amt' dans transactions 'T-00000001' invalide : Field required", "created_at": "2026-01-02T10:46:28.480939Z", "id": "T-00000001"}], "combined_result": [{"model": "transactions", "item": {"success": 0, "error": 1}}]}"#,
    r#"{"status": "ERROR", "total_count": 3, "success_count": 0, "failed_count": 3, "errors": [{"model": "clients", "error": "client KEY-7c1d9e2f-SENTINEL", "id": "proprietaire.0@exemple.fr"}, {"model": "properties", "id": "P-000000", "error": null}, {"model": "documents", "id": "F-000000-1", "type": "KeyError"}, "texte", {"model": "declarants", "id": 7}]}"#,
    r#"{"status": "KO", "type": "ValidationError", "message": "Données invalides", "errors": "Détails de l'erreur"}"#,
    r#"{"status": "KO", "type": "InternalServerError", "message": "Erreur interne du serveur", "error": {"key": "KEY-7c1d9e2f-SENTINEL"}}"#,
    "<!doctype html><html><head><title>502 Bad Gateway</title><style>p{}</style></head><body><h1>Bad Gateway</h1>&eacute;&#233;</body></html>",
    "upstream connect error, key KEY-7c1d9e2f-SENTINEL",
    "",
];

/// Events of all senders, in all documented shapes.
const EVENTS: &[&str] = &[
    r#"{"event_type": "order.created", "event_id": "evt_1", "order_id": 3051, "timestamp": "2026-08-05T08:42:18+00:00", "customer": {"first_name": "Sophie", "last_name": "KEY-7c1d9e2f-SENTINEL", "email": "s@example.com", "phone": "+33611223344"}, "order": {"total_amount": 714.0, "currency": "EUR", "payment_date": "2026-08-05T10:42:18+02:00", "is_subscription": true, "products": [{"product_id": "prod_A1", "product_name": "BIC réel", "quantity": 1, "unit_price": 315.00, "amount": 315.0}, {"product_id": "prod_B2", "product_name": "Abonnement", "quantity": 2, "unit_price": "199.5", "amount": 399.0, "sub_items": [{"description": "Base", "quantity": 1, "unit_price": 269.0, "amount": 2.69e2}]}], "coverage": [{"year": 2026, "property": {"external_id": "P-12", "name": "Studio"}}, {"year": 2026, "property": {"external_id": "qlw_88", "name": "Maison"}}]}, "invoice": {"pdf_url": "https://files.example.com/1.pdf?X-Amz-Signature=5e9a", "pdf_filename": "facture.pdf", "number": "082A-0530"}}"#,
    r#"{"event_type":"order.renewed","event_id":"evt_2","order_id":156,"timestamp":"2025-12-05T14:32:18.000Z","customer":{"email":"s@example.com","phone":null},"order":{"total_amount":99.99,"currency":"EUR","payment_date":"2025-12-05T14:32:18.000Z","products":[{"product_id":"prod_C3","product_name":"Formule","quantity":1,"unit_price":83.32}],"custom_fields":[{"key":"annee","label":"Ann\u00e9e","value":"2024"}]},"invoice":{"pdf_url":"https://files.example.com/156.pdf","number":"F-156"}}"#,
    r#"{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00"}"#,
    r#"{"event_type": "order.refunded", "event_id": "evt_3", "timestamp": "2026-08-05T08:42:18Z", "order": {"total_amount": 1e400}}"#,
    r#"{"event": "reportStateChanged", "payload": {"type": "report", "id": "0b5c9f3e-6a41-4b0a-9c55-3f1f6d0f8a11", "state": "CLOSED", "createdAt": "2026-03-01T09:00:00+01:00", "updatedAt": "2026-03-02T10:30:00.250Z", "_links": {"self": {"href": "/reports/0b5c"}, "all": ["/a", {"href": "/b"}]}, "_embedded": {"reporter": {"name": "KEY-7c1d9e2f-SENTINEL"}}, "costs": [12.50, 0.30000000000000004, 18446744073709551616]}}"#,
    r#"{"vin": "VF1RFB00066123456", "images": ["vin_01.jpg", "vin_02.jpg"], "deep": [[[[{}]]]]}"#,
    "",
];

impl Corpus {
    /// Payloads, vectors and replies; what suits the target comes several times.
    pub(super) fn new(target: &str) -> Result<Self, String> {
        let own = match target {
            "webhook_event" => Some(EVENTS.iter().map(|event| event.as_bytes().to_vec()).collect()),
            "fleet" => Some(super::fleet::seeds()?),
            "ftp_replies" => Some(super::ftp_replies::seeds()),
            "known_hosts" => Some(super::known_hosts::seeds()),
            "live_reading" => Some(super::live_reading::seeds()),
            "webhook_header" => Some(super::webhook_header::seeds()),
            "naming" => Some(super::naming::seeds()),
            _ => None,
        };
        if let Some(inputs) = own {
            return Ok(Self { inputs });
        }
        let replies = REPLIES.iter().map(|reply| reply.as_bytes().to_vec());
        let mut inputs: Vec<Vec<u8>> = replies.collect();
        if target == "reply" {
            return Ok(Self { inputs });
        }
        inputs.truncate(2);
        for (seed, references) in (0..6).zip([References::Resolved, References::Dangling].into_iter().cycle()) {
            inputs.extend(payloads(seed, references));
        }
        vectors(&root().join("qlower-core/vectors"), &mut inputs)?;
        Ok(Self { inputs })
    }

    /// A few payloads that are read by several threads.
    pub(super) fn large() -> Self {
        let payloads =
            [References::Resolved, References::Dangling].map(|references| payload(11_000_000, 7, references));
        let [resolved, dangling] = payloads;
        let pretty = serde_json::to_vec_pretty(&resolved).unwrap_or_default();
        Self { inputs: vec![resolved.to_json(), dangling.to_json(), pretty] }
    }

    pub(super) fn pick(&self, chance: &mut Chance) -> &[u8] {
        self.inputs.get(chance.below(self.inputs.len())).map_or(&[], Vec::as_slice)
    }
}

/// A small generated payload: flat and with clients, compact and pretty.
fn payloads(seed: u64, references: References) -> [Vec<u8>; 3] {
    let mut flat = payload(1, seed, references);
    flat.api_key = KEY.into();
    let compact = flat.to_json();
    let mut value: Value = serde_json::from_slice(&compact).unwrap_or_default();
    let mut entry = serde_json::json!({
        "client": {"email": "jean@exemple.fr", "firstName": "Jean", "lastName": "Dupont", "phoneNumber": null}
    });
    for section in ["declarants", "properties", "transactions", "documents"] {
        if let (Some(root), Some(entry)) = (value.as_object_mut(), entry.as_object_mut()) {
            entry.extend(root.remove_entry(section));
        }
    }
    if let Some(root) = value.as_object_mut() {
        root.insert("clients".to_owned(), Value::Array(vec![entry.clone(), entry]));
    }
    let pretty = serde_json::to_vec_pretty(&flat).unwrap_or_default();
    [compact, pretty, value.to_string().into_bytes()]
}

/// Every file, and every text and object under `input` in it.
fn vectors(folder: &Path, inputs: &mut Vec<Vec<u8>>) -> Result<(), String> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let mut paths: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    // The order of a folder is not the same everywhere.
    paths.sort();
    for path in paths {
        if path.is_dir() {
            vectors(&path, inputs)?;
            continue;
        }
        let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        if let Ok(value) = serde_json::from_slice::<Value>(&text) {
            collect(&value, inputs);
        }
        inputs.push(text);
    }
    Ok(())
}

fn collect(value: &Value, inputs: &mut Vec<Vec<u8>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, inputs)),
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if key == "input" => inputs.push(text.clone().into_bytes()),
                    Value::Object(_) if key == "input" => inputs.push(member.to_string().into_bytes()),
                    other => collect(other, inputs),
                }
            }
        }
        _ => {}
    }
}
