//! Types that are not known, and the events of other senders.

use qlower_core::Lang;
use qlower_core::webhook::vehicle::EventKind;
use qlower_core::webhook::{Event, EventProblem, keyclic, vehicle};
use serde_json::{Value, json};

#[test]
fn an_unknown_type_is_kept_whatever_else_it_holds() {
    for (text, id) in [
        (r#"{"event_type": "order.refunded", "event_id": "evt_9", "order": 7, "order": 8}"#, Some("evt_9")),
        (r#"{"event_type": "order.refunded", "event_id": 12, "timestamp": "yesterday"}"#, Some("12")),
        (r#"{"event_type": "order.refunded", "event_id": " "}"#, None),
        (r#"{"event_type": "order.refunded", "event_id": {"a": 1}}"#, None),
        (r#"{"event_type": "order.refunded"}"#, None),
    ] {
        let event = Event::parse(text.as_bytes()).unwrap();
        assert!(matches!(&event, Event::Other(_)), "{text}");
        assert_eq!((event.event_type(), event.id(), event.is_ping()), ("order.refunded", id, false), "{text}");
        assert_eq!(event.raw(), text.as_bytes());
        assert_eq!(event.told()["event_type"], "order.refunded");
    }
    // Known types are known by their exact name alone.
    assert!(matches!(Event::parse(br#"{"event_type": "Ping"}"#), Ok(Event::Other(_))));
    let twice = Event::parse(br#"{"event_type": "x", "event_id": "1", "event_id": "2"}"#).unwrap_err();
    assert_eq!((twice.pointer(), twice.problem()), ("/event_id", EventProblem::Duplicate));
}

const REPORT: &str = r#"{"event": "report_state_changed", "payload": {
    "type": "report", "id": "0b5c9f3e-6a41-4b0a-9c55-3f1f6d0f8a11", "state": "IN_PROGRESS",
    "createdAt": "2026-03-01T09:00:00+01:00", "updatedAt": "2026-03-02T10:30:00.250Z",
    "_links": {
        "self": {"href": "/reports/0b5c"},
        "plain": "/plain",
        "operations": [{"href": "/operations/1"}, "/operations/2", {"title": "no link"}, 7],
        "odd": 12
    },
    "_embedded": {"reporter": {"name": "Lefèvre"}},
    "reference": "R-7", "costs": [12.50, 1e400]
}}"#;

#[test]
fn an_event_of_keyclic_is_read_field_by_field() {
    let event = keyclic::Event::parse(REPORT.as_bytes()).unwrap();
    assert_eq!(event.event, keyclic::EventKind::ReportStateChanged);
    let payload = &event.payload;
    assert_eq!(payload.resource_type.as_deref(), Some("report"));
    assert_eq!(payload.id.as_deref(), Some("0b5c9f3e-6a41-4b0a-9c55-3f1f6d0f8a11"));
    assert_eq!(payload.state.as_deref(), Some("IN_PROGRESS"));
    assert_eq!(payload.created_at.unwrap().to_rfc3339(), "2026-03-01T09:00:00+01:00");
    assert_eq!(payload.updated_at.unwrap().to_rfc3339(), "2026-03-02T10:30:00.250+00:00");
    assert_eq!(payload.href("self"), Some("/reports/0b5c"));
    assert_eq!(payload.href("plain"), Some("/plain"));
    assert_eq!(payload.href("operations"), Some("/operations/1"));
    assert_eq!(payload.hrefs("operations"), ["/operations/1", "/operations/2"]);
    assert_eq!((payload.href("odd"), payload.href("none")), (None, None));
    assert_eq!(payload.embedded.as_ref().unwrap()["reporter"]["name"], "Lefèvre");
    assert_eq!(Value::from(payload.rest.clone()), json!({"reference": "R-7", "costs": [12.5, "1e400"]}));
    assert_eq!(event.raw(), REPORT.as_bytes());

    let told = event.told();
    assert_eq!(told["event"], "report_state_changed");
    assert_eq!(told["key"], event.key());
    assert_eq!(told["payload"]["updatedAt"], "2026-03-02T10:30:00.250000+00:00");
    assert_eq!(told["payload"]["_links"]["self"]["href"], "/reports/0b5c");
    assert_eq!(told["payload"]["reference"], "R-7", "beside the known ones");
}

#[test]
fn both_spellings_of_keyclic_are_the_same_event() {
    for (snake, camel) in [
        ("report_created", "reportCreated"),
        ("report_state_changed", "reportStateChanged"),
        ("operation_created", "operationCreated"),
        ("operation_state_changed", "operationStateChanged"),
        ("operation_removed", "operationRemoved"),
    ] {
        let [first, second] = [snake, camel].map(|name| {
            let text = format!(r#"{{"event": "{name}", "payload": {{"id": "1"}}}}"#);
            keyclic::Event::parse(text.as_bytes()).unwrap()
        });
        assert_eq!(first.event, second.event);
        assert_eq!((first.event.name(), second.told()["event"].as_str()), (snake, Some(snake)));
        assert!(keyclic::EventKind::KNOWN.contains(&first.event));
    }
    for name in ["reportcreated", "ReportCreated", "report_Created", "report", "report_createdX", "rapport_créé"] {
        assert_eq!(keyclic::EventKind::from_name(name), keyclic::EventKind::Other(name.into()));
    }
}

#[test]
fn a_key_tells_events_of_keyclic_apart_and_knows_a_repetition() {
    let key = |text: &str| keyclic::Event::parse(text.as_bytes()).unwrap().key();
    let first = key(REPORT);
    let digest = "report_state_changed/0b5c9f3e-6a41-4b0a-9c55-3f1f6d0f8a11/";
    assert!(first.starts_with(digest) && first.len() == digest.len() + 64, "{first}");
    assert_eq!(key(REPORT), first);
    assert_ne!(key(&REPORT.replace("IN_PROGRESS", "CLOSED")), first, "another state of the same report");
    assert_eq!(
        key(r#"{"event":"x","payload":{}}"#),
        // printf '{"event":"x","payload":{}}' | sha256sum
        "x//be67a0c51fd5fbe2ba9a651d65f0ae5ecb5d1aee2dd094606cdfb4e81627dffd"
    );
}

#[test]
fn of_keyclic_only_event_and_payload_have_to_be_there() {
    let event = keyclic::Event::parse(
        br#"{"event": "reportArchived", "payload": {"id": 7, "state": ["x"], "createdAt": "soon"}}"#,
    )
    .unwrap();
    assert_eq!(event.event.name(), "reportArchived", "an unknown one stays as it was written");
    let payload = &event.payload;
    assert_eq!((payload.id.as_deref(), &payload.state, payload.created_at), (Some("7"), &None, None));
    assert_eq!(event.json()["payload"]["state"], json!(["x"]), "still reachable");
    for (text, pointer, problem) in [
        (r#"{"payload": {}}"#, "/event", EventProblem::Missing),
        (r#"{"event": "report_created"}"#, "/payload", EventProblem::Missing),
        (r#"{"event": "report_created", "payload": null}"#, "/payload", EventProblem::Missing),
        (r#"{"event": "", "payload": {}}"#, "/event", EventProblem::Blank),
        (r#"{"event": "a", "event": "b", "payload": {}}"#, "/event", EventProblem::Duplicate),
        (r#"{"event": "a", "payload": {"id": "1", "id": "2"}}"#, "/payload/id", EventProblem::Duplicate),
    ] {
        let invalid = keyclic::Event::parse(text.as_bytes()).unwrap_err();
        assert_eq!((invalid.pointer(), invalid.problem()), (pointer, problem), "{text}");
    }
    assert_eq!(keyclic::Event::parse(br#"{"event": "a", "payload": []}"#).unwrap_err().pointer(), "/payload");
}

#[test]
fn the_rest_of_a_payload_may_have_any_key() {
    let event =
        keyclic::Event::parse(br#"{"event": "a", "payload": {"": 1, "rest": 2, "key": 3, "event": 4}}"#).unwrap();
    assert_eq!(Value::from(event.payload.rest.clone()), json!({"": 1, "rest": 2, "key": 3, "event": 4}));
    let told = event.told();
    assert_eq!(keyclic::Event::parse(told.to_string().as_bytes()).unwrap().payload, event.payload);
}

#[test]
fn the_vehicle_platform_has_eleven_kinds_of_events() {
    let labels: Vec<_> = EventKind::ALL.iter().map(|kind| kind.label(Lang::Fr)).collect();
    assert_eq!(
        labels,
        [
            "Utilisateur créé",
            "Utilisateur mis à jour",
            "Véhicule créé",
            "Véhicule mis à jour",
            "Véhicule supprimé",
            "Ajout de fichiers au véhicule",
            "Image du véhicule téléchargée",
            "Fichier d'image du véhicule téléchargé",
            "Véhicule traité",
            "Traitement de l'image de coupe",
            "Nouvelles données",
        ]
    );
    for kind in EventKind::ALL {
        let camel = kind.name().split('_').enumerate().map(|(at, word)| match at {
            0 => word.to_owned(),
            _ => word[..1].to_uppercase() + &word[1..],
        });
        let spellings =
            [kind.name().to_owned(), camel.collect(), kind.label(Lang::En).into(), kind.label(Lang::Fr).into()];
        for spelling in spellings {
            assert_eq!(EventKind::from_name(&spelling), Some(*kind), "{spelling}");
            assert_eq!(spelling.parse(), Ok(*kind));
        }
    }
    assert_eq!(EventKind::from_name("traitement de l’image de coupe "), Some(EventKind::CutOutImageProcessing));
    for name in ["", "vehicle", "vehicleprocessed", "vehicle_processed_x", "VehicleProcessed", "véhicule"] {
        assert_eq!(EventKind::from_name(name), None, "{name}");
    }
    let unknown = "sold".parse::<EventKind>().unwrap_err().to_string();
    assert!(unknown.contains("\"sold\"") && unknown.contains("vehicle_processed"), "{unknown}");
}

#[test]
fn a_vehicle_body_is_kept_whole() {
    let body = br#"{"vin": "VF1", "images": ["vin_01.jpg"], "price": 12.10, "id": 12345678901234567890}"#;
    let event = vehicle::Event::new(EventKind::VehicleProcessed, body).unwrap();
    assert_eq!((event.kind(), event.raw()), (EventKind::VehicleProcessed, &body[..]));
    let json = json!({"vin": "VF1", "images": ["vin_01.jpg"], "price": 12.1, "id": "12345678901234567890"});
    assert_eq!(event.json(), json);
    assert_eq!(event.told(), json!({"kind": "vehicle_processed", "body": json}));
    for body in [&b"[1]"[..], b"\"x\"", b"null", b"7"] {
        assert!(vehicle::Event::new(EventKind::NewData, body).is_ok());
    }
    assert_eq!(vehicle::Event::new(EventKind::NewData, b"").unwrap_err().problem(), EventProblem::Empty);
}
