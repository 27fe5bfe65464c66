"""The receiver of the examples books each order once, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import FOLDER, Run
from qlower.sandbox import Sandbox

SECRET = "s3cret-whsec"


@contextmanager
def running(database: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The program, and where it listens."""
    program = [sys.executable, str(FOLDER / "webhook_receiver.py")]
    process = subprocess.Popen(
        [*program, "--database", str(database), "--port", "0"],
        env=os.environ | {"QLOWER_WEBHOOK_SECRET": SECRET},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("listening on http://127.0.0.1:"), process.communicate()
        yield int(first.split(":")[2].split("/")[0]), process
    finally:
        process.kill()
        process.communicate()


def booked(database: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(
            "SELECT order_id, amount FROM orders JOIN years USING (event_id) ORDER BY order_id"
        ).fetchall()


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, Any]:
    """With tries that follow each other ten thousand times sooner."""
    return {"webhook_speed": 10_000}


def aim(sandbox: Sandbox, port: int, secret: str = SECRET) -> None:
    sandbox.set_webhook(f"http://127.0.0.1:{port}/webhooks/qlower", secrets=[secret])


def statuses(sandbox: Sandbox) -> list[list[int | None]]:
    """What each webhook was answered, try by try."""
    deliveries = sandbox.wait_for_deliveries(timeout=60)
    return [[attempt.status for attempt in delivery.attempts] for delivery in deliveries]


@pytest.mark.skipif(os.name != "posix", reason="it stops by a signal")
def test_each_order_is_booked_once(tmp_path: Path, qlower_sandbox: Sandbox) -> None:
    database = tmp_path / "orders.sqlite"
    with running(database) as (port, process):
        aim(qlower_sandbox, port)
        qlower_sandbox.fail_next_webhook("lost_answer")
        home = {"external_id": "lot-1", "name": "Appartement Bordeaux"}
        first = qlower_sandbox.emit_order(
            total_amount="1315.25",
            coverage=[{"year": 2026, "property": home}],
            duplicates_at_once=3,
        )
        second = qlower_sandbox.emit_order("renewed", duplicates=1)
        qlower_sandbox.emit_ping()
        told = statuses(qlower_sandbox)
        assert sum(len(tries) for tries in told) == 4 + 1 + 2 + 1
        assert {status for tries in told for status in tries if status} == {200}
        aim(qlower_sandbox, port, "other")
        qlower_sandbox.emit_order()
        assert statuses(qlower_sandbox)[-1] == [401]
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=30)
    lines = said.splitlines()
    assert lines[-1] == "stopping"
    assert len(lines) == 3
    assert f"order {first.order_id}: 1315.25 EUR, 1 covered" in lines
    assert errors == "refused: the signature does not match\n"
    assert [number for number, _ in booked(database)] == [first.order_id, second.order_id]
    assert SECRET not in said + errors


def test_a_kill_loses_nothing_and_books_nothing_twice(
    tmp_path: Path, qlower_sandbox: Sandbox
) -> None:
    database = tmp_path / "orders.sqlite"
    with running(database) as (port, process):
        aim(qlower_sandbox, port)
        first = qlower_sandbox.emit_order()
        assert statuses(qlower_sandbox) == [[200]]
        process.kill()
        process.wait()
    with running(database) as (port, _):
        aim(qlower_sandbox, port)
        assert first.event_id is not None
        target = {"url": f"http://127.0.0.1:{port}/webhooks/qlower", "secrets": [SECRET]}
        qlower_sandbox.emit_order(event_id=first.event_id, order_id=first.order_id, webhook=target)
        second = qlower_sandbox.emit_order()
        assert statuses(qlower_sandbox) == [[200]] * 3
    assert [number for number, _ in booked(database)] == [first.order_id, second.order_id]


def test_a_database_that_fails_is_no_end_of_it(tmp_path: Path, qlower_sandbox: Sandbox) -> None:
    database = tmp_path / "orders.sqlite"
    with running(database) as (port, _):
        aim(qlower_sandbox, port)
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("ALTER TABLE orders RENAME TO elsewhere")
            connection.execute("CREATE VIEW orders AS SELECT 1 AS event_id")
        emitted = qlower_sandbox.emit_order()
        assert statuses(qlower_sandbox) == [[500] * 6], "it is tried for hours"
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("DROP VIEW orders")
        assert emitted.event_id is not None
        qlower_sandbox.emit_again(emitted.event_id)
        assert statuses(qlower_sandbox)[-1] == [200]
    assert [number for number, _ in booked(database)] == [emitted.order_id]


def test_it_wants_a_secret(run: Run) -> None:
    done = run("webhook_receiver.py", "--port", "0", code=1)
    assert "set QLOWER_WEBHOOK_SECRET" in done.stderr
