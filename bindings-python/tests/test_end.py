"""A program may end at any moment: threads of the native module's that call Python just then do not tear it down."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ftpd import Ftpd
from readings import Endpoint

HERE = Path(__file__).parent

PROGRAM = """
import asyncio, sys, threading, time
sys.path.insert(0, {here!r})
from qlower import ftp, live
from ftpd import PASSWORD, USER

main_thread = threading.get_ident()
waking = threading.Event()

class Loop(asyncio.SelectorEventLoop):
    '''Whoever wakes it from another thread is still about it when the program ends.'''

    def _write_to_self(self):
        is_another = threading.get_ident() != main_thread
        if is_another:
            waking.set()
        super()._write_to_self()
        if is_another:
            time.sleep({delay})

{work}

loop = Loop()
loop.run_until_complete(main())
print("woken" if waking.is_set() else "done", flush=True)
"""

WATCHES = """
async def main():
    async with live.LiveFeed({url!r}, "current_power", unit="MW").watch() as watch:
        async for state in watch:
            return
"""
DELIVERS = """
async def main():
    destination = ftp.Destination(
        "127.0.0.1", protocol="ftp", port={port}, user=USER, password=PASSWORD
    )
    await ftp.deliver_async(destination, [("a", b"1")], progress=lambda progress: None)
"""
# The thread comes back to Python before the interpreter's end begins, in the midst of it, or long after it would be over.
DELAYS = [0.0, 0.001, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3]


DAEMON = """
import sys, threading, time
sys.path.insert(0, {here!r})
import logging
import qlower
from support import text

class Slow(logging.Handler):
    def emit(self, record):
        told.set()
        time.sleep({delay})

told = threading.Event()
logging.getLogger("qlower").addHandler(Slow())
policy = qlower.RetryPolicy(base_delay=0.001, max_delay=0.002, max_attempts=10_000)
client = qlower.Client("http://127.0.0.1:1", retry=policy)
threading.Thread(target=client.send, args=[text()], daemon=True).start()
assert told.wait(20)
print("told", flush=True)
"""


@pytest.mark.parametrize("delay", DELAYS)
def test_a_daemon_that_is_in_a_call_tears_nothing_down(delay: float) -> None:
    program = DAEMON.format(here=str(HERE), delay=delay)
    for _ in range(3):
        result = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (result.returncode, result.stdout) == (0, "told\n"), result.stderr[-2000:]


LAST = """
import atexit, sys, threading

def flush():
    thread = threading.Thread(target=send)
    thread.start()
    thread.join()
    print("flushed", flush=True)

def send():
    try:
        client.send(text())
    except qlower.TransportError as error:
        print(error.code, flush=True)

# Before the package is imported: it runs after what the package does at the end.
atexit.register(flush)
sys.path.insert(0, {here!r})
import qlower
from support import text

policy = qlower.RetryPolicy(base_delay=0.2, max_delay=0.2, max_attempts=3)
client = qlower.Client("http://127.0.0.1:1", retry=policy)
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="there no thread is started that late")
def test_what_sends_last_is_waited_for() -> None:
    result = subprocess.run(
        [sys.executable, "-c", LAST.format(here=str(HERE))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.splitlines()[-1:] == ["flushed"], result.stdout + result.stderr


@pytest.mark.parametrize("work", [WATCHES, DELIVERS], ids=["watches", "delivers"])
def test_a_thread_that_wakes_a_loop_outlives_no_interpreter(work: str) -> None:
    with Endpoint() as endpoint, Ftpd() as server:
        given = work.format(url=endpoint.url, port=server.port)
        woken = 0
        for delay in DELAYS:
            program = PROGRAM.format(here=str(HERE), work=given, delay=delay)
            result = subprocess.run(
                [sys.executable, "-c", program],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert result.returncode == 0, (delay, result.stderr[-2000:])
            woken += result.stdout == "woken\n"
    assert woken > len(DELAYS) / 2, "loops were not woken by other threads"
