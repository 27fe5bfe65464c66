"""The Qlower partner SDK for Python."""

from __future__ import annotations

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

__all__ = [
    "ApiError",
    "BatchError",
    "Cause",
    "ConfigError",
    "FileError",
    "InternalError",
    "QlowerError",
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
]
