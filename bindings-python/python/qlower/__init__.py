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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sandbox import Sandbox

__all__ = [
    "ApiError",
    "BatchError",
    "Cause",
    "Checked",
    "ConfigError",
    "FileError",
    "Finding",
    "InternalError",
    "QlowerError",
    "Report",
    "Rows",
    "Sandbox",
    "SandboxError",
    "SplitError",
    "StoreError",
    "TimeoutError",
    "TooLargeError",
    "TransportError",
    "UnreadableReplyError",
    "ValidationError",
    "WriterError",
    "__version__",
    "check",
    "checked",
]

# What is not needed by most programs, or costs time to import: name, and the module that has it.
_LAZY = {"Sandbox": "sandbox"}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
