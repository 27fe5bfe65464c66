"""Whole processes, measured from start to end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

LONGEST = 300.0
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Run:
    """What one process took."""

    wall: float
    cpu: float
    peak_mb: float


def measure(command: list[str], variables: dict[str, str]) -> tuple[Run, str]:
    """Runs a program to its end: what it took, and what it printed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True)
    limit = threading.Timer(LONGEST, process.kill)
    limit.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    limit.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stdout is not None
    printed = process.stdout.read().strip()
    process.stdout.close()
    if process.returncode != 0:
        sys.exit(f"error: {' '.join(command)} ended with {process.returncode}")
    peak = usage.ru_maxrss * RSS_UNIT / 1e6
    return Run(wall, usage.ru_utime + usage.ru_stime, peak), printed
