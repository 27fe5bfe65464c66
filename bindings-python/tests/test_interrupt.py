"""Ctrl-C interrupts whatever waits, and nothing of it goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from interrupts import PATIENCE, child, interrupted
from support import Raw, answer

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

once = dict(retry=qlower.RetryPolicy.none(), timeout=600)
keys = dict(partner="acme", access_key_id="a", secret_access_key="s", s3_endpoint={url!r})
try:
    {work}
except KeyboardInterrupt:
    print("interrupted", flush=True)
    # Whether the connection is closed is seen from outside while this process lives.
    sys.stdin.read()
"""

WAYS = {
    "send": "qlower.Client({url!r}, **once).send(text())",
    "send_all": "qlower.Client({url!r}, **once).send_all(qlower.split(text(4), max_items=1))",
    "upload": "qlower.Client({url!r}, **once, **keys).upload(text(), on_progress=told)",
    "asyncio": "asyncio.run(qlower.AsyncClient({url!r}, **once).send(text()))",
}


@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_is_heard_while_an_answer_is_waited_for(way: str) -> None:
    with Raw() as server:
        work = WAYS[way].format(url=server.url)
        with child(CHILD.format(here=str(HERE), url=server.url, work=work)) as process:
            assert server.arrived.wait(PATIENCE)
            assert not server.closed.is_set()
            assert interrupted(process)
            assert server.closed.wait(PATIENCE), "the request goes on"


# `tried` is told before a wait of ten minutes, and by whoever waits.
BETWEEN = """
    import logging, time
    class Tried(logging.Handler):
        def emit(self, record):
            if "will be tried again" in record.getMessage():
                print("tried", flush=True)
                time.sleep({handling})
    logging.getLogger("qlower").addHandler(Tried())
    qlower.Client({url!r}, retry=qlower.RetryPolicy(total=6000)).send(text())
"""


@pytest.mark.parametrize("handling", [0, 600], ids=["waits", "tells"])
def test_ctrl_c_is_heard_between_two_tries(handling: int) -> None:
    busy = answer("429 Too Many Requests", "{}", "Retry-After: 600")
    with Raw(busy) as server:
        work = BETWEEN.format(url=server.url, handling=handling).strip()
        with child(CHILD.format(here=str(HERE), url=server.url, work=work)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "tried\n"
            assert interrupted(process)


def test_handlers_of_the_programs_own_run_meanwhile() -> None:
    work = """
    import signal
    signal.signal(signal.SIGALRM, lambda *_: print("heard", flush=True))
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        qlower.Client({url!r}, retry=qlower.RetryPolicy.none(), timeout=5).send(text())
    except qlower.TimeoutError:
        print("late", flush=True)
    """
    with Raw() as server:
        program = CHILD.format(
            here=str(HERE), url=server.url, work=work.format(url=server.url).strip()
        )
        result = subprocess.run(
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
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
class Tried(logging.Handler):
    def emit(self, record):
        if "will be tried again" in record.getMessage():
            under_way.set()
under_way = threading.Event()
logging.getLogger("qlower").addHandler(Tried())
threading.Thread(target=lambda: client.send(text()), daemon=True).start()
assert under_way.wait(20)
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
