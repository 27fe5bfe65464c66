"""The producer as a WSGI and as an ASGI application, and in frameworks."""

from __future__ import annotations

from http import HTTPStatus
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping
    from typing import Any, TypeAlias

    from ._live_producer import Answer, Producer

    Environ: TypeAlias = dict[str, Any]
    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]


class Wsgi:
    """A producer as a WSGI application."""

    __slots__ = ("_producer",)

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = _answer(self._producer, environ)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", _lines(answer))
        return [answer.body] if answer.body else []

    def __repr__(self) -> str:
        return f"{self._producer!r}.wsgi"


def _answer(producer: Producer, environ: Environ) -> Answer:
    # A server decodes what it read as Latin-1, whatever it was.
    headers = [
        (name[5:].replace("_", "-"), str(value).encode("latin-1", "replace"))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    query = str(environ.get("QUERY_STRING") or "").encode("latin-1", "replace")
    return producer.answer(str(environ.get("REQUEST_METHOD")), query, headers)


def _lines(answer: Answer) -> list[tuple[str, str]]:
    if answer.body:
        return [*answer.headers, ("Content-Length", str(len(answer.body)))]
    return list(answer.headers)


class Asgi:
    """A producer as an ASGI application on `asyncio`."""

    __slots__ = ("_producer",)

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        answer = await _answer_async(self._producer, scope)
        lines = [(name.lower().encode(), value.encode()) for name, value in _lines(answer)]
        await send({"type": "http.response.start", "status": answer.status, "headers": lines})
        await send({"type": "http.response.body", "body": answer.body})

    def __repr__(self) -> str:
        return f"{self._producer!r}.asgi"


async def _answer_async(producer: Producer, scope: Message) -> Answer:
    headers = [(name.decode("latin-1"), value) for name, value in scope["headers"]]
    return await producer.answer_async(scope["method"], scope.get("query_string", b""), headers)


# None of the frameworks is imported before somebody asks for its view.


def flask_view(producer: Producer) -> Callable[..., Any]:
    """A view of Flask."""
    flask: Any = import_module("flask")

    def qlower_reading(**_: Any) -> Any:
        answer = _answer(producer, flask.request.environ)
        # An empty body would count for the length that HEAD tells.
        response = flask.Response(answer.body or None, answer.status, answer.headers)
        if not answer.header("Content-Type"):
            del response.headers["Content-Type"]
        return response

    # Flask would answer OPTIONS by itself, without what browsers want to know.
    qlower_reading.provide_automatic_options = False  # type: ignore[attr-defined]
    qlower_reading.methods = ["GET", "HEAD", "OPTIONS"]  # type: ignore[attr-defined]
    return qlower_reading


def django_view(producer: Producer) -> Callable[..., Any]:
    """A view of Django."""
    http: Any = import_module("django.http")

    def qlower_reading(request: Any, **_: Any) -> Any:
        answer = _answer(producer, request.META)
        response = http.HttpResponse(answer.body, status=answer.status)
        del response.headers["Content-Type"]
        for name, value in _lines(answer):
            response.headers[name] = value
        return response

    # It changes nothing, and a POST is answered 405 as it should be.
    qlower_reading.csrf_exempt = True  # type: ignore[attr-defined]
    return qlower_reading


def fastapi_endpoint(producer: Producer) -> Callable[..., Awaitable[Any]]:
    """An endpoint of FastAPI and Starlette."""
    request_class: Any = import_module("starlette.requests").Request
    response_class: Any = import_module("starlette.responses").Response

    async def qlower_reading(request: Any) -> Any:
        answer = await _answer_async(producer, request.scope)
        response = response_class(answer.body, status_code=answer.status)
        for name, value in answer.headers:
            response.headers[name] = value
        return response

    # FastAPI looks at the class of a parameter to see what to give.
    qlower_reading.__annotations__ = {"request": request_class}
    return qlower_reading
