"""What is looked at before anything else of the package is loaded."""

from __future__ import annotations

from ._native import __version__, require_main_interpreter

__all__ = ["__version__"]

require_main_interpreter()
