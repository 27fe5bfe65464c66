"""What a receiver does with webhooks, however they reach it."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hooks import PING, SECRET, Orders, order, signed
from qlower import ConfigError, webhook
from qlower.webhook import Answer, MemoryStore, Receiver
from support import until

KEY = "0123456789abcdef0123456789abcdef"


def post(receiver: Receiver, body: bytes, headers: Any = None, method: str = "POST") -> Answer:
    return receiver.answer(method, signed(body) if headers is None else headers, body)


def test_an_order_is_handled_once() -> None:
    orders = Orders()
    receiver = Receiver(orders, secrets=["new", SECRET])
    first, second = post(receiver, order()), post(receiver, order())
    assert (first.name, first.status, first.body) == ("handled", 200, b'{"status":"handled"}')
    assert (second.name, second.status) == ("duplicate", 200)
    assert first.headers == {"Content-Type": "application/json"}
    assert [event.event_id for event in orders.events] == ["evt_1"]
    assert orders.threads != [threading.get_ident()], "in a thread that can be left alone"
    assert receiver.under_way == 0


@pytest.mark.parametrize(
    ("change", "name", "status"),
    [
        ({"method": "GET"}, "not_post", 405),
        ({"Content-Type": "text/plain"}, "not_json", 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "not_json", 415),
        ({"Content-Type": "application/vnd.qlower+json; charset=utf-8"}, "handled", 200),
        ({"Content-Type": ""}, "handled", 200),
        ({"Content-Type": None}, "handled", 200),
        ({"body": order() + b" " * 2_000}, "too_large", 413),
        ({"X-Qlower-Signature": None}, "refused", 401),
        ({"X-Qlower-Signature": "t=1,v1=00"}, "refused", 401),
        (
            {"X-Qlower-Signature": webhook.sign(order(), SECRET, now=time.time() - 1_000)},
            "refused",
            401,
        ),
        ({"X-Qlower-Signature": webhook.sign(order(), "other")}, "refused", 401),
        ({"body": PING}, "pong", 200),
        ({"body": b"\xff{"}, "unreadable", 500),
        ({"body": b'{"event_type": "order.created"}'}, "unreadable", 500),
    ],
)
def test_each_request_has_its_answer(change: dict[str, Any], name: str, status: int) -> None:
    orders = Orders()
    receiver = Receiver(orders, secrets=SECRET, max_body=2_000)
    body = change.pop("body", order())
    method = change.pop("method", "POST")
    headers = {key: value for key, value in (signed(body) | change).items() if value is not None}
    answer = post(receiver, body, headers, method)
    assert (answer.name, answer.status) == (name, status)
    assert answer.headers.get("Allow") == ("POST" if status == 405 else None)
    assert len(orders.events) == (1 if name == "handled" else 0)


def test_names_of_headers_have_no_case_and_lines_of_one_name_count_together() -> None:
    receiver = Receiver(Orders(), secrets=SECRET)
    sent = signed(order())
    lower = [(name.lower(), value) for name, value in sent.items()]
    assert post(receiver, order(), lower).name == "handled"
    twice = [*lower, ("x-qlower-signature", sent["X-Qlower-Signature"])]
    assert post(receiver, order("evt_2"), twice).name == "refused"


def test_a_key_alone_and_beside_a_signature() -> None:
    alone = Receiver(Orders(), api_key=[KEY, "2" + KEY])
    assert post(alone, order(), {"X-API-KEY": KEY}).name == "handled"
    assert post(alone, order("evt_2"), {"X-API-KEY": "2" + KEY}).name == "handled"
    assert post(alone, order("evt_3"), {"X-API-KEY": "3" + KEY}).name == "refused"
    assert post(alone, order("evt_3"), signed(order("evt_3"))).name == "refused"
    both = Receiver(Orders(), secrets=SECRET, api_key=KEY)
    assert post(both, order(), signed(order(), X_API_KEY=KEY)).name == "handled"
    assert post(both, order()).name == "refused"
    assert post(both, order(), {"X-API-KEY": KEY}).name == "refused"


def test_a_failure_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    orders = Orders()
    orders.failures = [ValueError("no such table"), SystemExit(3)]
    receiver = Receiver(orders, secrets=SECRET)
    names = [post(receiver, order()).name for _ in range(4)]
    assert names == ["failed", "failed", "handled", "duplicate"]
    assert len(orders.events) == 3
    record = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert record.name == "qlower.webhook"
    assert record.exc_info is not None and "no such table" in caplog.text
    assert record.qlower == {"event": "evt_1"}  # type: ignore[attr-defined]


def test_a_refusal_is_logged_and_not_answered(caplog: pytest.LogCaptureFixture) -> None:
    receiver = Receiver(Orders(), secrets=SECRET)
    answer = post(receiver, order(), {})
    assert answer.body == b'{"status":"refused"}'
    (record,) = caplog.records
    assert record.getMessage() == "refused: the signature is missing"
    assert record.qlower == {"credential": "signature", "reason": "missing"}  # type: ignore[attr-defined]
    post(receiver, b'{"event_type": "order.created", "event_id": "x"}')
    assert caplog.records[-1].qlower == {"pointer": "/order_id", "problem": "missing"}  # type: ignore[attr-defined]


def test_a_dangerous_moment_refuses_nothing_for_good() -> None:
    receiver = Receiver(Orders(), secrets="wrong", retry_refused=True)
    answer = post(receiver, order())
    assert (answer.name, answer.status) == ("busy", 503)


def test_what_has_no_key_is_handled_each_time() -> None:
    orders = Orders()
    receiver = Receiver(orders, secrets=SECRET)
    assert [post(receiver, order(None)).name for _ in range(2)] == ["handled", "handled"]
    assert len(orders.events) == 2


def test_duplicates_at_once_wait_for_the_first() -> None:
    orders = Orders()
    orders.hold()
    receiver = Receiver(orders, secrets=SECRET)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(post, receiver, order()) for _ in range(8)]
        assert orders.began.wait(10)
        assert receiver.under_way == 1
        orders.may_end.set()
        # One that came after the outcome was told finds it in the store.
        assert {answer.result().name for answer in answers} <= {"handled", "duplicate"}
    assert len(orders.events) == 1


def test_duplicates_at_once_are_answered_as_the_first_was() -> None:
    orders = Orders()
    orders.failures = [ValueError("once")]
    orders.hold()
    receiver = Receiver(orders, secrets=SECRET)
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(post(receiver, order()).name))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    outcome = (
        next(iter(receiver._engine._flights._by_key.values()))
        if until(orders.began.is_set)
        else None
    )
    assert outcome is not None
    assert until(lambda: len(outcome._condition._waiters) == 5)  # type: ignore[attr-defined]
    orders.may_end.set()
    for thread in threads:
        thread.join()
    assert answers == ["failed"] * 5
    assert len(orders.events) == 1


def test_long_work_goes_on_and_is_found_done() -> None:
    orders = Orders()
    orders.hold()
    receiver = Receiver(orders, secrets=SECRET, timeout=0.1)
    began = time.monotonic()
    assert post(receiver, order()).name == "busy"
    assert post(receiver, order()).name == "busy", "the second waits for the first, as long"
    assert 0.2 <= time.monotonic() - began < 5
    assert (receiver.under_way, receiver.finish(0.01)) == (1, False)
    orders.may_end.set()
    assert receiver.finish(10)
    assert post(receiver, order()).name == "duplicate"
    assert len(orders.events) == 1


def test_long_work_that_fails_is_begun_again() -> None:
    orders = Orders()
    orders.failures = [ValueError("late")]
    orders.hold()
    receiver = Receiver(orders, secrets=SECRET, timeout=0.05)
    assert post(receiver, order()).name == "busy"
    orders.may_end.set()
    assert receiver.finish(10)
    assert post(receiver, order()).name == "handled"


def test_without_a_timeout_it_is_done_by_the_caller() -> None:
    orders = Orders()
    receiver = Receiver(orders, secrets=SECRET, timeout=None)
    assert post(receiver, order()).name == "handled"
    assert orders.threads == [threading.get_ident()]
    orders.failures = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        post(receiver, order("evt_2"))
    assert post(receiver, order("evt_2")).name == "handled", "it was released"


def test_no_more_is_worked_on_than_may_be() -> None:
    orders = Orders()
    orders.hold()
    receiver = Receiver(orders, secrets=SECRET, timeout=0.05, max_concurrency=2)
    assert [post(receiver, order(f"evt_{n}")).name for n in range(4)] == ["busy"] * 4
    assert (len(orders.events), receiver.under_way) == (2, 2)
    orders.may_end.set()
    assert receiver.finish(10)
    assert post(receiver, order("evt_3")).name == "handled"


class Store:
    """A store that answers what it is told to."""

    def __init__(self, claim: Any = "new", broken: str = "") -> None:
        self.told = claim
        self.broken = broken
        self.calls: list[Any] = []

    def _note(self, step: str, *arguments: Any) -> None:
        self.calls.append((step, *arguments))
        if step == self.broken:
            raise OSError("the disk is full")

    def claim(self, key: str, lease: float) -> Any:
        self._note("claim", key, lease)
        return self.told

    def complete(self, key: str) -> None:
        self._note("complete", key)

    def release(self, key: str) -> None:
        self._note("release", key)


@pytest.mark.parametrize(
    ("store", "name", "handled"),
    [
        (Store(), "handled", 1),
        (Store("handled"), "duplicate", 0),
        (Store("busy"), "busy", 0),
        (Store("whatever"), "busy", 0),
        (Store(broken="claim"), "busy", 0),
        (Store(broken="complete"), "busy", 1),
    ],
    ids=["new", "handled", "busy", "unknown", "no claim", "no completion"],
)
def test_a_store_decides(store: Store, name: str, handled: int) -> None:
    for is_async in (False, True):
        orders = Orders()
        store.calls.clear()
        receiver = Receiver(orders, secrets=SECRET, dedupe=store, lease=77)
        if is_async:
            answer = asyncio.run(receiver.answer_async("POST", signed(order()), order()))
        else:
            answer = post(receiver, order())
        assert (answer.name, len(orders.events)) == (name, handled)
        assert store.calls[0] == ("claim", "evt_1", 77.0)
        assert len(store.calls) == 1 + handled


def test_a_store_that_cannot_release_changes_nothing() -> None:
    orders = Orders()
    orders.failures = [ValueError("first")]
    store = Store(broken="release")
    assert post(Receiver(orders, secrets=SECRET, dedupe=store), order()).name == "failed"
    assert [call[0] for call in store.calls] == ["claim", "release"]


def test_without_a_store_the_handler_sees_every_one() -> None:
    orders = Orders()
    receiver = Receiver(orders, secrets=SECRET, dedupe=None)
    assert [post(receiver, order()).name for _ in range(2)] == ["handled", "handled"]
    assert len(orders.events) == 2


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"secrets": None}, "secrets"),
        ({"secrets": []}, "secrets: no secret"),
        ({"secrets": ""}, "secrets: no secret"),
        ({"secrets": ["", b""]}, "secrets: no secret"),
        ({"api_key": ""}, "secrets: no secret"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": "long"}, "timeout: must be a number"),
        ({"lease": None}, "lease: must be a number"),
        ({"max_body": "1k"}, "max_body: must be a whole number"),
        ({"timeout": 30}, "timeout: .* 30 s"),
        ({"lease": 25}, "lease"),
        ({"max_body": 0}, "max_body"),
        ({"max_concurrency": 0}, "max_concurrency"),
        ({"tolerance": -1}, "tolerance"),
    ],
)
def test_settings_that_would_lose_something_are_refused(
    settings: dict[str, Any], match: str
) -> None:
    with pytest.raises(ConfigError, match=match):
        Receiver(Orders(), **({"secrets": SECRET} | settings))


def test_a_handler_has_to_be_a_function() -> None:
    with pytest.raises(TypeError, match="handler: expected a function"):
        Receiver("orders", secrets=SECRET)  # type: ignore[arg-type]


def test_keyclic_by_users_and_by_secret_addresses() -> None:
    body = b'{"event": "reportCreated", "payload": {"id": "0b5c"}}'
    basic = {"Authorization": "Basic " + base64.b64encode(b"keyclic:p4ss").decode()}
    orders = Orders()
    receiver = Receiver.keyclic(orders, users={"keyclic": "p4ss"})
    assert post(receiver, body, basic).name == "handled"
    assert post(receiver, body, basic).name == "duplicate", "it is known by its bytes"
    assert post(receiver, body, {}).name == "refused"
    assert orders.events[0].event == "report_created"

    receiver = Receiver.keyclic(orders, path_secrets=["5b2f", "5b30"])
    assert receiver.answer("POST", {}, body, path="/hooks/keyclic/5b30").name == "handled"
    assert receiver.answer("POST", {}, body, path="/hooks/keyclic/guess").name == "refused"
    both = Receiver.keyclic(orders, users={"keyclic": "p4ss"}, path_secrets="5b2f")
    assert both.answer("POST", basic, body, path="/5b2f").name == "handled"
    assert both.answer("POST", {}, body, path="/5b2f").name == "refused"
    assert both.answer("POST", basic, body, path="/").name == "refused"
    for wrong in (
        {},
        {"users": {}},
        {"users": {"a": ""}},
        {"path_secrets": "a/b"},
        {"path_secrets": []},
    ):
        with pytest.raises(ConfigError):
            Receiver.keyclic(orders, **wrong)  # type: ignore[arg-type]


def test_vehicles_have_an_address_a_kind() -> None:
    basic = {"Authorization": "Basic " + base64.b64encode(b"imaging:p4ss").decode()}
    orders = Orders()
    receiver = Receiver.vehicle("Véhicule traité", orders, users={"imaging": "p4ss"}, timeout=1)
    assert [post(receiver, b'{"vin": "VF1"}', basic).name for _ in range(2)] == ["handled"] * 2
    assert (orders.events[0].kind, orders.events[0].body) == ("vehicle_processed", {"vin": "VF1"})
    assert post(receiver, b"vin=VF1", basic).name == "unreadable"
    with pytest.raises(ValueError, match="vehicle_sold"):
        Receiver.vehicle("vehicle_sold", orders, users={"imaging": "p4ss"})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_has_nothing_under_way() -> None:
    from test_fork import in_child

    orders = Orders()
    orders.hold()
    store = MemoryStore()
    receiver = Receiver(orders, secrets=SECRET, timeout=0.05, dedupe=store)
    assert post(receiver, order()).name == "busy"
    with receiver._engine._flights._lock, store._lock:

        def work() -> str:
            orders.may_end = threading.Event()
            orders.may_end.set()
            return f"{receiver.under_way} {post(receiver, order()).name}"

        assert in_child(work) == b"0 handled"
    orders.may_end.set()
    assert receiver.finish(10)
    assert post(receiver, order()).name == "duplicate"
