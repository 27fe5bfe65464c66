"""Views and endpoints of frameworks. None of these is imported before somebody asks for its view."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ._webhook_adapters import answer_asgi, answer_wsgi, broken_off
from ._webhook_answer import FAILED, Answer
from ._webhook_work import LOGGER, told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from ._webhook_engine import Engine


def flask_view(engine: Engine) -> Callable[..., Any]:
    """A view of Flask."""
    flask: Any = import_module("flask")

    def qlower_webhook(**_: Any) -> Any:
        request = flask.request

        def read(limit: int) -> bytes | Answer:  # noqa: ARG001
            try:
                # Kept, so that whoever looks at it afterwards finds it too.
                body: bytes = request.get_data(cache=True)
            except Exception as error:
                return broken_off(error)
            return body if len(body) == request.content_length else broken_off(None)

        answer = answer_wsgi(engine, request.environ, read)
        return flask.Response(answer.body, answer.status, answer.headers)

    return qlower_webhook


def django_view(engine: Engine) -> Callable[..., Any]:
    """A view of Django."""
    http: Any = import_module("django.http")
    database: Any = import_module("django.db")

    def qlower_webhook(request: Any, **_: Any) -> Any:
        def read(limit: int) -> bytes | Answer:  # noqa: ARG001
            try:
                body: bytes = request.body
            except OSError as error:
                return broken_off(error)
            except Exception:
                # Read by something else before, or more than the settings allow: a fault of this side.
                LOGGER.exception("the body cannot be had from Django", extra=told(None))
                return FAILED
            return body if len(body) == int(request.META["CONTENT_LENGTH"]) else broken_off(None)

        answer = answer_wsgi(engine, request.META, read, database.connections.close_all)
        return http.HttpResponse(answer.body, status=answer.status, headers=answer.headers)

    # As its decorator does.
    qlower_webhook.csrf_exempt = True  # type: ignore[attr-defined]
    return qlower_webhook


def fastapi_endpoint(engine: Engine) -> Callable[..., Awaitable[Any]]:
    """An endpoint of FastAPI and Starlette."""
    request_class: Any = import_module("starlette.requests").Request
    response_class: Any = import_module("starlette.responses").Response

    async def qlower_webhook(request: Any) -> Any:
        answer = await answer_asgi(engine, request.scope, request.stream())
        return response_class(answer.body, status_code=answer.status, headers=answer.headers)

    # FastAPI looks at the class of a parameter to see what to give.
    qlower_webhook.__annotations__ = {"request": request_class}
    return qlower_webhook
