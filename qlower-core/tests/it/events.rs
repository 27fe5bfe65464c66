//! What webhooks tell.

mod exact;
mod faults;
mod fields;
mod others;
mod shown;
mod sound;

/// An order of the current edition with every field.
const CURRENT: &str = r#"{
    "event_type": "order.created",
    "event_id": "evt_7Qx2",
    "order_id": 3051,
    "timestamp": "2026-08-05T08:42:18+00:00",
    "customer": {
        "first_name": "Sophie",
        "last_name": "Bernard",
        "email": "sophie.bernard@example.com",
        "phone": "+33611223344"
    },
    "order": {
        "total_amount": 714.0,
        "currency": "EUR",
        "payment_date": "2026-08-05T10:42:18+02:00",
        "is_subscription": true,
        "products": [{
            "product_id": "prod_A1",
            "product_name": "Déclaration BIC réel",
            "quantity": 1,
            "unit_price": 315.00,
            "amount": 315.0
        }, {
            "product_id": "prod_B2",
            "product_name": "Abonnement",
            "quantity": 2,
            "unit_price": 199.5,
            "amount": 399.0,
            "sub_items": [
                {"description": "Pour une propriété", "quantity": 1, "unit_price": 269.0, "amount": 269.0},
                {"description": "Propriété additionnelle", "quantity": 1, "unit_price": 130.0, "amount": 130.0}
            ]
        }],
        "coverage": [
            {"year": 2026, "property": {"external_id": "P-12", "name": "Studio Nantes"}},
            {"year": 2025, "property": {"external_id": "P-12", "name": "Studio Nantes"}},
            {"year": 2026, "property": {"external_id": "qlw_88", "name": "Maison Brest"}}
        ]
    },
    "invoice": {
        "pdf_url": "https://files.example.com/invoices/3051.pdf?X-Amz-Signature=5e9a77c1",
        "pdf_filename": "facture_20260805.pdf",
        "number": "082A-0530"
    }
}"#;

/// An order of edition 2.1.
const V2_1: &str = r#"{
    "event_type": "order.created",
    "event_id": "evt_old",
    "order_id": 156,
    "timestamp": "2025-12-05T14:32:18.000Z",
    "customer": {"first_name": "Sophie", "last_name": "Bernard", "email": "sophie.bernard@example.com", "phone": null},
    "order": {
        "total_amount": 99.99,
        "currency": "EUR",
        "payment_date": "2025-12-05T14:32:18.000Z",
        "products": [{"product_id": "prod_C3", "product_name": "Formule", "quantity": 1, "unit_price": 83.32}],
        "custom_fields": [{"key": "annee", "label": "Année de la déclaration", "value": "2024"}]
    },
    "invoice": {"pdf_url": "https://files.example.com/invoice_156.pdf", "number": "F-2025-156"}
}"#;
