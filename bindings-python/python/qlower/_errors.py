"""Exceptions: one tree under :class:`QlowerError`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class QlowerError(Exception):
    """Base of everything that the package raises on purpose."""


class ValidationError(QlowerError, ValueError):
    """The payload has errors, so nothing was sent."""


class InternalError(QlowerError):
    """A fault in the SDK itself."""


_KINDS: dict[str, type[QlowerError]] = {
    "validation": ValidationError,
    "internal": InternalError,
}


def build(kind: str, message: str, attributes: dict[str, Any] | None = None) -> QlowerError:
    """Makes the exception of a kind that the native module names."""
    error = _KINDS.get(kind, QlowerError)(message)
    for name, value in (attributes or {}).items():
        setattr(error, name, value)
    return error
