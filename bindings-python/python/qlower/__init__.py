"""The Qlower partner SDK for Python."""

from __future__ import annotations

from ._check import Checked, check, checked
from ._errors import InternalError, QlowerError, ValidationError
from ._native import __version__
from ._report import Finding, Report

__all__ = [
    "Checked",
    "Finding",
    "InternalError",
    "QlowerError",
    "Report",
    "ValidationError",
    "__version__",
    "check",
    "checked",
]
