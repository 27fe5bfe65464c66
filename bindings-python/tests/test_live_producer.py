"""Producers of readings: by hand, in servers and frameworks, with sources of every kind."""

from __future__ import annotations

import asyncio
import datetime
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from typing import Any

import pytest
import qlower
from hooks import Address
from qlower import live
from servers import uvicorn, waitress, wsgiref
from support import told_in_french

PATH = "/power"
KEY = {"X-API-Key": "k-1"}
ORIGIN = "https://quelia.fr"


class Source:
    """Counts, waits if it is told to, fails if it is told to."""

    def __init__(self, value: Any = 42.5) -> None:
        self.value = value
        self.asked = 0
        self.may_end = threading.Event()
        self.may_end.set()
        self.failures: list[Exception] = []

    def __call__(self) -> Any:
        self.asked += 1
        assert self.may_end.wait(20)
        if self.failures:
            raise self.failures.pop()
        return self.value


def producer_of(source: Any = 42.5, **settings: Any) -> live.Producer:
    given = {"auth": live.ApiKey("k-1"), "fresh_for": 0, **settings}
    return live.Producer(source if callable(source) else lambda: source, **given)


# By hand.


def test_what_is_answered() -> None:
    producer = producer_of()
    answer = producer.answer("GET", "", {**KEY, "Origin": ORIGIN})
    assert (answer.status, answer.outcome) == (200, "given")
    assert answer.body == b'{"current_power":42.5}'
    assert answer.header("access-control-allow-origin") == ORIGIN
    assert answer.header("Cache-Control") == "no-store" and answer.header("X-Nothing") is None
    assert producer.answer("HEAD", "", KEY).body == b""
    preflight = producer.answer("OPTIONS", "", {"Origin": ORIGIN})
    assert (preflight.status, preflight.outcome) == (204, "preflight")
    assert preflight.header("Access-Control-Allow-Methods") == "GET, OPTIONS"
    assert producer.answer("POST", "", KEY).status == 405
    refused = producer.answer("GET", "", {"X-API-Key": "k-2"})
    assert (refused.status, refused.outcome) == (401, "wrong_credentials")
    assert producer.path == "current_power"


@pytest.mark.parametrize(
    ("auth", "query", "headers"),
    [
        (live.Bearer("t"), "", {"Authorization": "Bearer t"}),
        (live.Query("apikey", "é&"), "apikey=%C3%A9%26", {}),
        (live.Basic("map", "p"), "", {"authorization": "Basic bWFwOnA="}),
        ([live.ApiKey("old"), live.ApiKey("new")], "", [("x-api-key", b"new")]),
        ((live.ApiKey("k"), live.Bearer("t")), b"a=b", {"Authorization": "Bearer t"}),
        (None, "", {}),
    ],
)
def test_who_may_read(auth: Any, query: Any, headers: Any) -> None:
    producer = producer_of(auth=auth)
    assert producer.answer("GET", query, headers).status == 200
    assert producer.answer("GET", "", {}).status == (200 if auth is None else 401)


def test_the_form_with_metadata() -> None:
    at = datetime.datetime(2024, 1, 15, 10, 30, tzinfo=datetime.timezone.utc)
    producer = producer_of(live.Measurement(42_500, "kW", at), form="with_metadata", unit="MW")
    document = json.loads(producer.answer("GET", headers=KEY).body)
    assert document == {
        "status": "ok",
        "timestamp": "2024-01-15T10:30:00Z",
        "data": {"power": {"value": 42.5, "unit": "MW"}},
    }
    assert producer.path == "data.power.value"


@pytest.mark.parametrize("value", [7, 7.0, Decimal(7), live.Measurement(7)])
def test_numbers_of_every_kind(value: Any) -> None:
    assert json.loads(producer_of(value).answer("GET", headers=KEY).body) == {"current_power": 7}


@pytest.mark.parametrize(
    "value",
    [
        None,
        float("nan"),
        float("inf"),
        "42.5",
        True,
        object(),
        live.Measurement(1, "Nm3/h"),
        live.Measurement(1, at=datetime.datetime(2024, 1, 1)),  # noqa: DTZ001
    ],
)
def test_what_is_no_value_is_answered_503(value: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = producer_of(value, unit="MW").answer("GET", headers=KEY)
    assert answer.status == 503
    assert live_error(answer.body)
    assert value is None or any(record.name == "qlower.live" for record in caplog.records)


def live_error(body: bytes) -> bool:
    """No reader takes it for a value."""
    with pytest.raises(live.ReadingError):
        live.read(body, "current_power")
    return True


@pytest.mark.parametrize(
    ("setting", "settings"),
    [
        ("auth", {"auth": live.ApiKey("")}),
        ("auth", {"auth": live.Header("X-Token", "t")}),
        ("origins", {"origins": "https://quelia.fr/"}),
        ("origins", {"origins": []}),
        ("unit", {"unit": ""}),
        ("form", {"form": "xml"}),
        ("timeout", {"timeout": -1}),
        ("fresh_for", {"fresh_for": "1"}),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(setting: str, settings: dict[str, Any]) -> None:
    with pytest.raises(qlower.ConfigError) as caught:
        live.Producer(lambda: 1, **settings)
    assert caught.value.setting == setting
    if not isinstance(settings.get("auth"), live.Header):
        assert told_in_french(caught.value)
    if setting == "origins" and settings["origins"]:
        assert isinstance(caught.value, live.ProducerError)
        assert caught.value.suggestion == "https://quelia.fr"


def test_a_source_is_a_function() -> None:
    with pytest.raises(TypeError, match="source: expected"):
        live.Producer(42.5)  # type: ignore[arg-type]

    async def source() -> float:
        return 1

    producer = live.Producer(source)
    for use in (lambda: producer.wsgi, lambda: producer.flask_view, lambda: producer.answer("GET")):
        with pytest.raises(TypeError, match="no async source"):
            use()
    assert asyncio.run(producer.answer_async("GET")).status == 200


# Sources.


def test_many_ask_the_source_once() -> None:
    source = Source()
    source.may_end.clear()
    producer = producer_of(source)
    answers: list[int] = []

    def ask() -> None:
        answers.append(producer.answer("GET", headers=KEY).status)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    source.may_end.set()
    for thread in threads:
        thread.join()
    assert answers == [200] * 16 and source.asked == 1


def test_a_fresh_value_will_do() -> None:
    source = Source()
    producer = producer_of(source, fresh_for=30)
    assert [producer.answer("GET", headers=KEY).status for _ in range(5)] == [200] * 5
    assert source.asked == 1
    producer.answer("GET", headers={})
    producer.answer("OPTIONS")
    assert source.asked == 1
    other = producer_of(source, fresh_for=datetime.timedelta(0))
    assert [other.answer("GET", headers=KEY).status for _ in range(2)] == [200] * 2
    assert source.asked == 3


def test_a_slow_source_is_not_waited_for_and_not_asked_twice() -> None:
    source = Source()
    source.may_end.clear()
    producer = producer_of(source, timeout=0.1, fresh_for=30)
    for _ in range(3):
        # It does not end before it is told to.
        assert producer.answer("GET", headers=KEY).status == 503
    assert source.asked == 1
    source.may_end.set()
    assert producer.answer("GET", headers=KEY).status in (200, 503)
    time.sleep(0.2)
    assert producer.answer("GET", headers=KEY).status == 200 and source.asked == 1


def test_a_source_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    source = Source()
    source.failures = [LookupError("no such sensor")]
    producer = producer_of(source)
    assert producer.answer("GET", headers=KEY).status == 503
    (record,) = caplog.records
    assert record.name == "qlower.live" and record.exc_info is not None
    assert producer.answer("GET", headers=KEY).status == 200


def test_an_async_source_is_shared_and_bounded() -> None:
    asked = 0
    gate = asyncio.Event()

    async def source() -> float:
        nonlocal asked
        asked += 1
        await gate.wait()
        return 42.5

    async def main() -> None:
        producer = producer_of(source, timeout=0.2)
        late = await asyncio.gather(*(producer.answer_async("GET", "", KEY) for _ in range(8)))
        assert [answer.status for answer in late] == [503] * 8 and asked == 1
        # Whoever goes away leaves the others theirs.
        first = asyncio.create_task(producer.answer_async("GET", "", KEY))
        second = asyncio.create_task(producer.answer_async("GET", "", KEY))
        await asyncio.sleep(0.01)
        first.cancel()
        gate.set()
        assert (await second).status == 200 and asked == 1

    asyncio.run(main())


def test_a_source_may_outlive_its_loop() -> None:
    async def source() -> float:
        await asyncio.sleep(60)
        return 1

    producer = producer_of(source, timeout=0.05)
    for _ in range(2):
        assert asyncio.run(producer.answer_async("GET", "", KEY)).status == 503


# In servers.


def flask(producer: live.Producer) -> Any:
    import flask

    app = flask.Flask("plant")
    app.add_url_rule(PATH, view_func=producer.flask_view)
    return app


def django(producer: live.Producer) -> Any:
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import clear_url_caches, path, set_urlconf

    class Urls:
        urlpatterns = [path(PATH[1:], producer.django_view)]  # noqa: RUF012

    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None, DATABASES={})
        django.setup()
    settings.ROOT_URLCONF = Urls
    clear_url_caches()
    set_urlconf(None)
    return WSGIHandler()


def fastapi(producer: live.Producer) -> Any:
    from fastapi import FastAPI

    app = FastAPI()
    app.add_api_route(PATH, producer.fastapi, methods=["GET", "HEAD", "OPTIONS"])
    return app


def starlette(producer: live.Producer) -> Any:
    from starlette.applications import Starlette

    app = Starlette()
    app.add_route(PATH, producer.asgi)
    return app


Serve = Callable[[live.Producer], AbstractContextManager[Address]]
THREADS: dict[str, Serve] = {
    "wsgiref": lambda producer: wsgiref(producer.wsgi),
    "waitress": lambda producer: waitress(producer.wsgi),
    "flask": lambda producer: waitress(flask(producer)),
    "django": lambda producer: waitress(django(producer)),
}
LOOPS: dict[str, Serve] = {
    "asgi": lambda producer: uvicorn(producer.asgi, lifespan="on"),
    "starlette": lambda producer: uvicorn(starlette(producer)),
    "fastapi": lambda producer: uvicorn(fastapi(producer)),
}
ALL = THREADS | LOOPS


@contextmanager
def asked(address: Address, method: str, headers: dict[str, str]) -> Iterator[Any]:
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=20)
    try:
        connection.request(method, PATH, headers=headers)
        yield connection.getresponse()
    finally:
        connection.close()


@pytest.mark.parametrize("serve", ALL.values(), ids=ALL)
def test_every_server_answers_the_same(serve: Serve) -> None:
    source = Source()
    with serve(producer_of(source)) as address:
        with asked(address, "GET", {**KEY, "Origin": ORIGIN}) as answer:
            assert (answer.status, answer.read()) == (200, b'{"current_power":42.5}')
            assert answer.getheader("Content-Type") == "application/json"
            assert answer.getheader("Access-Control-Allow-Origin") == ORIGIN
            assert (answer.getheader("Cache-Control"), answer.getheader("Vary")) == (
                "no-store",
                "Origin",
            )
        with asked(address, "HEAD", KEY) as answer:
            assert (answer.status, answer.read()) == (200, b"")
            assert answer.getheader("Content-Length") == "22"
        with asked(address, "OPTIONS", {"Origin": ORIGIN}) as answer:
            assert (answer.status, answer.read()) == (204, b"")
            assert answer.getheader("Access-Control-Allow-Methods") == "GET, OPTIONS"
            assert "X-API-Key" in answer.getheader("Access-Control-Allow-Headers")
        with asked(address, "GET", {"X-API-Key": "k-2", "Origin": ORIGIN}) as answer:
            assert answer.status == 401 and answer.getheader("WWW-Authenticate")
            assert answer.getheader("Access-Control-Allow-Origin") == ORIGIN
        with asked(address, "POST", KEY) as answer:
            assert answer.status == 405
        source.value = None
        with asked(address, "GET", KEY) as answer:
            assert answer.status == 503 and live_error(answer.read())


@pytest.mark.parametrize("serve", ALL.values(), ids=ALL)
def test_a_slow_source_in_every_server(serve: Serve) -> None:
    source = Source()
    source.may_end.clear()
    try:
        with (
            serve(producer_of(source, timeout=0.2)) as address,
            asked(address, "GET", KEY) as answer,
        ):
            assert answer.status == 503
    finally:
        source.may_end.set()


@pytest.mark.parametrize("serve", LOOPS.values(), ids=LOOPS)
def test_async_sources_in_servers(serve: Serve) -> None:
    async def source() -> live.Measurement:
        await asyncio.sleep(0.01)
        return live.Measurement(7, "kW")

    with serve(producer_of(source)) as address, asked(address, "GET", KEY) as answer:
        assert (answer.status, json.loads(answer.read())) == (200, {"current_power": 7})


def test_a_feed_watches_it() -> None:
    with wsgiref(producer_of().wsgi) as address:
        url = f"http://127.0.0.1:{address.port}{PATH}"
        feed = live.LiveFeed(url, "current_power", unit="MW", auth=live.ApiKey("k-1"))
        with feed.watch() as watch:
            assert str(watch.next(timeout=10)) == "42.5 MW"
