//! What proves a webhook, and what explains that one is refused.

mod basic;
mod explain;
mod property;
mod signature;
pub(crate) mod vectors;
mod verifier;

use qlower_core::webhook::{Reason, Refusal, Verified};

/// When every test signs.
const AT: i64 = 1_786_000_000;
const SECRET: &str = "whsec_4cm3-Kf7Qz";

/// The index of the secret that gave it, or why none did.
fn outcome(result: Result<Verified, Refusal>) -> Result<usize, Reason> {
    result.map(Verified::secret).map_err(Refusal::reason)
}

/// An order as Python writes one.
const ORDER: &str = r#"{"event_type": "order.created", "event_id": "evt_1U10P7BRvWe0K5pq93AePnrD", "order_id": 3051, "timestamp": "2026-08-05T08:42:18+00:00", "customer": {"first_name": "Zo\u00e9", "last_name": "Martin", "email": "marie.martin@example.com", "phone": "+33687654321"}, "order": {"total_amount": 315.0, "currency": "EUR", "payment_date": "2026-08-05T08:42:18+00:00", "is_subscription": true, "products": [{"product_id": "prod_UysoTyUjG5IsMB", "product_name": "BIC r\u00e9el (LMNP ou LMP), SCI (IR ou IS)", "quantity": 1, "unit_price": 315.0, "amount": 315.0}], "coverage": [{"year": 2026, "property": {"external_id": "00322f69-c2a2-41d3-9848-0d74c838a6c4", "name": "Appartement Bordeaux"}}]}, "invoice": {"pdf_url": "https://documents.example.com/a/b?c=d", "pdf_filename": "facture_20260805.pdf", "number": "082A05A2-0530"}}"#;
