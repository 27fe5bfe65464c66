"""An endpoint of a reading, whose answers are chosen, for tests of those who watch it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Endpoint:
    """Answers with a document, or as it is told to; counts who asks."""

    def __init__(self, value: float = 42.5, unit: str | None = None) -> None:
        self.document: Any = {"current_power": value}
        if unit is not None:
            self.document["unit"] = unit
        self.status = 200
        self.content_type = "application/json"
        self.polls = 0
        self.headers: list[dict[str, str]] = []
        self.targets: list[str] = []
        self.answers = threading.Event()
        """Cleared, it answers nobody."""
        self.answers.set()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                endpoint.polls += 1
                endpoint.headers.append({name.lower(): v for name, v in self.headers.items()})
                endpoint.targets.append(self.path)
                endpoint.answers.wait(20)
                body = json.dumps(endpoint.document).encode()
                self.send_response(endpoint.status)
                self.send_header("Content-Type", endpoint.content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                # Whoever asked is gone.
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/power"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(self, *exception: object) -> None:
        self.answers.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
