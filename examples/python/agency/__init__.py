"""The agency's export, file by file, as models of the SDK.

Each file has one function in :mod:`agency.rows` that makes a model of a row. Three rules hold in all of them:

* Where the export writes a value otherwise than Qlower, the cell is converted; see :mod:`agency.cells`.
* What cannot be converted is handed over as it stood. Nothing is guessed, and one bad cell hides no other: the check
  finds them all.
* Only what is no table (a missing file or column, a row that is too short, bytes that are not UTF-8) stops the reading.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from qlower import Associate, Declarant, Document, Property, Transaction

from . import rows


class NoTableError(Exception):
    """A file of the export is not what it should be."""


@dataclass(frozen=True)
class Books:
    """What an export holds."""

    declarants: list[Declarant]
    """With their associates in them."""
    properties: list[Property]
    """Each names its declarant, and so need not stand inside it."""
    transactions: list[Transaction]
    documents: list[Document]
    """Each names its property or its declarant."""


@dataclass(frozen=True)
class Export:
    """Where the five files of an export are."""

    mandants: Path
    associes: Path
    lots: Path
    ecritures: Path
    documents: Path

    @classmethod
    def in_folder(cls, folder: Path) -> Export:
        names = ("mandants", "associes", "lots", "ecritures", "documents")
        return cls(*(folder / f"{name}.csv" for name in names))

    def with_files_of(self, folder: Path) -> Export:
        """The same, but for the files that this folder has."""
        files = {name: folder / path.name for name, path in vars(self).items()}
        return replace(self, **{name: path for name, path in files.items() if path.exists()})

    def read(self) -> Books:
        """Reads the five files.

        Raises
        ------
        NoTableError
            If a file is no table of the expected columns, or an associate belongs to a client that is not there.
        """
        declarants = [rows.declarant(row) for row in read(self.mandants)]
        by_client = self._associates()
        for declarant in declarants:
            declarant.associates = by_client.pop(declarant.id, [])
        # The payload has no place for an associate outside a declarant, so the check would never see this one.
        for client, orphans in by_client.items():
            ids = ", ".join(associate.id for associate in orphans)
            raise NoTableError(
                f'{self.associes.name}: {ids} belong to "{client}", which {self.mandants.name} does not hold'
            )
        return Books(
            declarants=declarants,
            properties=[rows.property_of(row) for row in read(self.lots)],
            transactions=[rows.transaction(row) for row in read(self.ecritures)],
            documents=[rows.document(row) for row in read(self.documents)],
        )

    def _associates(self) -> dict[str, list[Associate]]:
        by_client: dict[str, list[Associate]] = {}
        for row in read(self.associes):
            by_client.setdefault(row["code_mandant"], []).append(rows.associate(row))
        return by_client


class Row(dict[str, str]):
    """A row by its column names. A column that is not there is a fault of the file."""

    file = ""

    def __missing__(self, name: str) -> str:
        raise NoTableError(f"{self.file}: there is no column {name}")

    def optional(self, name: str) -> str | None:
        """The cell, or `None` if it is empty."""
        return self[name] or None


def read(path: Path) -> Iterator[Row]:
    """The rows of a file: semicolons, column names on the first line, spaces around a cell dropped."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.reader(file, delimiter=";", strict=True)
            names = [name.strip() for name in next(table, [])]
            for cells in table:
                # One more or one less would put every cell behind it under a wrong name.
                if len(cells) != len(names):
                    raise NoTableError(
                        f"{path.name}: line {table.line_num}: {len(cells)} cells, not {len(names)}"
                    )
                row = Row(zip(names, (cell.strip() for cell in cells), strict=True))
                row.file = path.name
                yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NoTableError(f"{path.name}: {error}") from error
