"""The check, and what passed it."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from datetime import date, datetime
    from mmap import mmap
    from typing import Any, TypeAlias

    from ._report import Report
    from ._split import Parts
    from ._types import Payload

    Source: TypeAlias = "Mapping[str, Any] | bytes | bytearray | memoryview | mmap | str | os.PathLike[str] | Checked | Any"


def check(
    source: Source,
    *,
    strict: bool = False,
    today: date | str | None = None,
    max_findings: int | None = None,
    threads: int | None = None,
) -> Report:
    """Finds everything that is wrong with a payload, in one pass. Nothing leaves this machine.

    Other threads run meanwhile, and Ctrl-C interrupts.

    :param source: a payload, a mapping of its fields, or JSON text: ``bytes``, ``str``, a read-only ``mmap`` and a
        ``memoryview`` of ``bytes`` are read in place; a path-like object names a file with the text (``str`` is the
        text itself).
    :param strict: warnings become errors.
    :param today: the day of the check, after which a transaction lies in the future; today in Paris when not given.
    :param max_findings: how many findings are kept in detail, 100 000 when not given; the others are counted.
    :param threads: how many threads may be used; as many as there are processors when not given.
    :raises qlower.FileError: if the file cannot be read.
    :raises qlower.ConfigError: if an option has no meaning.
    :raises TypeError: for what cannot be a payload, and for an iterator in a mapping: checked, it would be gone when the same
        mapping is sent. A :class:`Payload` reads it in.

    >>> import qlower
    >>> text = '{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00Z", "versionId": "2.0"}'
    >>> report = qlower.check(text)
    >>> report.is_valid
    True
    >>> [finding.code for finding in report.warnings]
    ['empty_payload']
    """
    return _native.check(source, strict, today, max_findings, threads)


def checked(
    source: Source,
    *,
    strict: bool = False,
    today: date | str | None = None,
    max_findings: int | None = None,
    threads: int | None = None,
) -> Checked:
    """Checks like :func:`check`, and gives what may be sent.

    Sending checks by itself; this is for who wants the bytes, their hash, or to check long before sending.

    :raises qlower.ValidationError: with the whole report, if there is an error in it.

    >>> import qlower
    >>> text = b'{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00Z", "versionId": "2.0"}'
    >>> checked = qlower.checked(text)
    >>> checked.to_bytes() == text, checked.size, checked.partner
    (True, 91, 'acme')
    """
    return _native.checked(source, strict, today, max_findings, threads)


class Checked:
    """A payload that passed the check: exactly the bytes that will be sent, their hash, and the report.

    Made by :func:`checked`. Its ``repr`` shows no content. It pickles as its bytes, and is checked again where it arrives.
    """

    __slots__ = ("_handle", "_report")

    _handle: _native.Checked
    _report: Report | None

    def __init__(self) -> None:
        raise TypeError("this is made by qlower.checked")

    @classmethod
    def _of(cls, handle: _native.Checked) -> Checked:
        checked = cls.__new__(cls)
        checked._handle = handle
        checked._report = None
        return checked

    def to_bytes(self) -> bytes:
        """The bytes that will be sent. They hold the access key."""
        return self._handle.to_bytes()

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._handle.size

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, in lower-case hexadecimal digits."""
        return self._handle.sha256

    @property
    def report(self) -> Report:
        """What the check found: warnings at most."""
        if self._report is None:
            self._report = self._handle.report()
        return self._report

    @property
    def partner(self) -> str:
        """The partner's id in the header."""
        return self._handle.partner

    @property
    def object_key(self) -> str:
        """Key of the S3 object for it."""
        return self._handle.object_key

    @property
    def created_at(self) -> datetime:
        """When the payload was made, as its header says."""
        from datetime import datetime

        return datetime.fromisoformat(self._handle.created_at)

    def payload(self) -> Payload:
        """The payload as models, read from the bytes."""
        return self._handle.payload()

    def split(self, *, max_bytes: int | None = None, max_items: int | None = None) -> Parts:
        """Cuts it into parts, each small enough for one request: see :func:`qlower.split`."""
        from ._split import split

        return split(self, max_bytes=max_bytes, max_items=max_items)

    def __repr__(self) -> str:
        return f"<Checked: {self.size} bytes, sha256={self.sha256}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Checked):
            return NotImplemented
        return self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __reduce__(self) -> tuple[Any, ...]:
        return checked, (self.to_bytes(),)
