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
    QlowerError,
    SandboxError,
    SplitError,
    StoreError,
    TimeoutError,
    TooLargeError,
    TransportError,
    UnreadableReplyError,
    ValidationError,
    WriterError,
)
from ._receipt import Receipt, UploadProgress, UploadReceipt, UploadStatus
from ._reply import ItemError, ModelResult, Reply
from ._report import Finding, Report
from ._retry import RetryPolicy
from ._rows import Rows
from ._split import Part, Parts, SentAll, SentPart, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._aio import AsyncClient
    from .sandbox import Sandbox

# What is not needed by most programs, or costs time to import: name, and the module that has it.
_LAZY = {"AsyncClient": "_aio", "Sandbox": "sandbox"}

__all__ = [
    "ApiError",
    "AsyncClient",
    "BatchError",
    "Cause",
    "Checked",
    "Client",
    "ConfigError",
    "Environment",
    "FileError",
    "Finding",
    "InternalError",
    "ItemError",
    "ModelResult",
    "Part",
    "Parts",
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
    "SplitError",
    "StoreError",
    "TimeoutError",
    "TooLargeError",
    "TransportError",
    "UnreadableReplyError",
    "UploadProgress",
    "UploadReceipt",
    "UploadStatus",
    "ValidationError",
    "WriterError",
    "__version__",
    "check",
    "checked",
    "split",
]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
