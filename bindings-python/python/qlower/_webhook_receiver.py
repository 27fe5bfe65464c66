"""Takes webhooks: verifies them, hands each new one over once, and answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ._webhook_engine import Engine
from ._webhook_source import Keyclic, Qlower, Request, Vehicle
from ._webhook_verify import TOLERANCE_SECONDS
from ._webhook_work import Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from datetime import timedelta
    from typing import Any, TypeAlias

    from typing_extensions import Self, Unpack

    from ._events import Event, KeyclicEvent, VehicleEvent
    from ._webhook_adapters import Asgi, Wsgi
    from ._webhook_answer import Answer
    from ._webhook_engine import Settings
    from ._webhook_source import Users
    from ._webhook_verify import Body, Secrets

    Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]


class Receiver:
    """Takes Qlower's webhooks: verifies them, hands each new one to a handler once, and answers so that nothing is lost.

    It is a WSGI and an ASGI application (:attr:`wsgi`, :attr:`asgi`), a view of Flask (:attr:`flask_view`) or Django
    (:attr:`django_view`), and an endpoint of FastAPI (:attr:`fastapi`). It may be used in several threads, and after ``fork``.

    An event that comes again is handled once. If two come at once in this process, the second waits for the outcome of the first,
    and is answered the same. Work that takes longer than ``timeout`` goes on while the sender is asked to try again, and finds it
    done. A ping is answered without the handler. What happens is logged under ``qlower.webhook``.

    :param handler: does the work of an event, :data:`qlower.webhook.Event`. What it raises is logged, and the sender tries again.
        An ``async`` one works in :attr:`asgi` and :attr:`fastapi` alone.
    :param secrets: the secret that was agreed for signatures, or several during a rotation.
    :param api_key: the key that was chosen for ``X-API-KEY``, or several. With secrets and a key, both are wanted.
    :param tolerance: how far a signature's time may lie from now, in seconds.

    Further settings, of every receiver:

    :param dedupe: remembers what was handled: a :class:`MemoryStore` by default, which each process has for itself, a
        :class:`SqliteStore`, or one of your own. ``None`` if the handler remembers events in its own transaction, and does
        nothing for one that it remembers: nothing else does an effect exactly once.
    :param lease: for how many seconds an event is claimed, 10 minutes by default. If the process dies over the work, it is begun
        again after that.
    :param timeout: after how many seconds the sender is asked to try again, 25 by default, and less than its patience of 30.
        The handler runs in a thread of its own for that; with ``None`` it runs in the thread that calls, however long it takes.
    :param max_body: the largest body, in bytes; 1 MiB by default.
    :param max_concurrency: how many events are worked on at once, 256 by default; for further ones the sender is asked to try
        again.
    :param retry_refused: answers 503 instead of 401 to what is not genuine, so that it is sent again: for the hours in which a
        new secret is rolled out.
    :raises qlower.ConfigError: for settings with which nothing could be accepted, or something be lost.

    >>> from qlower import webhook
    >>> orders = []
    >>> receiver = webhook.Receiver(orders.append, secrets="whsec_acme")
    >>> body = b'{"event_type": "order.refunded", "event_id": "evt_1"}'
    >>> headers = {"X-Qlower-Signature": webhook.sign(body, "whsec_acme")}
    >>> [receiver.answer("POST", headers, body).name for _ in range(2)], len(orders)
    (['handled', 'duplicate'], 1)
    """

    __slots__ = ("_engine",)

    def __init__(
        self,
        handler: Callable[[Event], object],
        *,
        secrets: Secrets | None = None,
        api_key: Secrets | None = None,
        tolerance: float | timedelta = TOLERANCE_SECONDS,
        **settings: Unpack[Settings],
    ) -> None:
        try:
            source = Qlower(secrets, api_key, tolerance)
        finally:
            # What is said of an error may show the variables of this call.
            del secrets, api_key
        self._engine = Engine(source, handler, **settings)

    @classmethod
    def keyclic(
        cls,
        handler: Callable[[KeyclicEvent], object],
        *,
        users: Users | None = None,
        path_secrets: Secrets | None = None,
        **settings: Unpack[Settings],
    ) -> Self:
        """Takes the webhooks of Keyclic, which signs none: protect the address by one of these, or by both.

        :param users: who may call, by HTTP Basic: the password of each user.
        :param path_secrets: secrets of which one has to be the last segment of the address. The route has to let it through, and
            nothing should log it.
        """
        try:
            source = Keyclic(users, path_secrets)
        finally:
            del users, path_secrets
        return cls._of(source, handler, **settings)

    @classmethod
    def vehicle(
        cls,
        kind: str,
        handler: Callable[[VehicleEvent], object],
        *,
        users: Users | None = None,
        path_secrets: Secrets | None = None,
        **settings: Unpack[Settings],
    ) -> Self:
        """Takes one kind of events of the vehicle imaging platform, which names itself by HTTP Basic.

        Nothing in these events identifies them, so one that is sent again is handled again.

        :param kind: what the address stands for, such as ``vehicle_processed``.
        :param users: who may call: the password of each user.
        :param path_secrets: as for :meth:`keyclic`.
        :raises ValueError: if there is no such kind of event.
        """
        try:
            source = Vehicle(kind, users, path_secrets)
        finally:
            del users, path_secrets
        return cls._of(source, handler, **settings)

    @classmethod
    def _of(
        cls,
        source: Keyclic | Vehicle,
        handler: Callable[[Any], object],
        **settings: Unpack[Settings],
    ) -> Self:
        self = cls.__new__(cls)
        self._engine = Engine(source, handler, **settings)
        return self

    def answer(self, method: str, headers: Headers, body: Body, *, path: str = "/") -> Answer:
        """Judges a webhook whose body was read already, for other frameworks.

        What they have to see to: a limit for bodies, and the time in which one has to arrive.

        :param headers: as they came: a mapping, or pairs.
        :param body: the raw bytes.
        :param path: the path that was called, for addresses with a secret in them.
        """
        self._must_be_sync("answer", "answer_async")
        taken = self._taken(method, headers, body, path)
        return self._engine.take(taken) if isinstance(taken, Work) else taken

    async def answer_async(
        self, method: str, headers: Headers, body: Body, *, path: str = "/"
    ) -> Answer:
        """As :meth:`answer`, on an event loop of ``asyncio``."""
        taken = self._taken(method, headers, body, path)
        return await self._engine.take_async(taken) if isinstance(taken, Work) else taken

    def _taken(self, method: str, headers: Headers, body: Body, path: str) -> Answer | Work:
        if isinstance(body, str):
            raise TypeError("body: expected the raw bytes of the request, not str")
        content = bytes(memoryview(body))
        request = Request(method, path, partial(_header, _lines(headers)))
        engine = self._engine
        return engine.preliminary(request, len(content)) or engine.judge(request, content)

    def finish(self, timeout: float | None = None) -> bool:
        """Waits for the work that is under way, that included for which nobody waits any more; whether all of it has ended.

        On an event loop, let a thread wait: ``await asyncio.to_thread(receiver.finish)``.
        """
        return self._engine.finish(timeout)

    @property
    def under_way(self) -> int:
        """How many events are worked on just now."""
        return self._engine.under_way

    def __repr__(self) -> str:
        # One whose settings were refused is shown too, by what tells of the error.
        return repr(getattr(self, "_engine", "<Receiver>"))

    # Where it stands.

    def _must_be_sync(self, what: str, instead: str) -> None:
        if self._engine.is_async:
            raise TypeError(
                f"{what} takes no async handler: use {instead}, or a handler that is not async"
            )

    @property
    def wsgi(self) -> Wsgi:
        """The receiver as a WSGI application, to be mounted in any other. The server sees to it that bodies arrive in time."""
        from ._webhook_adapters import Wsgi

        self._must_be_sync("wsgi", "asgi")
        return Wsgi(self._engine)

    @property
    def asgi(self) -> Asgi:
        """The receiver as an ASGI application on ``asyncio``.

        In Starlette and FastAPI it is added by ``app.add_route(path, receiver.asgi)``. ``app.mount`` redirects a path
        without a slash at its end, and Qlower follows no redirection.
        """
        from ._webhook_adapters import Asgi

        return Asgi(self._engine)

    @property
    def flask_view(self) -> Callable[..., Any]:
        """A view for ``app.add_url_rule(path, view_func=receiver.flask_view, methods=["POST"])``."""
        from ._webhook_frameworks import flask_view

        self._must_be_sync("flask_view", "asgi")
        return flask_view(self._engine)

    @property
    def django_view(self) -> Callable[..., Any]:
        """A view for ``path("webhooks/qlower", receiver.django_view)``, which needs no CSRF token.

        Connections to databases that the handler's thread has opened are closed after it.
        """
        from ._webhook_frameworks import django_view

        self._must_be_sync("django_view", "asgi")
        return django_view(self._engine)

    @property
    def fastapi(self) -> Callable[..., Awaitable[Any]]:
        """An endpoint for ``app.add_api_route(path, receiver.fastapi, methods=["POST"])``, and for Starlette's routes."""
        from ._webhook_frameworks import fastapi_endpoint

        return fastapi_endpoint(self._engine)


def _lines(headers: Headers) -> list[tuple[str, str]]:
    given: Any = headers
    pairs = given.items() if hasattr(given, "items") else given
    return [(name.lower(), value) for name, value in pairs]


def _header(lines: list[tuple[str, str]], name: str) -> bytes | None:
    found = [value for given, value in lines if given == name.lower()]
    return ",".join(found).encode("utf-8", "surrogateescape") if found else None
