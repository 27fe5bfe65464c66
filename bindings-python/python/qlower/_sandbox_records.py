"""What a sandbox tells: faults, requests, objects, and what was loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Literal, TypeAlias

    from . import _native

    Model: TypeAlias = Literal[
        "clients", "client", "declarants", "associates", "properties", "transactions", "documents"
    ]
    FaultName: TypeAlias = Literal[
        "timeout",
        "reset_before_processing",
        "reset_after_processing",
        "close_before_processing",
        "too_many_requests",
        "internal_server_error",
        "bad_gateway",
        "service_unavailable",
        "slow",
        "truncated_body",
        "status",
    ]
    S3FaultName: TypeAlias = Literal[
        "slow_down",
        "internal_error",
        "internal_error_inside_200",
        "access_denied",
        "invalid_access_key_id",
        "signature_does_not_match",
        "expired_token",
        "request_time_too_skewed",
        "no_such_bucket",
        "permanent_redirect",
        "precondition_failed",
        "conditional_request_conflict",
        "not_implemented",
        "reset_during_part",
        "reset_during_put",
        "lost_put_reply",
        "lost_complete_reply",
        "slow",
        "timeout",
        "vanish",
    ]
    S3Operation: TypeAlias = Literal[
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
        "HeadObject",
        "GetObject",
        "HeadBucket",
        "ListObjectsV2",
        "ListParts",
        "ListMultipartUploads",
        "DeleteObject",
        "Other",
    ]
    S3Permission: TypeAlias = Literal["put", "abort", "list", "head", "get"]
    ObjectState: TypeAlias = Literal["pending", "success", "failure", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A way in which one load goes wrong; see :meth:`Sandbox.fail_next`.

    ========================== ==================================================== =======
    name                       what happens                                         treated
    ========================== ==================================================== =======
    `timeout`                  no answer, until the client gives up                 no
    `reset_before_processing`  the connection is reset (TCP RST)                    no
    `reset_after_processing`   the connection is reset instead of an answer         yes
    `close_before_processing`  the connection is closed (TCP FIN) without an answer no
    `too_many_requests`        429; `retry_after`: seconds, a `datetime`, or none   no
    `internal_server_error`    500 in the documented form                           no
    `bad_gateway`              502 with a page of HTML, as a proxy does             no
    `service_unavailable`      503 with an empty body                               no
    `slow`                     the right answer, late by `delay` seconds            yes
    `truncated_body`           200, and then half of the body                       yes
    `status`                   this `status` with an empty body                     no
    ========================== ==================================================== =======

    After a fault that treats, the items are loaded although the client saw a failure.
    """

    name: FaultName
    retry_after: int | datetime | None = None
    delay: float | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class S3Fault:
    """A way in which one request to the S3 side goes wrong; see :meth:`Sandbox.fail_next_s3`.

    `slow_down` (503), `internal_error` (500), `internal_error_inside_200` (of completing an
    upload), `access_denied`, `invalid_access_key_id`, `signature_does_not_match`, `expired_token`,
    `request_time_too_skewed`, `no_such_bucket`, `permanent_redirect` (to `region`),
    `precondition_failed` (412), `conditional_request_conflict` (409), `not_implemented` (501, to a
    conditional write), `reset_during_part` (of `part_number`, from 1), `reset_during_put`,
    `lost_put_reply` and `lost_complete_reply` (stored, then the connection is reset), `slow`
    (done, and answered late by `delay` seconds), `timeout` (never answered), `vanish` (the port is
    closed until :meth:`Sandbox.restore_s3`).
    """

    name: S3FaultName
    region: str | None = None
    part_number: int | None = None
    delay: float | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the sandbox saw it. It holds no content and no access key."""

    method: str
    """Method, such as `POST`."""
    path: str
    """Path without the query, at most its first 200 characters."""
    body_length: int
    """How many bytes of body were received."""
    body_sha256: str
    """Their SHA-256, in lower-case hexadecimal digits; that of a `Checked` if it is what was sent."""
    partner: str | None
    """The partner that the payload names, if the sandbox knows it. Its key may have been wrong."""
    at: datetime
    """When it had been received, by this machine's clock (UTC)."""
    processed: bool
    """Whether the load was treated, that is: reached the items."""
    status: int | None
    """The HTTP status of the answer; `None` after a fault, or if the client went away."""
    fault: Fault | None
    """The fault that fired."""


@dataclass(frozen=True, slots=True)
class S3Request:
    """One request to the S3 side. It holds no content and no secret."""

    operation: S3Operation
    """What was asked."""
    bucket: str
    """The bucket in the request's path; empty where there is none."""
    key: str
    """The key in the request's path, at most its first 1024 characters; empty if about a bucket."""
    part_number: int | None
    """Number of the part, from 1, for `UploadPart`."""
    conditional: bool
    """Whether the write was conditional (`If-None-Match`)."""
    body_length: int
    """How many bytes of body were received, the framing of signed chunks included."""
    at: datetime
    """When its head had been received, by this machine's clock (UTC)."""
    status: int | None
    """The HTTP status of the answer; `None` after a fault, or if the connection ended before."""
    fault: S3Fault | None
    """The fault that fired."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a bucket at one moment."""

    key: str
    """Its key now."""
    size: int
    """Its size in bytes."""
    etag: str
    """Its ETag without the quotes: the MD5 of its bytes, or that of its parts, a hyphen, their number."""
    sha256: str
    """SHA-256 of its bytes, in lower-case hexadecimal digits."""
    content_type: str | None
    """Its `Content-Type`, if one was given."""
    state: ObjectState
    """`pending` at the root, `success`, `failure`, or `elsewhere`, by the folder in its key."""


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """An upload in parts that is neither complete nor given up."""

    key: str
    """The key that it will have."""
    upload_id: str
    """The id that the store gave it."""
    parts: tuple[tuple[int, int], ...]
    """Number and size in bytes of each part so far, in order."""


@dataclass(frozen=True, slots=True)
class S3Load:
    """One load of a file that had arrived."""

    partner: str
    """Whose bucket it was."""
    key: str
    """The key under which the file arrived."""
    moved_to: str
    """Its key since."""
    at: datetime
    """When it was loaded, by this machine's clock (UTC)."""
    state: ObjectState
    """`success`, or `failure` if one item failed or the file was refused as a whole."""
    success_count: int
    """How many items were loaded; 0 for a file refused as a whole."""
    failed_count: int
    """How many items failed; 0 for a file refused as a whole."""
    reply: str
    """What the REST endpoint would have answered, as JSON."""


@dataclass(frozen=True, slots=True)
class LoadedItem:
    """One item that was created."""

    model: Model
    """Its model, by the name of its section: `transactions`."""
    id: str
    """Its id."""
    account: str | None
    """E-mail address of the account that it belongs to, in the `clients` layout."""
    parent: tuple[Model, str] | None
    """Model and id of the item that it stood in: of an associate, its declarant."""
    data: dict[str, Any]
    """What was sent, in its wire form, without the items that stand in it."""


@dataclass(frozen=True, slots=True)
class LoadedAccount:
    """An account that the `clients` layout created."""

    email: str
    """E-mail address in lower case: what identifies an account here."""
    data: dict[str, Any]
    """The `client` block, in its wire form."""


class Loaded:
    """What a partner has loaded: a snapshot, which later loads do not change."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.SandboxLoaded) -> None:
        self._native = native

    def __len__(self) -> int:
        """How many items there are, of all models."""
        return len(self._native)

    def __bool__(self) -> bool:
        """Whether an item or an account was created."""
        return not self._native.is_empty()

    def __iter__(self) -> Iterator[LoadedItem]:
        """Every item, in the order of creation."""
        return (_item(told) for told in self._native.items())

    def __repr__(self) -> str:
        return f"<Loaded: {len(self)} items>"

    def count(self, model: Model | type) -> int:
        """How many items of a model there are: `"transactions"`, or the class `Transaction`."""
        return self._native.count(_model(model))

    def get(self, model: Model | type, id: str) -> LoadedItem | None:  # noqa: A002
        """One item, or `None`. Where several accounts use the same id, that of the first."""
        told = self._native.get(_model(model), id)
        return None if told is None else _item(told)

    def of_account(self, email: str) -> Loaded:
        """Only what was loaded for one account of the `clients` layout, by its e-mail address."""
        return Loaded(self._native.of_account(email))

    @property
    def accounts(self) -> list[LoadedAccount]:
        """The accounts that the `clients` layout created."""
        return [LoadedAccount(email, data) for email, data in self._native.accounts()]

    @property
    def erasure_requests(self) -> list[str]:
        """Ids of the properties whose erasure was asked for (`remove` is `"R"`), in order."""
        return self._native.erasure_requests()


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def fault_of(kind: type[Any], told: tuple[str, dict[str, Any]]) -> Any:
    name, parameters = told
    if "retry_at" in parameters:
        parameters = {"retry_after": instant(parameters["retry_at"])}
    return kind(name, **parameters)


def record_of(told: dict[str, Any], kind: type[Any] | None = None) -> dict[str, Any]:
    told["at"] = instant(told["at"])
    if kind is not None and told["fault"] is not None:
        told["fault"] = fault_of(kind, told["fault"])
    return told


def _model(model: str | type) -> str:
    return model if isinstance(model, str) else model.__name__


def _item(told: _native._LoadedItem) -> LoadedItem:
    model, id_, account, parent, data = told
    return LoadedItem(
        cast("Model", model), id_, account, cast("tuple[Model, str] | None", parent), data
    )
