"""Serves the power of a plant, as those who show it on a map want it.

    export POWER_KEY=…
    python examples/python/live_producer.py --port 8080

It listens on http://127.0.0.1:8080/power, behind whatever speaks HTTPS. The measurement is read from a file that the plant's own
software writes (--from); a producer stands as well in gunicorn, uvicorn, Flask, Django and FastAPI. Examine it from another
terminal:

    python examples/python/live_watch.py http://127.0.0.1:8080/power data.power.value --probe
"""

from __future__ import annotations

import argparse
import datetime
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from qlower import live

PATH = "/power"


def measure(file: Path) -> live.Measurement | None:
    """What the file holds: a number, written when the file was. ``None`` if there is none: then 503 is answered."""
    try:
        text, changed = file.read_text(encoding="ascii"), file.stat().st_mtime
    except FileNotFoundError:
        return None
    at = datetime.datetime.fromtimestamp(changed, datetime.timezone.utc)
    return live.Measurement(float(text), "MW", at)


def create_app(file: Path, key: str | None) -> Callable[..., Iterable[bytes]]:
    producer = live.Producer(
        lambda: measure(file),
        auth=live.ApiKey(key) if key else None,
        form="with_metadata",
    )

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH:
            return producer.wsgi(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"not here\n"]

    return app


class Server(ThreadingMixIn, WSGIServer):
    """A thread for each request."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Logs no addresses: a key may stand in them."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the power of a plant.")
    parser.add_argument("--from", dest="file", type=Path, default=Path("power.txt"))
    parser.add_argument("--port", type=int, default=8080, help="0 for a free one (8080)")
    options = parser.parse_args()
    app = create_app(options.file, os.environ.get("POWER_KEY"))
    with make_server("127.0.0.1", options.port, app, Server, Quiet) as server:
        try:
            print(f"listening on http://127.0.0.1:{server.server_port}{PATH}", flush=True)
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopping")


if __name__ == "__main__":
    main()
