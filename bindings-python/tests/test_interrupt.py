"""Ctrl-C interrupts whatever waits, at once, and nothing of it goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import Raw

# A signal to one process alone needs the other way of starting it on Windows; what is tested is the same code there.
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT by os.kill")

HERE = Path(__file__).parent

CHILD = """
import asyncio, os, sys, time
sys.path.insert(0, {here!r})
import qlower
from support import text

def told(*_):
    print("begun", flush=True)

once = qlower.RetryPolicy.none()
never = qlower.RetryPolicy(base_delay=60, max_delay=60, total=600, max_attempts=9)
keys = dict(partner="acme", access_key_id="a", secret_access_key="s", s3_endpoint={url!r})
try:
    {work}
except KeyboardInterrupt:
    print(time.time(), flush=True)
    # Whether the connection is closed is seen from outside while this process lives.
    time.sleep(1)
"""

WAYS = {
    "send": "qlower.Client({url!r}, retry=once).send(text())",
    "between two tries": 'qlower.Client("http://127.0.0.1:1", retry=never).send(text())',
    "send_all": "qlower.Client({url!r}, retry=once).send_all(qlower.split(text(4), max_items=1))",
    "upload": "qlower.Client({url!r}, retry=once, **keys).upload(text(), on_progress=told)",
    "asyncio": "asyncio.run(qlower.AsyncClient({url!r}, retry=once).send(text()))",
}


@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_is_heard_within_100_ms(way: str) -> None:
    taken = []
    for _ in range(3):
        with Raw() as server:
            work = WAYS[way].format(url=server.url)
            program = CHILD.format(here=str(HERE), url=server.url, work=work)
            child = subprocess.Popen(
                [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
            )
            assert child.stdout is not None
            try:
                if way == "between two tries":
                    time.sleep(1.5)
                else:
                    assert server.arrived.wait(20)
                    time.sleep(0.1)
                sent = time.time()
                os.kill(child.pid, signal.SIGINT)
                lines = [line for line in iter(child.stdout.readline, "") if line != "begun\n"]
                assert lines, "it ended otherwise"
                taken.append(float(lines[0]) - sent)
                if way != "between two tries":
                    assert server.closed.wait(0.5), "the request goes on"
            finally:
                child.kill()
                child.wait()
                child.stdout.close()
    # The middle one of three: a busy machine may be late by itself.
    assert sorted(taken)[1] < 0.1, taken
    print(json.dumps({way: [round(1000 * seconds) for seconds in taken]}))


def test_handlers_of_the_programs_own_run_meanwhile() -> None:
    work = """
    import signal
    signal.signal(signal.SIGALRM, lambda *_: print("heard", flush=True))
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        qlower.Client({url!r}, retry=once, timeout=0.6).send(text())
    except qlower.TimeoutError:
        print("late", flush=True)
    """
    with Raw() as server:
        program = CHILD.format(
            here=str(HERE), url=server.url, work=work.format(url=server.url).strip()
        )
        result = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
        )
    assert result.stdout.split() == ["heard", "late"]


def test_the_process_ends_though_something_is_under_way() -> None:
    program = f"""
import sys, threading
sys.path.insert(0, {str(HERE)!r})
import logging
logging.basicConfig(level=logging.DEBUG)
import qlower
from support import text
client = qlower.Client(sys.argv[1], retry=qlower.RetryPolicy(base_delay=0.001, max_delay=0.002, max_attempts=10_000))
threading.Thread(target=lambda: client.send(text()), daemon=True).start()
import time
time.sleep(0.3)
"""
    result = subprocess.run(
        [sys.executable, "-c", program, "http://127.0.0.1:1"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert "will be tried again" in result.stderr
