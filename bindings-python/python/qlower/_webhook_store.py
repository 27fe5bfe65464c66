"""What remembers the events that were handled."""

from __future__ import annotations

import os
import threading
import time
from hashlib import sha256
from typing import TYPE_CHECKING, NoReturn, Protocol
from weakref import WeakSet

from . import _native
from ._errors import build

if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any, Literal, TypeAlias

    Claim: TypeAlias = Literal["new", "handled", "busy"]


class DedupeStore(Protocol):
    """Remembers which events were handled, so that one that comes again is handled once.

    An event is claimed before the work, and completed after it, or released when the work has failed. Whoever dies in between
    leaves a claim, which runs out after its lease: then the event is handled again when it comes again. So with a store alone an
    effect may happen twice after a crash; where that must not be, the event's key goes into the same transaction as the work.

    Its methods are called from several threads. What they raise means that the store has failed: the event is not taken for
    handled, and the sender is asked to try again.
    """

    def claim(self, key: str, lease: float) -> Claim:
        """Claims a key, in one step that no other claim can come between.

        :param lease: for how many seconds, unless it is completed or released before.
        :returns: ``"new"`` if the event is the caller's now; ``"handled"`` if it was handled; ``"busy"`` if somebody else is at it.
        """
        ...

    def complete(self, key: str) -> None:
        """The work is done: the key is handled from now on."""
        ...

    def release(self, key: str) -> None:
        """The work has failed: the key may be claimed again at once."""
        ...


class MemoryStore:
    """Remembers handled events in this process, and forgets them when it ends.

    It is for tests, for one process whose work does no harm when it is done again, or beside work that sees for itself what was
    done. Each process has its own, also after ``fork``.

    :param capacity: how many handled keys it holds; those that were handled longest ago are dropped first. So many claims may run
        beside them, and none of these is dropped before its lease is over.

    >>> from qlower.webhook import MemoryStore
    >>> store = MemoryStore()
    >>> store.claim("evt_1", 600), store.claim("evt_1", 600)
    ('new', 'busy')
    >>> store.complete("evt_1")
    >>> store.claim("evt_1", 600)
    'handled'
    """

    __slots__ = ("__weakref__", "_capacity", "_claims", "_handled", "_lock")

    def __init__(self, capacity: int = _native.WEBHOOK_MEMORY_CAPACITY) -> None:
        self._capacity = max(capacity, 1)
        # Keys may be long; their hashes are not. A dictionary keeps the order in which they came.
        self._handled: dict[bytes, None] = {}
        self._claims: dict[bytes, float] = {}
        self._lock = threading.Lock()
        _STORES.add(self)

    def claim(self, key: str, lease: float) -> Claim:
        """Claims a key."""
        name, now = _hash(key), time.monotonic()
        with self._lock:
            if name in self._handled:
                return "handled"
            if self._claims.get(name, now) > now:
                return "busy"
            if len(self._claims) >= self._capacity and name not in self._claims:
                self._claims = {key: end for key, end in self._claims.items() if end > now}
                if len(self._claims) >= self._capacity:
                    raise OverflowError(f"all {self._capacity} places are claimed")
            self._claims[name] = now + lease
            return "new"

    def complete(self, key: str) -> None:
        """The key is handled from now on."""
        name = _hash(key)
        with self._lock:
            self._claims.pop(name, None)
            self._handled[name] = None
            if len(self._handled) > self._capacity:
                del self._handled[next(iter(self._handled))]

    def release(self, key: str) -> None:
        """The key may be claimed again at once."""
        with self._lock:
            self._claims.pop(_hash(key), None)

    def __repr__(self) -> str:
        return f"<MemoryStore: {len(self._handled)} handled, {len(self._claims)} claimed>"

    def _renew(self) -> None:
        # A thread that held it, or was about to release a claim, is not in the child.
        self._lock = threading.Lock()
        self._claims = {}


_STORES: WeakSet[MemoryStore] = WeakSet()


def seconds(given: float | timedelta, setting: str) -> float:
    """A number of seconds, or a ``timedelta``."""
    number: Any = given
    try:
        return float(number.total_seconds() if hasattr(number, "total_seconds") else number)
    except (TypeError, ValueError):
        wrong(setting, "must be a number of seconds, or a timedelta")


def wrong(setting: str, problem: str) -> NoReturn:
    """Refuses a setting."""
    raise build("config", f"{setting}: {problem}", {"setting": setting}) from None


def _hash(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def _renew() -> None:
    for store in list(_STORES):
        store._renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
