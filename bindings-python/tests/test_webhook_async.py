"""Receivers on event loops: handlers that are async, functions beside a loop, and callers that go away."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hooks import SECRET, Orders, order, signed
from qlower.webhook import Receiver
from test_webhook_receiver import post


class Async:
    """A handler for event loops."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.ended = 0
        self.failures: list[BaseException] = []
        self.wait = 0.0

    async def __call__(self, event: Any) -> None:
        self.events.append(event)
        await asyncio.sleep(self.wait)
        if self.failures:
            raise self.failures.pop(0)
        self.ended += 1


def test_async_handlers_work_on_the_loop() -> None:
    orders = Async()
    receiver = Receiver(orders, secrets=SECRET)

    async def day() -> list[str]:
        async def send(key: str) -> str:
            answer = await receiver.answer_async("POST", signed(order(key)), order(key))
            return answer.name

        orders.wait = 0.05
        names = await asyncio.gather(*[send("evt_1") for _ in range(6)])
        orders.failures = [ValueError("first")]
        return [*names, await send("evt_2"), await send("evt_2"), await send("evt_1")]

    names = asyncio.run(day())
    assert names == ["handled"] * 6 + ["failed", "handled", "duplicate"]
    assert (len(orders.events), orders.ended) == (3, 2)


def test_an_async_caller_that_goes_away_stops_nothing() -> None:
    orders = Async()
    orders.wait = 0.2
    receiver = Receiver(orders, secrets=SECRET, timeout=0.1)

    async def day() -> tuple[str, str]:
        async def send(key: str = "evt_1") -> str:
            return (await receiver.answer_async("POST", signed(order(key)), order(key))).name

        gone = asyncio.create_task(send())
        await asyncio.sleep(0.02)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        late = await send()
        assert await asyncio.to_thread(receiver.finish, 10)
        return late, await send()

    assert asyncio.run(day()) == ("busy", "duplicate")
    assert orders.ended == 1


def test_a_loop_that_ends_over_the_work_releases_it() -> None:
    orders = Async()
    orders.wait = 60
    receiver = Receiver(orders, secrets=SECRET, timeout=0.05)
    send = functools.partial(receiver.answer_async, "POST", signed(order()), order())
    assert asyncio.run(send()).name == "busy"
    assert (receiver.under_way, orders.ended) == (0, 0)
    orders.wait = 0
    assert asyncio.run(send()).name == "handled"


def test_a_function_on_a_loop_runs_beside_it() -> None:
    orders = Orders()
    orders.hold()
    receiver = Receiver(orders, secrets=SECRET)

    async def day() -> list[str]:
        sends = [receiver.answer_async("POST", signed(order()), order()) for _ in range(3)]
        tasks = [asyncio.ensure_future(send) for send in sends]
        while not orders.began.is_set():
            await asyncio.sleep(0.001)
        orders.may_end.set()
        return [answer.name for answer in await asyncio.gather(*tasks)]

    assert set(asyncio.run(day())) <= {"handled", "duplicate"}
    assert len(orders.events) == 1


def test_threads_and_loops_share_what_is_under_way() -> None:
    orders = Orders()
    orders.hold()
    receiver = Receiver(orders, secrets=SECRET)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, receiver, order())
        assert orders.began.wait(10)

        async def second() -> str:
            task = asyncio.ensure_future(receiver.answer_async("POST", signed(order()), order()))
            await asyncio.sleep(0.02)
            orders.may_end.set()
            return (await task).name

        assert asyncio.run(second()) == "handled"
        assert first.result().name == "handled"
    assert len(orders.events) == 1


def test_async_handlers_are_refused_where_there_is_no_loop() -> None:
    receiver = Receiver(Async(), secrets=SECRET)
    partial = Receiver(functools.partial(Async.__call__, Async()), secrets=SECRET)
    for each in (receiver, partial):
        for name in ("wsgi", "flask_view", "django_view"):
            with pytest.raises(TypeError, match=f"{name} takes no async handler: use asgi"):
                getattr(each, name)
        with pytest.raises(TypeError, match="answer takes no async handler: use answer_async"):
            post(each, order())


def test_a_coroutine_in_disguise_is_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    handler = Async()
    receiver = Receiver(lambda event: handler(event), secrets=SECRET)
    assert post(receiver, order()).name == "failed"
    assert "was not declared async" in caplog.text
    assert handler.events == []
