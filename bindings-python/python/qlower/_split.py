"""Payloads in parts."""

from __future__ import annotations

from _collections_abc import Sequence

from . import _native
from ._data import Data
from ._reply import reply as _reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, overload

    from ._check import Checked, Source
    from ._errors import Certainty, QlowerError
    from ._receipt import Receipt
    from ._reply import Reply


def split(source: Source, *, max_bytes: int | None = None, max_items: int | None = None) -> Parts:
    """Checks a payload and cuts it into parts, each small enough for one request, for :meth:`qlower.Client.send_all`.

    The same payload and limits give the same parts.

    :param max_bytes: the most that a part may have. Default 10 MiB, as ``max_body_bytes`` of a client.
    :param max_items: how many items a part may have, nested ones included. Default: any number.
    :raises qlower.ValidationError: if the payload has errors.
    :raises qlower.SplitError: if something in it fits into no part.

    >>> import qlower
    >>> rent = '{"id": "T%d", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850, "ref": "Loyer"}'
    >>> text = (
    ...     '{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00Z", "versionId": "2.0", '
    ...     f'"transactions": [{rent % 1}, {rent % 2}, {rent % 3}]}}'
    ... )
    >>> parts = qlower.split(text, max_items=2)
    >>> [part.items for part in parts]
    [2, 1]
    >>> parts[1].pointer_in_whole("/transactions/0/amt")
    '/transactions/2/amt'
    """
    return Parts(_native.split(source, max_bytes, max_items))


class Part:
    """A part of a checked payload, which may be sent on its own once those that it needs are loaded."""

    __slots__ = ("_checked", "_handle")

    _handle: _native.Part
    _checked: Checked | None

    def __init__(self) -> None:
        raise TypeError("parts are made by qlower.split")

    @property
    def number(self) -> int:
        """Its number among all parts of the whole, from 0."""
        return self._handle.number

    @property
    def items(self) -> int:
        """How many items are in it, nested ones included."""
        return self._handle.items

    @property
    def depends_on(self) -> list[int]:
        """Numbers of the earlier parts that have to be loaded before this one."""
        return self._handle.depends_on

    @property
    def checked(self) -> Checked:
        """What is to be sent."""
        if self._checked is None:
            self._checked = self._handle.checked()
        return self._checked

    def pointer_in_whole(self, pointer: str) -> str | None:
        """A JSON Pointer into this part, as one into the whole; ``None`` if it leads to an item that this part does not have."""
        return self._handle.pointer_in_whole(pointer)

    def __repr__(self) -> str:
        return f"<Part {self.number}: {self.items} items>"


class Parts(Sequence[Part]):
    """Parts of one payload, in the order of their numbers: all of them, or a selection."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Iterable[Part]) -> None:
        by_number = {part.number: part for part in parts}
        self._parts = tuple(by_number[number] for number in sorted(by_number))

    def get(self, number: int) -> Part | None:
        """The part with a number, if it is among these."""
        return next((part for part in self._parts if part.number == number), None)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Part: ...
        @overload
        def __getitem__(self, index: slice) -> Parts: ...
        def __getitem__(self, index: int | slice) -> Part | Parts: ...

    else:

        def __getitem__(self, index):
            chosen = self._parts[index]
            return Parts(chosen) if isinstance(index, slice) else chosen

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts)

    def __repr__(self) -> str:
        return f"<Parts: {len(self)}>"


class SentPart(Data):
    """What became of one part."""

    __slots__ = ("certainty", "error", "part", "reason", "receipt")

    part: Part
    """The part."""

    certainty: Certainty
    """Whether Qlower has treated it, as far as it could be seen from here."""

    receipt: Receipt | None
    """If Qlower has treated it. The reply's pointers lead into the part."""

    error: QlowerError | None
    """If it failed."""

    reason: str | None
    """If it did not leave: why."""

    def __init__(
        self,
        part: Part,
        certainty: Certainty,
        receipt: Receipt | None,
        error: QlowerError | None,
        reason: str | None,
    ) -> None:
        self.part = part
        self.certainty = certainty
        self.receipt = receipt
        self.error = error
        self.reason = reason

    def __repr__(self) -> str:
        what = self.reason or (f"failed: {self.error}" if self.error else "treated")
        return f"<SentPart {self.part.number}: {what}>"


# From the least that is known of a part to the most.
_ORDER = ("not_processed", "unknown", "processed")


class SentAll:
    """What became of every part that was to be sent. ``str()`` is one line.

    >>> import qlower
    >>> rent = {"id": "T1", "date": "2025-01-31", "property_id": "P1", "amount": 850, "reference": "Loyer"}
    >>> payload = qlower.Payload(
    ...     partner="acme", api_key="k-1", created_at="2025-02-01T08:00:00+01:00", transactions=[{**rent, "id": f"T{n}"} for n in range(3)]
    ... )
    >>> once = qlower.RetryPolicy.none()
    >>> with qlower.Sandbox({"acme": "k-1"}) as sandbox:
    ...     with qlower.Client(sandbox.url, retry=once) as client:
    ...         sandbox.fail_next("service_unavailable")
    ...         sent = client.send_all(qlower.split(payload, max_items=1), concurrency=1)
    ...         print(sent)
    ...         sent = sent.followed_by(client.send_all(sent.remaining))
    3 parts: 0 treated, 1 failed, 2 not sent
    >>> sent.is_complete, sent.reply.success_count
    (True, 3)
    """

    __slots__ = ("_reply", "parts")

    _reply: Reply | None

    parts: tuple[SentPart, ...]
    """Each part, in order, and what became of it."""

    def __init__(self) -> None:
        raise TypeError("this is made by Client.send_all")

    @property
    def processed(self) -> list[SentPart]:
        """Those that were treated, with their receipts."""
        return [part for part in self.parts if part.receipt is not None]

    @property
    def failed(self) -> list[SentPart]:
        """Those that failed, with their errors. One whose certainty is ``"unknown"`` may have been treated."""
        return [part for part in self.parts if part.error is not None]

    @property
    def unsent(self) -> list[SentPart]:
        """Those that did not leave, with the reason."""
        return [part for part in self.parts if part.reason is not None]

    @property
    def remaining(self) -> Parts:
        """What is to be sent again: those that failed, treated or not, and those that did not leave."""
        return Parts(part.part for part in self.parts if part.receipt is None)

    @property
    def is_complete(self) -> bool:
        """Whether every part was treated. Items may have failed all the same: see :attr:`reply`."""
        return all(part.receipt is not None for part in self.parts)

    @property
    def certainty(self) -> Certainty:
        """Whether Qlower has treated all of it: ``"unknown"`` if some parts were treated, or of some it is not known."""
        for certainty in ("processed", "not_processed"):
            if all(part.certainty == certainty for part in self.parts):
                return certainty
        return "unknown"

    @property
    def reply(self) -> Reply | None:
        """One reply about all parts that were treated, with pointers into the whole; ``None`` if none was."""
        return self._reply

    def followed_by(self, later: SentAll) -> SentAll:
        """Adds what became of parts that were sent again.

        Of a part in both, the later outcome counts, unless by the earlier one it was treated, or may have been, and the later one
        knows nothing of that.
        """
        known = {sent.part.number: sent for sent in self.parts}
        for sent in later.parts:
            before = known.get(sent.part.number)
            if before is None or _ORDER.index(sent.certainty) >= _ORDER.index(before.certainty):
                known[sent.part.number] = sent
        parts = [known[number] for number in sorted(known)]
        treated = [
            (sent.part._handle, sent.receipt.reply._handle) for sent in parts if sent.receipt
        ]
        combined = _native.combine(treated)
        return sent_all(parts, None if combined is None else _reply(combined))

    def __str__(self) -> str:
        counts = len(self.processed), len(self.failed), len(self.unsent)
        return "{} parts: {} treated, {} failed, {} not sent".format(len(self.parts), *counts)

    def __repr__(self) -> str:
        return f"<SentAll: {self}>"

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            "this holds payloads and cannot be pickled: pickle its receipts or its reply"
        )


def part(native: _native.Part) -> Part:
    """Makes a part of the native module's."""
    made = Part.__new__(Part)
    made._handle = native
    made._checked = None
    return made


def sent_all(parts: list[SentPart], reply: Reply | None) -> SentAll:
    """Makes what the native module tells."""
    made = SentAll.__new__(SentAll)
    made.parts = tuple(parts)
    made._reply = reply
    return made
