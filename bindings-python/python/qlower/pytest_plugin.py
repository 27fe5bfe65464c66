"""Fixtures for tests of programs that send to Qlower; pytest finds them by itself.

`qlower_sandbox` is a new :class:`qlower.sandbox.Sandbox` for each test that asks for it. Its
settings are those of the fixture `qlower_sandbox_settings`, which a `conftest.py` may replace::

    @pytest.fixture
    def qlower_sandbox_settings():
        return {"partners": {"acme": "k-1"}, "today": "2025-02-01"}

    def test_the_night_run(qlower_sandbox):
        night_run(environment=qlower_sandbox.url)
        assert qlower_sandbox.loaded("acme").count("transactions") == 12
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .sandbox import Sandbox


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, Any]:
    """Keywords of the :class:`~qlower.sandbox.Sandbox` that `qlower_sandbox` starts."""
    return {}


@pytest.fixture
def qlower_sandbox(qlower_sandbox_settings: dict[str, Any]) -> Iterator[Sandbox]:
    """A stand-in for Qlower on this machine, closed when the test ends."""
    from .sandbox import Sandbox

    with Sandbox(**qlower_sandbox_settings) as sandbox:
        yield sandbox
