"""What several tests need."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import Any

KEY = "k-1"


def rent(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"T{number}",
        "reqdExctnDt": "2025-01-31",
        "id-prty": "P1",
        "amt": 850.5,
        "ref": "Loyer",
        **fields,
    }


def text(rents: int = 1, *, key: str = KEY, partner: str = "acme", **sections: Any) -> str:
    """A sound payload, as JSON."""
    return json.dumps(
        {
            "inigPtynm": partner,
            "apiKey": key,
            "creDtTm": "2025-02-01T08:00:00+01:00",
            "versionId": "2.0",
            "transactions": [rent(number) for number in range(1, rents + 1)],
            **sections,
        }
    )


class Raw:
    """A server that takes requests, and answers with what it was given, or never."""

    def __init__(self, answer: bytes | None = None) -> None:
        self.answer = answer
        self.arrived = threading.Event()
        """Set when a request is there."""
        self.closed = threading.Event()
        """Set when the client has closed a connection."""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *exception: object) -> None:
        self.socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while chunk := connection.recv(65536):
                    if b"\r\n\r\n" in chunk or chunk:
                        self.arrived.set()
                    if self.answer is not None:
                        connection.sendall(self.answer)
            except OSError:
                pass
            self.closed.set()


def answer(status: str, body: str, *headers: str) -> bytes:
    content = body.encode()
    head = [
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


def told_in_french(error: Any) -> bool:
    """Whether an error of a setting has a text of its own in French."""
    english, french = f"{error.setting}: ", f"{error.setting} : "
    return (
        str(error).startswith(english)
        and error.message_fr.startswith(french)
        and str(error).removeprefix(english) != error.message_fr.removeprefix(french)
    )


def until(condition: Any, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False
