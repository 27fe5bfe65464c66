"""Where Qlower is."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar


class Environment:
    """One of Qlower's environments, or a URL of one's own.

    Wherever an environment is wanted, its text does as well: ``"production"``, ``"staging"`` or a URL.

    :raises qlower.ConfigError: if the text names none. Plain ``http://`` is for this machine only.

    >>> from qlower import Environment
    >>> Environment("prod") == Environment.PRODUCTION
    True
    >>> Environment.STAGING.loader_url
    'https://stg.api.qlower.com/api/third_party/loader'
    >>> Environment.STAGING.bucket("acme")
    'ql-loader-stg-acme'
    """

    __slots__ = ("_insecure", "_loader_url", "_text")

    PRODUCTION: ClassVar[Environment]
    """Production, where real landlords are."""

    STAGING: ClassVar[Environment]
    """Staging, for trials."""

    def __init__(self, text: str, *, insecure: bool = False) -> None:
        self._text, self._loader_url = _native.environment_of(text, insecure)
        self._insecure = insecure

    @classmethod
    def custom(cls, url: str, *, insecure: bool = False) -> Environment:
        """An environment of one's own, such as a gateway or a sandbox, by its base URL.

        :param insecure: takes plain ``http://`` to any machine: the access key then travels unprotected.
        :raises qlower.ConfigError: if it is not a URL, holds a password, or is not protected.
        """
        return cls(url, insecure=insecure)

    @property
    def loader_url(self) -> str:
        """The URL that payloads are sent to."""
        return self._loader_url

    def bucket(self, partner: str) -> str:
        """The name of a partner's S3 bucket.

        :raises qlower.ConfigError: if the partner's id makes no name of a bucket.
        """
        return _native.bucket_of(self._text, self._insecure, partner)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        insecure = ", insecure=True" if self._insecure else ""
        return f"Environment({self._text!r}{insecure})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Environment):
            return NotImplemented
        return self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._text, self._insecure)


def _restore(text: str, insecure: bool) -> Environment:
    return Environment(text, insecure=insecure)


Environment.PRODUCTION = Environment("production")
Environment.STAGING = Environment("staging")
