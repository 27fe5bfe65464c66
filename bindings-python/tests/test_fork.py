"""Children: of fork, of spawn, and of servers that load the program before they fork."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import qlower
from qlower import AsyncClient, Client, RetryPolicy, Sandbox
from support import KEY, Raw, text

HERE = Path(__file__).parent
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, Any]:
    return {"partners": {"acme": KEY}}


def send(client: Client, rents: int = 1) -> tuple[int, str, int | None]:
    receipt = client.send(text(rents))
    return os.getpid(), receipt.certainty, receipt.reply.success_count


def in_child(work: Any, seconds: float = 20) -> bytes:
    """What `work` gives in a child of fork. One that hangs is killed, and fails the test."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        said = b"it raised"
        try:
            said = str(work()).encode()
        except BaseException as error:
            said = repr(error).encode()
        finally:
            os.write(writing, said)
            os._exit(0)
    os.close(writing)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if os.waitpid(pid, os.WNOHANG)[0]:
            with os.fdopen(reading, "rb") as pipe:
                return pipe.read()
        time.sleep(0.005)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    raise AssertionError("the child hangs")


@forks
def test_a_child_uses_a_client_that_its_parent_has_used(qlower_sandbox: Sandbox) -> None:
    client = Client(qlower_sandbox.url)
    client.send(text())
    for _ in range(5):
        assert in_child(lambda: send(client)[1]) == b"processed"
        assert send(client)[1] == "processed"
    assert qlower_sandbox.loads == 11


@forks
def test_grandchildren_too(qlower_sandbox: Sandbox) -> None:
    client = Client(qlower_sandbox.url)
    client.send(text())
    deeper = in_child(lambda: (send(client), in_child(lambda: send(client)[1])))
    assert b"processed" in deeper and deeper.endswith(b"b'processed')")


@forks
def test_forks_while_other_threads_send(qlower_sandbox: Sandbox) -> None:
    client = Client(qlower_sandbox.url)
    stop = threading.Event()
    sent: list[str] = []

    def work() -> None:
        while not stop.is_set():
            sent.append(client.send(text(3)).certainty)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            assert in_child(lambda: send(client)[1]) == b"processed"
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert len(sent) > 20 and set(sent) == {"processed"}


@forks
def test_asyncio_in_a_child_of_a_program_that_used_it(qlower_sandbox: Sandbox) -> None:
    client = AsyncClient(qlower_sandbox.url)
    asyncio.run(client.send(text()))
    assert in_child(lambda: asyncio.run(client.send(text())).certainty) == b"processed"


@forks
def test_a_child_drops_what_its_parent_had_under_way() -> None:
    with Raw() as server:
        client = Client(server.url, timeout=2, retry=RetryPolicy.none())
        native = client._handle
        assert native is not None
        job = native.send(text(), True)
        assert server.arrived.wait(5)

        def child() -> str:
            nonlocal job
            try:
                job.result()
            except qlower.QlowerError as error:
                said = str(error)
            job.cancel()
            job = None
            return said

        assert in_child(child) == b"it was begun in another process, before a fork"
        with pytest.raises(qlower.TimeoutError):
            job.result()


@forks
def test_a_child_exits_as_usual(qlower_sandbox: Sandbox) -> None:
    """With all that the interpreter does at its end, unlike `os._exit`."""
    program = f"""
import os, sys
sys.path.insert(0, {str(HERE)!r})
import qlower
from support import text
client = qlower.Client(sys.argv[1])
client.send(text())
pid = os.fork()
if pid == 0:
    client.send(text())
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
client.send(text())
"""
    result = subprocess.run(
        [sys.executable, "-c", program, qlower_sandbox.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, "7\n"), result.stderr


@pytest.mark.parametrize(
    "method", [pytest.param("fork", marks=forks), "spawn", pytest.param("forkserver", marks=forks)]
)
def test_pools(qlower_sandbox: Sandbox, method: str) -> None:
    client = Client(qlower_sandbox.url, partner="acme", api_key=KEY)
    client.send(text())
    with multiprocessing.get_context(method).Pool(2) as pool:
        results = [pool.apply_async(send, (client, rents)) for rents in range(1, 7)]
        done = [result.get(60) for result in results]
    assert [(certainty, count) for _, certainty, count in done] == [
        ("processed", rents) for rents in range(1, 7)
    ]
    assert os.getpid() not in {pid for pid, *_ in done}


def fail(url: str) -> None:
    Client(url, retry=RetryPolicy.none()).send(text())


def test_errors_come_back_from_a_pool() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        result = pool.apply_async(fail, ("http://127.0.0.1:1",))
        with pytest.raises(qlower.TransportError) as caught:
            result.get(60)
    assert caught.value.stage == "connect" and caught.value.is_retryable


@forks
def test_workers_of_a_server_that_loads_the_program_first(qlower_sandbox: Sandbox) -> None:
    """As gunicorn does with `preload_app`: the client is made, used and logging before the workers are forked."""
    program = f"""
import logging, os, sys, threading
sys.path.insert(0, {str(HERE)!r})
logging.basicConfig(level=logging.INFO)
import qlower
from support import text
client = qlower.Client(sys.argv[1])
client.send(text())
workers = []
for number in range(4):
    pid = os.fork()
    if pid == 0:
        threads = [threading.Thread(target=client.send, args=(text(),)) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        os._exit(0)
    workers.append(pid)
sys.exit(any([os.waitpid(pid, 0)[1] for pid in workers]))
"""
    result = subprocess.run(
        [sys.executable, "-c", program, qlower_sandbox.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    assert qlower_sandbox.loads == 17
    assert result.stderr.count("treated") == 17
