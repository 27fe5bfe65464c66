"""What both clients are made of."""

from __future__ import annotations

from . import _native
from ._environment import Environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from datetime import timedelta
    from typing import Any

    from ._receipt import UploadReceipt
    from ._retry import RetryPolicy

_SECRETS = frozenset(
    {"api_key", "key", "key_passphrase", "password", "secret_access_key", "session_token"}
)


class Given(dict[str, object]):
    """Settings by name, which do not show the secrets among them."""

    def __repr__(self) -> str:
        return ", ".join(f"{name}={_shown(name, value)}" for name, value in self.items())

    __str__ = __repr__

    def __reduce__(self) -> tuple[Any, ...]:
        return Given, (dict(self),)


def _shown(name: str, value: object) -> str:
    if name in _SECRETS:
        return "'***'"
    if name == "proxy":
        # It may hold a password.
        scheme, slashes, rest = str(value).rpartition("://")
        return repr(f"{scheme}{slashes}{rest.rpartition('@')[2]}")
    if name == "ca_bundle" and isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return repr(value)


class Settings:
    """The settings of a client.

    It shows no secret, and can be pickled: as what was given, secrets included. What was not given is then filled anew from the
    environment of the process that reads it. It can be used in several threads, and after ``fork``: each process has
    connections of its own.
    """

    __slots__ = ("__weakref__", "_given", "_handle")

    _given: Given
    _handle: _native.Client | None

    def __init__(
        self,
        environment: Environment | str | None = None,
        *,
        partner: str | None = None,
        api_key: str | None = None,
        timeout: float | timedelta | None = None,
        connect_timeout: float | timedelta | None = None,
        retry: RetryPolicy | None = None,
        ca_bundle: str | os.PathLike[str] | bytes | None = None,
        proxy: str | None = None,
        user_agent: str | None = None,
        max_body_bytes: int | None = None,
        max_reply_bytes: int | None = None,
        region: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        session_token: str | None = None,
        s3_endpoint: str | None = None,
        s3_endpoint_insecure: bool = False,
        s3_path_style: bool | None = None,
        s3_part_size: int | None = None,
        s3_multipart_threshold: int | None = None,
        s3_concurrency: int | None = None,
    ) -> None:
        settings: dict[str, object] = {
            "environment": environment,
            "partner": partner,
            "api_key": api_key,
            "timeout": timeout,
            "connect_timeout": connect_timeout,
            "retry": retry,
            "ca_bundle": ca_bundle,
            "proxy": proxy,
            "user_agent": user_agent,
            "max_body_bytes": max_body_bytes,
            "max_reply_bytes": max_reply_bytes,
            "region": region,
            "access_key_id": access_key_id,
            "secret_access_key": secret_access_key,
            "session_token": session_token,
            "s3_endpoint": s3_endpoint,
            "s3_endpoint_insecure": s3_endpoint_insecure or None,
            "s3_path_style": s3_path_style,
            "s3_part_size": s3_part_size,
            "s3_multipart_threshold": s3_multipart_threshold,
            "s3_concurrency": s3_concurrency,
        }
        self._given = Given({name: value for name, value in settings.items() if value is not None})
        # What is said of an error may show the variables of this call.
        del api_key, secret_access_key, session_token, proxy, settings
        native = Given(self._given)
        if isinstance(environment, Environment):
            native["environment"] = environment._text
            native["environment_insecure"] = environment._insecure
        self._handle = _native.Client(native)

    @property
    def environment(self) -> Environment:
        """Where this client sends to."""
        given = self._given.get("environment")
        return given if isinstance(given, Environment) else Environment(self._open().environment)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._handle is None

    def _open(self) -> _native.Client:
        if self._handle is None:
            from ._errors import QlowerError

            raise QlowerError("the client is closed")
        return self._handle

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._given!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._given)


def _restore(cls: type[Settings], given: Given) -> Settings:
    return cls(**given)  # type: ignore[arg-type]


def kept(receipt: UploadReceipt | dict[str, Any]) -> bytes:
    """The receipt of an upload as JSON."""
    from json import dumps

    from ._receipt import UploadReceipt

    facts = receipt.to_dict() if isinstance(receipt, UploadReceipt) else receipt
    return dumps(facts).encode()
