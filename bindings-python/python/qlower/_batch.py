"""Finished payload files in a folder."""

from __future__ import annotations

import os

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    from ._receipt import UploadReceipt


class PayloadFile:
    """A file that holds a checked payload, as a :class:`qlower.PayloadWriter` wrote it. Uploaded by
    :meth:`qlower.Client.upload`.

    Its size and hash are those of the content when it was written; an upload finds out if they no longer are. It can be pickled
    for as long as its batch is there.
    """

    __slots__ = ("_file",)

    _file: _native.PayloadFile

    @classmethod
    def _of(cls, file: _native.PayloadFile) -> PayloadFile:
        self = cls.__new__(cls)
        self._file = file
        return self

    def __init__(self) -> None:
        raise TypeError("made by PayloadWriter, and found by Batch.open")

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._file.path

    @property
    def size(self) -> int:
        """Bytes of it."""
        return self._file.size

    @property
    def sha256(self) -> str:
        """SHA-256 of its content, in lower-case hexadecimal digits."""
        return self._file.sha256

    @property
    def partner(self) -> str:
        """The partner's id in the header."""
        return self._file.partner

    @property
    def created_at(self) -> datetime:
        """When the payload was made, as the header says."""
        from datetime import datetime

        return datetime.fromisoformat(self._file.created_at)

    @property
    def items(self) -> int:
        """How many items with an id are in it."""
        return self._file.items

    @property
    def object_key(self) -> str:
        """Key of the S3 object for it: it has the time and the content's hash in it."""
        return self._file.object_key

    def __fspath__(self) -> str:
        return str(self._file.path)

    def __repr__(self) -> str:
        return f"<PayloadFile {str(self.path)!r}: {self.items} items, {self.size} bytes>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PayloadFile):
            return NotImplemented
        return (self.path, self.sha256) == (other.path, other.sha256)

    def __hash__(self) -> int:
        return hash((self.path, self.sha256))

    def __reduce__(self) -> tuple[Any, ...]:
        return _file_of, (os.fspath(self.path.parent), self.sha256)


def _file_of(folder: str, sha256: str) -> PayloadFile:
    for file in Batch.open(folder).files:
        if file.sha256 == sha256:
            return file
    raise ValueError(f"the batch in {folder} no longer has this file")


class Batch:
    """A folder of payload files that belong together, in the order in which they are to be uploaded.

    It survives the program: without its manifest, which is written last, nothing in the folder counts; what was uploaded is
    noted there, so that after a crash it is known what is left to do. The files hold the access key; where the system can do
    that, only their owner may read them.

    >>> import qlower, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> with qlower.PayloadWriter(partner="acme", api_key="k", folder=folder) as writer:
    ...     writer.write_transactions([{"id": "T1", "date": "2025-01-31", "property_id": "P1",
    ...                                 "amount": 850, "reference": "Loyer"}])
    >>> batch = qlower.Batch.open(folder)
    >>> len(batch.pending), batch.pending[0].items, batch.uploaded
    (1, 1, [])
    >>> batch.verify()
    >>> batch.remove()
    """

    __slots__ = ("_handle",)

    _handle: _native.Batch

    @classmethod
    def _of(cls, handle: _native.Batch) -> Batch:
        self = cls.__new__(cls)
        self._handle = handle
        return self

    def __init__(self) -> None:
        raise TypeError("made by PayloadWriter, and found by Batch.open")

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Batch:
        """Opens a finished batch. What is to be uploaded must be there in its full size; :meth:`verify` looks closer.

        :raises qlower.BatchError: with ``is_unfinished`` if there is no manifest: it has to be written again. Or if a file is
            missing, or not what the manifest says.
        """
        return cls._of(_native.Batch.open(os.fspath(folder)))

    @property
    def folder(self) -> Path:
        """The folder."""
        return self._handle.folder

    @property
    def files(self) -> list[PayloadFile]:
        """All files, in the order in which they are to be uploaded: what one refers to stands in it or in one before it."""
        return self._handle.files

    @property
    def pending(self) -> list[PayloadFile]:
        """The files that are still to be uploaded."""
        return self._handle.pending

    @property
    def uploaded(self) -> list[PayloadFile]:
        """The files of which it is noted that they were uploaded."""
        return self._handle.uploaded

    def receipt(self, file: PayloadFile) -> UploadReceipt | None:
        """What was noted of a file's upload; ``None`` if it is still to be uploaded."""
        return self._handle.receipt(file._file)

    def verify(self) -> None:
        """Reads all files that are to be uploaded, and compares their hashes with the manifest.

        :raises qlower.BatchError: names the first file that is not what was written.
        """
        self._handle.verify()

    def remove(self) -> None:
        """Removes the files of the batch from the disk, the manifest first. The folder itself stays.

        :raises qlower.FileError: if something cannot be removed; the next writer clears the rest.
        """
        self._handle.remove()

    def __repr__(self) -> str:
        return f"<Batch {str(self.folder)!r}: {len(self.files)} files>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Batch.open, (os.fspath(self.folder),)
