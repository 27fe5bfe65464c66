"""The Qlower partner SDK for Python."""

from __future__ import annotations

from ._check import Checked, check, checked
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
from ._native import __version__
from ._report import Finding, Report
from ._rows import Rows
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
    from . import codes
    from .sandbox import Sandbox

__all__ = [
    "ApiError",
    "Associate",
    "BatchError",
    "Cause",
    "Checked",
    "ClientAccount",
    "ClientEntry",
    "ConfigError",
    "Declarant",
    "Document",
    "FileError",
    "Finding",
    "InternalError",
    "Payload",
    "Property",
    "QlowerError",
    "Report",
    "Rows",
    "Sandbox",
    "SandboxError",
    "SplitError",
    "StoreError",
    "TimeoutError",
    "TooLargeError",
    "Transaction",
    "TransportError",
    "UnreadableReplyError",
    "ValidationError",
    "WriterError",
    "__version__",
    "check",
    "checked",
    "codes",
]

# What is not needed by most programs, or costs time to import: name, and the module that has it, if it is not the module.
_LAZY = {"Sandbox": "sandbox", "codes": None}


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
