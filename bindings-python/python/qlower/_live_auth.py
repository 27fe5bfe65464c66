"""How a reading is protected."""

from __future__ import annotations

from ._data import Data
from ._errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias


class Hidden:
    """A secret that is not shown."""

    __slots__ = ("_reveal", "shown")

    shown: str
    """What is shown in its place."""

    def __init__(self, value: str, shown: str = "***") -> None:
        # In a closure, so that nothing that looks at attributes shows it.
        self._reveal: Callable[[], str] = lambda: value
        self.shown = shown

    def reveal(self) -> str:
        return self._reveal()

    def __repr__(self) -> str:
        return repr(self.shown)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hidden) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __reduce__(self) -> tuple[Any, ...]:
        return Hidden, (self.reveal(), self.shown)


class _Auth(Data):
    """What stands in its slots is compared and pickled; secrets among them are not shown."""

    __slots__: tuple[str, ...] = ()

    def _native(self) -> tuple[str, ...]:
        """Its kind, in the core's word, and what belongs to it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        shown = [repr(getattr(self, name)) for name in self._shown()]
        return f"{type(self).__name__}({', '.join([*shown, repr('***')])})"

    def _shown(self) -> tuple[str, ...]:
        return ()

    def to_dict(self) -> dict[str, Any]:
        """The attributes that are no secret."""
        return {name: getattr(self, name) for name in self._shown()}

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in self.__slots__)))

    def __reduce__(self) -> tuple[Any, ...]:
        # The kind first, then what the class takes.
        return type(self), self._native()[1:]


class Bearer(_Auth):
    """``Authorization: Bearer …``.

    >>> from qlower import live
    >>> live.Bearer("t0ken")
    Bearer('***')
    """

    __slots__ = ("_token",)

    def __init__(self, token: str) -> None:
        try:
            self._token = _secret("token", token)
        finally:
            # What is said of an error may show the variables of this call.
            del token

    def _native(self) -> tuple[str, ...]:
        return "bearer", self._token.reveal()


class ApiKey(_Auth):
    """``X-API-Key: …``."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        try:
            self._key = _secret("key", key)
        finally:
            del key

    def _native(self) -> tuple[str, ...]:
        return "api_key", self._key.reveal()


class Header(_Auth):
    """A header of another name. A :class:`Producer` knows none."""

    __slots__ = ("_value", "name")

    name: str
    """The name of the header."""

    def __init__(self, name: str, value: str) -> None:
        try:
            self.name = _text("name", name)
            self._value = _secret("value", value)
        finally:
            del value

    def _native(self) -> tuple[str, ...]:
        return "header", self.name, self._value.reveal()

    def _shown(self) -> tuple[str, ...]:
        return ("name",)


class Query(_Auth):
    """A key in the query of the URL, such as ``?apikey=…``. It occurs in the logs of servers: prefer a header."""

    __slots__ = ("_value", "name")

    name: str
    """The name of the parameter."""

    def __init__(self, name: str, value: str) -> None:
        try:
            self.name = _text("name", name)
            self._value = _secret("value", value)
        finally:
            del value

    def _native(self) -> tuple[str, ...]:
        return "query", self.name, self._value.reveal()

    def _shown(self) -> tuple[str, ...]:
        return ("name",)


class Basic(_Auth):
    """HTTP Basic: a user with a password."""

    __slots__ = ("_password", "user")

    user: str
    """The user's name."""

    def __init__(self, user: str, password: str) -> None:
        try:
            self.user = _text("user", user)
            self._password = _secret("password", password)
        finally:
            del password

    def _native(self) -> tuple[str, ...]:
        return "basic", self.user, self._password.reveal()

    def _shown(self) -> tuple[str, ...]:
        return ("user",)


if TYPE_CHECKING:
    Auth: TypeAlias = Bearer | ApiKey | Header | Query | Basic


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    # What is said of an error may show the variables of this call.
    del value
    error = ConfigError(f"{name}: must be text")
    error.setting = name
    raise error


def _secret(name: str, value: object) -> Hidden:
    try:
        return Hidden(_text(name, value))
    finally:
        del value


def native(auth: Auth) -> tuple[str, ...]:
    """What the native module takes."""
    if isinstance(auth, _Auth):
        return auth._native()
    # What is said of an error may show the variables of this call.
    kind = type(auth).__name__
    del auth
    raise TypeError(f"auth: expected Bearer, ApiKey, Header, Query or Basic, not {kind}")
