"""What Qlower answers."""

from __future__ import annotations

from . import _native
from ._data import Data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from ._check import Source
    from ._types import Payload


class Reply:
    """What became of the items of a payload. ``str()`` is the summary in English.

    It can be pickled, but for :attr:`raw`.

    >>> import qlower
    >>> rent = {"id": "T1", "date": "2025-01-31", "property_id": "P1", "amount": 850, "reference": "Loyer"}
    >>> payload = qlower.Payload(
    ...     partner="acme", api_key="k-1", created_at="2025-02-01T08:00:00+01:00", transactions=[rent, {**rent, "id": "T2"}]
    ... )
    >>> with qlower.Sandbox({"acme": "k-1"}) as sandbox, qlower.Client(sandbox.url) as client:
    ...     reply = client.send(payload).reply
    >>> print(reply)
    SUCCESS: every item was accepted.
    2 in all, 2 accepted, 0 failed
      transactions      2 accepted, 0 failed
    >>> reply.has_failures, reply.errors, reply.failed_only(payload).transactions
    (False, [], [])
    """

    __slots__ = ("_errors", "_handle")

    _handle: _native.Reply
    _errors: list[ItemError] | None

    def __init__(self) -> None:
        raise TypeError("replies come in receipts")

    @property
    def status(self) -> str:
        """``"SUCCESS"``, ``"PARTIAL_SUCCESS"``, ``"ERROR"``, or one that this edition does not know, as it came."""
        return self._handle.status

    @property
    def total_count(self) -> int | None:
        """How many items Qlower counted, if it says so."""
        return self._handle.total_count

    @property
    def success_count(self) -> int | None:
        """How many items were accepted, if Qlower says so."""
        return self._handle.success_count

    @property
    def failed_count(self) -> int | None:
        """How many items failed, if Qlower says so."""
        return self._handle.failed_count

    @property
    def end_date(self) -> str | None:
        """When the load ended, as it was written. It is not known which clock this is: do not take it for an instant."""
        return self._handle.end_date

    @property
    def errors(self) -> list[ItemError]:
        """What failed, in the order of the answer. An item may occur more than once."""
        if self._errors is None:
            self._errors = [ItemError(**facts) for facts in self._handle.errors()]
        return self._errors

    @property
    def combined_result(self) -> list[ModelResult]:
        """Items accepted and failed by model."""
        return [ModelResult(*result) for result in self._handle.combined_result()]

    @property
    def raw(self) -> bytes:
        """The body as it came, nothing masked; empty for a reply about several parts, and for one that was pickled."""
        return self._handle.raw

    @property
    def has_failures(self) -> bool:
        """Whether anything failed, or the status is one that this edition does not know."""
        return self._handle.has_failures

    @property
    def all_failed(self) -> bool:
        """Whether nothing was accepted: the status says so, and no count contradicts it."""
        return self._handle.all_failed

    @property
    def unnamed_failures(self) -> int:
        """How many items failed, by the count, without being named in :attr:`errors`."""
        return self._handle.unnamed_failures

    def failed_only(self, payload: Source) -> Payload:
        """A payload of just the items that failed, to correct and send again.

        What belongs inside an item goes with it. If everything failed, it is the whole payload.

        :param payload: the one that was sent.
        :raises qlower.ValidationError: if it is not sound, so that it cannot be the one.
        """
        from ._types import Payload

        return Payload.from_json(self._handle.failed_only(payload))

    def summary(self, lang: Literal["en", "fr"] | str = "en") -> str:
        """What became of the items, on one screen: status, counts by model, and the first 20 errors with their places."""
        return self._handle.summary(lang)

    def to_dict(self) -> dict[str, Any]:
        """As it is in JSON, the same from every language."""
        return self._handle.to_dict()

    def __str__(self) -> str:
        return self.summary().rstrip()

    def __repr__(self) -> str:
        return f"<Reply: {self.status}, {self.success_count} accepted, {self.failed_count} failed>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reply):
            return NotImplemented
        return self._handle.to_kept() == other._handle.to_kept()

    def __hash__(self) -> int:
        return hash(self._handle.to_kept())

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._handle.to_kept(),)


class ItemError(Data):
    """One item that was not loaded, and why. Texts are the server's, in French. ``str()`` is one line."""

    __slots__ = (
        "_text",
        "created_at",
        "field",
        "id",
        "message",
        "model",
        "pointer",
        "pointers",
        "reason",
        "type",
    )

    model: str
    """The model as the server names it, ``"transactions"`` for instance; empty if it does not."""

    id: str | None
    """The item's id."""

    type: str | None
    """The kind of error, ``"ValidationError"`` for instance."""

    field: str | None
    """Wire key of the field that is wrong, where the sentence names one."""

    reason: str | None
    """What is wrong with it, where the sentence has the known form."""

    message: str
    """The server's sentence."""

    created_at: str | None
    """When the error was noted, as it was written; no reliable instant."""

    pointer: str | None
    """JSON Pointer to the wrong field of the item that was sent, or to the item; ``None`` if no such item was sent."""

    pointers: list[str]
    """Pointers to all items that it may be: several, if an id stands in several places."""

    def __init__(
        self,
        *,
        model: str,
        id: str | None,  # noqa: A002
        type: str | None,  # noqa: A002
        field: str | None,
        reason: str | None,
        message: str,
        created_at: str | None,
        pointer: str | None,
        pointers: list[str],
        _text: str = "",
    ) -> None:
        self.model = model
        self.id = id
        self.type = type
        self.field = field
        self.reason = reason
        self.message = message
        self.created_at = created_at
        self.pointer = pointer
        self.pointers = pointers
        self._text = _text

    def to_dict(self) -> dict[str, Any]:
        """As it is in JSON, the same from every language."""
        names = (
            "model",
            "id",
            "type",
            "field",
            "reason",
            "message",
            "created_at",
            "pointer",
            "pointers",
        )
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.to_dict().items() if value)
        return f"ItemError({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore_error, ({**self.to_dict(), "_text": self._text},)


class ModelResult(Data):
    """How many items of a model were loaded."""

    __slots__ = ("error", "model", "success")

    model: str
    """The model as the server names it."""

    success: int | None
    """How many items were accepted, if it is stated."""

    error: int | None
    """How many items failed, if it is stated."""

    def __init__(self, model: str, success: int | None, error: int | None) -> None:
        self.model = model
        self.success = success
        self.error = error

    def __reduce__(self) -> tuple[Any, ...]:
        return ModelResult, (self.model, self.success, self.error)


def reply(native: _native.Reply) -> Reply:
    """Makes a reply of the native module's."""
    made = Reply.__new__(Reply)
    made._handle = native
    made._errors = None
    return made


def _restore(kept: str) -> Reply:
    return reply(_native.Reply.from_kept(kept))


def _restore_error(facts: dict[str, Any]) -> ItemError:
    return ItemError(**facts)
