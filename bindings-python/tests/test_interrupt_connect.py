"""Ctrl-C interrupts deliveries and readings too, and nothing of them goes on."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import interrupts
import pytest
from ftpd import PASSWORD, USER, Ftpd
from interrupts import interrupted
from readings import Endpoint
from support import Raw, until

# A signal to one process alone needs the other way of starting it on Windows; what is tested is the same code there.
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT by os.kill")

HERE = Path(__file__).parent

CHILD = """
import asyncio, os, sys
sys.path.insert(0, {here!r})
from qlower import RetryPolicy, ftp, live

def destination(**more):
    return ftp.Destination(
        "127.0.0.1", protocol="ftp", port={port}, user={user!r}, password={password!r},
        connect_timeout=60, timeout=60, retry=RetryPolicy.none(), **more
    )

FLEET = '''
[users.bob]
host = "127.0.0.1"
protocol = "ftp"
port = {port}
user = "{user}"
password = "{password}"
timeout = 60
connect_timeout = 60
'''
LARGE = [("large", b"x" * 2_000_000)]

print("ready", flush=True)
try:
    {work}
except KeyboardInterrupt:
    print("interrupted", flush=True)
    # Whether the connection is closed is seen from outside while this process lives.
    sys.stdin.read()
"""

DELIVERIES = {
    "deliver": "ftp.deliver(destination(), LARGE)",
    "deliver with progress": "ftp.deliver(destination(), LARGE, progress=lambda told: None)",
    "deliver_async": "asyncio.run(ftp.deliver_async(destination(), LARGE))",
    "fleet": "ftp.Fleet.parse(FLEET).deliver([ftp.Job('bob', LARGE)])",
    "fleet by asyncio": "asyncio.run(ftp.Fleet.parse(FLEET).deliver_async([ftp.Job('bob', LARGE)]))",
}


@contextmanager
def child(work: str, port: int = 1) -> Iterator[subprocess.Popen[str]]:
    program = CHILD.format(here=str(HERE), work=work, port=port, user=USER, password=PASSWORD)
    with interrupts.child(program) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


@pytest.mark.parametrize("work", DELIVERIES.values(), ids=DELIVERIES)
def test_a_delivery_is_interrupted(work: str) -> None:
    with Ftpd(hang_after=1) as server, child(work, server.port) as process:
        assert server.hanging.wait(20)
        assert interrupted(process)
        assert until(server.gone.is_set, 10), "the connection stays"


def test_a_test_of_a_connection_is_interrupted() -> None:
    with Ftpd(silent=True) as server, child("destination().check()", server.port) as process:
        assert server.hanging.wait(20)
        assert interrupted(process)
        assert until(server.gone.is_set, 10), "the connection stays"


def test_the_hash_of_a_long_file_is_interrupted(tmp_path: Path) -> None:
    long = tmp_path / "long"
    with long.open("wb") as file:
        file.truncate(64 << 30)
    with child(f"destination(file='{{hash:8}}').plan([{str(long)!r}])") as process:
        # The file is being read, or is about to be.
        threading.Event().wait(0.5)
        assert interrupted(process)


WATCHES = {
    "next": "live.LiveFeed({url!r}, 'a', timeout=60).watch().next()",
    "for": "[state for state in live.LiveFeed({url!r}, 'a', timeout=60)]",
    "probe": "live.probe({url!r}, 'a', timeout=60)",
    "probe_async": "asyncio.run(live.probe_async({url!r}, 'a', timeout=60))",
}


@pytest.mark.parametrize("work", WATCHES.values(), ids=WATCHES)
def test_whoever_waits_for_a_reading_is_interrupted(work: str) -> None:
    with Raw() as server, child(work.format(url=server.url)) as process:
        assert server.arrived.wait(20)
        assert interrupted(process)


def test_a_watch_between_two_polls_is_interrupted() -> None:
    work = "[state for state in live.LiveFeed({url!r}, 'current_power', interval=60)]"
    with Endpoint() as endpoint, child(work.format(url=endpoint.url)) as process:
        assert until(lambda: endpoint.polls > 0, 20)
        assert interrupted(process)
