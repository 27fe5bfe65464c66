"""Fixtures that every test may ask for."""

from __future__ import annotations

# Also where the package is not installed, and so pytest does not know of its plugin.
from qlower.pytest_plugin import qlower_sandbox, qlower_sandbox_settings

__all__ = ["qlower_sandbox", "qlower_sandbox_settings"]
