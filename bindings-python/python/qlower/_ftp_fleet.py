"""Hundreds of customers' servers in one file, and deliveries to all of them."""

from __future__ import annotations

import os

from . import _native
from ._ftp_destination import Destination
from ._ftp_files import json_of, natives, texts
from ._ftp_mistake import Mistake
from ._ftp_summary import FleetProgress, FleetSummary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import timedelta
    from typing import Any, Literal

    from ._data import Texts
    from ._ftp_errors import DeliveryError
    from ._ftp_files import Files, Variables


class Job:
    """Files for one destination of a :class:`Fleet`: one :func:`qlower.ftp.deliver` of it.

    A file by path costs nothing until its turn comes; bytes are held from the start.

    >>> from qlower import ftp
    >>> ftp.Job("garage-nord/alice", ["front.jpg", "back.jpg"], {"vin": "VF1AB000123456789"})
    Job('garage-nord/alice', 2 files)
    """

    __slots__ = ("_details", "_files", "_variables", "destination")

    destination: str
    """The destination, by its name in the fleet's file: ``garage-nord``, ``garage-nord/alice``, ``bob``."""

    def __init__(
        self,
        destination: str,
        files: Files,
        variables: Variables | None = None,
        *,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.destination = destination
        self._files = natives(files)
        self._variables = texts(variables)
        self._details = json_of(details)

    def _native(self) -> tuple[object, ...]:
        return self.destination, self._files, self._variables, self._details

    def __repr__(self) -> str:
        count = len(self._files)
        return f"Job({self.destination!r}, {count} file{'' if count == 1 else 's'})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Job):
            return NotImplemented
        return self._native() == other._native()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _job, self._native()


def _job(destination: str, files: Any, variables: Any, details: str | None) -> Job:
    job = Job.__new__(Job)
    job.destination = destination
    job._files, job._variables, job._details = files, variables, details
    return job


class Fleet:
    """Hundreds of customers' servers, in one file.

    The file is TOML, or JSON with the same tables. Settings stand in ``[defaults]``, ``[customers.NAME]``,
    ``[customers.NAME.users.NAME]`` and ``[users.NAME]``; each level overrides the one above, field by field. They are those of
    :class:`qlower.ftp.Destination`; a secret may stand in a variable of the environment or in a file, which
    ``password_env`` or ``password_file`` names. A destination's name is ``garage-nord``, ``garage-nord/alice`` or ``bob``; a user
    of a customer who has no table delivers to the customer's.

    >>> from qlower import ftp
    >>> fleet = ftp.Fleet.parse('''
    ... [defaults]
    ... protocol = "ftps"
    ... file = "{vin}_{n:02}.jpg"
    ...
    ... [customers.garage-nord]
    ... host = "ftp.garage-nord.example"
    ... user = "dms"
    ... password = "p4ss"
    ...
    ... [customers.garage-nord.users.alice]
    ... directory = "alice"
    ... ''')
    >>> fleet.names
    ['garage-nord', 'garage-nord/alice']
    >>> fleet["garage-nord/alice"].plan("front.jpg", {"vin": "VF1AB000123456789"}).files
    ['alice/VF1AB000123456789_01.jpg']
    """

    __slots__ = ("__weakref__", "_handle")

    _handle: _native.FtpFleet

    def __init__(self) -> None:
        raise TypeError("use Fleet.open or Fleet.parse")

    @classmethod
    def _of(cls, native: _native.FtpFleet) -> Fleet:
        fleet = cls.__new__(cls)
        fleet._handle = native
        return fleet

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, lenient: bool = False) -> Fleet:
        """Reads a fleet's file: JSON if its name ends in ``.json``, else TOML. Paths in it are seen from its folder.

        :param lenient: a file that has mistakes about some destinations serves the others; :attr:`mistakes` has them.
        :raises qlower.ftp.FleetError: with all mistakes at once, each with line, table and key.
        """
        return cls._of(_native.FtpFleet.open(os.fspath(path), lenient))

    @classmethod
    def parse(
        cls,
        text: str,
        format: Literal["toml", "json"] = "toml",  # noqa: A002
        *,
        lenient: bool = False,
    ) -> Fleet:
        """Like :meth:`open`, from a text."""
        try:
            return cls._of(_native.FtpFleet.parse(text, format, lenient))
        finally:
            # What is said of an error may show the variables of this call.
            del text

    @property
    def names(self) -> list[str]:
        """The destinations, by name."""
        return self._handle.names

    @property
    def mistakes(self) -> list[Mistake]:
        """The mistakes of a file that was read by ``lenient``."""
        return [Mistake(**told) for told in self._handle.mistakes]

    def __getitem__(self, name: str) -> Destination:
        """A destination; of a user of a known customer who has no table, the customer's.

        :raises KeyError: if there is none of this name.
        """
        handle = self._handle.destination(name)
        if handle is None:
            raise KeyError(name)
        return Destination._of(handle)

    def __contains__(self, name: str) -> bool:
        return self._handle.destination(name) is not None

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def deliver(
        self,
        jobs: Iterable[Job],
        *,
        concurrency: int | None = None,
        per_host: int | None = None,
        silent: int | None = None,
        silent_after: float | timedelta | None = None,
        job_limit: float | timedelta | None = None,
        deadline: float | timedelta | None = None,
        progress: Callable[[FleetProgress], object] | None = None,
    ) -> FleetSummary:
        """Delivers jobs to their destinations, many at once, and says of each what became of it. Failures are told, not raised.

        A server that hangs or fails delays nobody else. Other threads go on meanwhile, and Ctrl-C interrupts it.

        :param concurrency: how many deliveries are at work at once. Default 32.
        :param per_host: how many connections to one host and port may be open at once. Default 4.
        :param silent: how many connections may be open beyond ``concurrency`` while their server is silent. Default 96.
        :param silent_after: after how long without an answer a server counts as silent. Default 1 s.
        :param job_limit: how long one job may take from when its turn comes. Default 30 minutes.
        :param deadline: how long the whole may take. Default: no limit.
        :param progress: is called with a :class:`qlower.ftp.FleetProgress` after each job, by another thread. What it raises
            stops everything, and is raised here.
        """
        kept = list(jobs)
        options = _options(concurrency, per_host, silent, silent_after, job_limit, deadline)
        told = None if progress is None else lambda *facts: progress(FleetProgress(*facts))
        return _summary(
            self._handle.deliver([job._native() for job in kept], options, told, False), kept
        )

    async def deliver_async(
        self,
        jobs: Iterable[Job],
        *,
        concurrency: int | None = None,
        per_host: int | None = None,
        silent: int | None = None,
        silent_after: float | timedelta | None = None,
        job_limit: float | timedelta | None = None,
        deadline: float | timedelta | None = None,
        progress: Callable[[FleetProgress], object] | None = None,
    ) -> FleetSummary:
        """Like :meth:`deliver`, for asyncio. ``progress`` is called in the loop's thread."""
        from ._aio import Told, end_told

        kept = list(jobs)
        options = _options(concurrency, per_host, silent, silent_after, job_limit, deadline)
        told = None if progress is None else Told(lambda *facts: progress(FleetProgress(*facts)))
        job = self._handle.deliver([job._native() for job in kept], options, told, True)
        return _summary(await end_told(job, told), kept)

    def __repr__(self) -> str:
        return f"<Fleet: {len(self)} destinations>"


def _options(
    concurrency: int | None,
    per_host: int | None,
    silent: int | None,
    silent_after: float | timedelta | None,
    job_limit: float | timedelta | None,
    deadline: float | timedelta | None,
) -> dict[str, object]:
    return {
        "concurrency": concurrency,
        "per_host": per_host,
        "silent": silent,
        "silent_after": silent_after,
        "job_limit": job_limit,
        "deadline": deadline,
    }


def _summary(
    told: tuple[dict[str, Any], Texts, dict[int, DeliveryError]], jobs: list[Job]
) -> FleetSummary:
    facts, texts, errors = told
    return FleetSummary(facts, texts, errors, jobs)
