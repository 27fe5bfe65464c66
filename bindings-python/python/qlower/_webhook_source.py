"""Who sends webhooks: what proves that one is genuine, and what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _native
from ._webhook_read import Read, read, read_keyclic, read_vehicle
from ._webhook_store import wrong
from ._webhook_verify import users_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import timedelta
    from typing import TypeAlias

    from ._webhook_verify import Secret, Secrets

    Users: TypeAlias = Mapping[str, Secret] | Iterable[tuple[str, Secret]]


class Request:
    """What an HTTP request says of itself before its body. It shows none of that: there may be secrets in it."""

    __slots__ = ("header", "method", "path")

    header: Callable[[str], bytes | None]
    """The value of a header; of several lines of that name, all of them joined with commas."""

    def __init__(self, method: str, path: str, header: Callable[[str], bytes | None]) -> None:
        self.method = method
        self.path = path
        self.header = header


class Qlower:
    """Qlower, by a signature, a key, or both."""

    __slots__ = ("_verifier",)

    def __init__(
        self, secrets: Secrets | None, api_key: Secrets | None, tolerance: float | timedelta
    ) -> None:
        try:
            self._verifier = _native.WebhookVerifier(secrets, api_key, tolerance)
        finally:
            # What is said of an error may show the variables of this call.
            del secrets, api_key
        usable(self._verifier.is_usable, "secrets")

    def verify(self, request: Request, body: bytes) -> None:
        header = request.header
        self._verifier.verify(
            header(_native.WEBHOOK_SIGNATURE_HEADER), header(_native.WEBHOOK_API_KEY_HEADER), body
        )

    def read(self, body: bytes) -> Read:
        return read(body)


class _Caller:
    """Somebody who proves nothing of the body: a user by HTTP Basic, or who knows a secret address."""

    __slots__ = ("_paths", "_users")

    def __init__(self, users: Users | None, path_secrets: Secrets | None) -> None:
        try:
            self._users = None if users is None else users_of(users)
            self._paths = None if path_secrets is None else _native.WebhookPaths(path_secrets)
            named = self._users or self._paths
        finally:
            del users, path_secrets
        usable(named is not None, "users")
        usable(self._users is None or self._users.is_usable, "users")
        usable(self._paths is None or self._paths.is_usable, "path_secrets")

    def verify(self, request: Request, body: bytes) -> None:  # noqa: ARG002
        if self._users is not None:
            self._users.verify(request.header("Authorization"))
        if self._paths is not None:
            self._paths.verify(request.path)


class Keyclic(_Caller):
    """Keyclic."""

    __slots__ = ()

    def read(self, body: bytes) -> Read:
        return read_keyclic(body)


class Vehicle(_Caller):
    """The vehicle imaging platform, at the address of one kind of event."""

    __slots__ = ("_kind",)

    def __init__(self, kind: str, users: Users | None, path_secrets: Secrets | None) -> None:
        try:
            super().__init__(users, path_secrets)
        finally:
            del users, path_secrets
        self._kind = _native.webhook_vehicle_kind(kind)

    def read(self, body: bytes) -> Read:
        return read_vehicle(self._kind, body)


def usable(is_usable: bool, setting: str) -> None:
    if not is_usable:
        wrong(setting, "no secret to verify webhooks with was given, or only empty ones")
