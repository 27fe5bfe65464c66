"""The classes of what webhooks tell."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, get_type_hints

import pytest
from qlower import webhook

CURRENT = """{
    "event_type": "order.renewed", "event_id": "evt_7", "order_id": 3051, "timestamp": "2026-08-05T08:42:18.25Z",
    "customer": {"first_name": "Sophie", "last_name": "Bernard", "email": "sophie@example.com", "phone": "+33611223344"},
    "order": {
        "total_amount": 714.00, "currency": "eur", "payment_date": "2026-08-05T10:42:18+02:00", "is_subscription": true,
        "products": [{"product_id": "prod_1", "product_name": "BIC réel", "quantity": 2, "unit_price": "199.5", "amount": 399.0,
            "sub_items": [{"description": "Base", "quantity": 1, "unit_price": 269.0, "amount": 269.10}]}],
        "coverage": [
            {"year": 2026, "property": {"external_id": "P-12", "name": "Studio Nantes"}},
            {"year": 2025, "property": {"external_id": "P-12"}},
            {"year": 2026, "property": {"external_id": "qlw_88", "name": "Maison"}}
        ],
        "gift": 0.10
    },
    "invoice": {"pdf_url": "https://files.example.com/1.pdf?X-Amz-Signature=5e9a77c1", "pdf_filename": "f.pdf", "number": "082A"}
}""".encode()

V2_1 = b"""{
    "event_type": "order.created", "event_id": "evt_old", "order_id": 156, "timestamp": "2025-12-05T14:32:18.000Z",
    "customer": {"email": "sophie@example.com"},
    "order": {"total_amount": 99.99, "currency": "EUR", "payment_date": "2025-12-05T14:32:18.000Z",
        "products": [{"product_id": "prod_1", "product_name": "Formule", "quantity": 1, "unit_price": 83.32}],
        "custom_fields": [{"key": "annee", "label": "Ann\\u00e9e", "value": 2024}]}
}"""


def read(body: bytes) -> webhook.OrderEvent:
    event = webhook.parse(body)
    assert isinstance(event, webhook.OrderEvent)
    return event


def values(part: Any) -> dict[str, Any]:
    """All attributes, of the parts inside too."""
    if isinstance(part, list):
        return [values(each) for each in part]  # type: ignore[return-value]
    if not hasattr(part, "__match_args__"):
        return part  # type: ignore[no-any-return]
    return {name: values(getattr(part, name)) for name in part.__match_args__ if name != "raw"}


def test_every_field_has_its_type() -> None:
    event = read(CURRENT)
    assert isinstance(event, webhook.OrderRenewed)
    assert values(event) == {
        "event_id": "evt_7",
        "order_id": 3051,
        "timestamp": datetime(2026, 8, 5, 8, 42, 18, 250_000, tzinfo=timezone.utc),
        "customer": {
            "first_name": "Sophie",
            "last_name": "Bernard",
            "email": "sophie@example.com",
            "phone": "+33611223344",
        },
        "order": {
            "total_amount": Decimal("714.00"),
            "currency": "EUR",
            "payment_date": datetime(2026, 8, 5, 10, 42, 18, tzinfo=timezone(timedelta(hours=2))),
            "is_subscription": True,
            "products": [
                {
                    "product_id": "prod_1",
                    "product_name": "BIC réel",
                    "quantity": 2,
                    "unit_price": Decimal("199.5"),
                    "amount": Decimal("399.0"),
                    "sub_items": [
                        {
                            "description": "Base",
                            "quantity": 1,
                            "unit_price": Decimal("269.0"),
                            "amount": Decimal("269.10"),
                        }
                    ],
                }
            ],
            "coverage": [
                {"year": 2026, "property": covered("P-12", "Studio Nantes", is_new=False)},
                {"year": 2025, "property": covered("P-12", None, is_new=False)},
                {"year": 2026, "property": covered("qlw_88", "Maison", is_new=True)},
            ],
            "custom_fields": [],
        },
        "invoice": {
            "pdf_url": "https://files.example.com/1.pdf?X-Amz-Signature=5e9a77c1",
            "pdf_filename": "f.pdf",
            "number": "082A",
        },
        "edition": "current",
    }
    assert event.order.total_amount.as_tuple().exponent == -2, "the digits as they stood"
    assert event.order.payment_date.utcoffset() == timedelta(hours=2)
    assert event.json()["order"]["gift"] == Decimal("0.10")


def covered(external_id: str, name: str | None, *, is_new: bool) -> dict[str, Any]:
    return {"external_id": external_id, "name": name, "is_new_to_partner": is_new}


def test_edition_2_1_has_answers_and_no_coverage() -> None:
    event = read(V2_1)
    assert isinstance(event, webhook.OrderCreated)
    assert (event.edition, event.invoice, event.order.is_subscription) == ("2.1", None, None)
    assert (event.order.coverage, event.properties, event.new_properties) == ([], [], [])
    assert values(event.order.custom_fields[0]) == {
        "key": "annee",
        "label": "Année",
        "value": "2024",
    }
    assert event.order.products[0].amount is None
    assert event.order.products[0].sub_items == []


def test_coverage_answers_by_property_and_year() -> None:
    event = read(CURRENT)
    assert event.covers("P-12", 2025) and not event.covers("qlw_88", 2025)
    assert (event.years_of("P-12"), event.years_of("nobody")) == ([2025, 2026], [])
    assert [each.external_id for each in event.properties] == ["P-12", "qlw_88"]
    assert [each.external_id for each in event.new_properties] == ["qlw_88"]


def test_what_is_personal_is_not_shown() -> None:
    for body in (CURRENT, V2_1):
        event = read(body)
        for shown in (
            repr(event),
            str(event),
            f"{event!r}",
            repr(event.order),
            repr(event.customer),
        ):
            for personal in ("Sophie", "sophie@", "3361", "5e9a77c1", "Nantes", "2024"):
                assert personal not in shown
        assert "order_id=" in repr(event) and "'***'" not in repr(event) and "***" in repr(event)
    assert repr(read(V2_1).customer) == "Customer(email=***)"
    keyclic = webhook.keyclic.parse(
        b'{"event": "x", "payload": {"_links": {"a": "/s3"}, "b": "SENTINEL"}}'
    )
    assert "SENTINEL" not in repr(keyclic) and "/s3" not in repr(keyclic)
    assert "SENTINEL" not in repr(webhook.vehicle.parse("new_data", b'{"a": "SENTINEL"}'))


def test_events_do_not_change_and_compare_by_what_they_tell() -> None:
    event = read(CURRENT)
    with pytest.raises(AttributeError, match="order_id"):
        event.order_id = 1
    with pytest.raises(AttributeError, match="email"):
        del event.customer.email
    assert event == read(CURRENT) and event != read(V2_1) and event != "x"
    assert event.customer != event.order
    other = event.replace(order_id=7)
    assert (other.order_id, event.order_id, type(other)) == (7, 3051, webhook.OrderRenewed)
    assert other != event
    with pytest.raises(TypeError):
        event.replace(nobody=1)
    with pytest.raises(TypeError):
        hash(event)
    for again in (pickle.loads(pickle.dumps(event)), copy.deepcopy(event), copy.copy(event)):
        assert again == event and again.raw == CURRENT


def test_an_event_can_be_made_for_a_test() -> None:
    property_ = webhook.CoveredProperty(external_id="P-1", is_new_to_partner=False)
    coverage = webhook.Coverage(year=2026, property=property_)
    match coverage:
        case webhook.Coverage(year, webhook.CoveredProperty(external_id=external_id)):
            assert (year, external_id) == (2026, "P-1")
        case _:
            pytest.fail("it has match arguments")
    ping = webhook.Ping()
    assert (ping.timestamp, ping.raw, ping.id, ping.event_type) == (None, b"", None, "ping")
    with pytest.raises(TypeError):
        webhook.Customer("a@example.com")  # type: ignore[call-arg]


def test_links_of_keyclic() -> None:
    body = b"""{"event": "operationRemoved", "payload": {"type": "operation", "id": "0b5c", "createdAt": "2026-03-01T09:00:00+01:00",
        "_links": {"self": {"href": "/o/1"}, "all": ["/a", {"href": "/b"}, 7, {"title": "x"}]}, "reference": 12}}"""
    event = webhook.keyclic.parse(body)
    payload = event.payload
    assert (event.event, payload.resource_type, payload.id) == (
        "operation_removed",
        "operation",
        "0b5c",
    )
    assert payload.created_at == datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=1)))
    assert (payload.href("self"), payload.hrefs("all"), payload.href("none")) == (
        "/o/1",
        ["/a", "/b"],
        None,
    )
    assert payload.rest == {"reference": 12}
    assert event.key.startswith("operation_removed/0b5c/")
    bare = webhook.keyclic.parse(b'{"event": "x", "payload": {}}').payload
    assert (bare.href("self"), bare.rest, bare.state) == (None, {}, None)


def test_labels_of_the_vehicle_platform() -> None:
    event = webhook.vehicle.parse("vehicleProcessed", b'{"vin": "VF1"}')
    assert (event.kind, event.label(), event.label("fr")) == (
        "vehicle_processed",
        "Vehicle processed",
        "Véhicule traité",
    )
    with pytest.raises(ValueError, match="'de'"):
        event.label("de")  # type: ignore[arg-type]


def test_the_union_of_events_is_there_when_programs_run() -> None:
    def handle(event: webhook.Event) -> None: ...

    assert (
        webhook.OrderCreated
        in get_type_hints(handle, globalns={"webhook": webhook})["event"].__args__
    )
