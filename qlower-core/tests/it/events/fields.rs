//! Every field of both editions.

use qlower_core::webhook::{Edition, Event, OrderEvent};
use serde_json::{Value, json};

use super::{CURRENT, V2_1};

fn order(text: &str) -> OrderEvent {
    match Event::parse(text.as_bytes()).unwrap() {
        Event::OrderCreated(event) | Event::OrderRenewed(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_current_edition_is_read_field_by_field() {
    let event = order(CURRENT);
    assert_eq!((event.event_id.as_str(), event.order_id, event.edition()), ("evt_7Qx2", 3051, Edition::Current));
    assert_eq!(event.timestamp.to_rfc3339(), "2026-08-05T08:42:18+00:00");
    let customer = &event.customer;
    assert_eq!(customer.email, "sophie.bernard@example.com");
    assert_eq!(
        [&customer.first_name, &customer.last_name, &customer.phone].map(|text| text.as_deref().unwrap()),
        ["Sophie", "Bernard", "+33611223344"]
    );
    let order = &event.order;
    assert_eq!((order.total_amount.to_string(), order.currency.as_str()), ("714.0".to_owned(), "EUR"));
    assert_eq!(order.payment_date.to_rfc3339(), "2026-08-05T10:42:18+02:00", "the offset is kept");
    assert_eq!(order.payment_date, event.timestamp, "and it is the same instant");
    assert_eq!(order.is_subscription, Some(true));
    assert!(order.custom_fields.is_empty());

    let [single, subscription] = order.products.as_slice() else { panic!("{:?}", order.products) };
    assert_eq!((single.product_id.as_str(), single.product_name.as_str()), ("prod_A1", "Déclaration BIC réel"));
    assert_eq!((single.quantity, single.unit_price.to_string()), (1, "315.00".to_owned()));
    assert_eq!(single.amount.unwrap().to_string(), "315.0");
    assert!(single.sub_items.is_empty());
    let [base, added] = subscription.sub_items.as_slice() else { panic!("{subscription:?}") };
    assert_eq!(subscription.amount, Some(base.amount + added.amount));
    assert_eq!((base.description.as_deref(), base.quantity), (Some("Pour une propriété"), 1));
    assert_eq!((added.unit_price.to_string(), added.amount.to_string()), ("130.0".to_owned(), "130.0".to_owned()));

    let invoice = event.invoice.as_ref().unwrap();
    assert_eq!(
        invoice.pdf_url.as_ref().unwrap().expose(),
        "https://files.example.com/invoices/3051.pdf?X-Amz-Signature=5e9a77c1"
    );
    assert_eq!(invoice.pdf_filename.as_deref(), Some("facture_20260805.pdf"));
    assert_eq!(invoice.number.as_deref(), Some("082A-0530"));
    assert_eq!(event.raw(), CURRENT.as_bytes());
}

#[test]
fn edition_2_1_is_read_field_by_field() {
    let event = order(V2_1);
    assert_eq!((event.event_id.as_str(), event.order_id, event.edition()), ("evt_old", 156, Edition::V2_1));
    assert_eq!(event.timestamp.to_rfc3339(), "2025-12-05T14:32:18+00:00");
    assert_eq!(event.customer.phone, None, "null is absent");
    assert_eq!(event.order.total_amount.to_string(), "99.99");
    assert_eq!(event.order.is_subscription, None);
    assert!(event.coverage().is_empty() && event.properties().is_empty());
    assert_eq!(event.order.products[0].amount, None);
    let field = &event.order.custom_fields[0];
    assert_eq!(
        [&field.key, &field.label, &field.value].map(|text| text.as_deref().unwrap()),
        ["annee", "Année de la déclaration", "2024"]
    );
    assert_eq!(event.invoice.as_ref().unwrap().pdf_filename, None);
}

#[test]
fn coverage_answers_by_property_and_year() {
    let event = order(CURRENT);
    assert!(event.covers("P-12", 2026) && event.covers("P-12", 2025) && event.covers("qlw_88", 2026));
    assert!(!event.covers("qlw_88", 2025) && !event.covers("P-1", 2026));
    assert_eq!(event.years_of("P-12"), [2025, 2026], "in ascending order");
    assert_eq!(event.years_of("nobody"), [0; 0]);
    let ids = |properties: Vec<&qlower_core::webhook::CoveredProperty>| {
        properties.iter().map(|property| property.external_id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(event.properties()), ["P-12", "qlw_88"], "each once");
    assert_eq!(ids(event.new_properties()), ["qlw_88"]);
    let other = order(&CURRENT.replace("qlw_88", "QLW_88"));
    assert!(other.new_properties().is_empty(), "only the prefix as it is documented");
}

#[test]
fn the_normal_form_of_the_current_edition() {
    let told = Event::parse(CURRENT.as_bytes()).unwrap().told();
    assert_eq!(
        told,
        json!({
            "event_type": "order.created",
            "event_id": "evt_7Qx2",
            "order_id": 3051,
            "timestamp": "2026-08-05T08:42:18+00:00",
            "edition": "current",
            "customer": {
                "first_name": "Sophie", "last_name": "Bernard", "email": "sophie.bernard@example.com",
                "phone": "+33611223344"
            },
            "order": {
                "total_amount": "714.0",
                "currency": "EUR",
                "payment_date": "2026-08-05T10:42:18+02:00",
                "is_subscription": true,
                "products": [
                    {"product_id": "prod_A1", "product_name": "Déclaration BIC réel", "quantity": 1,
                        "unit_price": "315.00", "amount": "315.0"},
                    {"product_id": "prod_B2", "product_name": "Abonnement", "quantity": 2, "unit_price": "199.5",
                        "amount": "399.0", "sub_items": [
                            {"description": "Pour une propriété", "quantity": 1, "unit_price": "269.0", "amount": "269.0"},
                            {"description": "Propriété additionnelle", "quantity": 1, "unit_price": "130.0", "amount": "130.0"}
                        ]}
                ],
                "coverage": [
                    {"year": 2026, "property": {"external_id": "P-12", "name": "Studio Nantes", "is_new_to_partner": false}},
                    {"year": 2025, "property": {"external_id": "P-12", "name": "Studio Nantes", "is_new_to_partner": false}},
                    {"year": 2026, "property": {"external_id": "qlw_88", "name": "Maison Brest", "is_new_to_partner": true}}
                ]
            },
            "invoice": {
                "pdf_url": "https://files.example.com/invoices/3051.pdf?X-Amz-Signature=5e9a77c1",
                "pdf_filename": "facture_20260805.pdf",
                "number": "082A-0530"
            }
        })
    );
}

#[test]
fn the_normal_form_of_edition_2_1_has_no_coverage_and_no_null() {
    let told = Event::parse(V2_1.as_bytes()).unwrap().told();
    assert_eq!(told["edition"], "2.1");
    assert_eq!(told["customer"].get("phone"), None);
    assert_eq!(told["order"].get("coverage"), None);
    assert_eq!(told["order"].get("is_subscription"), None);
    assert_eq!(told["timestamp"], "2025-12-05T14:32:18+00:00");
    assert_eq!(
        told["order"]["custom_fields"],
        json!([{"key": "annee", "label": "Année de la déclaration", "value": "2024"}])
    );
}

#[test]
fn an_empty_coverage_is_of_the_current_edition_and_stays() {
    for coverage in [r#""coverage": []"#, r#""is_subscription": false"#] {
        let event = Event::parse(V2_1.replace(r#""custom_fields""#, &format!("{coverage}, \"x\"")).as_bytes()).unwrap();
        assert_eq!(event.order().unwrap().edition(), Edition::Current, "{coverage}");
        let told = event.told();
        assert_eq!(told["order"]["coverage"], json!([]), "{coverage}");
        assert_eq!(Event::parse(told.to_string().as_bytes()).unwrap().told(), told);
    }
}

#[test]
fn a_renewal_is_told_apart() {
    let event = Event::parse(CURRENT.replace("order.created", "order.renewed").as_bytes()).unwrap();
    assert!(matches!(&event, Event::OrderRenewed(_)));
    assert_eq!((event.event_type(), event.id(), event.is_ping()), ("order.renewed", Some("evt_7Qx2"), false));
    assert_eq!(event.told()["event_type"], "order.renewed");
}

#[test]
fn what_is_unknown_does_not_hurt_and_stays_reachable() {
    let text = CURRENT
        .replace(r#""order_id""#, r#""discount": {"code": "ÉTÉ", "rate": 0.125, "odd": 1e400}, "order_id""#)
        .replace(r#""email""#, r#""loyalty": 18446744073709551616, "email""#);
    let event = Event::parse(text.as_bytes()).unwrap();
    let json = event.json();
    assert_eq!(
        json["discount"],
        json!({"code": "ÉTÉ", "rate": 0.125, "odd": "1e400"}),
        "what no float keeps is a text"
    );
    assert_eq!(json["customer"]["loyalty"], "18446744073709551616");
    assert_eq!(json["order"]["total_amount"], json!(714.0));
    assert_eq!(event.raw(), text.as_bytes());
    assert_eq!(event.told(), Event::parse(CURRENT.as_bytes()).unwrap().told(), "and changes nothing");
}

#[test]
fn where_nothing_is_at_stake_any_scalar_will_do() {
    let text = CURRENT
        .replace(r#""phone": "+33611223344""#, r#""phone": 33611223344"#)
        .replace(r#""first_name": "Sophie""#, r#""first_name": """#)
        .replace(r#""last_name": "Bernard""#, r#""last_name": ["Bernard"]"#)
        .replace(r#""number": "082A-0530""#, r#""number": 530"#);
    let event = order(&text);
    assert_eq!(event.customer.phone.as_deref(), Some("33611223344"));
    assert_eq!(event.customer.first_name.as_deref(), Some(""), "an empty text stays as it is");
    assert_eq!(event.customer.last_name, None);
    assert_eq!(event.json()["customer"]["last_name"], json!(["Bernard"]), "still reachable");
    assert_eq!(event.invoice.unwrap().number.as_deref(), Some("530"));

    let text = V2_1.replace(r#""value": "2024""#, r#""value": {"from": 2024, "to": 2025.10}"#);
    assert_eq!(order(&text).order.custom_fields[0].value.as_deref(), Some(r#"{"from":2024,"to":2025.1}"#));
    let text = CURRENT.replace(r#""invoice": {"#, r#""invoice": null, "former": {"#);
    assert_eq!(order(&text).invoice, None);
}

#[test]
fn a_lower_case_currency_is_the_same_currency() {
    assert_eq!(order(&CURRENT.replace("\"EUR\"", "\"eur\"")).order.currency, "EUR");
}

#[test]
fn a_ping_needs_nothing_but_its_type() {
    for (text, timestamp) in [
        (r#"{"event_type": "ping", "timestamp": "2026-08-05T08:42:18Z"}"#, Some("2026-08-05T08:42:18+00:00")),
        (r#"{"event_type": "ping"}"#, None),
        (r#"{"event_type": "ping", "timestamp": "now", "event_id": 7}"#, None),
    ] {
        let event = Event::parse(text.as_bytes()).unwrap();
        assert!(event.is_ping(), "{text}");
        assert_eq!((event.id(), event.event_type(), event.order()), (None, "ping", None));
        let told = event.told();
        assert_eq!(told.get("timestamp").and_then(Value::as_str), timestamp, "{text}");
    }
}
