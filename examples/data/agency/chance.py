"""Chance that repeats itself: the same key gives the same draws everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

SEED = "agency 2024-2025"
MASK = (1 << 64) - 1


class Dice:
    """SplitMix64 over integers only, so that no library version can change a draw.

    Each subject (a lot, a declarant) gets dice of its own, named by a key. A change to
    one subject then leaves the draws of all others alone.
    """

    def __init__(self, *key: str) -> None:
        state = 0xCBF29CE484222325
        for byte in "|".join((SEED, *key)).encode():
            state = ((state ^ byte) * 0x100000001B3) & MASK
        self._state = state

    def _next(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return mixed ^ (mixed >> 31)

    def between(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return low + self._next() % (high - low + 1)

    def chance(self, per_mille: int) -> bool:
        """True `per_mille` times out of a thousand."""
        return self._next() % 1000 < per_mille

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self._next() % len(choices)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        left = list(items)
        return [left.pop(self._next() % len(left)) for _ in items]
