"""The Qlower partner SDK for Python."""

from __future__ import annotations

from ._about import __version__
from ._check import Checked, check, checked
from ._client import Client
from ._environment import Environment
from ._errors import (
    ApiError,
    BatchError,
    Cause,
    ConfigError,
    FileError,
    InternalError,
    InvalidEventError,
    QlowerError,
    SandboxError,
    SignatureError,
    SplitError,
    StoreError,
    TimeoutError,  # noqa: A004
    TooLargeError,
    TransportError,
    UnreadableReplyError,
    ValidationError,
    WriterError,
    show_as_members_of,
)
from ._receipt import Receipt, UploadProgress, UploadReceipt, UploadStatus
from ._reply import ItemError, ModelResult, Reply
from ._report import Finding, Report
from ._retry import RetryPolicy
from ._rows import Rows
from ._split import Part, Parts, SentAll, SentPart, split
from ._types import (
    Associate,
    ClientAccount,
    ClientEntry,
    Declarant,
    Document,
    Payload,
    Property,
    Transaction,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import codes, ftp, live, webhook
    from ._aio import AsyncClient
    from ._batch import Batch, PayloadFile
    from ._writer import PayloadWriter, Written, WrittenFile
    from .sandbox import Sandbox

# What is not needed by most programs, or costs time to import: name, and the module that has it, if it is not the module.
_LAZY = {
    "AsyncClient": "_aio",
    "Batch": "_batch",
    "PayloadFile": "_batch",
    "PayloadWriter": "_writer",
    "Sandbox": "sandbox",
    "Written": "_writer",
    "WrittenFile": "_writer",
    "codes": None,
    "ftp": None,
    "live": None,
    "webhook": None,
}

__all__ = [
    "ApiError",
    "Associate",
    "AsyncClient",
    "Batch",
    "BatchError",
    "Cause",
    "Checked",
    "Client",
    "ClientAccount",
    "ClientEntry",
    "ConfigError",
    "Declarant",
    "Document",
    "Environment",
    "FileError",
    "Finding",
    "InternalError",
    "InvalidEventError",
    "ItemError",
    "ModelResult",
    "Part",
    "Parts",
    "Payload",
    "PayloadFile",
    "PayloadWriter",
    "Property",
    "QlowerError",
    "Receipt",
    "Reply",
    "Report",
    "RetryPolicy",
    "Rows",
    "Sandbox",
    "SandboxError",
    "SentAll",
    "SentPart",
    "SignatureError",
    "SplitError",
    "StoreError",
    "TimeoutError",
    "TooLargeError",
    "Transaction",
    "TransportError",
    "UnreadableReplyError",
    "UploadProgress",
    "UploadReceipt",
    "UploadStatus",
    "ValidationError",
    "WriterError",
    "Written",
    "WrittenFile",
    "__version__",
    "check",
    "checked",
    "codes",
    "ftp",
    "live",
    "split",
    "webhook",
]

show_as_members_of(globals())


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = _LAZY[name]
    if module is None:
        return import_module(f".{name}", __name__)
    value: object = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
