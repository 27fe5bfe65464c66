"""No secret in anything that is shown, logged, raised or kept: a sentinel is looked for in all of it."""

from __future__ import annotations

import asyncio
import copy
import gc
import io
import json
import logging
import pickle
import sys
import traceback
from typing import Any

import pytest
import qlower
from ftpd import Ftpd
from qlower import AsyncClient, Client, RetryPolicy, Sandbox, ftp, live, webhook
from readings import Endpoint
from support import Raw, answer, text

KEY = "s3ntinel-api-key"
SECRETS = {
    "api_key": KEY,
    "secret_access_key": "s3ntinel-secret-access-key",
    "session_token": "s3ntinel-session-token",
    "proxy": "http://agence:s3ntinel-password@127.0.0.1:1",
}
MARK = "s3ntinel"
ONCE = RetryPolicy.none()


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, Any]:
    return {"partners": {"acme": KEY}}


def shown(value: Any) -> str:
    """All that a program, a debugger or an error tracker shows of something."""
    texts = [str(value), repr(value), format(value), f"{value!r:>10}", ascii(value)]
    if hasattr(value, "to_dict"):
        facts = value.to_dict()
        texts += [repr(facts), json.dumps(facts, default=repr)]
    for name in ("summary", "render", "_repr_html_"):
        if hasattr(value, name):
            texts.append(str(getattr(value, name)()))
    if isinstance(value, BaseException):
        texts += traceback.format_exception(type(value), value, value.__traceback__)
        tracked = traceback.TracebackException.from_exception(value, capture_locals=True)
        texts += [line for line in tracked.format() if "support.py" not in line]
        texts += [repr(vars(value)), repr(value.args)]
        below = value.__cause__ or value.__context__
        if below is not None:
            texts.append(shown(below))
    if hasattr(value, "__dict__"):
        texts.append(repr(vars(value)))
    for slots in (getattr(cls, "__slots__", ()) for cls in type(value).__mro__):
        for name in (slots,) if isinstance(slots, str) else slots:
            if name != "__weakref__" and hasattr(value, name):
                texts.append(repr(getattr(value, name)))
    return "\n".join(texts)


def clean(value: Any) -> Any:
    found = shown(value)
    at = found.find(MARK)
    assert at < 0, f"{type(value).__name__}: …{found[max(0, at - 200) : at + 60]}…"
    return value


def no_secret_in_the_pickle(value: Any) -> None:
    assert MARK.encode() not in pickle.dumps(value)


def test_the_sentinel_is_found_where_it_is() -> None:
    """The looking glass itself: each of its ways sees a secret that is there."""

    class Careless:
        def __init__(self) -> None:
            self.key = KEY

    class Slotted:
        __slots__ = ("key",)

        def __init__(self) -> None:
            self.key = KEY

    for bad in (Careless(), Slotted(), ValueError(KEY), {"key": KEY}):
        with pytest.raises(AssertionError):
            clean(bad)
    error = ValueError("fine")
    error.__cause__ = ValueError(KEY)
    with pytest.raises(AssertionError):
        clean(error)
    with pytest.raises(AssertionError):
        no_secret_in_the_pickle({"key": KEY})


@pytest.mark.parametrize("cls", [Client, AsyncClient])
def test_clients_show_none(cls: Any) -> None:
    client = cls("staging", **SECRETS, access_key_id="id", ca_bundle=None)
    clean(client)
    clean(client._handle)
    clean(copy.copy(client))
    again = pickle.loads(pickle.dumps(client))
    assert repr(again) == repr(client)
    assert repr(client).count("***") == 3
    assert "proxy='http://127.0.0.1:1'" in repr(client)


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout": "s3ntinel"},
        {"proxy": "s3ntinel"},
        {"proxy": "ftp://agence:s3ntinel@127.0.0.1"},
        {"api_key": [KEY]},
        {"environment": "https://me:s3ntinel@example.com"},
        {"s3_endpoint": "http://me:s3ntinel@127.0.0.1"},
        {"user_agent": "s3ntinel\n"},
        {"s3_part_size": "s3ntinel"},
        {"ca_bundle": b"s3ntinel"},
    ],
)
def test_settings_that_cannot_be_used_are_not_repeated(settings: dict[str, Any]) -> None:
    with pytest.raises(qlower.ConfigError) as caught:
        Client(**{"environment": "staging", **settings})
    error = caught.value
    assert MARK not in str(error) + repr(error) + repr(vars(error))
    while error is not None:
        assert MARK not in str(error)
        error = error.__cause__  # type: ignore[assignment]


def test_variables_of_a_call_that_fails_show_none() -> None:
    """Error trackers show the variables of every frame."""
    with pytest.raises(qlower.ConfigError) as caught:
        Client("staging", **SECRETS, timeout=0)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    inside = [frame for frame in frames if "qlower" in frame.filename]
    assert inside
    for frame in inside:
        if "test_" not in frame.filename:
            assert MARK not in repr(frame.locals)


@pytest.fixture
def log() -> Any:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("qlower")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(1)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(qlower)r %(pathname)s"))
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_what_is_sent_and_answered(qlower_sandbox: Sandbox, log: io.StringIO) -> None:
    settings = {**qlower_sandbox.client_settings("acme"), "retry": ONCE}
    source = text(2, key=KEY)
    with Client(**settings) as client:
        receipt = clean(client.send(source))
        clean(receipt.reply)
        no_secret_in_the_pickle(receipt)
        clean(pickle.loads(pickle.dumps(receipt)))
        uploaded = clean(client.upload(source))
        no_secret_in_the_pickle(uploaded)
        status = clean(client.wait_for(uploaded, 10))
        no_secret_in_the_pickle(status)
        parts = clean(qlower.split(source, max_items=1))
        for part in parts:
            clean(part)
            clean(part.checked)
            clean(part.checked.report)
            no_secret_in_the_pickle(part.checked.report)
        sent = clean(client.send_all(parts))
        for part in sent.parts:
            clean(part)
        no_secret_in_the_pickle(sent.reply)
    told = log.getvalue()
    assert "treated" in told and "uploaded" in told
    assert MARK not in told


ECHO = json.dumps(
    {
        "status": "ERROR",
        "type": f"Kind {KEY}",
        "message": f"clé {KEY} refusée",
        "errors": [
            {"model": "transactions", "id": KEY, "error": f"pas {KEY}", "input": {"apiKey": KEY}}
        ],
        "end_date": KEY,
        "combined_result": [{"model": KEY, "item": {"success": 0, "error": 1}}],
    }
)


@pytest.mark.parametrize(
    "status",
    ["200 OK", "400 Bad Request", "403 Forbidden", "413 Too Large", "500 Oops", "302 Found"],
)
def test_an_answer_that_repeats_the_key(status: str, log: io.StringIO) -> None:
    for body in (ECHO, f"<html><title>{KEY}</title></html>", KEY, ""):
        with Raw(answer(status, body)) as server, Client(server.url, retry=ONCE) as client:
            try:
                receipt = client.send(text(key=KEY))
            except qlower.QlowerError as error:
                assert MARK not in str(error) + repr(error) + repr(vars(error))
                no_secret_in_the_pickle(error)
                below = error.__cause__
                while below is not None:
                    assert MARK not in str(below) + repr(below)
                    below = below.__cause__
            else:
                raw, reply = receipt.reply.raw, receipt.reply
                assert KEY.encode() in raw, "this alone is as it came"
                clean(reply)
                for item in reply.errors:
                    clean(item)
                    no_secret_in_the_pickle(item)
                no_secret_in_the_pickle(receipt)
    assert log.getvalue() and MARK not in log.getvalue()


def test_errors_of_every_way(qlower_sandbox: Sandbox, log: io.StringIO) -> None:
    raised: list[qlower.QlowerError] = []

    def run(call: Any) -> None:
        try:
            call()
        except qlower.QlowerError as error:
            raised.append(error)
        else:
            raise AssertionError("it should fail")

    source = qlower.checked(text(key=KEY))
    s3 = {**SECRETS, "access_key_id": "id"}
    del s3["proxy"]
    dead = {"environment": "http://127.0.0.1:1", "retry": ONCE, **s3}
    run(lambda: Client(**dead).send(source))
    run(lambda: Client(**dead, proxy=SECRETS["proxy"]).send(source))
    run(lambda: Client(**dead, s3_endpoint="http://127.0.0.1:1").upload(source))
    run(lambda: Client(**dead, max_body_bytes=1).send(source))
    run(lambda: Client(**{**dead, "api_key": "s3ntinel-2"}).send(source))
    run(lambda: Client(**dead).upload(source))
    run(lambda: asyncio.run(AsyncClient(**dead).send(source)))
    run(lambda: Client("staging").send(text(key=KEY, transactions=[{"id": "T1", "amt": "much"}])))
    settings = {**qlower_sandbox.client_settings("acme"), "retry": ONCE}
    for fault in ("access_denied", "signature_does_not_match", "internal_error", "no_such_bucket"):
        qlower_sandbox.fail_next_s3(fault)
        run(lambda: Client(**settings).upload(source))
    with Client(**settings) as client:
        client.close()
        run(lambda: client.send(source))
    for error in raised:
        assert MARK not in str(error) + repr(error) + repr(vars(error)), error
        if not isinstance(error, qlower.ValidationError):
            no_secret_in_the_pickle(error)
        below = error.__cause__
        while below is not None:
            assert MARK not in str(below) + repr(below) + repr(vars(below))
            below = below.__cause__
    assert len({type(error) for error in raised}) >= 5
    assert MARK not in log.getvalue()


def test_no_object_of_the_package_shows_one(qlower_sandbox: Sandbox) -> None:
    """All objects of the package's own classes that are alive after a day's work."""
    client = Client(**qlower_sandbox.client_settings("acme"), session_token="s3ntinel-token")
    kept = [client, client.send(text(2, key=KEY)), qlower.split(text(2, key=KEY), max_items=1)]
    kept.append(client.send_all(kept[-1]))
    kept += [qlower.check(text(key=KEY, transactions=[{"id": "T1"}])), client.environment, ONCE]
    seen = set()
    for value in gc.get_objects():
        module = type(value).__module__
        # Some foreign classes have something else there.
        if isinstance(module, str) and module.startswith("qlower") and "sandbox" not in module:
            seen.add(type(value).__name__)
            assert MARK not in repr(value), type(value)
            assert MARK not in str(value), type(value)
    assert {"Client", "Receipt", "Parts", "Part", "SentAll", "Given"} <= seen
    assert sys.getrefcount(kept) > 0


WEBHOOK_SECRET = "s3ntinel-whsec"
USERS = {"imaging": "s3ntinel-p4ss"}


def own_frames_show_none(error: BaseException) -> None:
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    inside = [frame for frame in frames if "test_" not in frame.filename]
    assert inside
    for frame in inside:
        assert MARK not in repr(frame.locals), f"{frame.filename}:{frame.lineno}"


@pytest.mark.parametrize(
    "call",
    [
        lambda: webhook.sign("text", WEBHOOK_SECRET),
        lambda: webhook.sign(b"{}", [WEBHOOK_SECRET]),
        lambda: webhook.sign(b"{}", WEBHOOK_SECRET + "\ud800"),
        lambda: webhook.verify(b"{}", None, WEBHOOK_SECRET),
        lambda: webhook.verify(b"{}", "t=1,v1=00", [WEBHOOK_SECRET]),
        lambda: webhook.verify(b"{}", webhook.sign(b"{}", WEBHOOK_SECRET, 5), WEBHOOK_SECRET),
        lambda: webhook.verify(b"{}", None, WEBHOOK_SECRET, tolerance=-1),
        lambda: webhook.verify(b"{}", None, [WEBHOOK_SECRET, 3]),
        lambda: webhook.explain("text", None, WEBHOOK_SECRET),
        lambda: webhook.verify_basic("Basic aW1hZ2luZzpub3BlCg==", USERS),
        lambda: webhook.verify_basic(None, [*USERS.items(), 3]),
        lambda: webhook.Receiver(print, secrets=WEBHOOK_SECRET, tolerance=-1),
        lambda: webhook.Receiver(print, secrets=WEBHOOK_SECRET, timeout=0),
        lambda: webhook.Receiver(print, secrets=WEBHOOK_SECRET, api_key=[KEY, 3]),
        lambda: webhook.Receiver(3, secrets=WEBHOOK_SECRET),  # type: ignore[arg-type]
        lambda: webhook.Receiver.keyclic(print, path_secrets="s3ntinel/"),
        lambda: webhook.Receiver.keyclic(print, users=[*USERS.items(), 3]),
        lambda: webhook.Receiver.vehicle("vehicle_sold", print, users=USERS),
        lambda: webhook.Receiver.vehicle("new_data", print, users=USERS, lease=1),
    ],
)
def test_webhook_calls_that_fail_show_none(call: Any) -> None:
    with pytest.raises((qlower.QlowerError, TypeError, ValueError)) as caught:
        call()
    error: BaseException | None = caught.value
    own_frames_show_none(caught.value)
    while error is not None:
        assert MARK not in str(error) + repr(error) + repr(vars(error))
        error = error.__cause__ or error.__context__


def test_receivers_show_and_log_none(log: io.StringIO) -> None:
    failures: list[BaseException] = []

    def handler(event: Any) -> None:
        try:
            raise LookupError(f"no {event.event_type}")
        except LookupError as error:
            failures.append(error)
            raise

    body = b'{"event_type": "order.refunded", "event_id": "evt_1"}'
    headers = {"X-Qlower-Signature": webhook.sign(body, WEBHOOK_SECRET), "X-API-KEY": KEY}
    receiver = webhook.Receiver(handler, secrets=["old", WEBHOOK_SECRET], api_key=KEY)
    assert receiver.answer("POST", headers, body).name == "failed"
    own_frames_show_none(failures[0])
    for wrong in ({}, headers | {"X-API-KEY": KEY + "2"}, headers | {"X-Qlower-Signature": KEY}):
        clean(receiver.answer("POST", wrong, body))
    keyclic = webhook.Receiver.keyclic(handler, users=USERS, path_secrets="s3ntinel-path")
    assert keyclic.answer("POST", {}, body, path="/s3ntinel-other").name == "refused"
    assert keyclic.answer("POST", {"Authorization": "Basic s3ntinel"}, body).name == "refused"
    for each in (receiver, keyclic):
        for shown_too in (each, each.wsgi, each.asgi, each._engine, each._engine._source):
            clean(shown_too)
    told = log.getvalue()
    assert "the key in X-API-KEY does not match" in told and "failed" in told
    assert MARK not in told
    clean(webhook.explain(body, headers["X-Qlower-Signature"], WEBHOOK_SECRET + " "))
    seen = set()
    for value in gc.get_objects():
        module = type(value).__module__
        if isinstance(module, str) and module.startswith("qlower._webhook"):
            seen.add(type(value).__name__)
            assert MARK not in repr(value) + str(value), type(value)
    assert {"Receiver", "Engine", "Flights", "Qlower", "Keyclic"} <= seen


def connect_settings() -> dict[str, Any]:
    return {"user": "dms", "password": "s3ntinel-p4ss", "retry": ONCE, "timeout": 2}


def test_destinations_show_none(log: io.StringIO) -> None:
    with Ftpd() as server:
        given = {**connect_settings(), "protocol": "ftp", "port": server.port}
        destination = clean(ftp.Destination("127.0.0.1", **given))
        clean(destination._handle)
        again = pickle.loads(pickle.dumps(destination))
        assert repr(again) == repr(destination) and repr(again).count("***") == 1
        # The server repeats the password in its own words.
        for call in (destination.check, lambda: ftp.deliver(destination, [("a", b"1")])):
            with pytest.raises(ftp.DeliveryError) as caught:
                call()
            own_frames_show_none(caught.value)
            no_secret_in_the_pickle(caught.value)
            error: BaseException | None = caught.value
            while error is not None:
                assert MARK not in str(error) + repr(error) + repr(vars(error))
                error = error.__cause__
    assert "530" in str(caught.value)
    assert log.getvalue() and MARK not in log.getvalue()


FLEET = """
[users.bob]
host = "ftp.bob.example"
user = "bob"
password = "s3ntinel-p4ss"
hots = "s3ntinel"
"""


@pytest.mark.parametrize(
    "call",
    [
        lambda: ftp.Destination("h", **{**connect_settings(), "password": "s3ntinel\r\nDELE a"}),
        lambda: ftp.Destination("h", **connect_settings(), port="21"),
        lambda: ftp.Destination("h", **connect_settings(), key="s3ntinel"),
        lambda: ftp.Destination("h", **connect_settings(), protocol="sftp", key="s3ntinel"),
        lambda: ftp.Destination("h", **{**connect_settings(), "password": "s3ntinel\ud800"}),
        lambda: ftp.Destination("h", **{**connect_settings(), "password": ["s3ntinel"]}),
        lambda: ftp.Destination("h", **connect_settings(), ca_bundle=b"none"),
        lambda: ftp.Fleet.parse(FLEET),
        lambda: ftp.Fleet.parse(FLEET + "s3ntinel = ["),
        lambda: ftp.Fleet.parse(FLEET, "xml"),  # type: ignore[arg-type]
        lambda: live.Bearer(["s3ntinel"]),  # type: ignore[arg-type]
        lambda: live.Basic("map", 3 * ["s3ntinel"]),  # type: ignore[arg-type]
        lambda: live.LiveFeed("https://me:s3ntinel@scada.example/", "a"),
        lambda: live.LiveFeed("s3ntinel", "a"),
        lambda: live.LiveFeed("http://scada.example/?apikey=s3ntinel", "a"),
        lambda: live.LiveFeed("https://h/", "a", auth=live.Bearer("s3ntinel\n")),
        lambda: live.LiveFeed("https://h/", "a", auth=live.Query("a", "s3ntinel\ud800")),
        lambda: live.LiveFeed("https://h/", "a", proxy="ftp://me:s3ntinel@127.0.0.1"),
        lambda: live.probe("https://me:s3ntinel@scada.example/", "a"),
        lambda: live.probe("https://h/?k=s3ntinel", ""),
        lambda: live.probe("https://h/", "a", auth="s3ntinel"),  # type: ignore[arg-type]
        lambda: live.Producer(print, auth=[live.ApiKey("s3ntinel"), live.Basic("a:", "s3ntinel")]),
        lambda: live.Producer(print, auth=live.Header("X", "s3ntinel")),
        lambda: live.Producer(print, auth=["s3ntinel"]),  # type: ignore[list-item]
    ],
)
def test_calls_of_deliveries_and_readings_that_fail_show_none(call: Any) -> None:
    with pytest.raises((qlower.QlowerError, TypeError, ValueError)) as caught:
        call()
    error: BaseException | None = caught.value
    own_frames_show_none(caught.value)
    while error is not None:
        assert MARK not in str(error) + repr(error) + repr(vars(error))
        error = error.__cause__ or error.__context__


def test_feeds_and_producers_show_none(log: io.StringIO) -> None:
    auths = [live.Bearer(KEY), live.ApiKey(KEY), live.Basic("map", KEY), live.Query("apikey", KEY)]
    for auth in [*auths, live.Header("X-Token", KEY)]:
        clean(auth)
        clean(copy.copy(auth))
        with Endpoint() as endpoint:
            endpoint.status = 401
            feed = clean(live.LiveFeed(f"{endpoint.url}?key={KEY}-2", "a", auth=auth))
            clean(feed._handle)
            with feed.watch() as watch:
                state = clean(watch.next(timeout=10))
                clean(watch)
                no_secret_in_the_pickle(state)
            assert MARK in str(endpoint.targets), "it was sent"
            report = clean(live.probe(f"{endpoint.url}?key={KEY}-2", "a", auth=auth))
            no_secret_in_the_pickle(report)
            clean(report.text("fr"))
            assert MARK not in report.to_json()
    producer = clean(live.Producer(lambda: 1, auth=auths))
    for part in (producer._native, producer._source, producer.wsgi, producer.asgi):
        clean(part)
    headers = {"X-API-Key": KEY + "2"}
    clean(producer.answer("GET", f"apikey={KEY}3", headers))
    assert producer.answer("GET", f"apikey={KEY}", {}).status == 200
    assert MARK not in log.getvalue()
