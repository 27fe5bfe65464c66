"""The Qlower partner SDK for Python."""

from __future__ import annotations

from ._errors import InternalError, QlowerError, ValidationError
from ._native import __version__

__all__ = ["InternalError", "QlowerError", "ValidationError", "__version__"]
