"""Exceptions: one tree under :class:`QlowerError`."""

from __future__ import annotations

import builtins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    from ._report import Report

    Certainty: TypeAlias = Literal["processed", "not_processed", "unknown"]
    Credential: TypeAlias = Literal["signature", "api_key", "basic", "path"]
    Reason: TypeAlias = Literal["missing", "malformed", "expired", "mismatch"]
    Stage: TypeAlias = Literal[
        "resolve",
        "connect",
        "tls",
        "send",
        "wait",
        "reply",
        "unknown",
        # Of deliveries.
        "secure",
        "login",
        "folder",
        "transfer",
        "verify",
        "rename",
    ]


class QlowerError(Exception):
    """Base of everything that the package raises on purpose.

    The text says what happened and what to do; what lay below is in ``__cause__``. Neither it nor the attributes hold a
    secret. Errors can be pickled, with their attributes and cause.

    >>> import qlower
    >>> try:
    ...     qlower.Client("staging", timeout=0)
    ... except qlower.QlowerError as error:
    ...     print(error, "|", error.certainty, "|", error.is_retryable)
    timeout: no time at all | not_processed | False
    """

    report: Any = None
    """The :class:`qlower.Report` of the check, of a :class:`ValidationError`; else ``None``."""

    status: int | None = None
    """The HTTP status, if there was an answer."""

    certainty: Certainty = "not_processed"
    """Whether Qlower has treated the payload, over all attempts. If it is ``"unknown"``, sending again does no harm: what
    exists is not created again."""

    is_retryable: bool = False
    """Whether the same payload may succeed later, unchanged and with the same settings."""

    is_too_large: bool = False
    """Whether the payload is too large, for the limit set here or for the server (413). :func:`qlower.split` cuts it into
    parts for :meth:`qlower.Client.send_all`."""

    is_connect: bool = False
    """Whether there was no connection: name, TCP, proxy or TLS, time-outs included."""

    is_rejected: bool = False
    """Whether the server refused the payload as a whole: a 4xx status. From a store, a redirection is a refusal too."""

    is_server_error: bool = False
    """Whether the server failed: a 5xx status."""

    attempts: int = 0
    """How many attempts were made; 0 if the failure came before the first."""

    duration: float = 0.0
    """Seconds from the start of the first attempt to the failure, waits included."""

    retry_after: float | None = None
    """How many seconds the last answer asked to wait before another try (``Retry-After``)."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__, _portable(self.__cause__))


class ValidationError(QlowerError, ValueError):
    """The payload has errors, so nothing was sent; or an item has, so it was not taken.

    >>> import qlower
    >>> try:
    ...     qlower.checked("{}")
    ... except qlower.ValidationError as error:
    ...     print(error.report.error_count)
    4
    """

    report: Report
    """Everything that was found."""


class ConfigError(QlowerError, ValueError):
    """A setting cannot be used, or does not fit the payload. Nothing was sent."""

    setting: str = ""
    """The setting, by its name as a parameter or in the environment."""

    message_fr: str | None = None
    """The text in French, of a setting of a delivery or a live reading; ``None`` of others, and where a value has not even the type
    that is asked for."""


class TooLargeError(QlowerError):
    """The payload is larger than ``max_body_bytes``. Nothing was sent."""

    size: int = 0
    """Bytes of the payload."""

    limit: int = 0
    """Bytes allowed."""


class ApiError(QlowerError):
    """The server answered with a status other than 2xx."""

    kind: str | None = None
    """Why, in the server's word, such as ``"ValidationError"`` or ``"KeyError"``."""

    message: str | None = None
    """The server's message, in French."""

    details: Any = None
    """What the answer says in detail, any JSON. It may repeat what was sent, so it is not in the text."""

    excerpt: str = ""
    """The beginning of the answer as one line, the access key masked."""


class UnreadableReplyError(QlowerError):
    """The server answered with a 2xx status, but its reply cannot be read."""

    excerpt: str | None = None
    """The beginning of the answer as one line; ``None`` if it exceeds ``max_reply_bytes``."""


class TransportError(QlowerError):
    """No connection, or one that broke."""

    stage: Stage = "unknown"
    """How far the attempt had come: ``resolve``, ``connect``, ``tls``, ``send`` (the server does not have all of the payload),
    ``wait`` (it may have) or ``reply``. Deliveries have others: see :class:`qlower.ftp.DeliveryError`."""


class TimeoutError(TransportError, builtins.TimeoutError):  # noqa: A001
    """Time was up."""

    limit: float = 0.0
    """The limit that was exceeded, in seconds: ``connect_timeout`` or ``timeout``."""


class StoreError(QlowerError):
    """The S3 store refused a request, or failed."""

    operation: str = ""
    """The S3 operation, such as ``PutObject``."""

    bucket: str = ""
    """The bucket."""

    code: str | None = None
    """The store's error code, such as ``AccessDenied``, if it gave a readable one."""

    request_id: str | None = None
    """The store's name for the request, which its operators ask for."""

    bucket_region: str | None = None
    """The region in which the bucket is, if the store said so."""


class WriterError(QlowerError):
    """A :class:`qlower.PayloadWriter` does not take an item, or takes none any more."""

    row: int | None = None
    """The row that could not be taken, counted from 0, if rows were written; those after it were not looked at."""


class BatchError(QlowerError):
    """A folder cannot be written to or read as a batch."""

    is_unfinished: bool = False
    """Whether the folder holds no finished batch, so that it has to be written again."""

    is_finished: bool = False
    """Whether the folder holds a finished batch already, which is to be uploaded rather than written again."""


class FileError(QlowerError):
    """A file or folder on this machine could not be used. ``__cause__`` is the :class:`OSError`, if the system made one."""

    path: str = ""
    """The file or folder."""


class SplitError(QlowerError):
    """Something in the payload that no part can take."""

    pointer: str = ""
    """JSON Pointer to it; empty for the header."""

    model: str = ""
    """Its model; ``"payload"`` for the header."""

    id: str | None = None
    """Its id; of an entry of ``clients``, the e-mail address of the account."""

    size: int = 0
    """The size of the smallest part that could hold it."""

    limit: int = 0
    """The size that is allowed."""

    unit: Literal["bytes", "items"] = "bytes"
    """The unit of both."""


class SignatureError(QlowerError):
    """A webhook is not genuine, as far as can be told: its body must not be read.

    >>> from qlower import SignatureError, webhook
    >>> try:
    ...     webhook.verify(b"{}", None, "whsec_acme")
    ... except SignatureError as error:
    ...     print(error, "|", error.credential, "|", error.reason)
    the signature is missing | signature | missing
    """

    credential: Credential = "signature"
    """What does not speak for it: ``signature``, ``api_key``, ``basic`` or ``path``."""

    reason: Reason = "mismatch"
    """What is wrong with that: ``missing``, ``malformed``, ``expired`` or ``mismatch``."""

    skew: int | None = None
    """Of an ``expired`` signature: this machine's time minus the signature's, in seconds; negative for one that is ahead."""


class InvalidEventError(QlowerError, ValueError):
    """The body of a webhook cannot be read. If it was verified, answer 5xx, so that the event is sent again."""

    pointer: str = ""
    """JSON Pointer to what is wrong; empty for the body as a whole."""

    problem: str = ""
    """What is wrong with it, such as ``missing``, ``wrong_type`` or ``not_json``."""


class SandboxError(QlowerError):
    """The sandbox cannot do what it was asked to."""


class InternalError(QlowerError):
    """A fault in the SDK itself. Please report it."""


class Cause(Exception):  # noqa: N818
    """What a layer below said: the ``__cause__`` of an error."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, {}, _portable(self.__cause__))


def show_as_members_of(module: dict[str, Any]) -> None:
    """Has exceptions shown under the name by which they are caught: ``qlower.ConfigError``, ``qlower.ftp.DeliveryError``."""
    for value in module.values():
        if (
            isinstance(value, type)
            and issubclass(value, (QlowerError, Cause))
            and value.__module__.startswith("qlower._")
        ):
            value.__module__ = module["__name__"]


_KINDS: dict[str, type[Exception]] = {
    "api": ApiError,
    "base": QlowerError,
    "batch": BatchError,
    "cause": Cause,
    "config": ConfigError,
    "file": FileError,
    "internal": InternalError,
    "invalid_event": InvalidEventError,
    "sandbox": SandboxError,
    "signature": SignatureError,
    "split": SplitError,
    "store": StoreError,
    "timeout": TimeoutError,
    "too_large": TooLargeError,
    "transport": TransportError,
    "unreadable_reply": UnreadableReplyError,
    "validation": ValidationError,
    "writer": WriterError,
}


def build(kind: str, message: str, attributes: dict[str, Any] | None = None) -> Exception:
    """Makes the exception of a kind that the native module names."""
    error = _KINDS.get(kind, QlowerError)(message)
    error.__dict__.update(attributes or {})
    return error


def _restore(
    cls: type[BaseException],
    args: tuple[Any, ...],
    attributes: dict[str, Any],
    cause: BaseException | None,
) -> BaseException:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(attributes)
    error.__cause__ = cause
    return error


def _portable(cause: BaseException | None) -> BaseException | None:
    """A cause that can be pickled: of one that is not of this package's making, the text may have to do."""
    if cause is None or isinstance(cause, (QlowerError, Cause)):
        return cause
    if type(cause).__module__ == "builtins" and isinstance(cause, OSError):
        return cause
    return Cause(f"{type(cause).__name__}: {cause}")
