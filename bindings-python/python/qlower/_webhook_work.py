"""The work on one event: claimed, handled, completed or released."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import TYPE_CHECKING

from ._webhook_answer import BUSY, DUPLICATE, FAILED, HANDLED

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._webhook_answer import Answer
    from ._webhook_store import DedupeStore

LOGGER = logging.getLogger("qlower.webhook")


def told(key: str | None, **facts: object) -> dict[str, dict[str, object]]:
    """What a record carries besides its message, as those of the native module do."""
    return {"qlower": {**({} if key is None else {"event": key}), **facts}}


class Work:
    """What is to be done about one event."""

    __slots__ = ("_event", "_handler", "_lease", "_store", "key")

    def __init__(
        self,
        handler: Callable[[Any], object],
        store: DedupeStore | None,
        lease: float,
        event: Any,
        key: str | None,
    ) -> None:
        self.key = key
        self._handler = handler
        self._event = event
        self._store = None if key is None else store
        self._lease = lease

    def run(self) -> Answer:
        """Does it in this thread."""
        refused = self._claim()
        if refused is not None:
            return refused
        try:
            result = self._handler(self._event)
            if inspect.isawaitable(result):
                _close(result)
                raise TypeError(
                    "the handler gave something to be awaited, but was not declared async"
                )
        except BaseException as error:
            self._failed(error)
            if not isinstance(error, (Exception, SystemExit)):
                raise
            return FAILED
        return self._complete()

    async def run_async(self) -> Answer:
        """Does it on this event loop; a store's work in threads beside it."""
        if self._store is not None:
            refused = await asyncio.to_thread(self._claim)
            if refused is not None:
                return refused
        try:
            result = self._handler(self._event)
            if inspect.isawaitable(result):
                await result
        except BaseException as error:
            # Not by a thread: a loop that is being shut down has no more time for one.
            self._failed(error)
            if not isinstance(error, (Exception, SystemExit)):
                raise
            return FAILED
        if self._store is None:
            return HANDLED
        return await asyncio.shield(asyncio.to_thread(self._complete))

    def _claim(self) -> Answer | None:
        """``None`` if it is to be done here and now."""
        if self._store is None or self.key is None:
            return None
        try:
            claim = self._store.claim(self.key, self._lease)
        except Exception:
            self._store_failed("claim")
            return BUSY
        if claim == "new":
            return None
        return DUPLICATE if claim == "handled" else BUSY

    def _complete(self) -> Answer:
        if self._store is not None and self.key is not None:
            try:
                self._store.complete(self.key)
            except Exception:
                self._store_failed("complete")
                return BUSY
        return HANDLED

    def _failed(self, error: BaseException) -> None:
        LOGGER.error("failed", exc_info=error, extra=told(self.key))
        if self._store is not None and self.key is not None:
            try:
                self._store.release(self.key)
            except Exception:
                self._store_failed("release")

    def _store_failed(self, step: str) -> None:
        message = "the store of handled webhooks failed"
        LOGGER.exception(message, extra=told(self.key, step=step))


def _close(awaitable: Any) -> None:
    """So that nobody is warned of a coroutine that was never awaited."""
    if inspect.iscoroutine(awaitable):
        awaitable.close()
