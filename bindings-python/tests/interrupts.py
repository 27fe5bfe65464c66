"""Programs that wait, and are interrupted as by Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Each call would take ten minutes. One that hears no signal is killed long before.
PATIENCE = 60


@contextmanager
def child(program: str) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    killer = threading.Timer(PATIENCE, process.kill)
    killer.start()
    try:
        yield process
    finally:
        killer.cancel()
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def interrupted(process: subprocess.Popen[str]) -> bool:
    assert process.stdout is not None
    os.kill(process.pid, signal.SIGINT)
    for line in process.stdout:
        if line != "begun\n":
            return line == "interrupted\n"
    return False
