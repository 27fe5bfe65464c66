"""The receiver as a WSGI and as an ASGI application. Both keep the raw body, and bound it."""

from __future__ import annotations

import asyncio
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from . import _native
from ._webhook_answer import FAILED, TOO_LARGE, TOO_SLOW, Answer
from ._webhook_source import Request
from ._webhook_work import LOGGER, Work, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
    from typing import Any, TypeAlias

    from ._webhook_engine import Engine

    Environ: TypeAlias = dict[str, Any]
    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]

_CHUNK = 64 * 1024
# More than any machine holds; Python would take long to read even more.
_MOST_DIGITS = 18


class Wsgi:
    """A receiver as a WSGI application."""

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = answer_wsgi(self._engine, environ)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        start_response(status, list(headers.items()))
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [answer.body]

    def __repr__(self) -> str:
        return f"{self._engine!r}.wsgi"


def request_of(environ: Environ) -> Request:
    """What a WSGI environment says of a request."""
    path = str(environ.get("SCRIPT_NAME", "")) + str(environ.get("PATH_INFO", ""))
    return Request(str(environ.get("REQUEST_METHOD")), path, partial(_variable, environ))


def _variable(environ: Environ, name: str) -> bytes | None:
    key = name.upper().replace("-", "_")
    value = environ.get(key if key == "CONTENT_TYPE" else f"HTTP_{key}")
    # A server decodes what it read as Latin-1, whatever it was.
    return None if value is None else str(value).encode("latin-1", "replace")


def answer_wsgi(
    engine: Engine,
    environ: Environ,
    read: Callable[[int], bytes | Answer] | None = None,
    after: Callable[[], object] | None = None,
) -> Answer:
    """Answers a request. `read` reads the body where a framework has it already, of a length that is known."""
    request = request_of(environ)
    length = declared(environ.get("CONTENT_LENGTH"))
    early = engine.preliminary(request, length)
    if early is not None:
        return early
    if read is not None and length is not None:
        body = read(engine.max_body)
    else:
        body = _body(environ, length, engine.max_body)
    if isinstance(body, Answer):
        return body
    taken = engine.judge(request, body)
    return engine.take(taken, after) if isinstance(taken, Work) else taken


def declared(text: Any) -> int | None:
    """What `Content-Length` says; `None` if there is none."""
    if text in (None, ""):
        return None
    digits = str(text).strip()
    if not (digits.isascii() and digits.isdigit()):
        # No server lets it through; whatever comes, it is not as long.
        return 1 << 62
    return int(digits) if len(digits) <= _MOST_DIGITS else 1 << 62


def _body(environ: Environ, length: int | None, limit: int) -> bytes | Answer:
    if length is None and not environ.get("wsgi.input_terminated"):
        if environ.get("HTTP_TRANSFER_ENCODING"):
            # To read on would be to wait for ever.
            LOGGER.error("the server does not pass on chunked bodies", extra=told(None))
            return FAILED
        return b""
    wanted = limit + 1 if length is None else length
    chunks: list[bytes] = []
    try:
        while wanted > 0 and (chunk := environ["wsgi.input"].read(min(wanted, _CHUNK))):
            chunks.append(chunk)
            wanted -= len(chunk)
    except Exception as error:
        return broken_off(error)
    if length is None:
        return b"".join(chunks) if wanted > 0 else TOO_LARGE
    return b"".join(chunks) if wanted == 0 else broken_off(None)


def broken_off(error: BaseException | None) -> Answer:
    """The sender went away, or was too slow for the server."""
    LOGGER.debug("the body broke off", exc_info=error, extra=told(None))
    return TOO_SLOW


class Asgi:
    """A receiver as an ASGI application on `asyncio`."""

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        answer = await answer_asgi(self._engine, scope, _chunks(receive))
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        start = {"type": "http.response.start", "status": answer.status, "headers": lines}
        await send(start)
        await send({"type": "http.response.body", "body": answer.body})

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await asyncio.to_thread(self._engine.finish)
                await send({"type": "lifespan.shutdown.complete"})
                return
            await send({"type": "lifespan.startup.complete"})

    def __repr__(self) -> str:
        return f"{self._engine!r}.asgi"


async def answer_asgi(engine: Engine, scope: Message, chunks: AsyncIterator[bytes]) -> Answer:
    """Answers a request, the body of which comes in chunks."""
    request = Request(scope["method"], scope["path"], partial(_line, scope["headers"]))
    length = request.header("Content-Length")
    early = engine.preliminary(
        request, None if length is None else declared(length.decode("latin-1"))
    )
    if early is not None:
        return early
    try:
        reading = _read(chunks, engine.max_body)
        body = await asyncio.wait_for(reading, _native.WEBHOOK_BODY_TIMEOUT)
    except Exception as error:
        return broken_off(error)
    if isinstance(body, Answer):
        return body
    taken = engine.judge(request, body)
    return await engine.take_async(taken) if isinstance(taken, Work) else taken


def _line(lines: Iterable[tuple[bytes, bytes]], name: str) -> bytes | None:
    wanted = name.lower().encode()
    found = [value for given, value in lines if given.lower() == wanted]
    return b",".join(found) if found else None


async def _read(chunks: AsyncIterator[bytes], limit: int) -> bytes | Answer:
    body = bytearray()
    async for chunk in chunks:
        if len(chunk) > limit - len(body):
            return TOO_LARGE
        body += chunk
    return bytes(body)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError("the sender went away")
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return
