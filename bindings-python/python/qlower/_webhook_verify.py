"""Webhooks verified, signed and explained."""

from __future__ import annotations

from . import _native
from ._data import Data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta
    from typing import Any, TypeAlias

    Body: TypeAlias = Any
    """``bytes``, ``bytearray``, ``memoryview``, or whatever else has a buffer."""
    Header: TypeAlias = str | bytes | None
    Secret: TypeAlias = str | bytes
    Secrets: TypeAlias = Secret | Iterable[Secret]

TOLERANCE_SECONDS: int = _native.WEBHOOK_TOLERANCE


class Verified(Data):
    """A signature that was verified."""

    __slots__ = ("secret", "timestamp")

    timestamp: int
    """When it was signed, in Unix seconds."""

    secret: int
    """Which of the secrets gave it, counted from 0: once the old one gives no more, a rotation is over."""

    def __init__(self, secret: int, timestamp: int) -> None:
        self.secret = secret
        self.timestamp = timestamp


def sign(body: Body, secret: Secret, now: float | None = None) -> str:
    """Signs a body as Qlower does: the value of ``X-Qlower-Signature``. It is for tests, and for stand-ins of Qlower.

    :param body: the raw bytes.
    :param now: when it is signed, in Unix seconds; by default now.
    :raises TypeError: if ``body`` is no bytes.
    :raises qlower.ConfigError: if ``secret`` is neither text nor bytes.

    >>> from qlower import webhook
    >>> webhook.sign(b"{}", "whsec_acme", now=1_786_000_000)[:20]
    't=1786000000,v1=48c1'
    """
    try:
        return _native.webhook_sign(body, secret, now)
    finally:
        # What is said of an error may show the variables of this call.
        del secret


def verify(
    body: Body,
    header: Header,
    secrets: Secrets,
    *,
    tolerance: float | timedelta = TOLERANCE_SECONDS,
    now: float | None = None,
) -> Verified:
    """Verifies the signature of a webhook over the bytes of its body.

    Verify **the bytes as they came**, before anything reads them: a body that was parsed and written again has other bytes, and
    another signature.

    :param body: the raw bytes; they need be neither JSON nor UTF-8.
    :param header: the value of ``X-Qlower-Signature``; ``None`` if there was none.
    :param secrets: the secret, or several during a rotation. An empty one matches nothing.
    :param tolerance: how far the signature's time may lie from ``now``, in seconds, in either direction.
    :param now: Unix seconds; by default this machine's time.
    :raises qlower.SignatureError: if it is not genuine.
    :raises TypeError: if ``body`` is no bytes.
    :raises qlower.ConfigError: if ``secrets`` or ``tolerance`` cannot be used.

    >>> from qlower import webhook
    >>> header = webhook.sign(b"{}", "whsec_old", now=1_786_000_000)
    >>> webhook.verify(b"{}", header, ["whsec_new", "whsec_old"], now=1_786_000_010)
    Verified(secret=1, timestamp=1786000000)
    >>> webhook.verify(b"{ }", header, ["whsec_new", "whsec_old"], now=1_786_000_010)
    Traceback (most recent call last):
    qlower.SignatureError: the signature does not match
    """
    try:
        verifier = _native.WebhookVerifier(secrets, None, tolerance)
    finally:
        del secrets
    timestamp, secret = verifier.verify(header, None, body, now) or (0, 0)
    return Verified(secret, timestamp)


def verify_basic(header: Header, users: Mapping[str, Secret] | Iterable[tuple[str, Secret]]) -> str:
    """Verifies the HTTP Basic user who calls: the name of the user.

    :param header: the value of ``Authorization``; ``None`` if there was none.
    :param users: the password of each user; as pairs, a name may stand twice while its password is changed. An empty password
        lets nobody in.
    :raises qlower.SignatureError: if it is none of them.

    >>> from qlower import webhook
    >>> webhook.verify_basic("Basic aW1hZ2luZzpwNHNz", {"imaging": "p4ss"})
    'imaging'
    """
    try:
        verifier = users_of(users)
    finally:
        del users
    return verifier.verify(header)


def users_of(
    users: Mapping[str, Secret] | Iterable[tuple[str, Secret]],
) -> _native.WebhookUsers:
    """What the native module makes of users with their passwords."""
    try:
        return _native.WebhookUsers(users)
    finally:
        del users
