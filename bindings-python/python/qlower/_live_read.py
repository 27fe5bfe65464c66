"""A reading out of a document, and from one unit to another."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from . import _native

if TYPE_CHECKING:
    from typing import Any


@dataclass(frozen=True, slots=True)
class Found:
    """What a document says."""

    value: float
    """The value."""
    unit: str | None
    """The unit beside it, if there is one."""
    timestamp: datetime | None
    """When it was measured, if the document says so."""
    status: str | None
    """Its status, if the document has one."""
    remarks: tuple[str, ...]
    """What is odd about the document, and keeps it from nothing, such as ``byte_order_mark``."""
    in_agreed: float | None
    """The value in the unit that was agreed, if one was given. The document's own unit counts, where it has one."""
    _told: dict[str, Any] = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """As it is in JSON, the same from every language."""
        return dict(self._told)


def read(body: bytes | str, path: str, *, unit: str | None = None) -> Found:
    """Reads a document as those do who show its value.

    :param body: the document.
    :param path: where the value is in it: names and indices with dots between, such as ``measurements.0.value``.
    :param unit: the unit that was agreed, for :attr:`Found.in_agreed`.
    :raises qlower.live.ReadingError: if there is no number, or its unit cannot be converted.
    :raises qlower.live.PathError: if the path is none.

    >>> from qlower import live
    >>> found = live.read(b'{"data": {"power": {"value": 42500, "unit": "kW"}}}', "data.power.value", unit="MW")
    >>> found.value, found.unit, found.in_agreed
    (42500.0, 'kW', 42.5)
    """
    told, in_agreed = _native.live_read(body, path, unit)
    at = told.get("timestamp")
    return Found(
        told["value"],
        told.get("unit"),
        None if at is None else datetime.fromisoformat(at.replace("Z", "+00:00")),
        told.get("status"),
        tuple(told["remarks"]),
        in_agreed,
        told,
    )


def convert(value: float, unit: str, to: str) -> float | None:
    """A value in another unit; ``None`` where they measure different things, or nothing is known of one.

    Between kW and MW the decimal point moves: no digit is lost.

    >>> from qlower import live
    >>> live.convert(42.5, "MW", "kW")
    42500.0
    """
    return _native.live_convert(value, unit, to)
