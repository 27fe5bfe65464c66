"""Live readings: read, watched, and examined."""

from __future__ import annotations

import asyncio
import datetime
import gc
import pickle
import threading
import time
from contextlib import aclosing
from typing import Any

import pytest
import qlower
from qlower import live
from readings import Endpoint
from support import told_in_french, until

PATH = "current_power"


def feed_of(endpoint: Endpoint, **settings: Any) -> live.LiveFeed:
    usual = {"interval": 1, "timeout": 20, "unit": "MW"}
    return live.LiveFeed(endpoint.url, PATH, **{**usual, **settings})


# Documents.


def test_a_document_is_read() -> None:
    body = b'{"status":"ok","timestamp":"2024-01-15T10:30:00Z","data":{"power":{"value":42.5,"unit":"MW"}}}'
    found = live.read(body, "data.power.value", unit="kW")
    assert (found.value, found.unit, found.status, found.in_agreed) == (42.5, "MW", "ok", 42_500)
    moment = datetime.datetime(2024, 1, 15, 10, 30, tzinfo=datetime.timezone.utc)
    assert (found.timestamp, found.remarks) == (moment, ())
    assert live.read(body.decode(), "data.power.value") == live.read(body, "data.power.value")
    assert pickle.loads(pickle.dumps(found)) == found


def test_what_is_no_reading_is_told_in_both_languages() -> None:
    with pytest.raises(live.ReadingError) as caught:
        live.read(b'{"data": {"production": {"currentPower": 15.8}}}', "data.currentPower")
    error = caught.value
    assert isinstance(error, qlower.QlowerError) and isinstance(error, ValueError)
    assert (error.code, error.at, error.missing) == ("path_missing", "data", "currentPower")
    assert (error.keys, error.suggestion) == (["production"], "data.production.currentPower")
    assert error.message_fr and error.message_fr != str(error)
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


def test_what_is_no_path() -> None:
    with pytest.raises(live.PathError) as caught:
        live.LiveFeed("http://127.0.0.1:1/", "$.data[0]")
    assert isinstance(caught.value, qlower.ConfigError) and caught.value.setting == "path"
    assert told_in_french(caught.value)
    assert (caught.value.code, caught.value.suggestion) == ("other_notation", "data.0")
    with pytest.raises(TypeError, match="body: "):
        live.read(3, "a")  # type: ignore[arg-type]


# Feeds.


@pytest.mark.parametrize(
    ("setting", "settings"),
    [
        ("interval", {"interval": 0.5}),
        ("interval", {"interval": 61}),
        ("interval", {"interval": "5"}),
        ("timeout", {"timeout": 0}),
        ("show_in", {"unit": "MW", "show_in": "Nm3/h"}),
        ("stale_after", {"stale_after": 1}),
        ("url", {"url": "http://scada.example/power"}),
        ("url", {"url": "https://me:pw@scada.example/power"}),
        ("url", {"url": "power"}),
        ("ca_bundle", {"ca_bundle": 3}),
        ("ca_bundle", {"ca_bundle": "does-not-exist.pem"}),
        ("auth", {"auth": live.Bearer("")}),
        ("auth", {"auth": live.Header("Host", "x")}),
        ("proxy", {"proxy": "ftp://127.0.0.1"}),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(setting: str, settings: dict[str, Any]) -> None:
    given = {"url": "https://scada.example/power", "path": PATH, **settings}
    with pytest.raises(qlower.ConfigError) as caught:
        live.LiveFeed(**given)
    assert caught.value.setting == setting
    if settings == {"ca_bundle": 3}:
        assert caught.value.message_fr is None, "of what no type checker would let pass"
        return
    assert told_in_french(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).message_fr == caught.value.message_fr


def test_auth_is_one_of_its_classes() -> None:
    with pytest.raises(TypeError, match="auth: expected"):
        live.LiveFeed("https://scada.example/", PATH, auth="t0ken")  # type: ignore[arg-type]
    with pytest.raises(qlower.ConfigError, match="token: must be text"):
        live.Bearer(b"t0ken")  # type: ignore[arg-type]


def test_a_reading_is_told_by_for() -> None:
    with Endpoint() as endpoint:
        for state in feed_of(endpoint, show_in="kW"):
            assert isinstance(state, live.Reading)
            assert (state.value, state.unit, state.at) == (42_500, "kW", None)
            assert 0 <= state.age < 5
            assert (str(state), state.text("fr")) == ("42500 kW", "42500 kW")
            again = pickle.loads(pickle.dumps(state))
            assert again == state and again.text() == state.text()
            break
        with pytest.raises(ValueError, match="unknown language"):
            state.text("de")  # type: ignore[arg-type]


def test_states_are_told_as_they_change() -> None:
    with Endpoint() as endpoint, feed_of(endpoint).watch() as watch:
        assert isinstance(watch.next(timeout=10), live.Reading)
        endpoint.status = 503
        failed = watch.next(timeout=10)
        assert isinstance(failed, live.ConnectionError)
        assert failed.code == "status" and failed.failing_for >= 0
        assert failed.message != failed.message_fr
        assert isinstance(failed.last, live.Reading) and failed.last.value == 42.5
        assert failed.text("fr") == "Erreur de connexion" and failed.last.text() == "42.5 MW"
        assert isinstance(watch.state, live.ConnectionError)
        endpoint.status, endpoint.document = 200, {PATH: 43}
        recovered = watch.next(timeout=20)
        assert isinstance(recovered, live.Reading) and recovered.value == 43


def test_a_value_of_long_ago_is_stale() -> None:
    with Endpoint() as endpoint:
        endpoint.document["timestamp"] = "2024-01-15T10:30:00Z"
        for state in feed_of(endpoint):
            assert isinstance(state, live.Stale) and state.at is not None
            assert state.at.year == 2024 and state.age > 3600
            break


def test_nothing_new_in_time() -> None:
    with Endpoint() as endpoint, feed_of(endpoint, timeout=20).watch() as watch:
        endpoint.answers.clear()
        with pytest.raises(qlower.TimeoutError) as caught:
            watch.next(timeout=0.05)
        assert caught.value.limit == 0.05 and watch.state is None
        endpoint.answers.set()
        assert watch.next(timeout=datetime.timedelta(seconds=10)) is not None


def test_one_poll_for_all_who_watch() -> None:
    with Endpoint() as endpoint:
        feed = feed_of(endpoint)
        seen: list[live.State] = []

        def work() -> None:
            with feed.watch() as watch:
                seen.extend(watch.next(timeout=10) for _ in range(3))

        threads = [threading.Thread(target=work) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(seen) == 60 and all(isinstance(state, live.Reading) for state in seen)
        # Three each, of the same ones; a late thread may see one more.
        assert 3 <= endpoint.polls <= 6
        assert feed.watchers == 0


def stops(endpoint: Endpoint, feed: live.LiveFeed) -> bool:
    """Whether nobody asks any more."""
    assert until(lambda: feed.watchers == 0), "somebody watches still"
    before = endpoint.polls
    time.sleep(1.5)
    return endpoint.polls == before


def test_it_polls_while_somebody_watches() -> None:
    """What the next tests show the absence of."""
    with Endpoint() as endpoint, feed_of(endpoint).watch() as watch:
        watch.next(timeout=10)
        before = endpoint.polls
        time.sleep(1.5)
        assert endpoint.polls > before


def test_to_leave_a_loop_is_enough() -> None:
    with Endpoint() as endpoint:
        feed = feed_of(endpoint)
        for _ in feed:
            break
        assert stops(endpoint, feed)


def test_to_leave_an_async_loop_is_enough() -> None:
    async def main(feed: live.LiveFeed) -> None:
        async for state in feed:
            assert isinstance(state, live.Reading)
            break
        assert await asyncio.to_thread(stops, endpoint, feed)

    with Endpoint() as endpoint:
        asyncio.run(main(feed_of(endpoint)))


def test_aclose_stops_it_and_ends_who_waits() -> None:
    async def main(feed: live.LiveFeed) -> int:
        async with aclosing(feed.watch()) as watch:
            told = 0

            async def rest() -> None:
                nonlocal told
                async for _ in watch:
                    told += 1

            task = asyncio.create_task(rest())
            while not told:
                await asyncio.sleep(0.01)
        await asyncio.wait_for(task, 5)
        assert watch.is_closed
        with pytest.raises(qlower.QlowerError, match="the watch is closed"):
            await watch.next_async()
        assert await asyncio.to_thread(stops, endpoint, feed)
        return told

    with Endpoint() as endpoint:
        assert asyncio.run(main(feed_of(endpoint))) >= 1


def test_a_cancelled_task_stops_it() -> None:
    async def watch(feed: live.LiveFeed) -> None:
        async for _ in feed:
            pass

    async def main(feed: live.LiveFeed) -> None:
        task = asyncio.create_task(watch(feed))
        await asyncio.to_thread(until, lambda: endpoint.polls > 0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        del task
        assert await asyncio.to_thread(stops, endpoint, feed)

    with Endpoint() as endpoint:
        asyncio.run(main(feed_of(endpoint)))


def test_a_watch_goes_on_after_a_cancelled_wait() -> None:
    async def main(feed: live.LiveFeed) -> None:
        async with feed.watch() as watch:
            endpoint.answers.clear()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(watch.next_async(), 0.05)
            endpoint.answers.set()
            assert isinstance(await watch.next_async(timeout=10), live.Reading)

    with Endpoint() as endpoint:
        asyncio.run(main(feed_of(endpoint, timeout=20)))


def test_a_forgotten_watch_stops_it() -> None:
    with Endpoint() as endpoint:
        feed = feed_of(endpoint)
        watch = feed.watch()
        watch.next(timeout=10)
        ring: list[Any] = [watch]
        ring.append(ring)
        del watch, ring
        gc.collect()
        assert stops(endpoint, feed)


def test_a_closed_watch_wakes_the_thread_that_waits() -> None:
    with Endpoint() as endpoint:
        watch = feed_of(endpoint, interval=60).watch()
        watch.next(timeout=10)
        ended: list[Any] = []
        thread = threading.Thread(target=lambda: ended.extend(watch))
        thread.start()
        time.sleep(0.1)
        assert watch.state is not None, "to look is possible while another thread waits"
        watch.close()
        watch.close()
        thread.join(5)
        assert not thread.is_alive() and ended == [] and watch.state is None
        assert list(watch) == []


def test_other_threads_go_on_meanwhile() -> None:
    with Endpoint() as endpoint, feed_of(endpoint, interval=60).watch() as watch:
        watch.next(timeout=10)
        thread = threading.Thread(target=lambda: [None for _ in watch])
        thread.start()
        steps = sum(1 for _ in range(100_000))
        watch.close()
        thread.join(5)
        assert steps == 100_000 and not thread.is_alive()


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        (live.Bearer("t0ken"), "authorization", "Bearer t0ken"),
        (live.ApiKey("k-1"), "x-api-key", "k-1"),
        (live.Basic("map", "p4ss"), "authorization", "Basic bWFwOnA0c3M="),
        (live.Header("X-Token", "t0ken"), "x-token", "t0ken"),
    ],
)
def test_credentials_are_sent_and_pickled(auth: Any, name: str, value: str) -> None:
    with Endpoint() as endpoint:
        feed = pickle.loads(pickle.dumps(feed_of(endpoint, auth=auth)))
        for _ in feed:
            break
        assert endpoint.headers[0][name] == value
    assert pickle.loads(pickle.dumps(auth)) == auth and hash(auth) == hash(
        type(auth)(*auth._native()[1:])
    )
    assert "***" in repr(auth) and value not in repr(auth)


def test_a_key_in_the_query() -> None:
    with Endpoint() as endpoint:
        for _ in feed_of(endpoint, auth=live.Query("apikey", "k 1&2")):
            break
        assert endpoint.targets == ["/power?apikey=k+1%262"]


def test_a_feed_shows_no_secret_of_its_url() -> None:
    feed = live.LiveFeed("https://scada.example/power?apikey=s3ntinel", PATH)
    assert repr(feed) == "LiveFeed('https://scada.example/power?apikey=***', 'current_power')"
    assert repr(pickle.loads(pickle.dumps(feed))) == repr(feed)


# Probes.


def test_an_endpoint_is_examined() -> None:
    with Endpoint() as endpoint:
        report = live.probe(endpoint.url, PATH, unit="MW")
    assert (report.value, report.unit, report.path) == (42.5, "MW", PATH)
    assert not report.is_ok, "it has no CORS"
    missing = {requirement.name for requirement in report.failed}
    assert "cors_origin" in missing and "number" not in missing
    number = report["number"]
    assert number.met and number.label and number.detail != number.detail_fr
    assert str(report) == report.text("en") != report.text("fr")
    assert "✗" in str(report) and "✓" in str(report)
    assert report.to_dict()["url"] == report.url
    assert report.latency is not None and report.latency < 5
    again = pickle.loads(pickle.dumps(report))
    assert again == report and again.text("fr") == report.text("fr")
    with pytest.raises(KeyError):
        report["nothing"]


def test_an_endpoint_is_examined_by_asyncio() -> None:
    with Endpoint() as endpoint:
        endpoint.document = {PATH: "42,5"}
        report = asyncio.run(live.probe_async(endpoint.url, PATH))
    assert report.value is None and "number" in {each.name for each in report.failed}


def test_a_producer_of_ones_own_passes() -> None:
    from servers import wsgiref

    producer = live.Producer(lambda: 42.5, auth=live.ApiKey("k-1"))
    with wsgiref(producer.wsgi) as address:
        url = f"http://127.0.0.1:{address.port}/power"
        report = live.probe(url, producer.path, unit="MW", auth=live.ApiKey("k-1"))
        assert not [each for each in report.failed if each.name not in ("https", "certificate")]
        refused = live.probe(url, producer.path)
        assert "status" in {each.name for each in refused.failed}


def test_settings_of_a_probe() -> None:
    with pytest.raises(qlower.ConfigError) as caught:
        live.probe("https://me:s3ntinel@scada.example/", PATH)
    assert caught.value.setting == "url" and "s3ntinel" not in repr(caught.value)
    with pytest.raises(live.PathError):
        live.probe("https://scada.example/", "")
