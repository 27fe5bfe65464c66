"""Producers of readings: what comes of headers, queries and secrets in each kind of server, and of sources in trouble."""

from __future__ import annotations

import asyncio
import http.client
import logging
import subprocess
import sys
import threading
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from qlower import live
from test_fork import forks, in_child
from test_live_producer import ALL, KEY, LOOPS, PATH, Serve, Source, asked, producer_of

HERE = Path(__file__).parent
SECRET = "clé€"


def ask(port: int, target: str, headers: list[tuple[str, bytes]]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("GET", target)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.mark.parametrize("serve", ALL.values(), ids=ALL)
def test_secrets_of_any_letters_arrive(serve: Serve) -> None:
    ways = [live.ApiKey(SECRET), live.Query("api key", SECRET), live.Basic("zoé", SECRET)]
    with serve(producer_of(auth=ways)) as address:

        def status(target: str, *headers: tuple[str, bytes]) -> int:
            return ask(address.port, target, list(headers)).status

        assert status(PATH) == 401
        assert status(PATH, ("X-API-Key", SECRET.encode())) == 200
        assert status(f"{PATH}?a=1&api+key=cl%C3%A9%E2%82%AC") == 200
        assert status(f"{PATH}?api%20key=cl%C3%A9") == 401
        assert status(PATH, ("authorization", b"Basic em/DqTpjbMOp4oKs")) == 200
        got = ask(address.port, PATH, [("X-API-Key", SECRET.encode())])
        assert (got.getheader("Content-Length"), got.getheader("Transfer-Encoding")) == ("22", None)
        refused = ask(address.port, PATH, [])
        challenges = [told.split()[0] for told in refused.headers.get_all("WWW-Authenticate", [])]
        assert "Basic" in " ".join(challenges)
        assert refused.getheader("Content-Type") == "application/json"
        assert len(refused.headers.get_all("Content-Type", [])) == 1


@pytest.mark.parametrize("serve", ALL.values(), ids=ALL)
def test_an_answer_without_a_body_has_no_type_of_one(serve: Serve) -> None:
    origin = {"Origin": "https://quelia.fr"}
    with serve(producer_of()) as address, asked(address, "OPTIONS", origin) as answer:
        assert (answer.status, answer.read(), answer.getheader("Content-Type")) == (204, b"", None)


# By hand, as a server calls.


def test_wsgi_as_a_server_calls_it() -> None:
    producer = producer_of(auth=[live.ApiKey(SECRET), live.Query("k", SECRET)])
    begun: list[Any] = []
    raw = SECRET.encode().decode("latin-1")
    for more in ({"HTTP_X_API_KEY": raw}, {"QUERY_STRING": f"k={raw}"}):
        environ = {"REQUEST_METHOD": "GET", **more}
        body = producer.wsgi(environ, lambda status, headers: begun.append((status, headers)))
        assert b"".join(body) == b'{"current_power":42.5}'
        status, headers = begun.pop()
        assert status == "200 OK" and ("Content-Length", "22") in headers
    environ = {"REQUEST_METHOD": "OPTIONS", "HTTP_ORIGIN": "https://quelia.fr"}
    assert list(producer.wsgi(environ, lambda *told: begun.append(told))) == []
    assert "Content-Length" not in dict(begun.pop()[1])


def asgi(producer: live.Producer, scope: dict[str, Any], *received: str) -> list[dict[str, Any]]:
    coming = [{"type": kind} for kind in received]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return coming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(producer.asgi(scope, receive, send))
    return sent


def test_asgi_as_a_server_calls_it() -> None:
    producer = producer_of(auth=[live.ApiKey("k-1"), live.Query("k", "q-1")])
    scope = {"type": "http", "method": "GET", "query_string": b"", "headers": []}

    def status(**more: Any) -> int:
        head, body = asgi(producer, {**scope, **more})
        assert all(name == name.lower() for name, _ in head["headers"])
        assert dict(head["headers"])[b"content-length"] == str(len(body["body"])).encode()
        told: int = head["status"]
        return told

    assert status() == 401
    assert status(query_string=b"k=q-1") == 200
    right, wrong = (b"x-api-key", b"k-1"), (b"x-api-key", b"k-2")
    for headers in ([right], [right, wrong], [wrong, right]):
        by_hand = producer.answer("GET", "", [(name.decode(), value) for name, value in headers])
        assert status(headers=headers) == by_hand.status
    assert asgi(producer, {"type": "websocket"}) == [{"type": "websocket.close"}]
    assert asgi(producer, {"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown") == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]


def test_django_asks_no_token_of_its_own() -> None:
    pytest.importorskip("django")
    assert producer_of().django_view.csrf_exempt  # type: ignore[attr-defined]


def test_flask_leaves_options_to_the_producer() -> None:
    pytest.importorskip("flask")
    view: Any = producer_of().flask_view
    assert view.provide_automatic_options is False and "OPTIONS" in view.methods


# Settings.


def test_who_may_show_it() -> None:
    def allowed(origin: str, **settings: Any) -> str | None:
        producer = producer_of(**settings)
        return producer.answer("GET", "", {**KEY, "Origin": origin}).header(
            "ACCESS-CONTROL-ALLOW-ORIGIN"
        )

    site = "https://map.example"
    assert allowed(site) is None and allowed("https://quelia.fr") == "https://quelia.fr"
    for origins in (site, [site], iter([site, "https://quelia.fr"])):
        assert allowed(site, origins=origins) == site
    assert allowed("https://quelia.fr", origins=site) is None
    assert allowed(site, any_origin=True, auth=None) in ("*", site)
    with pytest.raises(live.ProducerError) as caught:
        producer_of(origins="https://map.example/")
    assert caught.value.code == "origin" and caught.value.suggestion == site


def test_queries_and_headers_of_any_bytes_do_no_harm() -> None:
    producer = producer_of()
    assert producer.answer("GET", "a=\udce9", KEY).status == 200
    assert producer.answer("GET", b"a=\xff", {**KEY, "X": "\udcff"}).status == 200


# Sources.


def test_what_cannot_be_given_out_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "qlower.live")
    assert producer_of(float("nan")).answer("GET", headers=KEY).status == 503
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    caplog.clear()
    assert producer_of().answer("GET").status == 401
    assert [(record.levelname, record.qlower) for record in caplog.records] == [  # type: ignore[attr-defined]
        ("DEBUG", {"status": 401})
    ]


def test_a_slow_source_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    source = Source()
    source.may_end.clear()
    try:
        assert producer_of(source, timeout=0.05).answer("GET", headers=KEY).status == 503
    finally:
        source.may_end.set()
    assert ("WARNING", "qlower.live") in [(r.levelname, r.name) for r in caplog.records]


def test_a_source_sees_the_context_of_who_asks() -> None:
    tenant: ContextVar[str] = ContextVar("tenant", default="nobody")
    seen: list[str] = []

    def source() -> float:
        seen.append(tenant.get())
        return 1

    tenant.set("north")
    assert producer_of(source).answer("GET", headers=KEY).status == 200
    assert seen == ["north"]


def test_no_thread_for_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    producer = producer_of()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert producer.answer("GET", headers=KEY).status == 503
    assert producer.answer("GET", headers=KEY).status == 200


def test_an_answer_is_fresh_for_as_long_as_is_said() -> None:
    source = Source()
    producer = producer_of(source, fresh_for=0.1)
    assert producer.answer("GET", headers=KEY).status == 200
    threading.Event().wait(0.3)
    assert producer.answer("GET", headers=KEY).status == 200
    assert source.asked == 2


def test_tasks_of_an_async_source_are_not_kept() -> None:
    async def source() -> float:
        return 1

    async def main() -> int:
        for _ in range(5):
            assert (await producer.answer_async("GET", "", KEY)).status == 200
            await asyncio.sleep(0)
        return len(producer._source._tasks)

    producer = producer_of(source)
    assert asyncio.run(main()) == 0


def test_a_hanging_source_keeps_no_program_from_ending() -> None:
    program = """
import threading
from qlower import live
producer = live.Producer(threading.Event().wait, timeout=0.05)
assert producer.answer("GET").status == 503
print("done", flush=True)
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stdout) == (0, "done\n"), result.stderr


@forks
def test_a_child_asks_its_own_source() -> None:
    source = Source()
    source.may_end.clear()
    producer = producer_of(source, timeout=0.05, fresh_for=60)
    assert producer.answer("GET", headers=KEY).status == 503

    def child() -> int:
        source.may_end.set()
        patient = producer._source
        patient._timeout = 20
        return producer.answer("GET", headers=KEY).status

    try:
        assert in_child(child, 60) == b"200"
    finally:
        source.may_end.set()


@pytest.mark.parametrize("serve", LOOPS.values(), ids=LOOPS)
def test_a_source_whose_loop_ends_is_asked_again(serve: Serve) -> None:
    gate = threading.Event()

    async def source() -> float:
        while not gate.is_set():
            await asyncio.sleep(0.01)
        return 1

    producer = producer_of(source, timeout=0.05)
    with serve(producer) as address:
        assert ask(address.port, PATH, [("X-API-Key", b"k-1")]).status == 503
    gate.set()
    with serve(producer) as address:
        assert ask(address.port, PATH, [("X-API-Key", b"k-1")]).status in (200, 503)
        producer._source._timeout = 20
        assert ask(address.port, PATH, [("X-API-Key", b"k-1")]).status == 200
