"""What is wrong with a fleet's file."""

from __future__ import annotations

from ._data import Data
from ._errors import QlowerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Mistake(Data):
    """One mistake of a fleet's file, with its place. No value is quoted that may be a secret."""

    __slots__ = (
        "code",
        "column",
        "destinations",
        "key",
        "line",
        "message",
        "message_fr",
        "table",
        "text",
        "text_fr",
    )

    code: str
    """What kind it is, such as ``unknown_key``. It is stable."""

    line: int
    """The line, counted from 1."""

    column: int
    """The character in the line, counted from 1."""

    table: str
    """The table, such as ``customers.garage-nord.users.alice``; empty for the file as a whole."""

    key: str | None
    """The key in the table, if it is about one."""

    message: str
    """What is wrong, in English."""

    message_fr: str
    """The same in French."""

    destinations: list[str]
    """The destinations that cannot be used because of it; empty if it is about the file as a whole."""

    text: str
    """All of it in one line, in English."""

    text_fr: str
    """The same in French."""

    def __init__(
        self,
        code: str,
        column: int,
        destinations: list[str],
        key: str | None,
        line: int,
        message: str,
        message_fr: str,
        table: str,
        text: str,
        text_fr: str,
    ) -> None:
        self.code = code
        self.column = column
        self.destinations = destinations
        self.key = key
        self.line = line
        self.message = message
        self.message_fr = message_fr
        self.table = table
        self.text = text
        self.text_fr = text_fr

    def __str__(self) -> str:
        return self.text


class FleetError(QlowerError, ValueError):
    """A fleet's file cannot be read, or has mistakes: all of them at once.

    >>> from qlower import ftp
    >>> try:
    ...     ftp.Fleet.parse("[users.bob]\\nhots = 'ftp.bob.example'\\nuser = 'bob'\\n")
    ... except ftp.FleetError as error:
    ...     [(mistake.line, mistake.key, mistake.code) for mistake in error.mistakes if mistake.key == "hots"]
    [(2, 'hots', 'unknown_key')]
    """

    mistakes: list[Mistake]
    """The mistakes, by line; none if the file could not be read."""

    message_fr: str = ""
    """The text in French."""


def build_error(message: str, message_fr: str, told: list[dict[str, Any]]) -> FleetError:
    """Makes the exception of what the native module tells."""
    error = FleetError(message)
    error.message_fr = message_fr
    error.mistakes = [Mistake(**mistake) for mistake in told]
    return error
