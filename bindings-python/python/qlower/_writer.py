"""Payloads of any size, in constant memory."""

from __future__ import annotations

import os

from . import _native
from ._data import Data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime
    from pathlib import Path
    from types import TracebackType
    from typing import Any, Literal, TypeAlias

    # `typing.Self` is 3.11's.
    from typing_extensions import Self

    from ._batch import Batch, PayloadFile
    from ._client import Client
    from ._receipt import UploadReceipt
    from ._report import Report

    Section: TypeAlias = Literal["declarants", "properties", "transactions", "documents", "clients"]
    Rows: TypeAlias = Iterable[Any] | Any

_SECTIONS: dict[str, Section] = {
    "Declarant": "declarants",
    "Property": "properties",
    "Transaction": "transactions",
    "Document": "documents",
    "ClientEntry": "clients",
}


class WrittenFile(Data):
    """What is known of the one file that ``file=`` asked for."""

    __slots__ = ("path", "size", "sha256", "items")  # noqa: RUF023

    path: Path | None
    """Where it is; ``None`` while it has no name yet."""

    size: int
    """Bytes of it."""

    sha256: str
    """SHA-256 of its content, in lower-case hexadecimal digits."""

    items: int
    """How many items with an id are in it."""

    def __init__(self, path: Path | None, size: int, sha256: str, items: int) -> None:
        self.path = path
        self.size = size
        self.sha256 = sha256
        self.items = items


class Written(Data):
    """What a finished :class:`PayloadWriter` gives."""

    __slots__ = ("report", "receipts", "output")  # noqa: RUF023

    report: Report
    """What the check found: warnings at most."""

    receipts: list[PayloadFile] | list[UploadReceipt] | list[WrittenFile]
    """One for each file, in order."""

    output: Batch | Path | None
    """The :class:`Batch` in the folder, the path of the file, ``None`` for S3."""

    def __init__(
        self,
        report: Report,
        receipts: list[Any],
        output: Batch | Path | None,
    ) -> None:
        self.report = report
        self.receipts = receipts
        self.output = output

    @property
    def batch(self) -> Batch:
        """The :class:`Batch` in the folder.

        :raises AttributeError: if files went elsewhere.
        """
        from ._batch import Batch

        if not isinstance(self.output, Batch):
            raise AttributeError("there is a batch if files go to a folder")
        return self.output

    def __repr__(self) -> str:
        return f"<Written: {len(self.receipts)} files, {self.report.warning_count} warnings>"


class PayloadWriter:
    """Writes payloads of any number of items, in constant memory.

    * **Any order.** What an item refers to stands in the same file or in an earlier one, in whatever order items come.
    * **Checked.** Each item is checked as it is written. Those with an error are not taken, and told with their rows; the others
      are taken, and the writer goes on.
    * **Whole or not at all.** Nothing has its final name before :meth:`finish`, which leaving the ``with`` block calls. Leaving it by
      an exception discards everything, but for what is in the bucket.
    * **The same again.** The same header and the same items in the same order give the same bytes, and so the same object keys.

    Rows are encoded while those before them are checked and written. A writer belongs to the process that made it, and to one
    thread at a time.

    :param partner: the partner's id.
    :param api_key: the access key.
    :param created_at: when the payload was made, a :class:`~datetime.datetime` with offset or ISO 8601 text. It is part of the files
        and of their object keys: a job that may have to be run again takes one that stays the same, such as the day's beginning.
        Default: now.
    :param folder: writes files into this folder, made if need be, which become a :class:`Batch`.
    :param s3: uploads each file as soon as it is full, by this client.
    :param file: writes one file, with this name once it is whole; what was there before is replaced.
    :param max_bytes: no file gets larger than this. Default 64 MiB.
    :param max_items: so many items go into one file at most. Default: any number.
    :param references: ``"deferred"``: an item that refers to one that was not written yet waits on the disk. ``"loaded_before"``: it
        is written at once, as what it refers to has been loaded before.
    :param spool_dir: where temporary files are made. Default: the system's folder for them.
    :param strict: warnings become errors.
    :param today: the day of the check. Default: today in Paris.
    :param max_findings: how many findings are kept in detail. Default 100 000.
    :param resume: with ``s3``, looks for each file before uploading it, for one that an earlier run has uploaded.
    :param on_file: with ``s3``, is called with the :class:`UploadReceipt` of each file that is in the bucket. What it raises is raised by
        the next call of the writer.
    :raises qlower.ValidationError: if the header has an error.
    :raises qlower.BatchError: if the folder holds a finished batch or foreign files, or another writer is at work there.

    >>> import qlower, tempfile
    >>> rows = [{"id": f"T{n}", "date": "2025-01-31", "property_id": "P1", "amount": "850.00",
    ...          "reference": "Loyer janvier"} for n in range(1000)]
    >>> with qlower.PayloadWriter(partner="acme", api_key="key", created_at="2025-02-01T03:00:00+01:00",
    ...                           folder=tempfile.mkdtemp()) as writer:
    ...     writer.write_transactions(rows)
    >>> writer.written.receipts[0].items
    1000
    """

    __slots__ = ("_native", "_written")

    def __init__(
        self,
        *,
        partner: str,
        api_key: str,
        created_at: datetime | str | None = None,
        folder: str | os.PathLike[str] | None = None,
        s3: Client | None = None,
        file: str | os.PathLike[str] | None = None,
        max_bytes: int | None = None,
        max_items: int | None = None,
        references: Literal["deferred", "loaded_before"] = "deferred",
        spool_dir: str | os.PathLike[str] | None = None,
        strict: bool = False,
        today: date | str | None = None,
        max_findings: int | None = None,
        resume: bool = False,
        on_file: Callable[[UploadReceipt], object] | None = None,
    ) -> None:
        if created_at is not None and not isinstance(created_at, str):
            created_at = created_at.isoformat()
        if s3 is None and (resume or on_file is not None):
            raise TypeError("resume and on_file are for s3")
        self._written: Written | None = None
        self._native = _native.PayloadWriter(
            partner,
            api_key,
            created_at,
            None if folder is None else os.fspath(folder),
            None if file is None else os.fspath(file),
            None if s3 is None else s3._open(),
            max_bytes,
            max_items,
            references,
            None if spool_dir is None else os.fspath(spool_dir),
            strict,
            today,
            max_findings,
            resume,
            on_file,
        )

    def write(self, item: Any, *, section: Section | None = None) -> None:
        """Writes one item: a model, or a mapping if the section is named.

        :raises qlower.ValidationError: if the item has an error: it was not taken, and the writer goes on.
        :raises qlower.WriterError: says why it cannot be taken.
        """
        kinds = (kind.__name__ for kind in type(item).__mro__) if section is None else ()
        found = section or next((_SECTIONS[kind] for kind in kinds if kind in _SECTIONS), None)
        if found is None:
            raise TypeError("name the section of an item that is no model: section='transactions'")
        self._native.write(found, item)

    def write_declarants(self, rows: Rows) -> None:
        """Writes many declarants; see :meth:`write_transactions`."""
        self._native.write_rows("declarants", rows)

    def write_properties(self, rows: Rows) -> None:
        """Writes many properties; see :meth:`write_transactions`."""
        self._native.write_rows("properties", rows)

    def write_transactions(self, rows: Rows) -> None:
        """Writes many transactions: any iterable of models, dicts or other objects, :class:`qlower.Rows`, or an Arrow table.

        An Arrow table is anything with ``__arrow_c_stream__``, such as those of pandas, polars, pyarrow and duckdb. Its columns
        are named as the fields, by readable names or wire keys.

        :raises qlower.ValidationError: once all rows were seen, with what is wrong with those that were not taken, their rows and
            columns. The others were taken, and the writer goes on.
        :raises qlower.WriterError: at the first row that cannot be placed, with its ``row``; those before it were taken.
        """
        self._native.write_rows("transactions", rows)

    def write_documents(self, rows: Rows) -> None:
        """Writes many documents; see :meth:`write_transactions`."""
        self._native.write_rows("documents", rows)

    def write_clients(self, rows: Iterable[Mapping[str, Any] | Any]) -> None:
        """Writes many entries of the `clients` layout; see :meth:`write_transactions`."""
        self._native.write_rows("clients", rows)

    def pushed(self, section: Section) -> int:
        """How many items of a section were taken so far."""
        return self._native.pushed(section)

    @property
    def index_bytes(self) -> int:
        """Bytes of memory that hold what is remembered of the items."""
        return self._native.index_bytes

    @property
    def receipts(self) -> list[Any]:
        """What is known of the files that were handed on so far, in order."""
        return list(self._written.receipts) if self._written is not None else self._native.receipts

    @property
    def written(self) -> Written:
        """What :meth:`finish` gave.

        :raises AttributeError: before that.
        """
        if self._written is None:
            raise AttributeError("the writer is not finished")
        return self._written

    def finish(self) -> Written:
        """Writes what still waits, and finishes: only then do the files have their names. Calling it again gives the same.

        :raises qlower.ValidationError: if strict checking found something in the end, such as a reference without a target.
            Nothing is kept then.
        """
        if self._written is None:
            self._written = Written(*self._native.finish())
        return self._written

    def discard(self) -> None:
        """Gives up: nothing is left of what was written, but for what is in the bucket. Without effect once it is finished."""
        self._native.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.discard()
