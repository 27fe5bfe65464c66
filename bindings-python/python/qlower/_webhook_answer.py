"""How webhooks are answered."""

from __future__ import annotations

from . import _native
from ._data import Data


class Answer(Data):
    """What is answered to the sender of a webhook."""

    __slots__ = ("body", "name", "status")

    name: str
    """Why, such as ``handled``, ``duplicate`` or ``refused``."""

    status: int
    """The HTTP status."""

    body: bytes
    """The body, JSON. It tells the sender nothing that helps to forge."""

    def __init__(self, body: bytes, name: str, status: int) -> None:
        self.body = body
        self.name = name
        self.status = status

    @property
    def headers(self) -> dict[str, str]:
        """The headers, ``Content-Type`` among them."""
        headers = {"Content-Type": "application/json"}
        if self.name == "not_post":
            headers["Allow"] = "POST"
        return headers


def _answer(name: str) -> Answer:
    status, body = _native.WEBHOOK_ANSWERS[name]
    return Answer(body.encode(), name, status)


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
