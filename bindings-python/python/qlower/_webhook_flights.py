"""The work under way: one at a time for each key."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    from ._webhook_answer import Answer

    Outcome: TypeAlias = Future[Answer]


class Flights:
    """What is worked on in this process, by threads and by the tasks of any event loop."""

    __slots__ = ("_by_key", "_limit", "_lock", "_outcomes")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.renew()

    def renew(self) -> None:
        """Forgets everything: in a child, which has none of it."""
        self._lock = threading.Lock()
        self._by_key: dict[str, Outcome] = {}
        self._outcomes: set[Outcome] = set()

    def join(self, key: str | None) -> tuple[Outcome | None, bool]:
        """The outcome to wait for, and whether the caller is to bring it about; none if too much is under way."""
        with self._lock:
            outcome = None if key is None else self._by_key.get(key)
            if outcome is not None:
                return outcome, False
            if len(self._outcomes) >= self._limit:
                return None, False
            outcome = Future()
            # Whoever waits cannot cancel it.
            outcome.set_running_or_notify_cancel()
            self._outcomes.add(outcome)
            if key is not None:
                self._by_key[key] = outcome
            return outcome, True

    def land(self, key: str | None, outcome: Outcome, answer: Answer) -> None:
        """The work is over."""
        with self._lock:
            # Off the list first: who comes after the answer finds what was stored.
            self._outcomes.discard(outcome)
            if key is not None and self._by_key.get(key) is outcome:
                del self._by_key[key]
        outcome.set_result(answer)

    def finish(self, timeout: float | None) -> bool:
        """Waits for all that is under way now; whether it has ended."""
        with self._lock:
            outcomes = set(self._outcomes)
        return not wait(outcomes, timeout).not_done

    def __len__(self) -> int:
        return len(self._outcomes)
