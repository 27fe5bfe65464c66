"""Requests judged, and the work on them done or waited for."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from concurrent.futures import TimeoutError as StillRunning
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from . import _native
from ._errors import InvalidEventError, SignatureError
from ._webhook_answer import (
    BUSY,
    FAILED,
    NOT_JSON,
    NOT_POST,
    PONG,
    REFUSED,
    TOO_LARGE,
    UNREADABLE,
    Answer,
)
from ._webhook_flights import Flights
from ._webhook_store import MemoryStore, seconds, wrong
from ._webhook_work import LOGGER, Work, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from typing import Any, Literal, TypedDict

    from ._webhook_flights import Outcome
    from ._webhook_source import Keyclic, Qlower, Request, Vehicle
    from ._webhook_store import DedupeStore

    class Settings(TypedDict, total=False):
        """Settings of every receiver."""

        dedupe: DedupeStore | Literal["memory"] | None
        lease: float | timedelta
        timeout: float | timedelta | None
        max_body: int
        max_concurrency: int
        retry_refused: bool


class Engine:
    """What a receiver does, whatever it stands in."""

    __slots__ = (
        "__weakref__",
        "_dedupe",
        "_flights",
        "_handler",
        "_lease",
        "_retry_refused",
        "_source",
        "_tasks",
        "_timeout",
        "is_async",
        "max_body",
    )

    def __init__(
        self,
        source: Qlower | Keyclic | Vehicle,
        handler: Callable[[Any], object],
        *,
        dedupe: DedupeStore | Literal["memory"] | None = "memory",
        lease: float | timedelta = _native.WEBHOOK_LEASE,
        timeout: float | timedelta | None = _native.WEBHOOK_HANDLING_TIMEOUT,
        max_body: int = _native.WEBHOOK_MAX_BODY,
        max_concurrency: int = _native.WEBHOOK_MAX_CONCURRENCY,
        retry_refused: bool = False,
    ) -> None:
        # First what it shows of itself, also if something is wrong with the rest.
        self._source = source
        self._dedupe = MemoryStore() if dedupe == "memory" else dedupe
        self._flights = Flights(max_concurrency)
        self._tasks: set[asyncio.Task[None]] = set()
        self._handler = handler
        self._lease = seconds(lease, "lease")
        self._timeout = None if timeout is None else seconds(timeout, "timeout")
        self._retry_refused = retry_refused
        self.max_body = max_body
        self.is_async = inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(
            getattr(handler, "__call__", None)  # noqa: B004
        )
        patience = _native.WEBHOOK_SENDER_TIMEOUT
        if not callable(handler):
            raise TypeError("handler: expected a function of an event")
        if self._timeout is not None and not 0 < self._timeout < patience:
            wrong(
                "timeout",
                f"must be more than 0 and less than the {patience} s that the sender waits",
            )
        if not self._lease > self._limit():
            wrong("lease", "must be longer than the timeout")
        for name, number in (("max_body", max_body), ("max_concurrency", max_concurrency)):
            if not isinstance(number, int) or number < 1:
                wrong(name, "must be a whole number, 1 or more")
        _ENGINES.add(self)

    # The request.

    def preliminary(self, request: Request, length: int | None) -> Answer | None:
        """What is to be answered whatever the body is."""
        content_type = request.header("Content-Type")
        if request.method != "POST":
            answer = NOT_POST
        elif content_type and not _native.webhook_is_json(content_type):
            answer = NOT_JSON
        elif length is not None and length > self.max_body:
            answer = TOO_LARGE
        else:
            return None
        LOGGER.debug("not taken: %s", answer.name, extra=told(None, status=answer.status))
        return answer

    def judge(self, request: Request, body: bytes) -> Answer | Work:
        """What is to be answered at once, or the work that is to be done first."""
        try:
            self._source.verify(request, body)
        except SignatureError as error:
            facts: dict[str, object] = {"credential": error.credential, "reason": error.reason}
            LOGGER.warning("refused: %s", error, extra=told(None, **facts))
            return BUSY if self._retry_refused else REFUSED
        try:
            event, key, is_ping = self._source.read(body)
        except InvalidEventError as error:
            facts = {"pointer": error.pointer, "problem": error.problem}
            LOGGER.error("genuine, but unreadable: %s", error, extra=told(None, **facts))
            return UNREADABLE
        if is_ping:
            LOGGER.debug("ping", extra=told(None))
            return PONG
        return Work(self._handler, self._dedupe, self._lease, event, key)

    # The work.

    def take(self, work: Work, after: Callable[[], object] | None = None) -> Answer:
        """Does it, and waits for the outcome; `after` is called in the thread that did."""
        outcome, is_mine = self._flights.join(work.key)
        if outcome is None:
            return _full(work)
        if is_mine and self._timeout is None:
            self._fly(work, outcome)
        elif is_mine:
            self._start(work, outcome, after)
        try:
            return outcome.result(self._limit())
        except StillRunning:
            return _too_long(work)

    async def take_async(self, work: Work) -> Answer:
        outcome, is_mine = self._flights.join(work.key)
        if outcome is None:
            return _full(work)
        if is_mine and self.is_async:
            # A task of its own, so that the work goes on whatever becomes of the caller.
            task = asyncio.get_running_loop().create_task(self._fly_async(work, outcome))
            self._tasks.add(task)
            task.add_done_callback(partial(self._landed, work, outcome))
        elif is_mine:
            self._start(work, outcome, None)
        told_here = asyncio.wrap_future(outcome)
        done, _ = await asyncio.wait({told_here}, timeout=self._limit())
        return told_here.result() if done else _too_long(work)

    def _limit(self) -> float:
        return _native.WEBHOOK_HANDLING_TIMEOUT if self._timeout is None else self._timeout

    def _start(self, work: Work, outcome: Outcome, after: Callable[[], object] | None) -> None:
        run = partial(copy_context().run, self._fly, work, outcome, after)
        try:
            # No daemon: a program that ends waits for it.
            threading.Thread(target=run, name="qlower-webhook").start()
        except RuntimeError:
            LOGGER.exception("no thread could be started", extra=told(work.key))
            self._flights.land(work.key, outcome, BUSY)

    def _fly(self, work: Work, outcome: Outcome, after: Callable[[], object] | None = None) -> None:
        answer = FAILED
        try:
            answer = work.run()
            if after is not None:
                after()
        finally:
            _tell(work, answer)
            self._flights.land(work.key, outcome, answer)

    async def _fly_async(self, work: Work, outcome: Outcome) -> None:
        answer = await work.run_async()
        _tell(work, answer)
        self._flights.land(work.key, outcome, answer)

    def _landed(self, work: Work, outcome: Outcome, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not outcome.done():
            # The loop was shut down over it, perhaps before it began.
            self._flights.land(work.key, outcome, FAILED)

    def finish(self, timeout: float | None = None) -> bool:
        """Waits for the work that is under way, that included for which nobody waits any more; whether all of it has ended.

        On an event loop, let a thread wait: ``await asyncio.to_thread(receiver.finish)``.
        """
        return self._flights.finish(timeout)

    @property
    def under_way(self) -> int:
        """How many events are worked on just now."""
        return len(self._flights)

    def __repr__(self) -> str:
        sender = type(self._source).__name__
        return f"<Receiver of {sender}: {self.under_way} under way, dedupe={self._dedupe!r}>"


def _full(work: Work) -> Answer:
    LOGGER.warning("too much work at once; another try was asked for", extra=told(work.key))
    return BUSY


def _too_long(work: Work) -> Answer:
    LOGGER.warning("takes too long to be answered; the work goes on", extra=told(work.key))
    return BUSY


def _tell(work: Work, answer: Answer) -> None:
    LOGGER.info("%s", answer.name, extra=told(work.key, status=answer.status))


_ENGINES: WeakSet[Engine] = WeakSet()


def _renew() -> None:
    for engine in list(_ENGINES):
        engine._flights.renew()
        engine._tasks = set()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
