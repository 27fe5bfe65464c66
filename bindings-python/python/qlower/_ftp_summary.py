"""What became of the deliveries of a fleet."""

from __future__ import annotations

from ._data import Data, in_language
from ._ftp_receipt import receipt_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Literal

    from ._data import Texts
    from ._errors import Certainty
    from ._ftp_errors import DeliveryError
    from ._ftp_fleet import Job
    from ._ftp_receipt import Receipt


class FleetProgress(Data):
    """What is told after each job."""

    __slots__ = ("delivered", "destination", "done", "job", "jobs", "not_delivered")

    destination: str
    """The destination's name."""

    job: int
    """The job's position among those that were given, from 0."""

    delivered: bool
    """Whether it was delivered."""

    done: int
    """Jobs that came to an end, this one included."""

    not_delivered: int
    """Those of them that were not delivered."""

    jobs: int
    """All jobs."""

    def __init__(
        self, delivered: bool, destination: str, done: int, job: int, jobs: int, not_delivered: int
    ) -> None:
        self.delivered = delivered
        self.destination = destination
        self.done = done
        self.job = job
        self.jobs = jobs
        self.not_delivered = not_delivered


class JobOutcome:
    """What became of one job."""

    __slots__ = ("_facts", "destination", "error", "receipt")

    destination: str
    """The destination's name."""

    receipt: Receipt | None
    """What is known of its files, if it was tried and came to an end."""

    error: DeliveryError | None
    """Why it was not delivered, if it failed."""

    def __init__(
        self, destination: str, facts: dict[str, Any], error: DeliveryError | None
    ) -> None:
        self._facts = facts
        self.destination = destination
        self.error = error
        told = facts.get("receipt")
        self.receipt = receipt_of(told) if told else (error.receipt if error else None)

    @property
    def job(self) -> int:
        """Its position among the jobs that were given, from 0."""
        job: int = self._facts["job"]
        return job

    @property
    def outcome(self) -> Literal["delivered", "failed", "stopped", "not_tried"]:
        """What became of it."""
        outcome: Literal["delivered", "failed", "stopped", "not_tried"] = self._facts["outcome"]
        return outcome

    @property
    def is_delivered(self) -> bool:
        """Whether all its files stand on the server."""
        return self.outcome == "delivered"

    @property
    def certainty(self) -> Certainty:
        """Whether its files stand on the server, as far as it could be seen from here."""
        certainty: Certainty = self._facts["certainty"]
        return certainty

    @property
    def message(self) -> str | None:
        """Why it was not delivered, with what caused it, in English; ``None`` if it was."""
        message: str | None = self._facts.get("error", {}).get("message")
        return message

    @property
    def message_fr(self) -> str | None:
        """The same in French."""
        message: str | None = self._facts.get("error", {}).get("message_fr")
        return message

    @property
    def advice(self) -> str | None:
        """What to do about it, in a few words, in English; ``None`` if it was delivered, or goes with an earlier job."""
        advice: str | None = self._facts.get("error", {}).get("advice")
        return advice

    @property
    def advice_fr(self) -> str | None:
        """The same in French."""
        advice: str | None = self._facts.get("error", {}).get("advice_fr")
        return advice

    @property
    def code(self) -> str | None:
        """The same in a word: the ``kind`` of :attr:`error`, or why it was stopped or not tried."""
        code: str | None = self._facts.get("error", {}).get("code")
        return code

    @property
    def waited(self) -> float:
        """Seconds for which it waited for its turn, over all attempts."""
        waited: float = self._facts["waited_seconds"]
        return waited

    @property
    def duration(self) -> float:
        """Seconds from when its turn came first to its end; 0 if it was not tried."""
        duration: float = self._facts["duration_seconds"]
        return duration

    def __repr__(self) -> str:
        return f"<JobOutcome {self.job} to {self.destination}: {self.outcome}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return JobOutcome, (self.destination, self._facts, self.error)


class DestinationOutcome(Data):
    """What became of the jobs of one destination."""

    __slots__ = ("jobs", "name")

    name: str
    """Its name."""

    jobs: list[JobOutcome]
    """Its jobs, in order."""

    def __init__(self, jobs: list[JobOutcome], name: str) -> None:
        self.jobs = jobs
        self.name = name

    @property
    def is_complete(self) -> bool:
        """Whether all its jobs were delivered."""
        return all(job.is_delivered for job in self.jobs)


class FleetSummary:
    """What became of all jobs. Made by :meth:`Fleet.deliver`; can be pickled. As text, a table: sound destinations are counted,
    broken ones listed with the reason."""

    __slots__ = ("_facts", "_jobs", "_texts", "destinations")

    destinations: list[DestinationOutcome]
    """Each destination that was to get something, in the order in which they were named first."""

    def __init__(
        self,
        facts: dict[str, Any],
        texts: Texts,
        errors: dict[int, DeliveryError],
        jobs: list[Job],
    ) -> None:
        self._facts = facts
        self._texts = texts
        self._jobs = jobs
        self.destinations = [
            DestinationOutcome(
                [JobOutcome(told["name"], job, errors.get(job["job"])) for job in told["jobs"]],
                told["name"],
            )
            for told in facts["destinations"]
        ]

    @property
    def broken(self) -> list[DestinationOutcome]:
        """The destinations of which not all jobs were delivered."""
        return [told for told in self.destinations if not told.is_complete]

    @property
    def jobs(self) -> Iterator[JobOutcome]:
        """All jobs, by destination."""
        return (job for destination in self.destinations for job in destination.jobs)

    @property
    def is_complete(self) -> bool:
        """Whether every job was delivered."""
        return all(job.is_delivered for job in self.jobs)

    @property
    def remaining(self) -> list[Job]:
        """The jobs that were not delivered, in the order in which they were given: for a later :meth:`Fleet.deliver`."""
        return [
            self._jobs[at] for at in sorted(job.job for job in self.jobs if not job.is_delivered)
        ]

    @property
    def duration(self) -> float:
        """Seconds that the whole took."""
        duration: float = self._facts["duration_seconds"]
        return duration

    @property
    def counts(self) -> dict[str, int]:
        """How many there were of what: ``destinations``, ``complete``, ``jobs``, ``delivered``, ``failed`` and so on."""
        return dict(self._facts["counts"])

    def to_dict(self) -> dict[str, Any]:
        """As it is in JSON, the same from every language."""
        from json import loads

        facts: dict[str, Any] = loads(self.to_json())
        return facts

    def to_json(self) -> str:
        """The summary as JSON, the same from every language."""
        from json import dumps

        return dumps(self._facts, ensure_ascii=False)

    def text(self, lang: Literal["en", "fr"] = "en") -> str:
        """The table.

        :raises ValueError: for another language.
        """
        return in_language(self._texts, lang)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        counts = self._facts["counts"]
        return f"<FleetSummary: {counts['delivered']} of {counts['jobs']} jobs delivered>"

    def __reduce__(self) -> tuple[Any, ...]:
        errors = {job.job: job.error for job in self.jobs if job.error is not None}
        return FleetSummary, (self._facts, self._texts, errors, self._jobs)
