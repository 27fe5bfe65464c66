"""Webhooks of the sandbox: what is sent to a receiver, and what is told of it."""

from __future__ import annotations

import ast
import inspect
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import qlower
from qlower import _sandbox_webhooks, webhook
from qlower.sandbox import Delivery, Sandbox, WebhookFault
from test_sandbox import TRANSACTION, payload, post

SECRET = "whsec_python"
KEY = "k" * 32


class Receiver:
    """A server that answers each request with the next status, and with the last one for ever."""

    def __init__(self, url: str, received: list[tuple[dict[str, str], bytes]]) -> None:
        self.url = url
        self.received = received


@contextmanager
def receiver(*statuses: int, before: Callable[[], object] = lambda: None) -> Iterator[Receiver]:
    received: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            before()
            status = statuses[min(len(received), len(statuses) - 1)]
            received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Receiver(f"http://127.0.0.1:{server.server_port}/qlower", received)
        finally:
            server.shutdown()
            thread.join()


def only(sandbox: Sandbox) -> Delivery:
    (delivery,) = sandbox.wait_for_deliveries(20)
    return delivery


def test_an_order_is_sent_signed_until_it_is_taken() -> None:
    with (
        receiver(503, 429, 200) as server,
        Sandbox(
            webhook_url=server.url,
            webhook_secrets=[SECRET],
            webhook_api_key=KEY,
            webhook_speed=1e5,
            webhook_timeout=timedelta(seconds=20),
        ) as sandbox,
    ):
        emitted = sandbox.emit_order()
        assert (emitted.state, emitted.attempts) == ("waiting", ())
        assert emitted.next_attempt_at is not None
        delivery = only(sandbox)

        assert (delivery.state, delivery.next_attempt_at) == ("delivered", None)
        assert [attempt.status for attempt in delivery.attempts] == [503, 429, 200]
        assert {attempt.outcome for attempt in delivery.attempts} == {"answered"}
        assert (delivery.event_type, delivery.order_id, delivery.copy) == ("order.created", 1, 0)
        assert (delivery.partner, delivery.url) == ("sandbox", server.url)
        now = datetime.now(timezone.utc)
        assert now - timedelta(seconds=30) < delivery.emitted_at <= delivery.attempts[0].at <= now
        assert len(server.received) == 3
        for (headers, body), attempt in zip(server.received, delivery.attempts, strict=True):
            assert body == delivery.body == emitted.body
            assert headers["x-api-key"] == KEY
            assert headers["x-qlower-signature"] == attempt.signature
            webhook.verify(body, attempt.signature, SECRET)
        event = webhook.parse(delivery.body)
        assert isinstance(event, webhook.OrderCreated)
        assert (event.event_id, event.event_type) == (delivery.event_id, "order.created")


def test_everything_of_an_order_can_be_said() -> None:
    with Sandbox({"zola": "k-1", "acme": "k-2"}, webhook_url="http://localhost:9/") as sandbox:
        sandbox.hold_webhooks()
        emitted = sandbox.emit_order(
            "renewed",
            partner="acme",
            event_id="evt_1",
            order_id=7,
            timestamp=datetime(2026, 8, 5, 8, 42, 18, tzinfo=timezone.utc),
            payment_date="2026-08-04T00:00:00Z",
            customer={"email": "jean@example.com", "first_name": "Jean"},
            products=[
                {
                    "product_id": "prod_1",
                    "product_name": "Abonnement",
                    "unit_price": Decimal("199.50"),
                    "quantity": 2,
                    "sub_items": [{"description": "une", "unit_price": 0.1, "quantity": 3}],
                }
            ],
            total_amount="478.80",
            currency="CHF",
            is_subscription=False,
            coverage=({"year": 2027, "property": {"external_id": "P", "name": "N"}} for _ in "1"),
            custom_fields=[{"key": "k", "label": "l", "value": "v"}],
            invoice={"pdf_url": "https://f.example/f.pdf", "pdf_filename": "f", "number": "1"},
        )
        assert (emitted.partner, sandbox.emit_ping().partner) == ("acme", "zola")
        assert emitted.json() == {
            "event_type": "order.renewed",
            "event_id": "evt_1",
            "order_id": 7,
            "timestamp": "2026-08-05T08:42:18+00:00",
            "customer": {"first_name": "Jean", "email": "jean@example.com"},
            "order": {
                "total_amount": 478.8,
                "currency": "CHF",
                "payment_date": "2026-08-04T00:00:00+00:00",
                "is_subscription": False,
                "products": [
                    {
                        "product_id": "prod_1",
                        "product_name": "Abonnement",
                        "quantity": 2,
                        "unit_price": 199.5,
                        "amount": 399.0,
                        "sub_items": [
                            {
                                "description": "une",
                                "quantity": 3,
                                "unit_price": 0.1,
                                "amount": 0.3,
                            }
                        ],
                    }
                ],
                "coverage": [{"year": 2027, "property": {"external_id": "P", "name": "N"}}],
                "custom_fields": [{"key": "k", "label": "l", "value": "v"}],
            },
            "invoice": {
                "pdf_url": "https://f.example/f.pdf",
                "pdf_filename": "f",
                "number": "1",
            },
        }


def test_a_property_that_was_loaded_is_told_by_its_name() -> None:
    home = {
        "id": "P1", "description": "T2 rue des Lilas", "streetName": "rue des Lilas",
        "townName": "Nantes", "postCode": "44000", "ctry": "FR", "lastName": "Roux",
        "firstName": "Anne", "email": "anne@example.com", "acquisitionDate": "2019-03-15",
        "taxRegime": 5,
    }  # fmt: skip
    with Sandbox({"acme": "k-1"}, webhook_url="http://localhost:9/") as sandbox:
        sandbox.hold_webhooks()
        _, _, answer = post(sandbox, payload(properties=[home], transactions=[TRANSACTION]))
        assert json.loads(answer)["status"] == "SUCCESS"
        covered = sandbox.emit_order(coverage=[{"property": {"external_id": "P1"}}]).json()
        assert covered["order"]["coverage"][0]["property"] == {
            "external_id": "P1",
            "name": "T2 rue des Lilas",
        }
        new = sandbox.emit_order(coverage=[{"property": {"name": "Studio"}}]).json()
        assert new["order"]["coverage"][0]["property"]["external_id"].startswith("qlw_")
        assert sandbox.emit_order(coverage=[]).json()["order"]["coverage"] == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"coverage": [{"property": {"external_id": "P9"}}]},
            r"^coverage/0/property/external_id: ",
        ),
        ({"total_amount": "a lot"}, r"^total_amount: must be a decimal number"),
        ({"kind": "paid"}, r"^kind: must be one of created, renewed, properties_added$"),
        ({"partner": "nobody"}, r'^partner: there is no partner "nobody"$'),
        ({"timestamp": "soon"}, r"^timestamp: "),
        ({"customer": {"mail": "a@b.fr"}}, r"^customer/mail: unknown field"),
        ({"duplicates": -1}, r"^duplicates: "),
        (
            {"webhook": {"url": "https://example.com/"}},
            r"^webhook/url: must be http:// on this machine",
        ),
        ({"total_amount": float("nan")}, r"not JSON compliant"),
    ],
)
def test_what_cannot_be_written_is_refused_at_its_place(
    given: dict[str, Any], message: str
) -> None:
    with Sandbox(webhook_url="http://localhost:9/") as sandbox:
        with pytest.raises(ValueError, match=message):
            sandbox.emit_order(**given)
        assert sandbox.deliveries() == []
        with pytest.raises(TypeError, match="object cannot stand in an order"):
            sandbox.emit_order(total_amount=object())  # type: ignore[arg-type]


def test_settings_are_looked_at() -> None:
    with pytest.raises(ValueError, match=r"^webhook/url: must be http:// on this machine"):
        Sandbox(webhook_url="https://localhost/")
    with pytest.raises(ValueError, match=r"^webhook/api_key: must have at least 32 characters$"):
        Sandbox(webhook_url="http://localhost/", webhook_api_key="short")
    with pytest.raises(ValueError, match=r"^webhook_speed: must be a number above 0$"):
        Sandbox(webhook_speed=0)
    with pytest.raises(ValueError, match=r"^webhook_url: needed"):
        Sandbox(webhook_secrets=["a"])
    with pytest.raises(ValueError, match=r"^webhook/edition: must be one of current, 2.1$"):
        Sandbox(webhook_url="http://localhost/", webhook_edition="3")  # type: ignore[arg-type]
    with Sandbox() as sandbox:
        with pytest.raises(ValueError, match=r"has no target; set one first$"):
            sandbox.emit_ping()
        sandbox.set_webhook("http://localhost:9/", secrets="whole", edition="2.1")
        sandbox.hold_webhooks()
        order = sandbox.emit_order().json()["order"]
        assert "coverage" not in order
        with pytest.raises(ValueError, match="there is no partner"):
            sandbox.set_webhook("http://localhost:9/", partner="nobody")


def test_ids_are_the_same_for_the_same_seed() -> None:
    def ids(seed: int | None) -> list[str | None]:
        with Sandbox(webhook_url="http://localhost:9/", webhook_seed=seed) as sandbox:
            sandbox.hold_webhooks()
            return [sandbox.emit_order().event_id for _ in range(3)]

    assert ids(2**64 - 1) == ids(2**64 - 1)
    assert not {*ids(None)} & {*ids(None)}


def test_faults_fire_and_are_recorded() -> None:
    with receiver(401, 200) as server, Sandbox() as sandbox:
        sandbox.set_webhook(server.url, secrets=[SECRET])
        sandbox.fail_next_webhook("old_time")
        sandbox.fail_next_webhook(WebhookFault("slow_body", 0.01))
        assert sandbox.pending_webhook_faults == [
            WebhookFault("old_time"),
            WebhookFault("slow_body", 0.01),
        ]
        sandbox.emit_order()
        delivery = only(sandbox)
        assert (delivery.state, delivery.attempts[0].fault) == ("refused", WebhookFault("old_time"))
        with pytest.raises(qlower.SignatureError) as refusal:
            webhook.verify(delivery.body, delivery.attempts[0].signature, SECRET)
        assert refusal.value.reason == "expired"
        sandbox.emit_ping()
        assert sandbox.wait_for_deliveries(timedelta(seconds=20))[1].state == "delivered"
        assert [fault.name for fault in sandbox.fired_webhook_faults] == ["old_time", "slow_body"]
        assert sandbox.pending_webhook_faults == []
        with pytest.raises(ValueError, match=r"^delay: the fault hang_up needs it$"):
            sandbox.fail_next_webhook("hang_up")
        with pytest.raises(ValueError, match=r"^fault: must be one of missing_signature, "):
            sandbox.fail_next_webhook("nothing")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="stands in it"):
            sandbox.fail_next_webhook(WebhookFault("hang_up", 1.0), delay=2)
        sandbox.reset()
        assert (sandbox.deliveries(), sandbox.fired_webhook_faults) == ([], [])


def test_the_names_of_faults_are_those_of_the_sandbox() -> None:
    source = ast.parse(inspect.getsource(_sandbox_webhooks))
    (literal,) = (
        node.value
        for node in ast.walk(source)
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "WebhookFaultName"
    )
    assert literal is not None
    names = {node.value for node in ast.walk(literal) if isinstance(node, ast.Constant)}
    with Sandbox() as sandbox, pytest.raises(ValueError, match="must be one of") as refused:
        sandbox.fail_next_webhook("nothing")  # type: ignore[arg-type]
    assert names == set(str(refused.value).partition("one of ")[2].split(", "))


def test_duplicates_raw_bytes_and_the_order_of_what_was_held() -> None:
    with receiver(200) as server, Sandbox(webhook_url=server.url) as sandbox:
        event = sandbox.emit_order(duplicates=1, duplicates_at_once=1).event_id
        assert event is not None
        assert sorted(delivery.copy for delivery in sandbox.wait_for_deliveries(20)) == [0, 1, 1]
        assert sandbox.emit_again(event).copy == 2
        sandbox.wait_for_deliveries(20)
        assert len({body for _, body in server.received}) == 1

        del server.received[:]
        sandbox.hold_webhooks()
        for body in (b"\xff\x00", b"2", b"3"):
            sandbox.emit_raw(body, "text/plain")
        with pytest.raises(qlower.TimeoutError, match=r"^3 webhooks are neither") as late:
            sandbox.wait_for_deliveries(0.05)
        assert late.value.limit == 0.05
        assert isinstance(late.value, TimeoutError)
        assert sandbox.release_webhooks("reversed") == 3
        sandbox.wait_for_deliveries(20)
        assert [body for _, body in server.received] == [b"3", b"2", b"\xff\x00"]
        assert server.received[0][0]["content-type"] == "text/plain"
        with pytest.raises(ValueError, match=r"^seed: the order shuffled needs it$"):
            sandbox.release_webhooks("shuffled")
        assert sandbox.release_webhooks("shuffled", seed=1) == 0


def test_waiting_ends_with_the_sandbox() -> None:
    sandbox = Sandbox(webhook_url="http://localhost:9/")
    sandbox.hold_webhooks()
    sandbox.emit_ping()
    closing = threading.Timer(0.2, sandbox.close)
    closing.start()
    begun = time.monotonic()
    with pytest.raises(qlower.SandboxError, match="is closed"):
        sandbox.wait_for_deliveries()
    closing.join()
    assert time.monotonic() - begun < 5
    with pytest.raises(qlower.SandboxError, match="is closed"):
        sandbox.emit_ping()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers by signals here")
def test_a_signal_interrupts_waiting() -> None:
    class StopWaitingError(Exception):
        pass

    def handler(*_: object) -> None:
        raise StopWaitingError

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with Sandbox(webhook_url="http://localhost:9/") as sandbox:
            sandbox.hold_webhooks()
            sandbox.emit_ping()
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(StopWaitingError):
                sandbox.wait_for_deliveries(30)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_others_run_while_one_waits() -> None:
    # The receiver is Python, too: it answers only if waiting lets go of the interpreter.
    with receiver(200) as server, Sandbox(webhook_url=server.url) as sandbox:
        for _ in range(20):
            sandbox.emit_order()
        assert {delivery.state for delivery in sandbox.wait_for_deliveries(20)} == {"delivered"}
        assert len(server.received) == 20


def test_no_secret_is_shown() -> None:
    with Sandbox(webhook_url="http://localhost:9/s3cr3t", webhook_secrets=["s3cr3t"]) as sandbox:
        sandbox.set_webhook("http://localhost:9/", secrets=["s3cr3t"], api_key="s3cr3t" * 6)
        sandbox.hold_webhooks()
        assert "s3cr3t" not in f"{sandbox!r} {sandbox.emit_order()!r}"
