//! What the events of the sandbox say.
#![expect(clippy::unwrap_used, reason = "a helper of tests: a missing value is a failed test")]

use qlower_client::sandbox::{
    Coverage, Customer, Invoice, Order, Product, Sandbox, SubItem, WebhookEdition, WebhookTarget,
};
use qlower_client::webhook::Event;
use serde_json::{Value, json};

use super::sandbox_http::load;
use super::sandbox_payload::{property, with_header};

/// A sandbox whose webhooks wait for ever.
fn held(edition: WebhookEdition) -> Sandbox {
    let target = WebhookTarget::new("http://127.0.0.1:9/").edition(edition);
    let sandbox = Sandbox::builder().webhook(target).webhook_seed(1).start_blocking().unwrap();
    sandbox.hold_webhooks();
    sandbox
}

fn emitted(sandbox: &Sandbox, order: Order) -> Value {
    let delivery = sandbox.emit_order(order).unwrap();
    serde_json::from_slice(&delivery.body).unwrap()
}

const AT: &str = "2026-08-05T10:42:18+02:00";

#[test]
fn an_order_of_which_nothing_is_said_is_whole() {
    let sandbox = held(WebhookEdition::Current);
    let delivery = sandbox.emit_order(Order::created().timestamp(AT)).unwrap();
    let event: Value = serde_json::from_slice(&delivery.body).unwrap();
    let id = delivery.event_id.unwrap();
    assert!(
        id.len() == 28 && id.starts_with("evt_") && id[4..].bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{id}"
    );
    let product = event["order"]["products"][0]["product_id"].clone();
    let property = event["order"]["coverage"][0]["property"]["external_id"].clone();
    assert!(product.as_str().unwrap().starts_with("prod_") && property.as_str().unwrap().starts_with("qlw_"));
    assert_eq!(
        event,
        json!({
            "event_type": "order.created",
            "event_id": id,
            "order_id": 1,
            "timestamp": "2026-08-05T08:42:18+00:00",
            "customer": {
                "first_name": "Marie", "last_name": "Martin", "email": "marie.martin.1@example.com", "phone": "+33687654321",
            },
            "order": {
                "total_amount": 315.0, "currency": "EUR", "payment_date": "2026-08-05T08:42:18+00:00", "is_subscription": true,
                "products": [{
                    "product_id": product, "product_name": "BIC réel (LMNP ou LMP), SCI (IR ou IS)", "quantity": 1,
                    "unit_price": 315.0, "amount": 315.0,
                }],
                "coverage": [{"year": 2026, "property": {"external_id": property, "name": "Appartement Bordeaux"}}],
            },
            "invoice": {
                "pdf_url": "https://documents.qlower.example/partner_invoices/invoice_1_20260805_084218.pdf?X-Amz-Expires=604800",
                "pdf_filename": "facture_20260805.pdf", "number": "FQCA-2026-000001",
            },
        })
    );
    let text = String::from_utf8(delivery.body.to_vec()).unwrap();
    assert!(text.contains(r#""total_amount":315.0,"#), "a float, as Qlower writes it: {text}");
}

#[test]
fn everything_can_be_said() {
    let sandbox = held(WebhookEdition::Current);
    let order = Order::renewed()
        .event_id("evt_1")
        .order_id(3051)
        .timestamp(AT)
        .paid_at("2026-08-04T00:00:00Z")
        .customer(Customer::new("jean@example.com").first_name("Jean").last_name("Roux").phone("+33100000000"))
        .products([Product::new("Abonnement", "199.50")
            .id("prod_1")
            .quantity(2)
            .sub_item(SubItem::new("pour 1 propriété", 269))
            .sub_item(SubItem::new("propriétés additionnelles", "65.00").quantity(2).amount("130.0"))])
        .total("478.80")
        .currency("CHF")
        .subscription(false)
        .covers(Coverage::of("P9").named("Studio Lyon").year(2027))
        .covers(Coverage::new_property("Maison Brest"))
        .custom_field("k", "Clé", "v")
        .invoice(Invoice::new("F-1").pdf_url("https://files.example.com/f.pdf").pdf_filename("f.pdf"));
    let mut event = emitted(&sandbox, order);
    let new = event["order"]["coverage"][1]["property"]["external_id"].take();
    assert!(new.as_str().unwrap().starts_with("qlw_"), "{new}");
    assert_eq!(
        event,
        json!({
            "event_type": "order.renewed", "event_id": "evt_1", "order_id": 3051, "timestamp": "2026-08-05T08:42:18+00:00",
            "customer": {"first_name": "Jean", "last_name": "Roux", "email": "jean@example.com", "phone": "+33100000000"},
            "order": {
                "total_amount": 478.8, "currency": "CHF", "payment_date": "2026-08-04T00:00:00+00:00", "is_subscription": false,
                "products": [{
                    "product_id": "prod_1", "product_name": "Abonnement", "quantity": 2, "unit_price": 199.5, "amount": 399.0,
                    "sub_items": [
                        {"description": "pour 1 propriété", "quantity": 1, "unit_price": 269.0, "amount": 269.0},
                        {"description": "propriétés additionnelles", "quantity": 2, "unit_price": 65.0, "amount": 130.0},
                    ],
                }],
                "coverage": [
                    {"year": 2027, "property": {"external_id": "P9", "name": "Studio Lyon"}},
                    {"year": 2026, "property": {"external_id": null, "name": "Maison Brest"}},
                ],
                "custom_fields": [{"key": "k", "label": "Clé", "value": "v"}],
            },
            "invoice": {"pdf_url": "https://files.example.com/f.pdf", "pdf_filename": "f.pdf", "number": "F-1"},
        })
    );
}

#[test]
fn json_says_the_same_as_the_builder() {
    let text = r#"{
        "kind": "properties_added", "partner": "sandbox", "event_id": "evt_1", "order_id": 7, "timestamp": "2026-08-05T08:42:18Z",
        "customer": {"email": "jean@example.com"},
        "products": [{"product_id": "prod_1", "product_name": "A", "unit_price": 0.1, "quantity": 3,
            "sub_items": [{"description": "b", "unit_price": "0.30"}]}],
        "coverage": [{"year": 2025, "property": {"external_id": "P1", "name": "N"}}, {"year": 2026, "property": {"external_id": "qlw_1"}}],
        "custom_fields": [{"key": "k", "label": "l", "value": "v"}],
        "invoice": {"number": "1"}, "is_subscription": false, "duplicates": null
    }"#;
    let built = Order::properties_added()
        .partner("sandbox")
        .event_id("evt_1")
        .order_id(7)
        .timestamp("2026-08-05T08:42:18Z")
        .customer(Customer::new("jean@example.com"))
        .products([Product::new("A", "0.1").id("prod_1").quantity(3).sub_item(SubItem::new("b", "0.3"))])
        .covers(Coverage::of("P1").named("N").year(2025))
        .covers(Coverage::of("qlw_1").year(2026))
        .custom_field("k", "l", "v")
        .invoice(Invoice::new("1"))
        .subscription(false);
    let sandbox = held(WebhookEdition::Current);
    let event = emitted(&sandbox, Order::from_json(text).unwrap());
    assert_eq!(event, emitted(&sandbox, built));
    assert_eq!(event["event_type"], "order.created");
    assert_eq!(event["order"]["total_amount"], json!(0.3), "exact, and no 0.30000000000000004");
    assert_eq!(event["customer"], json!({"email": "jean@example.com"}), "nobody else's name");
    assert_eq!(emitted(&sandbox, Order::from_json("{}").unwrap())["order_id"], 1);
}

#[test]
fn a_property_that_was_loaded_is_told_by_its_name() {
    let sandbox = held(WebhookEdition::Current);
    let mut second = property("P2", json!([]));
    second["description"] = "Maison Brest".into();
    let payload = with_header(json!({ "properties": [property("P1", json!([])), second] }));
    assert_eq!(load(&sandbox, &payload).1["status"], "SUCCESS");
    let event = emitted(&sandbox, Order::created().timestamp(AT).covers("P2"));
    assert_eq!(
        event["order"]["coverage"],
        json!([{"year": 2026, "property": {"external_id": "P2", "name": "Maison Brest"}}])
    );
    let event = emitted(&sandbox, Order::created());
    assert_eq!(event["order"]["coverage"][0]["property"], json!({"external_id": "P1", "name": "T2 rue des Lilas"}));
    let event = emitted(&sandbox, Order::created().covers_nothing());
    assert_eq!(event["order"]["coverage"], json!([]));
    let error = sandbox.emit_order(Order::created().covers("P2").covers("P3")).unwrap_err();
    assert_eq!(error.place(), "coverage/1/property/external_id");
    assert_eq!(error.problem(), r#"partner "sandbox" has loaded no property "P3": give its name, too"#);
}

#[test]
fn edition_2_1_lacks_what_came_later() {
    let sandbox = held(WebhookEdition::V2_1);
    let mut event = emitted(&sandbox, Order::created().timestamp(AT));
    assert_eq!(event["timestamp"], "2026-08-05T08:42:18.000Z");
    let order = event["order"].as_object_mut().unwrap();
    assert_eq!(
        order.keys().collect::<Vec<_>>(),
        ["currency", "custom_fields", "payment_date", "products", "total_amount"]
    );
    assert_eq!(order["payment_date"], "2026-08-05T08:42:18.000Z");
    assert_eq!(order["custom_fields"][0]["value"], "2025");
    assert_eq!(order["products"][0].as_object().unwrap().len(), 4, "no amount");
    assert_eq!(event["invoice"].as_object().unwrap().len(), 2);
    for (order, place) in [
        (Order::created().subscription(true), "is_subscription"),
        (Order::created().covers("P1"), "coverage"),
        (Order::created().invoice(Invoice::default().pdf_filename("f")), "invoice/pdf_filename"),
    ] {
        let error = sandbox.emit_order(order).unwrap_err();
        assert_eq!(error.to_string(), format!("{place}: edition 2.1 of webhooks does not have it"));
    }
}

#[test]
fn a_ping_has_a_type_and_a_time() {
    let sandbox = held(WebhookEdition::Current);
    let delivery = sandbox.emit_ping().unwrap();
    let event: Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!(event.as_object().unwrap().keys().collect::<Vec<_>>(), ["event_type", "timestamp"]);
    assert_eq!((delivery.event_type.as_deref(), delivery.event_id, delivery.order_id), (Some("ping"), None, None));
}

#[test]
fn every_event_is_read_back_as_what_was_said() {
    let current = held(WebhookEdition::Current);
    let read = |order| Event::parse(&current.emit_order(order).unwrap().body).unwrap();

    let Event::OrderRenewed(event) =
        read(Order::renewed().order_id(9).total("0.10").covers(Coverage::new_property("S")))
    else {
        panic!("renewed")
    };
    assert_eq!((event.order_id, event.order.total_amount.to_string()), (9, "0.1".to_owned()));
    assert_eq!(event.edition(), WebhookEdition::Current);
    assert!(event.order.coverage[0].property.is_new_to_partner());
    let Event::OrderCreated(event) = read(Order::properties_added().covers(Coverage::of("P1").named("N"))) else {
        panic!("created")
    };
    assert!(!event.order.coverage[0].property.is_new_to_partner());
    assert_eq!(event.order.is_subscription, Some(true));
    assert!(Event::parse(&current.emit_ping().unwrap().body).unwrap().is_ping());

    let old = held(WebhookEdition::V2_1).emit_order(Order::created()).unwrap();
    let event = Event::parse(&old.body).unwrap();
    assert_eq!((event.id(), event.event_type()), (old.event_id.as_deref(), "order.created"));
    let order = event.order().unwrap();
    assert_eq!((order.edition(), order.order.custom_fields.len()), (WebhookEdition::V2_1, 1));
}

#[test]
fn raw_bytes_are_sent_as_they_are() {
    let sandbox = held(WebhookEdition::Current);
    let delivery = sandbox.emit_raw([0xff, 0, b'{'], "text/plain; charset=x").unwrap();
    assert_eq!((&*delivery.body, &*delivery.content_type), (&[0xff, 0, b'{'][..], "text/plain; charset=x"));
    assert_eq!((delivery.event_type, delivery.event_id), (None, None));
    assert!(sandbox.emit_raw(b"", "").is_ok());
    assert_eq!(sandbox.emit_raw(b"", "a\r\nb: c").unwrap_err().place(), "content_type");
}

#[test]
fn what_cannot_be_written_is_refused_at_its_place() {
    let sandbox = held(WebhookEdition::Current);
    for (text, message) in [
        (r#"{"kind": "paid"}"#, "kind: must be one of created, renewed, properties_added"),
        (r#"{"timestamp": "soon"}"#, "timestamp: must be a date and a time, such as 2026-08-05T08:42:18+00:00"),
        (r#"{"payment_date": ""}"#, "payment_date: must be a date and a time, such as 2026-08-05T08:42:18+00:00"),
        (r#"{"total_amount": "1 500,00"}"#, "total_amount: must be a decimal number, such as 315.00"),
        (r#"{"total_amount": "1234567890.123456"}"#, "total_amount: has more digits than a webhook keeps: at most 15"),
        (
            r#"{"products": [{}, {"unit_price": "x"}]}"#,
            "products/1/unit_price: must be a decimal number, such as 315.00",
        ),
        (
            r#"{"products": [{"sub_items": [{"amount": "x"}]}]}"#,
            "products/0/sub_items/0/amount: must be a decimal number, such as 315.00",
        ),
        (
            r#"{"products": [{"unit_price": "99999999999", "quantity": 4294967295}]}"#,
            "products/0/amount: has more digits than a webhook keeps: at most 15",
        ),
        (r#"{"products": [{"quantity": -1}]}"#, "products/0/quantity: invalid value: integer `-1`, expected u32"),
        (r#"{"order_id": "1"}"#, r#"order_id: invalid type: string "1", expected u64"#),
        (
            r#"{"coverage": [{"year": 2026, "property": {"id": "P1"}}]}"#,
            "coverage/0/property/id: unknown field `id`, expected `external_id` or `name`",
        ),
        (
            r#"{"webhook": {"url": "http://localhost/", "edition": "3"}}"#,
            "webhook/edition: must be one of current, 2.1",
        ),
        (
            r#"{"webhook": {"url": "https://localhost/"}}"#,
            "webhook/url: must be http:// on this machine, such as http://127.0.0.1:8000/",
        ),
        (r"{} {}", ": something follows the JSON value"),
    ] {
        let error = match Order::from_json(text) {
            Ok(order) => sandbox.emit_order(order).unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.to_string(), message, "{text}");
    }
    assert_eq!(sandbox.deliveries(), [], "nothing of it was sent");
}

#[test]
fn ids_are_new_ones_unless_a_test_wants_them_to_be_the_same() {
    let ids = |seed: Option<u64>| {
        let builder = Sandbox::builder().webhook(WebhookTarget::new("http://localhost:9/"));
        let sandbox =
            seed.into_iter().fold(builder, |builder, seed| builder.webhook_seed(seed)).start_blocking().unwrap();
        sandbox.hold_webhooks();
        [(); 3].map(|()| sandbox.emit_order(Order::created()).unwrap().event_id.unwrap())
    };
    assert_eq!(ids(Some(5)), ids(Some(5)));
    assert_ne!(ids(Some(5)), ids(Some(6)));
    let (one, other) = (ids(None), ids(None));
    assert!(one.iter().all(|id| !other.contains(id)));
    assert!(one[0] != one[1] && one[1] != one[2] && one[0] != one[2]);
}
