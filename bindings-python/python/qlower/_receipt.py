"""What is known after sending."""

from __future__ import annotations

from ._data import Data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from ._errors import Certainty
    from ._reply import Reply

_COMMON = (
    "certainty",
    "attempts",
    "duration",
    "payload_sha256",
    "earlier_attempt_may_have_been_processed",
)


class Receipt(Data):
    """What is known of a payload that was delivered. Made by :meth:`qlower.Client.send`; can be pickled.

    >>> import qlower
    >>> rent = {"id": "T1", "date": "2025-01-31", "property_id": "P1", "amount": 850, "reference": "Loyer"}
    >>> payload = qlower.Payload(
    ...     partner="acme", api_key="k-1", created_at="2025-02-01T08:00:00+01:00", transactions=[rent]
    ... )
    >>> with qlower.Sandbox({"acme": "k-1"}) as sandbox, qlower.Client(sandbox.url) as client:
    ...     receipt = client.send(payload)
    >>> receipt.certainty, receipt.attempts, receipt.reply.status
    ('processed', 1, 'SUCCESS')
    >>> receipt.payload_sha256 == qlower.checked(payload).sha256
    True
    """

    __slots__: tuple[str, ...] = (*_COMMON, "_reply")

    certainty: Certainty
    """Whether Qlower has treated the payload; of an upload, whether the store has it, whole."""

    attempts: int
    """How many attempts were made, from 1. For an upload in parts, the most that any one request took."""

    duration: float
    """Seconds from the start of the first attempt to the end of the answer, waits included."""

    payload_sha256: str
    """SHA-256 of the bytes that were sent, in lower-case hexadecimal digits."""

    earlier_attempt_may_have_been_processed: bool
    """Whether an attempt before the last one may have been treated too. Nothing is created twice then, but the counts of this
    reply may reflect that items existed already."""

    def __init__(
        self,
        certainty: Certainty,
        attempts: int,
        duration: float,
        payload_sha256: str,
        earlier_attempt_may_have_been_processed: bool,
        reply: Reply | None = None,
    ) -> None:
        self.certainty = certainty
        self.attempts = attempts
        self.duration = duration
        self.payload_sha256 = payload_sha256
        self.earlier_attempt_may_have_been_processed = earlier_attempt_may_have_been_processed
        self._reply = reply

    @property
    def reply(self) -> Reply:
        """What Qlower answered, its errors tied to the items that were sent.

        :raises AttributeError: if it is the receipt of an upload, which is not answered: see
            :meth:`qlower.Client.upload_status`.
        """
        if self._reply is None:
            raise AttributeError("an upload is not answered: ask Client.upload_status(receipt)")
        return self._reply

    def to_dict(self) -> dict[str, Any]:
        """As it is in JSON, the same from every language."""
        facts = self._common()
        facts["reply"] = self.reply.to_dict()
        return facts

    def _common(self) -> dict[str, Any]:
        facts: dict[str, Any] = {name: getattr(self, name) for name in _COMMON}
        return {
            "duration_seconds" if name == "duration" else name: fact for name, fact in facts.items()
        }

    def __repr__(self) -> str:
        status = "" if self._reply is None else f", status={self._reply.status!r}"
        return f"<{type(self).__name__}: {self.certainty}, attempts={self.attempts}{status}>"


class UploadReceipt(Receipt):
    """The receipt of an upload. Made by :meth:`qlower.Client.upload`; can be pickled, and asked for its status later.

    >>> import json, qlower
    >>> rent = {"id": "T1", "date": "2025-01-31", "property_id": "P1", "amount": 850, "reference": "Loyer"}
    >>> payload = qlower.Payload(
    ...     partner="acme", api_key="k-1", created_at="2025-02-01T08:00:00+01:00", transactions=[rent]
    ... )
    >>> with qlower.Sandbox({"acme": "k-1"}) as sandbox:
    ...     with qlower.Client(**sandbox.client_settings("acme")) as client:
    ...         kept = json.dumps(client.upload(payload).to_dict())
    ...     # Later, perhaps in another program:
    ...     with qlower.Client(**sandbox.client_settings("acme")) as client:
    ...         receipt = qlower.UploadReceipt.from_dict(json.loads(kept))
    ...         status = client.wait_for(receipt, timeout=10)
    >>> receipt.bucket, receipt.key == qlower.checked(payload).object_key
    ('ql-loader-stg-acme', True)
    >>> status.status, status.is_final
    ('success', True)
    """

    __slots__: tuple[str, ...] = ("already_there", "bucket", "etag", "key", "size")

    bucket: str
    """Name of the bucket."""

    key: str
    """Key of the object in the bucket."""

    etag: str | None
    """The store's tag of the content, with its quotation marks; ``None`` if an earlier upload made the object."""

    size: int
    """Bytes of the object."""

    already_there: bool
    """Whether the object, which has this content's hash in its key, was there before the last attempt."""

    def __init__(
        self,
        certainty: Certainty,
        attempts: int,
        duration: float,
        payload_sha256: str,
        earlier_attempt_may_have_been_processed: bool,
        bucket: str,
        key: str,
        etag: str | None,
        size: int,
        already_there: bool,
    ) -> None:
        super().__init__(
            certainty, attempts, duration, payload_sha256, earlier_attempt_may_have_been_processed
        )
        self.bucket = bucket
        self.key = key
        self.etag = etag
        self.size = size
        self.already_there = already_there

    def to_dict(self) -> dict[str, Any]:
        """As it is in JSON, the same from every language."""
        facts = self._common()
        facts.update(
            bucket=self.bucket,
            key=self.key,
            etag=self.etag,
            size=self.size,
            already_there=self.already_there,
        )
        return facts

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> UploadReceipt:
        """A receipt that was kept as :meth:`to_dict` gave it."""
        names = {**facts, "duration": facts["duration_seconds"]}
        del names["duration_seconds"]
        return cls(**names)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UploadReceipt):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.bucket, self.key))

    def __repr__(self) -> str:
        return f"<UploadReceipt: {self.bucket}/{self.key}, {self.size} bytes, attempts={self.attempts}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return UploadReceipt.from_dict, (self.to_dict(),)


class UploadStatus(Data):
    """What became of an upload, as far as the bucket tells."""

    __slots__ = ("is_final", "key", "reason", "status")

    status: Literal["pending", "success", "failure", "unknown"]
    """``pending``: Qlower has not finished with the object. ``success``: it loaded every item. ``failure``: at least one item was
    not loaded, the others were; Qlower tells the partner by e-mail what is wrong. ``unknown``: it cannot be told."""

    key: str | None
    """Where Qlower archived the object, once it is done with it."""

    reason: str | None
    """Why it cannot be told."""

    is_final: bool
    """Whether Qlower is done with the object."""

    def __init__(
        self,
        status: Literal["pending", "success", "failure", "unknown"],
        key: str | None,
        reason: str | None,
        is_final: bool,
    ) -> None:
        self.status = status
        self.key = key
        self.reason = reason
        self.is_final = is_final

    def to_dict(self) -> dict[str, Any]:
        """As it is in JSON, the same from every language."""
        facts: dict[str, Any] = {"status": self.status, "key": self.key, "reason": self.reason}
        return {name: fact for name, fact in facts.items() if fact is not None}

    def __str__(self) -> str:
        more = self.key or self.reason
        return f"{self.status} ({more})" if more else self.status

    def __reduce__(self) -> tuple[Any, ...]:
        return UploadStatus, (self.status, self.key, self.reason, self.is_final)


class UploadProgress(Data):
    """How far an upload has come."""

    __slots__ = ("done", "total")

    done: int
    """Bytes that the store has acknowledged."""

    total: int
    """Bytes in all."""

    def __init__(self, done: int, total: int) -> None:
        self.done = done
        self.total = total


def receipt(facts: dict[str, Any]) -> Receipt:
    """Makes a receipt of what the native module tells."""
    return UploadReceipt(**facts) if "bucket" in facts else Receipt(**facts)
