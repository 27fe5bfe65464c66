"""What is known of files that were delivered."""

from __future__ import annotations

from ._data import Data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from ._errors import Certainty


class DeliveredFile(Data):
    """What became of one file of a delivery."""

    __slots__ = ("certainty", "how", "path", "sha256", "size", "verified")

    path: str
    """Its name on the server, with the folders, as seen from where the login lands."""

    size: int
    """Its bytes."""

    sha256: str
    """SHA-256 of its content, in lower-case hexadecimal digits."""

    certainty: Certainty
    """Whether it stands there under its name: ``processed`` if it surely does, ``not_processed`` if it surely does not."""

    how: Literal["stored", "resumed", "kept"] | None
    """How it came there: all of it was sent, what stood there of an earlier attempt was completed, or a file of this name stood
    there and was left. ``None`` if it did not."""

    verified: bool
    """Whether the server told its size afterwards, and it was right."""

    def __init__(
        self,
        certainty: Certainty,
        how: Literal["stored", "resumed", "kept"] | None,
        path: str,
        sha256: str,
        size: int,
        verified: bool,
    ) -> None:
        self.certainty = certainty
        self.how = how
        self.path = path
        self.sha256 = sha256
        self.size = size
        self.verified = verified


class Receipt(Data):
    """What is known of a delivery. Made by :func:`qlower.ftp.deliver`; can be pickled, and kept as JSON."""

    __slots__ = ("attempts", "certainty", "duration", "files", "protection")

    certainty: Certainty
    """The least favourable of the files'."""

    attempts: int
    """Connections that were tried."""

    duration: float
    """Seconds from the start of the first attempt to the end, waits included."""

    protection: str | None
    """What protected the connection, such as ``TLS 1.3``; ``None`` if nothing did."""

    files: list[DeliveredFile]
    """Each file, in the order in which they were sent."""

    def __init__(
        self,
        attempts: int,
        certainty: Certainty,
        duration: float,
        files: list[DeliveredFile],
        protection: str | None,
    ) -> None:
        self.attempts = attempts
        self.certainty = certainty
        self.duration = duration
        self.files = files
        self.protection = protection

    def to_dict(self) -> dict[str, Any]:
        """As it is in JSON, the same from every language."""
        return {
            "certainty": self.certainty,
            "attempts": self.attempts,
            "duration_seconds": self.duration,
            "protection": self.protection,
            "files": [file.to_dict() for file in self.files],
        }

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Receipt:
        """A receipt that was kept as :meth:`to_dict` gave it."""
        return receipt_of(facts)


def receipt_of(facts: dict[str, Any]) -> Receipt:
    """A receipt from its JSON."""
    return Receipt(
        facts["attempts"],
        facts["certainty"],
        facts["duration_seconds"],
        [DeliveredFile(**file) for file in facts["files"]],
        facts["protection"],
    )


class Progress(Data):
    """How far a delivery has come."""

    __slots__ = ("attempt", "file", "files", "path", "sent", "size")

    attempt: int
    """Connections that were tried so far, this one included."""

    file: int
    """Which file goes out, counted from 1."""

    files: int
    """How many files there are, archive and side file as one each."""

    path: str
    """The file's name on the server, with the folders."""

    sent: int
    """Bytes of this file that are on their way or there, those of an earlier attempt included."""

    size: int
    """Bytes of this file."""

    def __init__(
        self, attempt: int, file: int, files: int, path: str, sent: int, size: int
    ) -> None:
        self.attempt = attempt
        self.file = file
        self.files = files
        self.path = path
        self.sent = sent
        self.size = size


class Plan(Data):
    """What the files of a delivery will be called on the server. Made by :meth:`qlower.ftp.Destination.plan`."""

    __slots__ = ("archive", "directory", "files", "side_file")

    directory: str | None
    """The folder for all of it; ``None`` for where the login lands."""

    archive: str | None
    """The archive, with its folders, if the files go into one."""

    files: list[str]
    """The files, with their folders; with an archive, their names in it."""

    side_file: str | None
    """The side file, with its folders, if there is one."""

    def __init__(
        self, archive: str | None, directory: str | None, files: list[str], side_file: str | None
    ) -> None:
        self.archive = archive
        self.directory = directory
        self.files = files
        self.side_file = side_file
