"""What the client tells, as records of Python's logging."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import qlower
from qlower import AsyncClient, Client, RetryPolicy, Sandbox
from support import KEY, text

HERE = Path(__file__).parent


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, Any]:
    return {"partners": {"acme": KEY}}


def test_attempts_are_told(qlower_sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "qlower")
    qlower_sandbox.fail_next("service_unavailable")
    before = time.time()
    with Client(qlower_sandbox.url, retry=RetryPolicy(base_delay=0.001)) as client:
        receipt = client.send(text())
    told = [(record.levelname, record.qlower["event"]) for record in caplog.records]  # type: ignore[attr-defined]
    assert told == [
        ("DEBUG", "answered"),
        ("WARNING", "failed, will be tried again"),
        ("DEBUG", "answered"),
        ("INFO", "treated"),
    ]
    failed: Any = caplog.records[1]
    assert failed.name == "qlower.client" and failed.funcName == "qlower.send"
    assert before <= failed.created <= time.time()
    assert failed.qlower["attempt"] == 1 and failed.qlower["certainty"] == "unknown"
    assert failed.qlower["error"] == "HTTP 503"
    assert failed.qlower["sha256"] == receipt.payload_sha256
    assert failed.qlower["bytes"] == len(text())
    message = failed.getMessage()
    assert message.startswith(
        "failed, will be tried again attempt=1 certainty=unknown error=HTTP 503"
    )
    assert f"| qlower.send url={qlower_sandbox.url}/" in message


def test_levels_are_kept(qlower_sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    with Client(qlower_sandbox.url) as client:
        for level, count in (
            (logging.WARNING, 0),
            (logging.INFO, 1),
            (logging.DEBUG, 2),
            (logging.CRITICAL, 0),
        ):
            caplog.clear()
            caplog.set_level(level, "qlower.client")
            client.send(text())
            assert len(caplog.records) == count, level
        caplog.set_level(logging.DEBUG, "qlower.client")
        caplog.clear()
        logging.disable(logging.CRITICAL)
        try:
            client.send(text())
        finally:
            logging.disable(logging.NOTSET)
        assert caplog.records == []


def test_uploads_and_parts_are_told(
    qlower_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "qlower")
    with Client(**qlower_sandbox.client_settings("acme")) as client:
        client.upload(text())
        assert "uploaded attempt=1 already_there=false | qlower.upload bucket=" in caplog.text
        caplog.clear()
        client.send_all(qlower.split(text(2), max_items=1), concurrency=1)
    assert [record.qlower["number"] for record in caplog.records] == [0, 1]  # type: ignore[attr-defined]


def test_asyncio_too(qlower_sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "qlower")

    async def main() -> None:
        async with AsyncClient(qlower_sandbox.url) as client:
            await client.send(text())
            assert "treated" in caplog.text

    asyncio.run(main())


def test_what_happens_during_a_long_call_is_told_at_once() -> None:
    seen: list[float] = []

    class Handler(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            seen.append(time.monotonic())

    handler = Handler()
    logger = logging.getLogger("qlower")
    logger.addHandler(handler)
    try:
        policy = RetryPolicy(base_delay=0.4, max_attempts=3)
        with Client("http://127.0.0.1:1", retry=policy) as client:
            with pytest.raises(qlower.TransportError):
                client.send(text())
            end = time.monotonic()
    finally:
        logger.removeHandler(handler)
    assert len(seen) == 3 and seen[0] < end


def test_a_handler_may_use_the_client(
    qlower_sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(qlower_sandbox.url)
    sent: list[str] = []

    class Handler(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            if not sent:
                sent.append("")
                sent[0] = client.send(text()).certainty

    handler = Handler()
    caplog.set_level(logging.INFO, "qlower")
    logging.getLogger("qlower").addHandler(handler)
    try:
        client.send(text())
    finally:
        logging.getLogger("qlower").removeHandler(handler)
    assert sent == ["processed"]


@pytest.mark.parametrize("setup", ["", "import logging"])
def test_a_program_without_logging_is_not_written_into(setup: str) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
{setup}
import qlower
from support import text
try:
    qlower.Client("http://127.0.0.1:1", retry=qlower.RetryPolicy.none()).send(text())
except qlower.TransportError:
    print("failed")
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert (result.stdout, result.stderr) == ("failed\n", "")


def test_the_package_does_not_load_logging_by_itself() -> None:
    program = "import sys, qlower; print([n for n in ('logging', 'asyncio', 'typing') if n in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PYTHONPATH": str(Path(qlower.__file__).parent.parent)},
    )
    assert result.stdout == "[]\n"
