"""A live reading, watched by many with one poll."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _native
from ._aio import end_of
from ._errors import QlowerError
from ._live_auth import Hidden, native
from ._settings import Given

if TYPE_CHECKING:
    import os
    from datetime import timedelta
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from ._live_auth import Auth
    from ._live_states import State


class LiveFeed:
    """A live reading: a value that an endpoint gives as JSON, polled as long as somebody watches.

    All that watch share one poll, at any moment. It begins at once with the first watcher, and ends with the last one. A poll
    that fails makes the state a :class:`qlower.live.ConnectionError`, which is told like any other, and passes by itself; towards
    a server that fails, the polls become rarer.

    A feed is iterated over without end, by ``for`` or ``async for``: each state is told when it changes. To leave the loop is
    enough to stop watching. Times are seconds, or :class:`datetime.timedelta`. A feed shows no secret, and can be pickled,
    secrets included. It may be used by several threads and event loops at once, and by the children of ``fork``, which poll for
    themselves.

    :param url: the endpoint; ``https://``, or a loopback address.
    :param path: where the value is in the document: names and indices with dots between, such as ``measurements.0.value``.
    :param unit: the unit of the value, such as ``"kW"``, ``"MW"`` or ``"Nm3/h"``. Default: what the document says beside it.
    :param show_in: the unit in which it is told: ``"MW"`` for a value in kW, or the other way round. Default: its own.
    :param interval: the time between two polls, from 1 s to 60 s. Default 5 s.
    :param timeout: the limit for a whole answer. Default 3 s.
    :param auth: :class:`Bearer`, :class:`ApiKey`, :class:`Header`, :class:`Query` or :class:`Basic`. Default: none.
    :param allow_http: takes plain ``http://`` to other machines than this one.
    :param ca_bundle: trusts these certificate authorities and no others: the path of a PEM file, or its bytes.
    :param stale_after: the age from which on a value counts as :class:`qlower.live.Stale`. Default 60 s.
    :param proxy: ``http://[user:password@]host:port``. Default: what ``HTTPS_PROXY`` or ``ALL_PROXY`` names.
    :raises qlower.ConfigError: if a setting cannot be used; it names the setting.

    >>> from qlower import live
    >>> feed = live.LiveFeed(
    ...     "https://scada.example/api/power", "data.production.currentPower", unit="MW", auth=live.ApiKey("abc123")
    ... )
    >>> feed
    LiveFeed('https://scada.example/api/power', 'data.production.currentPower', unit='MW', auth=ApiKey('***'))
    """

    __slots__ = ("__weakref__", "_given", "_handle", "_path", "_url")

    def __init__(
        self,
        url: str,
        path: str,
        *,
        unit: str | None = None,
        show_in: str | None = None,
        interval: float | timedelta | None = None,
        timeout: float | timedelta | None = None,
        auth: Auth | None = None,
        allow_http: bool = False,
        ca_bundle: str | os.PathLike[str] | bytes | None = None,
        stale_after: float | timedelta | None = None,
        proxy: str | None = None,
    ) -> None:
        self._path = path
        try:
            self._url = Hidden(url, _native.live_shown_url(url))
            self._given = given(
                unit=unit,
                show_in=show_in,
                interval=interval,
                timeout=timeout,
                auth=auth,
                allow_http=allow_http or None,
                ca_bundle=ca_bundle,
                stale_after=stale_after,
                proxy=proxy,
            )
            self._handle = _native.LiveFeed(url, path, natively(self._given))
        finally:
            # What is said of an error may show the variables of this call.
            del url, auth, proxy

    def watch(self) -> Watch:
        """Begins to watch. Close the watch, use it as a context manager, or forget it, and it ends.

        >>> from qlower import live
        >>> feed = live.LiveFeed("http://127.0.0.1:1/power", "current_power", unit="kW")
        >>> with feed.watch() as watch:
        ...     state = watch.next(timeout=10)
        >>> isinstance(state, live.ConnectionError), state.last
        (True, None)
        """
        return Watch._of(self._handle.watch())

    @property
    def watchers(self) -> int:
        """How many watch it just now, in this process. While there is none, nothing is polled."""
        return self._handle.watchers

    def __iter__(self) -> Watch:
        return self.watch()

    def __aiter__(self) -> Watch:
        return self.watch()

    def __repr__(self) -> str:
        # One whose settings were refused is shown too, by what tells of the error.
        if not hasattr(self, "_given"):
            return "<LiveFeed>"
        rest = f", {self._given!r}" if self._given else ""
        return f"LiveFeed({self._url!r}, {self._path!r}{rest})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._url.reveal(), self._path, self._given)


def given(*, auth: Auth | None, **settings: object) -> Given:
    """Settings that were given, the credentials looked at first."""
    if auth is not None:
        try:
            native(auth)
        except TypeError:
            del auth, settings
            raise
        settings["auth"] = auth
    return Given({name: value for name, value in settings.items() if value is not None})


def natively(given: Given) -> dict[str, object]:
    """Settings as the native module takes them."""
    taken: dict[str, object] = Given(given)
    taken["auth"] = given.get("auth") and native(given["auth"])  # type: ignore[arg-type]
    return taken


def _restore(url: str, path: str, given: Given) -> LiveFeed:
    return LiveFeed(url, path, **given)  # type: ignore[arg-type]


class Watch:
    """One who watches a :class:`LiveFeed`: an iterator, by ``for`` and ``async for``, that ends when it is closed.

    It gives the state of the moment at first, and then each that is new to it; what was new in between is left out. It belongs to
    the process in which it began.
    """

    __slots__ = ("__weakref__", "_handle")

    _handle: _native.LiveWatch

    def __init__(self) -> None:
        raise TypeError("this is made by LiveFeed.watch")

    @classmethod
    def _of(cls, native: _native.LiveWatch) -> Watch:
        watch = cls.__new__(cls)
        watch._handle = native
        return watch

    @property
    def state(self) -> State | None:
        """The state of the moment; ``None`` before the first poll has ended, and once the watch is closed."""
        return self._handle.state()

    def next(self, timeout: float | timedelta | None = None) -> State:
        """Waits for a state that is new to this watch. Other threads go on meanwhile, and Ctrl-C interrupts it.

        :param timeout: the limit. Default: none.
        :raises qlower.TimeoutError: if time is up; the watch goes on.
        :raises qlower.QlowerError: if the watch is closed.
        """
        state = self._handle.next(timeout, False)
        if state is None:
            raise QlowerError("the watch is closed")
        return state

    async def next_async(self, timeout: float | timedelta | None = None) -> State:
        """Like :meth:`next`, for asyncio."""
        state: State | None = await end_of(self._handle.next(timeout, True))
        if state is None:
            raise QlowerError("the watch is closed")
        return state

    def close(self) -> None:
        """Ends the watch, and wakes who waits for it. Closing again does no harm."""
        self._handle.close()

    async def aclose(self) -> None:
        """Like :meth:`close`."""
        self._handle.close()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._handle.is_closed

    def __iter__(self) -> Watch:
        return self

    def __next__(self) -> State:
        state = self._handle.next(None, False)
        if state is None:
            raise StopIteration
        return state

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> State:
        state: State | None = await end_of(self._handle.next(None, True))
        if state is None:
            raise StopAsyncIteration
        return state

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Watch: {'closed' if self.is_closed else self.state}>"
