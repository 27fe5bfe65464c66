"""Why a delivery did not come to its end."""

from __future__ import annotations

from ._data import Data
from ._errors import FileError, QlowerError, TimeoutError, TransportError  # noqa: A004

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    from ._errors import Stage
    from ._ftp_receipt import Receipt

    Kind: TypeAlias = Literal[
        "file",
        "transport",
        "timeout",
        "refused",
        "untrusted",
        "session_reuse",
        "size_differs",
        "exists",
        "other",
    ]
    Rule: TypeAlias = Literal["directory", "file", "archive", "side_file"]


class DeliveryError(QlowerError):
    """A delivery did not come to its end; :attr:`receipt` tells what did.

    The server's own words are in no error, since they may repeat what was sent; its reply :attr:`code` is.
    ``certainty`` is ``"unknown"`` where a file may stand under its name all the same, ``"not_processed"`` where not all of them
    do, and ``is_retryable`` tells whether the same delivery may succeed later.
    """

    kind: Kind = "other"
    """What kind of failure it is: ``file`` (one of this machine), ``transport``, ``timeout``, ``refused`` (by the server),
    ``untrusted`` (who the server is could not be verified), ``session_reuse`` (the server wants the TLS session of the control
    connection to be continued, and did not take what it was offered), ``size_differs``, or ``exists``."""

    stage: Stage = "unknown"
    """How far the delivery had come: ``resolve``, ``connect``, ``secure``, ``login``, ``folder``, ``transfer``, ``verify`` or
    ``rename``; ``unknown`` if it had not begun."""

    code: int | None = None
    """The server's reply code by FTP, its status by SFTP, if it refused."""

    path: str = ""
    """The file or folder that is concerned: on the server, of ``file`` on this machine; empty if none is."""

    sent: int = 0
    """Of ``size_differs``: the bytes that were sent."""

    there: int = 0
    """Of ``size_differs``: the bytes that the server has."""

    message_fr: str = ""
    """The text in French."""

    receipt: Receipt | None = None
    """What is known of each file."""


class DeliveryFileError(DeliveryError, FileError):
    """A file of this machine could not be read, or changed while it was read. ``__cause__`` is the :class:`OSError`, if the
    system made one."""


class DeliveryTransportError(DeliveryError, TransportError):
    """No connection, or one that broke."""


class DeliveryTimeoutError(DeliveryTransportError, TimeoutError):
    """Time was up: ``limit`` seconds."""


class NamingFault(Data):
    """One thing that is wrong with a name."""

    __slots__ = ("code", "file", "message", "message_fr", "name", "position", "rule", "suggestion")

    code: str
    """What it is, such as ``unknown_variable``. It is stable."""

    rule: Rule | None
    """The rule that it is about: ``directory``, ``file``, ``archive`` or ``side_file``."""

    file: int | None
    """The file that it is about, counted from 0, if it is about one."""

    position: int | None
    """Where in the rule's template it is: a character, counted from 1."""

    name: str | None
    """The name or the word that it is about."""

    suggestion: str | None
    """The variable that was probably meant."""

    message: str
    """What is wrong, in English."""

    message_fr: str
    """The same in French."""

    def __init__(
        self,
        code: str,
        file: int | None,
        message: str,
        message_fr: str,
        name: str | None,
        position: int | None,
        rule: Rule | None,
        suggestion: str | None,
    ) -> None:
        self.code = code
        self.file = file
        self.message = message
        self.message_fr = message_fr
        self.name = name
        self.position = position
        self.rule = rule
        self.suggestion = suggestion

    def __str__(self) -> str:
        return self.message


class NamingError(QlowerError, ValueError):
    """Names that cannot be made by the rules, or not be used on the server. Nothing was connected.

    >>> from qlower import ftp
    >>> destination = ftp.Destination(
    ...     "ftp.garage-nord.example", user="dms", password="p4ss", archive="{vni}.zip", file="{vin}_{n:02}.jpg"
    ... )
    >>> try:
    ...     destination.plan([("a.jpg", b"1"), ("b.jpg", b"2")], {"vin": "VF1AB000123456789"})
    ... except ftp.NamingError as error:
    ...     for fault in error.errors:
    ...         print(fault.rule, fault.code)
    archive unknown_variable
    """

    errors: list[NamingFault]
    """All that is wrong."""

    message_fr: str = ""
    """The text in French."""


def faults(told: list[dict[str, Any]]) -> list[NamingFault]:
    """What the native module tells."""
    return [NamingFault(**fault) for fault in told]


_KINDS: dict[str, type[DeliveryError]] = {
    "file": DeliveryFileError,
    "timeout": DeliveryTimeoutError,
    "transport": DeliveryTransportError,
}


def build(
    kind: Kind, message: str, receipt: dict[str, Any] | None, attributes: dict[str, Any]
) -> DeliveryError:
    """Makes the exception of a kind that the native module names."""
    from ._ftp_receipt import receipt_of

    error = _KINDS.get(kind, DeliveryError)(message)
    error.kind = kind
    error.receipt = None if receipt is None else receipt_of(receipt)
    if error.receipt is not None:
        error.attempts = error.receipt.attempts
        error.duration = error.receipt.duration
    error.__dict__.update(attributes)
    return error


def build_naming(message: str, message_fr: str, told: list[dict[str, Any]]) -> NamingError:
    """The same, for names."""
    error = NamingError(message)
    error.message_fr = message_fr
    error.errors = faults(told)
    return error
