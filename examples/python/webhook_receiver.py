"""Takes the orders that Qlower tells, and books each of them once, in a database of its own.

    export QLOWER_WEBHOOK_SECRET=…
    python examples/python/webhook_receiver.py --database orders.sqlite

It listens on http://127.0.0.1:8080/webhooks/qlower, behind whatever speaks HTTPS. The server is the standard library's: a
receiver stands as well in gunicorn, uvicorn, Flask, Django and FastAPI.

Qlower tells an event again if it had no answer. So the event's key is kept in the same transaction as the booking: whatever
fails, and whenever, an order is never booked twice, and never lost.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import qlower
from qlower import webhook

PATH = "/webhooks/qlower"
SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    event_id TEXT PRIMARY KEY, order_id INTEGER, email TEXT, amount TEXT, currency TEXT, paid_at TEXT
);
CREATE TABLE IF NOT EXISTS years (
    event_id TEXT, property_id TEXT, year INTEGER, PRIMARY KEY (event_id, property_id, year)
);
"""


def connect(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, timeout=10)
    connection.executescript(SCHEMA)
    return connection


def book(database: Path, event: webhook.Event) -> None:
    """Books an order, unless it was booked before. What fails is raised: then Qlower tells it again."""
    if not isinstance(event, webhook.OrderEvent):
        return
    order = event.order
    values = (
        event.event_id,
        event.order_id,
        event.customer.email,
        str(order.total_amount),
        order.currency,
        order.payment_date.isoformat(),
    )
    # The inner block is the transaction: both tables, or none.
    with closing(connect(database)) as connection, connection:
        insert = "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        if connection.execute(insert, values).rowcount == 0:
            return
        for each in order.coverage:
            year = (event.event_id, each.property.external_id, each.year)
            connection.execute("INSERT INTO years VALUES (?, ?, ?) ON CONFLICT DO NOTHING", year)
    new = "".join(f", new property {home.external_id}" for home in event.new_properties)
    amount = f"{order.total_amount} {order.currency}"
    print(f"order {event.order_id}: {amount}, {len(order.coverage)} covered{new}", flush=True)


class Server(ThreadingMixIn, WSGIServer):
    """A thread for each request."""

    # Whoever closes it waits for them.
    daemon_threads = False


class Quiet(WSGIRequestHandler):
    """Logs no addresses."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def create_server(secret: str, database: Path, port: int) -> WSGIServer:
    # It remembers events in its own transaction, so nothing else has to.
    receiver = webhook.Receiver(partial(book, database), secrets=secret, dedupe=None)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH:
            return receiver.wsgi(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"not here\n"]

    return make_server("127.0.0.1", port, app, Server, Quiet)


def main() -> None:
    parser = argparse.ArgumentParser(description="Book the orders that Qlower tells.")
    parser.add_argument("--database", type=Path, default=Path("orders.sqlite"))
    parser.add_argument("--port", type=int, default=8080, help="0 for a free one (8080)")
    options = parser.parse_args()
    try:
        server = create_server(
            os.environ.get("QLOWER_WEBHOOK_SECRET", ""), options.database, options.port
        )
    except qlower.ConfigError:
        sys.exit("webhook_receiver: set QLOWER_WEBHOOK_SECRET to the secret agreed with Qlower")
    with server, closing(connect(options.database)):
        print(f"listening on http://127.0.0.1:{server.server_port}{PATH}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopping")


if __name__ == "__main__":
    main()
