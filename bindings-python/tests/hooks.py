"""Webhooks for tests: bodies, their headers, and servers of every kind to send them to."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any

from qlower import webhook

SECRET = "s3cret-whsec"
PING = b'{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00"}'


def order(key: str | None = "evt_1", **fields: Any) -> bytes:
    """The body of an order."""
    event = {
        "event_type": "order.created",
        "event_id": key,
        "order_id": 3051,
        "timestamp": "2026-08-05T08:42:18+00:00",
        "customer": {"first_name": "Zoé", "email": "zoe.martin@example.com"},
        "order": {
            "total_amount": 315.0,
            "currency": "EUR",
            "payment_date": "2026-08-05T08:42:18+00:00",
            "is_subscription": True,
            "products": [],
            "coverage": [],
        },
        "invoice": {"pdf_url": "https://example.com/invoice.pdf", "number": "082A05A2-0530"},
        **fields,
    }
    if key is None:
        event |= {"event_type": "order.announced"}
        del event["event_id"]
    return json.dumps(event, ensure_ascii=False).encode()


def signed(body: bytes, secret: str = SECRET, **headers: str) -> dict[str, str]:
    """The headers of a genuine webhook."""
    return {
        "Content-Type": "application/json",
        "X-Qlower-Signature": webhook.sign(body, secret),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }


class Address:
    """Where a receiver listens."""

    def __init__(self, port: int, path: str = "/hooks") -> None:
        self.port = port
        self.path = path

    def send(
        self,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        method: str = "POST",
        timeout: float = 20,
        chunked: bool = False,
    ) -> tuple[int, dict[str, str], bytes]:
        """Sends a body, by default with its signature; gives the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            content: Any = iter([body[:7], body[7:]]) if chunked else body
            given = signed(body) if headers is None else headers
            connection.request(method, self.path, content, given, encode_chunked=chunked)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, names, answer.read()
        finally:
            connection.close()

    def name(self, body: bytes, headers: dict[str, str] | None = None, **more: Any) -> str:
        """The name of the answer."""
        name: str = json.loads(self.send(body, headers, **more)[2])["status"]
        return name


class Orders:
    """A handler that notes what it is given, waits if it is told to, and fails if it is told to."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.threads: list[int] = []
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()
        self.failures: list[BaseException] = []

    def __call__(self, event: Any) -> None:
        self.events.append(event)
        self.threads.append(threading.get_ident())
        self.began.set()
        assert self.may_end.wait(20)
        if self.failures:
            raise self.failures.pop(0)

    def hold(self) -> None:
        self.began.clear()
        self.may_end.clear()
