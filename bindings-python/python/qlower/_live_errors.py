"""What is wrong with documents, paths and settings of live readings."""

from __future__ import annotations

from ._errors import ConfigError, QlowerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ReadingError(QlowerError, ValueError):
    """A document holds no reading at a path.

    >>> from qlower import live
    >>> try:
    ...     live.read(b'{"current_power": "42.5"}', "current_power")
    ... except live.ReadingError as error:
    ...     error.code
    'not_a_number'
    """

    code: str = ""
    """Why, such as ``path_missing`` or ``not_a_number``. It is stable."""

    message_fr: str = ""
    """The text in French."""

    at: str = ""
    """How far the path leads, as a path; empty for the document's root."""

    missing: str | None = None
    """The part of the path that is not there, if it leads nowhere."""

    keys: list[str] | None = None
    """The keys that are there instead: at most twenty."""

    found: str | None = None
    """What stands where the path leads, or stops, such as ``numeric_string``."""

    line: int | None = None
    """The line at which it shows, counted from 1, if it shows at one place."""

    column: int | None = None
    """The character in the line, counted from 1."""

    suggestion: str | None = None
    """A path that leads to a number, and was probably meant."""

    def to_dict(self) -> dict[str, Any]:
        """As it is in JSON, the same from every language."""
        return {"message": str(self), **self.__dict__}


class PathError(ConfigError):
    """A text is no path to a value.

    >>> from qlower import live
    >>> try:
    ...     live.read(b"{}", "$.data[0].power")
    ... except live.PathError as error:
    ...     error.code, error.suggestion
    ('other_notation', 'data.0.power')
    """

    code: str = ""
    """Why, such as ``empty_segment``. It is stable."""

    position: int = 0
    """The character, counted from 1."""

    suggestion: str | None = None
    """The path that was probably meant."""


class ProducerError(ConfigError):
    """Settings with which a producer could be read by nobody, or by everybody."""

    code: str = ""
    """Why: ``access``, ``origin``, ``no_origin`` or ``unit``. It is stable."""

    suggestion: str | None = None
    """The origin that was probably meant."""


def build_reading_error(message: str, told: dict[str, Any]) -> ReadingError:
    """Makes the exception of what the native module tells."""
    error = ReadingError(message)
    error.__dict__.update((name, value) for name, value in told.items() if name != "message")
    return error


def build_path_error(
    message: str, message_fr: str, code: str, position: int, suggestion: str | None
) -> PathError:
    """The same, for a path."""
    error = PathError(message)
    error.setting, error.code, error.message_fr = "path", code, message_fr
    error.position, error.suggestion = position, suggestion
    return error


def build_producer_error(
    message: str, message_fr: str, setting: str, code: str, suggestion: str | None
) -> ProducerError:
    """The same, for a producer."""
    error = ProducerError(message)
    error.message_fr = message_fr
    error.setting, error.code, error.suggestion = setting, code, suggestion
    return error
