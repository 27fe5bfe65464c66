"""Live readings: each setting that is given does what it is for, wherever it is given."""

from __future__ import annotations

import asyncio
import datetime
import gc
import inspect
import pickle
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import qlower
from qlower import live
from readings import Endpoint
from support import until
from test_fork import forks, in_child
from test_live import PATH, feed_of

Probe = Callable[..., live.ProbeReport]


def probe_async(*given: Any, **settings: Any) -> live.ProbeReport:
    return asyncio.run(live.probe_async(*given, **settings))


both = pytest.mark.parametrize("probe", [live.probe, probe_async])
FAR = "http://scada.invalid/power"


def ago(seconds: float) -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - datetime.timedelta(seconds=seconds)).isoformat()


# States.


def test_readings_and_stale_values_are_of_the_same_shape() -> None:
    texts = ("42.5 MW", "42,5 MW")
    reading = live.Reading(42.5, "MW", None, 1.0, texts)
    stale = live.Stale(42.5, "MW", None, 1.0, texts)
    assert repr(reading) == "Reading(value=42.5, unit='MW', at=None, age=1.0)"
    assert repr(stale) == "Stale(value=42.5, unit='MW', at=None, age=1.0)"
    assert reading != stale  # type: ignore[comparison-overlap]
    assert not isinstance(stale, live.Reading) and not isinstance(reading, live.Stale)
    assert reading == live.Reading(42.5, "MW", None, 1.0)
    assert hash(reading) == hash(live.Reading(42.5, "MW", None, 1.0))
    for state in (reading, stale):
        with pytest.raises(AttributeError):
            state.value = 43  # type: ignore[misc]
        assert not hasattr(state, "__dict__")
        assert (str(state), state.text("fr")) == texts
        again = pickle.loads(pickle.dumps(state))
        assert type(again) is type(state) and again == state and again.text("fr") == texts[1]


def test_states_are_matched_by_pattern() -> None:
    def told(state: live.State) -> str:
        match state:
            case live.Reading(value, unit):
                return f"{value} {unit}"
            case live.Stale(value, age=age):
                return f"{value} of {age}"
            case live.ConnectionError(code):
                return code

    reading = live.Reading(42.5, "MW", None, 1.0)
    assert told(reading) == "42.5 MW" and told(live.Stale(1.0, None, None, 90.0)) == "1.0 of 90.0"
    assert told(live.ConnectionError("timeout", "late", "tard", 1.0, reading)) == "timeout"


# Feeds.


def test_from_what_age_on_a_value_is_stale() -> None:
    with Endpoint() as endpoint:
        endpoint.document["timestamp"] = ago(30)
        for settings, kind in (({"stale_after": 10, "timeout": 8}, live.Stale), ({}, live.Reading)):
            with feed_of(endpoint, **settings).watch() as watch:
                assert isinstance(watch.next(timeout=20), kind)


def test_how_long_an_answer_is_waited_for() -> None:
    with Endpoint() as endpoint, feed_of(endpoint, timeout=0.25).watch() as watch:
        endpoint.answers.clear()
        failed = watch.next(timeout=20)
        assert isinstance(failed, live.ConnectionError)
        assert failed.code == "timeout" and "250 ms" in failed.message
        assert failed.last is None and pickle.loads(pickle.dumps(failed)) == failed


def test_how_long_it_fails_and_what_was_last() -> None:
    with Endpoint() as endpoint, feed_of(endpoint).watch() as watch:
        watch.next(timeout=20)
        endpoint.status = 503
        states = [watch.next(timeout=30) for _ in range(2)]
    for state in states:
        assert isinstance(state, live.ConnectionError) and state.last is not None
        assert (state.last.text(), state.last.text("fr")) == ("42.5 MW", "42,5 MW")
    assert states[1].failing_for > states[0].failing_for  # type: ignore[union-attr]


def test_plain_http_to_others_is_asked_for() -> None:
    with pytest.raises(qlower.ConfigError, match="allow_http"):
        live.LiveFeed(FAR, PATH)
    feed = live.LiveFeed(FAR, PATH, allow_http=True)
    assert repr(pickle.loads(pickle.dumps(feed))) == repr(feed)


@pytest.mark.parametrize("settings", [{"ca_bundle": b"none"}, {"ca_bundle": "missing.pem"}])
def test_authorities_are_read_at_once(settings: dict[str, Any]) -> None:
    for make in (live.LiveFeed, live.probe, probe_async):
        with pytest.raises(qlower.ConfigError) as caught:
            make("https://scada.example/", PATH, **settings)  # type: ignore[operator]
        assert caught.value.setting == "ca_bundle"
    if isinstance(settings["ca_bundle"], str):
        assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_a_feed_is_pickled_with_its_secrets() -> None:
    with Endpoint() as endpoint:
        feed = live.LiveFeed(f"{endpoint.url}?key=s3cret", PATH, interval=1)
        for _ in pickle.loads(pickle.dumps(feed)):
            break
        assert endpoint.targets == ["/power?key=s3cret"]


# Watches.


def test_a_watch_ends_with_its_block() -> None:
    async def main() -> live.Watch:
        async with feed.watch() as watch:
            await watch.next_async(timeout=20)
            assert feed.watchers == 1
        return watch

    with Endpoint() as endpoint:
        feed = feed_of(endpoint)
        with feed.watch() as watch:
            watch.next(timeout=20)
            assert not watch.is_closed and feed.watchers == 1
            assert repr(watch) == "<Watch: 42.5 MW>"
        assert watch.is_closed and repr(watch) == "<Watch: closed>"
        assert asyncio.run(main()).is_closed and feed.watchers == 0
        assert weakref.ref(feed)() is feed and weakref.ref(watch)() is watch


def test_a_closed_watch_gives_nothing_more() -> None:
    async def main() -> None:
        watch = feed.watch()
        await watch.aclose()
        assert watch.is_closed
        with pytest.raises(qlower.QlowerError, match="the watch is closed"):
            await watch.next_async()
        assert [state async for state in watch] == []

    with Endpoint() as endpoint:
        feed = feed_of(endpoint)
        watch = feed.watch()
        watch.close()
        with pytest.raises(qlower.QlowerError, match="the watch is closed"):
            watch.next()
        assert list(watch) == [] and watch.state is None
        asyncio.run(main())


def test_time_is_up_by_asyncio_too() -> None:
    async def main(feed: live.LiveFeed) -> None:
        async with feed.watch() as watch:
            with pytest.raises(qlower.TimeoutError) as caught:
                await asyncio.wait_for(watch.next_async(timeout=0.05), 20)
            assert caught.value.limit == 0.05

    with Endpoint() as endpoint:
        endpoint.answers.clear()
        asyncio.run(main(feed_of(endpoint, timeout=30)))


def test_two_may_wait_for_one_watch() -> None:
    """Each state is told to one of them, and closing wakes both."""
    with Endpoint() as endpoint:
        watch = feed_of(endpoint).watch()
        told: list[live.State] = []
        threads = [threading.Thread(target=lambda: told.extend(watch)) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert until(lambda: len(told) >= 3, 30)
        watch.close()
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()


@forks
def test_a_child_polls_for_itself() -> None:
    with Endpoint() as endpoint:
        feed = feed_of(endpoint)
        watch = feed.watch()
        watch.next(timeout=20)

        def child() -> str:
            assert feed.watchers == 0, "the parent's are not this process's"
            said = ""
            try:
                watch.next(timeout=20)
            except qlower.QlowerError as error:
                said = str(error)
            assert watch.state is None and watch.is_closed
            watch.close()
            with feed.watch() as mine:
                assert isinstance(mine.next(timeout=20), live.Reading)
                assert feed.watchers == 1
            return said

        said = in_child(child, 60)
        assert said == b"the watch was begun in another process, before a fork"
        assert not watch.is_closed and isinstance(watch.next(timeout=20), live.Reading)
        watch.close()
        assert feed.watchers == 0


@forks
def test_a_child_forgets_its_parents_watch() -> None:
    with Endpoint() as endpoint:
        watches = [feed_of(endpoint).watch()]
        watches[0].next(timeout=20)

        def child() -> str:
            watches.clear()
            gc.collect()
            return "forgotten"

        assert in_child(child) == b"forgotten"
        assert isinstance(watches[0].next(timeout=20), live.Reading)
        watches[0].close()


# Probes.


@both
def test_settings_of_a_probe_count(probe: Probe) -> None:
    with Endpoint() as endpoint:
        report = probe(endpoint.url, PATH, unit="MW", origin="https://map.example")
        assert (report.unit, probe(endpoint.url, PATH).unit) == ("MW", None)
        assert "https://map.example" in report["cors_origin"].detail
        probe(endpoint.url, PATH, auth=live.ApiKey("k-1"))
        assert any(told.get("x-api-key") == "k-1" for told in endpoint.headers)
        endpoint.answers.clear()
        late = probe(endpoint.url, PATH, timeout=0.25)
        assert not late.is_ok and "250 ms" in str(late) and late.latency is None
    with pytest.raises(qlower.ConfigError) as caught:
        probe("https://scada.example/", PATH, proxy="ftp://127.0.0.1")
    assert caught.value.setting == "proxy"


@both
def test_a_probe_of_plain_http(probe: Probe) -> None:
    with Endpoint() as endpoint:
        for url in (FAR, endpoint.url):
            asked = probe(url, PATH, timeout=1)
            allowed = probe(url, PATH, timeout=1, allow_http=True)
            assert not asked["https"].met and allowed["https"].met
            assert not asked.is_ok and not allowed.is_ok
    assert probe(FAR, PATH)["reachable"].met is None, "it was asked"
    assert probe(FAR, PATH, timeout=1, allow_http=True)["reachable"].met is False


def test_what_failed_is_what_is_demanded() -> None:
    with Endpoint() as endpoint:
        endpoint.document, endpoint.content_type = {PATH: "42,5"}, "text/plain"
        report = live.probe(endpoint.url, PATH)
    advised = [each for each in report.requirements if not each.demanded and not each.met]
    assert advised, "something advised is not met"
    assert not set(map(repr, advised)) & set(map(repr, report.failed))
    with Endpoint() as endpoint:
        endpoint.status = 500
        unseen = live.probe(endpoint.url, PATH)
    assert any(each.met is None for each in unseen.failed), "what was not looked at is not met"
    assert not unseen.is_ok and unseen.latency is not None and unseen.latency < 60
    assert report.text("fr").splitlines()[0] == report.url
    assert "exigence" in report.text("fr").splitlines()[-1]
    assert "demanded" in report.text("en").splitlines()[-1]


# Documents and credentials.


def test_what_a_document_says_besides() -> None:
    found = live.read(b'\xef\xbb\xbf{"status": "ok", "a": 1}', "a")
    assert found.status == "ok" and found.remarks == ("byte_order_mark",)
    with pytest.raises(live.PathError) as caught:
        live.read(b"{}", "a..b")
    assert (caught.value.setting, caught.value.position) == ("path", 3)


def test_credentials_are_told_apart_and_not_shown() -> None:
    assert live.Bearer("a") != live.Bearer("b") and live.Bearer("a") != live.ApiKey("a")
    assert live.Basic("map", "a") != live.Basic("map", "b")
    assert live.Basic("map", "a").to_dict() == {"user": "map"} and live.ApiKey("a").to_dict() == {}
    assert live.Query("key", "a").to_dict() == live.Header("key", "a").to_dict() == {"name": "key"}
    again = pickle.loads(pickle.dumps(live.Basic("map", "p4ss")))
    assert again == live.Basic("map", "p4ss") and again.user == "map"


def test_defaults_are_those_of_the_documentation() -> None:
    given = inspect.signature(live.Producer).parameters
    assert (given["timeout"].default, given["fresh_for"].default) == (2.8, 1.0)
    assert given["any_origin"].default is False
