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
