"""How webhooks are answered."""

from __future__ import annotations

from . import _native
from ._data import Data


class Answer(Data):
    """What is answered to the sender of a webhook."""

    __slots__ = ("body", "headers", "name", "status")

    name: str
    """Why, such as ``handled``, ``duplicate`` or ``refused``."""

    status: int
    """The HTTP status."""

    headers: dict[str, str]
    """The headers, ``Content-Type`` among them."""

    body: bytes
    """The body, JSON. It tells the sender nothing that helps to forge."""

    def __init__(self, body: bytes, headers: dict[str, str], name: str, status: int) -> None:
        self.body = body
        self.headers = headers
        self.name = name
        self.status = status


def _answer(name: str) -> Answer:
    status, body = _native.WEBHOOK_ANSWERS[name]
    headers = {"Content-Type": "application/json"}
    if name == "not_post":
        headers["Allow"] = "POST"
    return Answer(body.encode(), headers, name, status)


HANDLED = _answer("handled")
DUPLICATE = _answer("duplicate")
PONG = _answer("pong")
REFUSED = _answer("refused")
NOT_POST = _answer("not_post")
TOO_SLOW = _answer("too_slow")
TOO_LARGE = _answer("too_large")
NOT_JSON = _answer("not_json")
FAILED = _answer("failed")
UNREADABLE = _answer("unreadable")
BUSY = _answer("busy")
