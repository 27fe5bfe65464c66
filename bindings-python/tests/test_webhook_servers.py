"""Receivers in real servers and frameworks: each row of what is to be answered, over HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from hooks import PING, SECRET, Address, Orders, order, signed
from qlower import Sandbox, webhook
from qlower.webhook import Receiver
from servers import ALL, LOOPS, PATH, THREADS, Serve, uvicorn, waitress
from support import until

every = pytest.mark.parametrize("serve", ALL.values(), ids=ALL)
on_loops = pytest.mark.parametrize("serve", LOOPS.values(), ids=LOOPS)
in_threads = pytest.mark.parametrize("serve", THREADS.values(), ids=THREADS)
# One of each kind.
SOME = {name: ALL[name] for name in ("flask", "django", "asgi", "fastapi")}
LIMIT = 4_096


@every
def test_each_row(serve: Serve) -> None:
    orders = Orders()
    orders.failures = []
    with serve(Receiver(orders, secrets=["new", SECRET], max_body=LIMIT)) as address:
        status, headers, body = address.send(order())
        assert (status, body) == (200, b'{"status":"handled"}')
        assert headers["content-type"].startswith("application/json")
        assert address.name(order()) == "duplicate"
        assert address.name(PING) == "pong"

        status, headers, _ = address.send(b"", {}, method="GET")
        assert (status, "POST" in headers["allow"]) == (405, True)
        assert address.send(order("evt_2"), {}, method="PUT")[0] == 405

        form = signed(order("evt_2"), Content_Type="application/x-www-form-urlencoded")
        assert address.name(order("evt_2"), form) == "not_json"
        assert address.name(order("evt_2"), {"Content-Type": "application/json"}) == "refused"
        assert address.name(order("evt_2") + b" ", signed(order("evt_2"))) == "refused"
        twice = signed(order("evt_2"))
        twice["X-Qlower-Signature"] = ",".join([twice["X-Qlower-Signature"]] * 2)
        assert address.name(order("evt_2"), twice) == "refused"

        assert address.name(b"\xff\xfe{") == "unreadable"
        assert address.name(b'{"event_type": "order.created"}') == "unreadable"
        assert address.name(b"") == "unreadable", "an empty body can be signed"

        whole = order("evt_3") + b" " * (LIMIT - len(order("evt_3")))
        assert address.name(whole) == "handled"
        status, _, body = address.send(order("evt_4") + b" " * LIMIT)
        assert (status, body) == (413, b'{"status":"too_large"}')

        orders.failures = [ValueError("no")]
        assert address.name(order("evt_5")) == "failed"
        assert address.name(order("evt_5")) == "handled"
    assert [event.id for event in orders.events] == ["evt_1", "evt_3", "evt_5", "evt_5"]


@every
def test_a_body_of_many_pieces(serve: Serve) -> None:
    orders = Orders()
    body = order() + b" " * 300_000
    with serve(Receiver(orders, secrets=SECRET)) as address:
        assert address.name(body) == "handled"
    assert orders.events[0].raw == body


@every
def test_duplicates_at_once(serve: Serve) -> None:
    orders = Orders()
    orders.hold()
    with serve(Receiver(orders, secrets=SECRET)) as address, ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(address.send, order()) for _ in range(6)]
        assert orders.began.wait(10)
        time.sleep(0.1)
        orders.may_end.set()
        told = [answer.result() for answer in answers]
    assert {status for status, _, _ in told} == {200}
    assert sum(body == b'{"status":"handled"}' for _, _, body in told) >= 2, "they waited"
    assert len(orders.events) == 1


@every
def test_long_work_goes_on(serve: Serve) -> None:
    orders = Orders()
    orders.hold()
    receiver = Receiver(orders, secrets=SECRET, timeout=0.5)
    with serve(receiver) as address:
        assert address.name(order()) == "busy"
        orders.may_end.set()
        assert receiver.finish(10)
        assert address.name(order()) == "duplicate"
    assert len(orders.events) == 1


# wsgiref and what stands in it has no chunked bodies: that is the next test.
CHUNKED = {name: serve for name, serve in ALL.items() if name not in ("wsgiref", "flask", "django")}


@pytest.mark.parametrize("serve", CHUNKED.values(), ids=CHUNKED)
def test_chunked_bodies(serve: Serve) -> None:
    orders = Orders()
    with serve(Receiver(orders, secrets=SECRET, max_body=LIMIT)) as address:
        assert address.name(order(), chunked=True) == "handled"
        assert address.name(order("evt_2") + b" " * LIMIT, chunked=True) == "too_large"
        assert address.name(order("evt_2"), {}, chunked=True) == "refused"
    assert len(orders.events) == 1


@pytest.mark.parametrize("name", ["wsgiref", "flask"])
def test_a_server_without_chunked_bodies_is_a_fault_of_this_side(name: str) -> None:
    """And not of a webhook that would be given up for good."""
    with ALL[name](Receiver(Orders(), secrets=SECRET)) as address:
        for _ in range(20):
            # It closes on a sender that still writes, which may lose the answer.
            with suppress(ConnectionError):
                assert address.name(order(), chunked=True) == "failed"
                return
    pytest.fail("no answer")


def raw(address: Address, *parts: bytes, hang_up: bool = False) -> bytes:
    """What is answered to bytes as they are, one part after the other; nothing if the connection is broken."""
    answer = b""
    connected = socket.create_connection(("127.0.0.1", address.port), timeout=10)
    with connected as connection, suppress(OSError):
        for part in parts:
            connection.sendall(part)
            time.sleep(0.02)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        while chunk := connection.recv(4096):
            answer += chunk
    return answer


def head(body: bytes, length: str) -> bytes:
    lines = [
        f"POST {PATH} HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        f"Content-Length: {length}",
    ]
    lines += [f"{name}: {value}" for name, value in signed(body).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@every
def test_lengths_that_are_wrong(serve: Serve) -> None:
    orders = Orders()
    body = order()
    with serve(Receiver(orders, secrets=SECRET)) as address:
        for length in ("-1", "many", "1_0", "9" * 30):
            answer = raw(address, head(body, length), body, hang_up=True)
            # The server may not let it through, or close without a word.
            assert b" 200 " not in answer, (length, answer)
        # Cut off: nobody answers, or with something after which it is sent again.
        answer = raw(address, head(body, str(len(body) + 1)), body, hang_up=True)
        assert not answer or answer.split(b" ")[1] in {b"408", b"500"}, answer
        assert orders.events == []
        answer = raw(address, head(body, str(len(body))), body[:9], body[9:])
        assert answer.split(b" ")[1] == b"200", answer
    assert len(orders.events) == 1


@on_loops
def test_async_handlers(serve: Serve) -> None:
    began: list[Any] = []
    ended: list[Any] = []

    async def handler(event: webhook.Event) -> None:
        began.append(event)
        await asyncio.sleep(0.15)
        if event.id == "evt_bad":
            raise ValueError("no")
        ended.append(event)

    with serve(Receiver(handler, secrets=SECRET)) as address, ThreadPoolExecutor(5) as pool:
        told = [pool.submit(address.name, order()) for _ in range(5)]
        assert [name.result() for name in told] == ["handled"] * 5
        assert address.name(order()) == "duplicate"
        assert address.name(order("evt_bad")) == "failed"
    assert (len(began), len(ended)) == (2, 1)


@on_loops
def test_a_sender_that_hangs_up_stops_nothing(serve: Serve) -> None:
    ended = threading.Event()

    async def handler(event: webhook.Event) -> None:  # noqa: ARG001
        await asyncio.sleep(0.3)
        ended.set()

    receiver = Receiver(handler, secrets=SECRET)
    with serve(receiver) as address:
        with socket.create_connection(("127.0.0.1", address.port)) as connection:
            connection.sendall(head(order(), str(len(order()))) + order())
            assert until(lambda: receiver.under_way == 1)
        assert ended.wait(10)
        assert address.name(order()) in {"duplicate", "handled"}


@on_loops
def test_a_body_that_does_not_come(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qlower._native.WEBHOOK_BODY_TIMEOUT", 0.2)
    with serve(Receiver(Orders(), secrets=SECRET)) as address:
        with socket.create_connection(("127.0.0.1", address.port), timeout=10) as connection:
            connection.sendall(head(order(), str(len(order()))) + order()[:10])
            assert connection.recv(4096).split(b" ")[1] == b"408"
        assert address.name(order()) == "handled"


@pytest.mark.parametrize("serve", SOME.values(), ids=SOME)
def test_a_sandbox_loses_nothing_on_the_way(serve: Serve) -> None:
    """Bodies that are slow or cut, callers that hang up, answers that are lost, and duplicates: each order is handled once."""
    orders = Orders()
    orders.failures = [ValueError("first")]
    with (
        Sandbox(webhook_speed=10_000) as sandbox,
        serve(Receiver(orders, secrets=SECRET)) as address,
    ):
        sandbox.set_webhook(f"http://127.0.0.1:{address.port}{PATH}", secrets=["old", SECRET])
        sandbox.fail_next_webhook("slow_body", delay=0.1)
        sandbox.fail_next_webhook("cut_body")
        sandbox.fail_next_webhook("hang_up", delay=0.05)
        sandbox.fail_next_webhook("lost_answer", times=2)
        emitted = [sandbox.emit_order(duplicates_at_once=number % 2) for number in range(6)]
        sandbox.emit_ping()
        settled = sandbox.wait_for_deliveries(timeout=60)
        assert {delivery.state for delivery in settled} == {"delivered"}
        assert len(sandbox.fired_webhook_faults) == 5
        forged = ["missing_signature", "malformed_signature", "wrong_signature", "other_secret"]
        forged += ["old_time", "future_time", "altered_body"]
        for name in forged:
            sandbox.fail_next_webhook(name)  # type: ignore[arg-type]
            sandbox.emit_order()
            (attempt,) = sandbox.wait_for_deliveries(timeout=60)[-1].attempts
            assert (attempt.status, attempt.answer) == (401, '{"status":"refused"}'), name
    handled = sorted(event.event_id for event in orders.events)
    assert len(handled) == 7, "one of them failed, and was tried again"
    assert set(handled) == {each.event_id for each in emitted}


def test_the_end_of_a_server_waits_for_the_work() -> None:
    orders = Orders()
    orders.hold()
    receiver = Receiver(orders, secrets=SECRET, timeout=0.05)
    with uvicorn(receiver.asgi, lifespan="on") as address:
        assert address.name(order()) == "busy"
        threading.Timer(0.3, orders.may_end.set).start()
    assert receiver.under_way == 0
    assert receiver.answer("POST", signed(order()), order()).name == "duplicate"


def test_a_websocket_is_closed() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def call() -> None:
        app = Receiver(Orders(), secrets=SECRET).asgi
        await app(
            {"type": "websocket"}, lambda: asyncio.sleep(0, {"type": "websocket.connect"}), send
        )

    asyncio.run(call())
    assert sent == [{"type": "websocket.close"}]


def test_a_path_with_a_secret_reaches_its_source() -> None:
    receiver = Receiver.keyclic(Orders(), path_secrets="5b2f")
    body = b'{"event": "reportCreated", "payload": {}}'
    for server in (lambda: waitress(receiver.wsgi), lambda: uvicorn(receiver.asgi)):
        with server() as address:
            for path, name in (("/hooks/guess", "refused"), ("/hooks/5b2f", "handled")):
                address.path = path
                body += b" "
                assert address.name(body, {}) == name


def test_django_closes_what_the_thread_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connections

    closed: list[int] = []
    with THREADS["django"](Receiver(orders := Orders(), secrets=SECRET)) as address:
        monkeypatch.setattr(connections, "close_all", lambda: closed.append(threading.get_ident()))
        assert address.name(order()) == "handled"
    assert orders.threads[0] in closed


def test_flask_gives_the_handler_its_context() -> None:
    import flask

    seen: list[str] = []
    receiver = Receiver(lambda _: seen.append(flask.request.path), secrets=SECRET)
    with THREADS["flask"](receiver) as address:
        assert address.name(order()) == "handled"
    assert seen == [PATH]


def test_no_framework_is_imported_before_it_is_used() -> None:
    import subprocess

    program = """
import sys
from qlower import Sandbox, webhook
receiver = webhook.Receiver(print, secrets="s")
receiver.wsgi, receiver.asgi
print(sorted({"flask", "django", "starlette", "fastapi", "sqlite3"} & set(sys.modules)))
webhook.SqliteStore
print("sqlite3" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "True"]


def test_answers_are_json() -> None:
    answer = Receiver(Orders(), secrets=SECRET).answer("GET", {}, b"")
    assert json.loads(answer.body) == {"status": answer.name}
