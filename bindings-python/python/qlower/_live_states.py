"""What a watcher of a reading is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, Union

from ._data import in_language

if TYPE_CHECKING:
    from typing import Any, Literal

    from ._data import Texts


@dataclass(frozen=True, slots=True)
class _Value:
    """What was read, whether it is of now or not."""

    value: float
    """The value, in :attr:`unit`."""
    unit: str | None
    """The unit in which it is shown; ``None`` if neither the settings nor the document name one."""
    at: datetime | None
    """When it was measured, if the document says so."""
    age: float
    """How old it was when this was told, in seconds."""
    _texts: tuple[str, str] = field(default=("", ""), repr=False, compare=False)

    def text(self, lang: Literal["en", "fr"] = "en") -> str:
        """What a map shows, with the decimal point or comma of the language.

        :raises ValueError: for another language.
        """
        return in_language(self._texts, lang)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, slots=True)
class Reading(_Value):
    """The endpoint answered, and its value is of now.

    As text, it is value and unit: ``42.5 MW``.
    """


@dataclass(frozen=True, slots=True)
class Stale(_Value):
    """The endpoint answered, but its value is older than ``stale_after``.

    As text, it is value, unit and age: ``42.5 MW (75 s old)``.
    """


@dataclass(frozen=True, slots=True)
class ConnectionError:  # noqa: A001
    """The last poll failed. It is a state, not an exception: the next poll that succeeds ends it by itself."""

    code: str
    """Why, in a word, such as ``timeout`` or ``not_json``. It is stable."""
    message: str
    """Why, in English."""
    message_fr: str
    """Why, in French."""
    failing_for: float
    """Seconds since the first of the polls in a row that failed."""
    last: Reading | None
    """The last value that was read, with its age; ``None`` if there was none yet."""
    _texts: tuple[str, str] = field(default=("", ""), repr=False, compare=False)

    def text(self, lang: Literal["en", "fr"] = "en") -> str:
        """What a map shows: ``Connection error``.

        :raises ValueError: for another language.
        """
        return in_language(self._texts, lang)

    def __str__(self) -> str:
        return f"{self.text()}: {self.message}"


Told = TypeVar("Told", Reading, Stale)
State = Union[Reading, Stale, ConnectionError]  # noqa: UP007
"""What a watch gives."""


def state_of(facts: dict[str, Any], texts: Texts, last: Texts) -> State:
    """A state of what the native module tells."""
    if facts["state"] == "connection_error":
        cause, before = facts["cause"], facts["last"]
        return ConnectionError(
            cause["code"],
            cause["message"],
            cause["message_fr"],
            facts["failing_for"],
            None if before is None else _reading(Reading, before, last),
            texts,
        )
    if facts["state"] == "reading":
        return _reading(Reading, facts, texts)
    return _reading(Stale, facts, texts)


def _reading(kind: type[Told], facts: dict[str, Any], texts: Texts) -> Told:
    at = facts["at"]
    moment = None if at is None else datetime.fromisoformat(at.replace("Z", "+00:00"))
    return kind(facts["value"], facts["unit"], moment, facts["age"], texts)
