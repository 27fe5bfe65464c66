"""The source of a producer's reading: asked once for all who ask at the same time, and not again while its answer is fresh."""

from __future__ import annotations

import asyncio
import inspect
import logging
import math
import os
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillRunning
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

LOGGER = logging.getLogger("qlower.live")


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured.

    >>> from qlower import live
    >>> live.Measurement(42.5, "MW")
    Measurement(value=42.5, unit='MW', at=None)
    """

    value: float
    """The value, in :attr:`unit`."""
    unit: str | None = None
    """Its unit, such as ``kW``, ``MW`` or ``Nm3/h``."""
    at: datetime | None = None
    """When it was measured, with its time zone."""


if TYPE_CHECKING:
    Taken: TypeAlias = tuple[float, str | None, str | None] | None
    """A measurement as the native module takes it; ``None`` if there is none."""


class Source:
    """Asks the source, in a thread or a task of its own, so that it goes on whatever becomes of those who wait."""

    __slots__ = (
        "__weakref__",
        "_ask",
        "_fresh_for",
        "_lock",
        "_pending",
        "_taken",
        "_tasks",
        "_timeout",
        "_until",
        "is_async",
    )

    def __init__(self, ask: Callable[[], Any], timeout: float, fresh_for: float) -> None:
        if not callable(ask):
            raise TypeError("source: expected a function without parameters")
        self._ask = ask
        self._timeout = timeout
        self._fresh_for = fresh_for
        self.is_async = inspect.iscoroutinefunction(ask) or inspect.iscoroutinefunction(
            getattr(ask, "__call__", None)  # noqa: B004
        )
        self.renew()
        _SOURCES.add(self)

    def renew(self) -> None:
        """Forgets what another process had under way."""
        self._lock = threading.Lock()
        self._pending: Future[Taken] | None = None
        self._taken: Taken = None
        self._until = -math.inf
        self._tasks: set[asyncio.Task[Any]] = set()

    def read(self) -> Taken:
        """The measurement; waits for it."""
        pending, is_mine, taken = self._join()
        if pending is None:
            return taken
        if is_mine:
            self._start(pending)
        try:
            return pending.result(self._timeout)
        except StillRunning:
            return self._too_slow()

    async def read_async(self) -> Taken:
        """The same, on an event loop."""
        pending, is_mine, taken = self._join()
        if pending is None:
            return taken
        if is_mine and self.is_async:
            task = asyncio.get_running_loop().create_task(self._run_async(pending))
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, pending))
        elif is_mine:
            self._start(pending)
        told_here = asyncio.wrap_future(pending)
        done, _ = await asyncio.wait({told_here}, timeout=self._timeout)
        return told_here.result() if done else self._too_slow()

    def _too_slow(self) -> Taken:
        LOGGER.warning("the source takes longer than %g s; it goes on", self._timeout)
        return None

    def _join(self) -> tuple[Future[Taken] | None, bool, Taken]:
        """What is fresh, or what is under way; whether it is to be begun."""
        with self._lock:
            if self._pending is not None:
                return self._pending, False, None
            if time.monotonic() < self._until:
                return None, False, self._taken
            self._pending = Future()
            return self._pending, True, None

    def _start(self, pending: Future[Taken]) -> None:
        run = partial(copy_context().run, self._run, pending)
        try:
            # A source that hangs does not keep the program from ending.
            threading.Thread(target=run, name="qlower-live", daemon=True).start()
        except RuntimeError:
            LOGGER.exception("no thread could be started")
            self._land(pending, None)

    def _run(self, pending: Future[Taken]) -> None:
        taken: Taken = None
        try:
            taken = measured(self._ask())
        except Exception:
            LOGGER.exception("the source failed")
        finally:
            self._land(pending, taken)

    async def _run_async(self, pending: Future[Taken]) -> None:
        taken: Taken = None
        try:
            taken = measured(await self._ask())
        except Exception:
            LOGGER.exception("the source failed")
        self._land(pending, taken)

    def _ended(self, pending: Future[Taken], task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not pending.done():
            # The loop was shut down over it.
            self._land(pending, None)

    def _land(self, pending: Future[Taken], taken: Taken) -> None:
        with self._lock:
            if self._pending is pending:
                self._pending = None
                self._taken = taken
                self._until = time.monotonic() + self._fresh_for
        pending.set_result(taken)


def measured(told: Any) -> Taken:
    """What a source gave, as the native module takes it."""
    if told is None:
        return None
    if not isinstance(told, Measurement):
        told = Measurement(told)
    if isinstance(told.value, (str, bytes, bool)):
        raise TypeError(f"a measurement's value must be a number, not {type(told.value).__name__}")
    if told.at is not None and told.at.tzinfo is None:
        raise ValueError("a measurement's time needs its time zone")
    at = None if told.at is None else told.at.isoformat(timespec="microseconds")
    return float(told.value), told.unit, at


_SOURCES: WeakSet[Source] = WeakSet()


def _renew() -> None:
    for source in list(_SOURCES):
        source.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
