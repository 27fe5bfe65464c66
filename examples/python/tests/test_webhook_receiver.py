"""The receiver of the examples books each order once, whatever happens on the way."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from conftest import FOLDER, Run
from qlower import webhook

SECRET = "s3cret-whsec"


def order(number: int) -> bytes:
    home = {"external_id": f"qlw_{number}", "name": "Appartement Bordeaux"}
    event = {
        "event_type": "order.created",
        "event_id": f"evt_{number}",
        "order_id": number,
        "timestamp": "2026-08-05T08:42:18+00:00",
        "customer": {"email": "marie.martin@example.com"},
        "order": {
            "total_amount": 315.1,
            "currency": "EUR",
            "payment_date": "2026-08-05T08:42:18+00:00",
            "is_subscription": True,
            "products": [],
            "coverage": [{"year": 2026, "property": home}],
        },
    }
    return json.dumps(event).encode()


def send(port: int, body: bytes, secret: str = SECRET, path: str = "/webhooks/qlower") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json"}
    headers["X-Qlower-Signature"] = webhook.sign(body, secret)
    with closing(connection):
        connection.request("POST", path, body, headers)
        return connection.getresponse().status


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


@pytest.mark.skipif(os.name != "posix", reason="it stops by a signal")
def test_each_order_is_booked_once(tmp_path: Path) -> None:
    database = tmp_path / "orders.sqlite"
    with running(database) as (port, process):
        assert [send(port, order(number)) for number in (1, 2, 1)] == [200, 200, 200]
        assert send(port, b'{"event_type": "ping"}') == 200
        assert send(port, order(3), "other") == 401
        assert send(port, order(3), path="/") == 404
        process.send_signal(signal.SIGINT)
        told, errors = process.communicate(timeout=30)
    lines = [
        f"order {number}: 315.1 EUR, 1 covered, new property qlw_{number}" for number in (1, 2)
    ]
    assert told.splitlines() == [*lines, "stopping"]
    assert errors == "refused: the signature does not match\n"
    assert booked(database) == [(1, "315.1"), (2, "315.1")]
    assert SECRET not in told + errors


def test_a_kill_loses_nothing_and_books_nothing_twice(tmp_path: Path) -> None:
    database = tmp_path / "orders.sqlite"
    with running(database) as (port, process):
        assert send(port, order(1)) == 200
        process.kill()
        process.wait()
    with running(database) as (port, _):
        assert [send(port, order(number)) for number in (1, 2)] == [200, 200]
    assert [number for number, _ in booked(database)] == [1, 2]


def test_a_database_that_fails_is_no_end_of_it(tmp_path: Path) -> None:
    database = tmp_path / "orders.sqlite"
    with running(database) as (port, _):
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("ALTER TABLE orders RENAME TO elsewhere")
            connection.execute("CREATE VIEW orders AS SELECT 1 AS event_id")
        assert send(port, order(1)) == 500
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("DROP VIEW orders")
        assert send(port, order(1)) == 200
    assert [number for number, _ in booked(database)] == [1]


def test_it_wants_a_secret(run: Run) -> None:
    done = run("webhook_receiver.py", "--port", "0", code=1)
    assert "set QLOWER_WEBHOOK_SECRET" in done.stderr
