//! Nothing personal, and no link that gives access, is shown in passing.

use qlower_core::webhook::vehicle::EventKind;
use qlower_core::webhook::{Event, SignedUrl, keyclic, vehicle};

use super::{CURRENT, V2_1};

#[test]
fn debug_masks_the_customer_and_the_link() {
    for text in [CURRENT, V2_1] {
        let text = text.replace("2024", "ANSWER");
        let event = Event::parse(text.as_bytes()).unwrap();
        for shown in [format!("{event:?}"), format!("{event:#?}"), format!("{:?}", event.order())] {
            for personal in [
                "Sophie",
                "Bernard",
                "sophie.bernard",
                "3361",
                "5e9a77c1",
                "3051.pdf",
                "invoice_156",
                "Nantes",
                "ANSWER",
            ] {
                assert!(!shown.contains(personal), "{personal} in {shown}");
            }
            for useful in ["evt_", "total_amount", "***"] {
                assert!(shown.contains(useful), "{useful} not in {shown}");
            }
        }
    }
}

#[test]
fn debug_of_other_senders_shows_no_content() {
    let body = br#"{"event": "report_created", "payload": {"id": "1", "_links": {"a": "SENTINEL"}, "_embedded": {"b": "SENTINEL"},
        "comment": "SENTINEL"}}"#;
    let keyclic = keyclic::Event::parse(body).unwrap();
    let vehicle = vehicle::Event::new(EventKind::UserCreated, body).unwrap();
    let other = Event::parse(br#"{"event_type": "new", "event_id": "e", "x": "SENTINEL"}"#).unwrap();
    for shown in [format!("{keyclic:?}"), format!("{vehicle:?}"), format!("{other:?}")] {
        assert!(!shown.contains("SENTINEL"), "{shown}");
    }
}

#[test]
fn a_link_shows_its_host_alone() {
    for (text, shown) in [
        ("https://files.example.com/a/b.pdf?sig=1#x", "https://files.example.com/***"),
        ("https://user:word@files.example.com:8443/a", "https://files.example.com/***"),
        ("not a link", "***"),
        ("data:application/pdf;base64,AAAA", "***"),
        ("", "***"),
    ] {
        let url = SignedUrl::from(text);
        assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), format!("SignedUrl({shown})")));
        assert_eq!(url.expose(), text);
    }
}
