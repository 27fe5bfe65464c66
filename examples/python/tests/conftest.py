from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(FOLDER))

# A shell lets what it starts in the background ignore Ctrl-C, and programs pass that on to theirs.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs an example in a folder of its own, with nothing of the tester's own settings. No key may be shown."""

    def run(
        name: str, *arguments: str, code: int = 0, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("QLOWER_", "AWS_", "NO_COLOR"))
        }
        done = subprocess.run(
            [sys.executable, str(FOLDER / name), *arguments],
            cwd=tmp_path,
            env=kept | {"PYTHONIOENCODING": "utf-8"} | variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "sandbox-key" not in done.stdout + done.stderr
        return done

    return run
