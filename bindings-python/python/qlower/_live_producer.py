"""A producer: the endpoint of a reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _native
from ._live_auth import ApiKey, Basic, Bearer, Header, Query, native
from ._live_source import LOGGER, Source

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from datetime import timedelta
    from typing import Any, Literal, TypeAlias

    from ._live_adapters import Asgi, Wsgi
    from ._live_auth import Auth
    from ._live_source import Measurement, Taken

    Measured: TypeAlias = "Measurement | float | None"
    Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str | bytes]]

# In the class below, `_native` is a slot.
_TIMEOUT = _native.LIVE_TIMEOUT
_FRESH_FOR = _native.LIVE_FRESH_FOR


class Answer:
    """What is answered to one who asks for a reading."""

    __slots__ = ("body", "headers", "outcome", "status")

    status: int
    """The HTTP status."""

    outcome: str
    """What came of the request, such as ``given``, ``preflight`` or ``wrong_credentials``."""

    headers: list[tuple[str, str]]
    """The headers; ``WWW-Authenticate`` may stand there several times. ``Content-Length`` is among them for ``HEAD``, and else the
    server's to add."""

    body: bytes
    """The body, JSON; empty for ``OPTIONS`` and ``HEAD``."""

    def __init__(
        self, status: int, outcome: str, headers: list[tuple[str, str]], body: bytes
    ) -> None:
        self.status = status
        self.outcome = outcome
        self.headers = headers
        self.body = body

    def header(self, name: str) -> str | None:
        """The first value of a header, its name in any case."""
        found = (value for given, value in self.headers if given.lower() == name.lower())
        return next(found, None)

    def __repr__(self) -> str:
        return f"<Answer {self.status}: {self.outcome}>"


class Producer:
    """The endpoint of a live reading: answers as those who show it want it, CORS included.

    It is a WSGI and an ASGI application (:attr:`wsgi`, :attr:`asgi`), a view of Flask (:attr:`flask_view`) or Django
    (:attr:`django_view`), and an endpoint of FastAPI and Starlette (:attr:`fastapi`). It may be used in several threads, and after
    ``fork``.

    The source is asked once for all who ask at the same time, and not again for ``fresh_for``, so that many viewers are no load
    for it. If it has no value, fails, or is too slow, 503 is answered; why is logged under ``qlower.live``.

    :param source: gives a :class:`Measurement`, a number, or ``None`` if there is none now. It may be ``async``, for :attr:`asgi`
        and :attr:`fastapi`.
    :param auth: who may ask: :class:`Bearer`, :class:`ApiKey`, :class:`Query` or :class:`Basic`, or several, any of which will
        do, such as the old key and the new one during a rotation. Default: everybody.
    :param origins: the sites whose pages may show it. Default ``https://quelia.fr``.
    :param any_origin: lets the pages of any site show it, for values that are public anyway.
    :param form: ``"simple"`` (default), ``{"current_power": 42.5}``, or ``"with_metadata"``, with unit and time.
    :param unit: the unit in which it is given out. A measurement without a unit is taken to be in it, another one is converted.
    :param timeout: for how long the source is waited for; then 503 is answered. Default 2.8 s, so that it is there within
        the 3 s that readers wait.
    :param fresh_for: for how long an answer of the source will do. Default 1 s.
    :raises qlower.ConfigError: if a setting cannot be used; it names the setting.

    >>> from qlower import live
    >>> producer = live.Producer(lambda: 42.5, auth=live.ApiKey("abc123"))
    >>> producer.answer("GET", "", {"X-API-Key": "abc123"}).body
    b'{"current_power":42.5}'
    >>> producer.answer("GET", "", {}).status
    401
    """

    __slots__ = ("_native", "_source")

    def __init__(
        self,
        source: Callable[[], Measured] | Callable[[], Awaitable[Measured]],
        *,
        auth: Auth | Iterable[Auth] | None = None,
        origins: str | Iterable[str] | None = None,
        any_origin: bool = False,
        form: Literal["simple", "with_metadata"] | None = None,
        unit: str | None = None,
        timeout: float | timedelta = _TIMEOUT,
        fresh_for: float | timedelta = _FRESH_FOR,
    ) -> None:
        if origins is not None:
            origins = [origins] if isinstance(origins, str) else list(origins)
        try:
            accesses = _several(auth)
            self._native = _native.LiveProducer(accesses, origins, any_origin, form, unit)
        finally:
            # What is said of an error may show the variables of this call.
            accesses = []
            del auth
        self._source = Source(
            source,
            _native.live_seconds("timeout", timeout),
            _native.live_seconds("fresh_for", fresh_for),
        )

    def answer(self, method: str, query: str | bytes = "", headers: Headers = ()) -> Answer:
        """Answers a request, for other frameworks.

        :param method: such as ``GET``.
        :param query: what stands behind the ``?`` of the URL, as it came.
        :param headers: as they came: a mapping, or pairs.
        """
        self._must_be_sync("answer", "answer_async")
        admitted = self._gate(method, query, headers)
        if isinstance(admitted, Answer):
            return admitted
        return self._given(admitted, self._source.read())

    async def answer_async(
        self, method: str, query: str | bytes = "", headers: Headers = ()
    ) -> Answer:
        """As :meth:`answer`, on an event loop of ``asyncio``."""
        admitted = self._gate(method, query, headers)
        if isinstance(admitted, Answer):
            return admitted
        return self._given(admitted, await self._source.read_async())

    def _gate(
        self, method: str, query: str | bytes, headers: Headers
    ) -> Answer | _native.LiveAdmitted:
        given: Any = headers
        pairs = given.items() if hasattr(given, "items") else given
        lines = [(str(name), _bytes(value)) for name, value in pairs]
        told = self._native.gate(method, _bytes(query), lines)
        if not isinstance(told, tuple):
            return told
        answer = Answer(*told)
        LOGGER.debug("%s", answer.outcome, extra={"qlower": {"status": answer.status}})
        return answer

    def _given(self, admitted: _native.LiveAdmitted, taken: Taken) -> Answer:
        answer = Answer(*self._native.answer(admitted, taken))
        if answer.outcome in ("not_finite", "unit_mismatch"):
            LOGGER.error("the measurement cannot be given out: %s", answer.outcome)
        return answer

    @property
    def path(self) -> str:
        """The path to the value, which whoever watches has to be told: ``current_power`` or ``data.power.value``."""
        return self._native.path

    def _must_be_sync(self, what: str, instead: str) -> None:
        if self._source.is_async:
            raise TypeError(
                f"{what} takes no async source: use {instead}, or a source that is not async"
            )

    def __repr__(self) -> str:
        return "<Producer>"

    # Where it stands.

    @property
    def wsgi(self) -> Wsgi:
        """The producer as a WSGI application, to be mounted in any other."""
        from ._live_adapters import Wsgi

        self._must_be_sync("wsgi", "asgi")
        return Wsgi(self)

    @property
    def asgi(self) -> Asgi:
        """The producer as an ASGI application on ``asyncio``: in Starlette and FastAPI ``app.add_route(path, producer.asgi)``."""
        from ._live_adapters import Asgi

        return Asgi(self)

    @property
    def flask_view(self) -> Callable[..., Any]:
        """A view for ``app.add_url_rule(path, view_func=producer.flask_view)``, for all methods that it answers."""
        from ._live_adapters import flask_view

        self._must_be_sync("flask_view", "asgi")
        return flask_view(self)

    @property
    def django_view(self) -> Callable[..., Any]:
        """A view for ``path("power", producer.django_view)``."""
        from ._live_adapters import django_view

        self._must_be_sync("django_view", "asgi")
        return django_view(self)

    @property
    def fastapi(self) -> Callable[..., Awaitable[Any]]:
        """An endpoint for ``app.add_api_route(path, producer.fastapi, methods=["GET", "HEAD", "OPTIONS"])``, and for Starlette's
        routes."""
        from ._live_adapters import fastapi_endpoint

        return fastapi_endpoint(self)


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def _several(auth: Auth | Iterable[Auth] | None) -> list[tuple[str, ...]]:
    """What the native module takes for one, or for several."""
    try:
        if auth is None:
            return []
        if isinstance(auth, (ApiKey, Basic, Bearer, Header, Query)):
            return [native(auth)]
        return list(map(native, auth))
    finally:
        del auth
