"""Servers and frameworks that receivers stand in, on free ports of this machine."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from hooks import Address
from qlower.webhook import Receiver

PATH = "/hooks/qlower"


class _Threads(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def wsgiref(app: Any) -> Iterator[Address]:
    with make_server("127.0.0.1", 0, app, _Threads, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield Address(server.server_port, PATH)
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def waitress(app: Any) -> Iterator[Address]:
    from waitress.server import create_server  # type: ignore[import-untyped]

    server = create_server(app, host="127.0.0.1", port=0, threads=12, map={})
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield Address(int(server.effective_port), PATH)
    finally:
        # In the thread that serves; it ends once the last connection has. It may be awake already, and close what wakes it.
        with suppress(OSError):
            server.trigger.pull_trigger(server.close)
        thread.join(10)
        server.task_dispatcher.shutdown()
        assert not thread.is_alive()


@contextmanager
def uvicorn(app: Any, *, lifespan: Any = "off") -> Iterator[Address]:
    import uvicorn

    config = uvicorn.Config(
        app, log_level="critical", lifespan=lifespan, ws="none", http="h11", loop="asyncio"
    )
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        yield Address(listener.getsockname()[1], PATH)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        assert not thread.is_alive()


def flask(receiver: Receiver) -> Any:
    import flask

    app = flask.Flask("hooks")
    app.add_url_rule(PATH, view_func=receiver.flask_view, methods=["POST"])
    return app


def flask_that_looks_first(receiver: Receiver) -> Any:
    """With a hook that reads what comes, as for an audit."""
    import flask

    app = flask.Flask("hooks")

    @app.before_request
    def look() -> None:
        flask.request.get_data()

    app.add_url_rule(PATH, view_func=receiver.flask_view, methods=["GET", "POST"])
    return app


def django(receiver: Receiver) -> Any:
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import path

    class Urls:
        urlpatterns = [path(PATH[1:], receiver.django_view)]  # noqa: RUF012

    if not settings.configured:
        middleware = ["django.middleware.csrf.CsrfViewMiddleware"]
        settings.configure(
            ALLOWED_HOSTS=["*"], MIDDLEWARE=middleware, LOGGING_CONFIG=None, DATABASES={}
        )
        django.setup()
    settings.ROOT_URLCONF = Urls
    from django.urls import clear_url_caches, set_urlconf

    clear_url_caches()
    set_urlconf(None)
    return WSGIHandler()


def fastapi(receiver: Receiver) -> Any:
    from fastapi import FastAPI

    app = FastAPI()
    app.add_api_route(PATH, receiver.fastapi, methods=["POST"])
    return app


def starlette(receiver: Receiver) -> Any:
    from starlette.applications import Starlette

    app = Starlette()
    app.add_route(PATH, receiver.asgi)
    return app


Serve = Callable[[Receiver], AbstractContextManager[Address]]

THREADS: dict[str, Serve] = {
    "wsgiref": lambda receiver: wsgiref(receiver.wsgi),
    "waitress": lambda receiver: waitress(receiver.wsgi),
    "flask": lambda receiver: wsgiref(flask(receiver)),
    "flask, read before": lambda receiver: waitress(flask_that_looks_first(receiver)),
    "django": lambda receiver: waitress(django(receiver)),
}
LOOPS: dict[str, Serve] = {
    "asgi": lambda receiver: uvicorn(receiver.asgi, lifespan="on"),
    "starlette": lambda receiver: uvicorn(starlette(receiver)),
    "fastapi": lambda receiver: uvicorn(fastapi(receiver)),
}
ALL = THREADS | LOOPS
