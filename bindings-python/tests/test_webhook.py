"""Webhooks: signed, verified, explained and read by functions."""

from __future__ import annotations

import array
import mmap
import pickle
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import qlower
from hooks import PING, SECRET, order
from qlower import ConfigError, InvalidEventError, SignatureError, webhook

NOW = 1_786_000_000
BODY = '{"nom": "Zoé"}'.encode()
HEADER = webhook.sign(BODY, SECRET, now=NOW)


def test_what_is_signed_is_verified() -> None:
    body = b"\xff\x00 neither JSON nor UTF-8"
    verified = webhook.verify(body, webhook.sign(body, SECRET), ["other", SECRET])
    assert verified.secret == 1
    assert abs(verified.timestamp - time.time()) < 10
    assert pickle.loads(pickle.dumps(verified)) == verified
    assert webhook.verify(b"", webhook.sign(b"", SECRET.encode()), SECRET).secret == 0


@pytest.mark.parametrize(
    "form",
    [
        bytes,
        bytearray,
        memoryview,
        lambda body: memoryview(bytearray(body)),
        lambda body: memoryview(body[::-1])[::-1],
        lambda body: array.array("B", body),
        lambda body: array.array("H", body),
    ],
    ids=[
        "bytes",
        "bytearray",
        "view",
        "view of a bytearray",
        "reversed view",
        "array",
        "wide array",
    ],
)
def test_a_body_is_any_buffer(form: Any) -> None:
    body = b"0123456789"
    header = webhook.sign(form(body), SECRET, now=NOW)
    assert header == webhook.sign(body, SECRET, now=NOW)
    assert webhook.verify(form(body), header, SECRET, now=NOW).timestamp == NOW


def test_a_mapped_file_is_a_body(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODY)
    with (
        (tmp_path / "body").open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body,
    ):
        assert webhook.verify(body, HEADER, SECRET, now=NOW).timestamp == NOW


@pytest.mark.parametrize("body", [BODY.decode(), {"nom": "Zoé"}, None, 3])
def test_what_was_read_already_is_no_body(body: Any) -> None:
    why = "raw bytes of the request"
    with pytest.raises(TypeError, match=why):
        webhook.sign(body, SECRET)
    with pytest.raises(TypeError, match=why):
        webhook.verify(body, HEADER, SECRET)
    with pytest.raises(TypeError, match=why):
        webhook.explain(body, HEADER, SECRET)
    with pytest.raises(TypeError, match=why):
        webhook.parse(body)
    with pytest.raises(TypeError, match=why):
        webhook.keyclic.parse(body)
    with pytest.raises(TypeError, match=why):
        webhook.vehicle.parse("vehicle_processed", body)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"header": None}, "missing"),
        ({"header": ""}, "missing"),
        ({"header": b" "}, "missing"),
        ({"header": "t=1"}, "malformed"),
        ({"header": HEADER + ",t=1"}, "malformed"),
        ({"header": "\ud800"}, "malformed"),
        ({"body": BODY + b" "}, "mismatch"),
        ({"secrets": "other"}, "mismatch"),
        ({"secrets": ["", b""]}, "mismatch"),
        ({"secrets": []}, "mismatch"),
        ({"now": NOW + 301}, "expired"),
        ({"now": NOW - 301.0}, "expired"),
        ({"tolerance": 9, "now": NOW + 10}, "expired"),
    ],
)
def test_what_is_not_genuine_has_a_reason(change: dict[str, Any], reason: str) -> None:
    given = {"body": BODY, "header": HEADER, "secrets": SECRET, "now": NOW} | change
    with pytest.raises(SignatureError) as caught:
        webhook.verify(**given)
    error = caught.value
    assert (error.credential, error.reason) == ("signature", reason)
    assert error.skew == (given["now"] - NOW if reason == "expired" else None)
    again = pickle.loads(pickle.dumps(error))
    assert (again.reason, again.skew, str(again)) == (error.reason, error.skew, str(error))
    explanation = webhook.explain(**given)
    assert (explanation.reason, explanation.is_genuine) == (reason, False)
    assert explanation.causes


def test_the_edges_of_the_tolerance() -> None:
    for now in (NOW + 300, NOW - 300, NOW + 300.9, float(NOW)):
        assert webhook.verify(BODY, HEADER, SECRET, now=now).timestamp == NOW
    webhook.verify(BODY, HEADER, SECRET, now=NOW + 10, tolerance=timedelta(seconds=10))
    webhook.verify(BODY, HEADER, SECRET, tolerance=float("inf"))


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"secrets": None}, ConfigError, "secrets: must be text or bytes, or a list"),
        ({"secrets": 3}, ConfigError, "secrets"),
        ({"secrets": [SECRET, 3]}, ConfigError, "secrets: must be text or bytes"),
        ({"secrets": "s3cret\ud800"}, ConfigError, "secrets: is no text"),
        ({"header": 3}, TypeError, "header: expected str, bytes or None, not int"),
        ({"now": "now"}, TypeError, "now: expected Unix seconds, not str"),
        ({"now": float("nan")}, TypeError, "now: expected Unix seconds"),
        ({"tolerance": -1}, ConfigError, "tolerance"),
        ({"tolerance": "long"}, ConfigError, "tolerance"),
    ],
)
def test_what_cannot_be_used_is_named(change: dict[str, Any], error: Any, match: str) -> None:
    given = {"body": BODY, "header": HEADER, "secrets": SECRET} | change
    with pytest.raises(error, match=match) as caught:
        webhook.verify(**given)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_an_explanation_names_the_cause() -> None:
    explanation = webhook.explain(BODY, HEADER, [SECRET + "\n"], now=NOW)
    (cause,) = [cause for cause in explanation.causes if cause.certainty == "certain"]
    assert (cause.code, cause.secret) == ("secret_spaces", 0)
    assert cause.message in explanation.text() == str(explanation)
    assert cause.message_fr in explanation.text("fr")
    assert "refusé" in explanation.text("fr")
    with pytest.raises(ValueError, match="unknown language 'de'"):
        explanation.text("de")  # type: ignore[arg-type]
    assert SECRET not in explanation.text() + repr(explanation) + repr(explanation.to_dict())
    assert pickle.loads(pickle.dumps(explanation)) == explanation
    fine = webhook.explain(BODY, HEADER, SECRET, now=NOW)
    assert (fine.is_genuine, fine.reason, fine.credential, fine.causes) == (True, None, None, [])
    late = webhook.explain(BODY, HEADER, SECRET, now=NOW + 400)
    assert (late.skew, late.to_dict()["skew"]) == (400, 400)


def test_users_by_http_basic() -> None:
    users = [("imaging", "p4ss"), ("imaging", b"n\xff"), ("nobody", "")]
    assert webhook.verify_basic(b"Basic aW1hZ2luZzpwNHNz", users) == "imaging"
    assert webhook.verify_basic("basic  aW1hZ2luZzpu/w==", dict(users) | {"x": "y"}) == "imaging"
    for header, reason in (
        (None, "missing"),
        ("Bearer x", "malformed"),
        ("Basic ?", "malformed"),
        ("Basic aW1hZ2luZzpvdGhlcg==", "mismatch"),
        ("Basic bm9ib2R5Og==", "mismatch"),
    ):
        with pytest.raises(SignatureError) as caught:
            webhook.verify_basic(header, users)
        assert (caught.value.credential, caught.value.reason) == ("basic", reason)
    for wrong in (None, 3, ["imaging"], {"imaging": 3}, {3: "p4ss"}):
        with pytest.raises(ConfigError, match="users"):
            webhook.verify_basic("Basic x", wrong)  # type: ignore[arg-type]


def test_an_order_is_read_exactly() -> None:
    body = order().replace(b"315.0", b"315.10000000000000000001")
    event = webhook.parse(bytearray(body))
    assert isinstance(event, webhook.OrderCreated)
    assert isinstance(event, webhook.OrderEvent)
    assert (event.event_type, event.event_id, event.order_id) == ("order.created", "evt_1", 3051)
    assert event.order.total_amount == Decimal("315.10000000000000000001")
    assert event.timestamp == datetime(2026, 8, 5, 8, 42, 18, tzinfo=timezone.utc)
    assert (type(event.raw), event.raw) == (bytes, body)
    assert pickle.loads(pickle.dumps(event)) == event
    ping = webhook.parse(PING)
    assert isinstance(ping, webhook.Ping) and ping.is_ping
    other = webhook.parse(b'{"event_type": "order.refunded", "event_id": "evt_2", "why": "x"}')
    assert isinstance(other, webhook.OtherEvent)
    assert (other.event_type, other.id, other.json()["why"]) == ("order.refunded", "evt_2", "x")


@pytest.mark.parametrize(
    ("body", "pointer", "problem"),
    [
        (b"", "", "empty"),
        (b"{", "", "not_json"),
        (b"\xff", "", "not_utf8"),
        (order().replace(b"315.0", b'"much"'), "/order/total_amount", "wrong_type"),
        (b'{"event_type": "order.created", "event_id": "evt_1"}', "/order_id", "missing"),
    ],
)
def test_what_cannot_be_read_is_named(body: bytes, pointer: str, problem: str) -> None:
    with pytest.raises(InvalidEventError) as caught:
        webhook.parse(body)
    assert (caught.value.pointer, caught.value.problem) == (pointer, problem)
    assert isinstance(caught.value, qlower.QlowerError)
    assert pickle.loads(pickle.dumps(caught.value)).pointer == pointer


def test_the_events_of_others() -> None:
    body = b'{"event": "reportStateChanged", "payload": {"id": "0b5c", "state": "CLOSED"}}'
    event = webhook.keyclic.parse(body)
    assert isinstance(event, webhook.KeyclicEvent)
    assert (event.event, event.payload.state) == ("report_state_changed", "CLOSED")
    processed = webhook.vehicle.parse("vehicleProcessed", b'{"vin": "VF1", "n": [1]}')
    assert isinstance(processed, webhook.VehicleEvent)
    assert (processed.kind, processed.body) == ("vehicle_processed", {"vin": "VF1", "n": [1]})
    with pytest.raises(ValueError, match="vehicle_sold"):
        webhook.vehicle.parse("vehicle_sold", b"{}")
    with pytest.raises(InvalidEventError):
        webhook.keyclic.parse(b"{}")
