"""An endpoint examined, as the one who shows its reading will find it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import _native
from ._aio import end_of
from ._data import in_language
from ._live_feed import given, natively

if TYPE_CHECKING:
    import os
    from datetime import timedelta
    from typing import Any, Literal

    from ._live_auth import Auth


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that is wanted of an endpoint."""

    name: str
    """Its name, such as ``https`` or ``cors_origin``. It is stable."""
    label: str
    """What it is called, in English."""
    label_fr: str
    """The same in French."""
    demanded: bool
    """Whether it is demanded, and not only advised."""
    met: bool | None
    """Whether it is met; ``None`` if it could not be looked at, since another one is not met."""
    detail: str
    """What was seen, and what to do, in English."""
    detail_fr: str
    """The same in French."""


class ProbeReport:
    """What was found at an endpoint: each requirement, met or not. Made by :func:`qlower.live.probe`; can be pickled.

    As text it is a table. There is no secret in it.
    """

    __slots__ = ("_facts", "_texts")

    def __init__(self, facts: dict[str, Any], english: str, french: str) -> None:
        self._facts = facts
        self._texts = english, french

    @property
    def is_ok(self) -> bool:
        """Whether all that is demanded was looked at, and is met."""
        return bool(self._facts["is_ok"])

    @property
    def url(self) -> str:
        """The endpoint, without secrets."""
        url: str = self._facts["url"]
        return url

    @property
    def path(self) -> str:
        """Where the value was looked for."""
        path: str = self._facts["path"]
        return path

    @property
    def value(self) -> float | None:
        """The value, if there is one."""
        value: float | None = self._facts["value"]
        return value

    @property
    def unit(self) -> str | None:
        """Its unit, if one is known."""
        unit: str | None = self._facts["unit"]
        return unit

    @property
    def requirements(self) -> list[Requirement]:
        """Everything that was looked at, in the order in which it was."""
        return [Requirement(**told) for told in self._facts["requirements"]]

    def __getitem__(self, name: str) -> Requirement:
        """What was found of one requirement.

        :raises KeyError: if there is none of this name.
        """
        for requirement in self.requirements:
            if requirement.name == name:
                return requirement
        raise KeyError(name)

    @property
    def failed(self) -> list[Requirement]:
        """What is demanded, and not met or not looked at."""
        return [each for each in self.requirements if each.demanded and not each.met]

    @property
    def latency(self) -> float | None:
        """Seconds that the whole reply took, if there was one."""
        told: int | None = self._facts["latency_ms"]
        return None if told is None else told / 1000

    def to_dict(self) -> dict[str, Any]:
        """As it is in JSON, the same from every language."""
        facts: dict[str, Any] = json.loads(self.to_json())
        return facts

    def to_json(self) -> str:
        """The report as JSON, the same from every language."""
        return json.dumps(self._facts, ensure_ascii=False)

    def text(self, lang: Literal["en", "fr"] = "en") -> str:
        """The report as a table.

        :raises ValueError: for another language.
        """
        return in_language(self._texts, lang)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        missing = ", ".join(requirement.name for requirement in self.failed)
        return f"<ProbeReport {self.url}: {f'not met: {missing}' if missing else 'all met'}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProbeReport) and self._facts == other._facts

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return ProbeReport, (self._facts, *self._texts)


def probe(
    url: str,
    path: str,
    *,
    unit: str | None = None,
    auth: Auth | None = None,
    allow_http: bool = False,
    origin: str | None = None,
    timeout: float | timedelta | None = None,
    ca_bundle: str | os.PathLike[str] | bytes | None = None,
    proxy: str | None = None,
) -> ProbeReport:
    """Asks an endpoint as a map will, and says of each requirement whether it is met, and what to do if not.

    It never raises for what is wrong with the endpoint: that is in the report. Other threads go on meanwhile, and Ctrl-C
    interrupts it.

    :param url: the endpoint.
    :param path: where the value is in the document: names and indices with dots between, such as ``data.power.value``.
    :param unit: the unit of the value, such as ``"MW"``.
    :param auth: :class:`Bearer`, :class:`ApiKey`, :class:`Header`, :class:`Query` or :class:`Basic`. Default: none.
    :param allow_http: takes plain ``http://`` to other machines than this one.
    :param origin: the site that shows the value, and that CORS must allow. Default ``https://quelia.fr``.
    :param timeout: the limit for each request, at most 60 s. Default 10 s, so that the report can tell by how much 3 s are
        missed.
    :param ca_bundle: trusts these certificate authorities and no others: the path of a PEM file, or its bytes.
    :param proxy: ``http://[user:password@]host:port``. Default: what ``HTTPS_PROXY`` or ``ALL_PROXY`` names.
    :raises qlower.ConfigError: if a setting cannot be used; it names the setting.

    >>> from qlower import live
    >>> report = live.probe("http://127.0.0.1:1/power", "current_power")
    >>> report.is_ok, report.value
    (False, None)
    """
    try:
        settings = given(
            unit=unit,
            auth=auth,
            allow_http=allow_http or None,
            origin=origin,
            timeout=timeout,
            ca_bundle=ca_bundle,
            proxy=proxy,
        )
        return ProbeReport(*_native.live_probe(url, path, natively(settings), False))
    finally:
        # What is said of an error may show the variables of this call.
        del url, auth, proxy


async def probe_async(
    url: str,
    path: str,
    *,
    unit: str | None = None,
    auth: Auth | None = None,
    allow_http: bool = False,
    origin: str | None = None,
    timeout: float | timedelta | None = None,
    ca_bundle: str | os.PathLike[str] | bytes | None = None,
    proxy: str | None = None,
) -> ProbeReport:
    """Like :func:`probe`, for asyncio."""
    try:
        settings = given(
            unit=unit,
            auth=auth,
            allow_http=allow_http or None,
            origin=origin,
            timeout=timeout,
            ca_bundle=ca_bundle,
            proxy=proxy,
        )
        job = _native.live_probe(url, path, natively(settings), True)
    finally:
        del url, auth, proxy
    return ProbeReport(*await end_of(job))
