"""A copy of two files with the mistakes that agencies really make."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import date

from .tables import Table, day_cell

Row = dict[str, str]


@dataclass(frozen=True)
class Slip:
    """A mistake to make in the first row that suits it."""

    file: str
    column: str
    what: str
    verdict: str
    suits: Callable[[Row], bool]
    spoil: Callable[[Row], str]


@dataclass(frozen=True)
class Mistake:
    """A mistake that was made, and where."""

    slip: Slip
    line: int
    code: str
    before: str
    after: str


def _day(cell: str) -> date:
    day, month, year = map(int, cell.split("/"))
    return date(year, month, day)


def _rent_of(month: str, least: int = 0) -> Callable[[Row], bool]:
    def suits(row: Row) -> bool:
        right_month = row["date_operation"].endswith(month)
        whole = int(row["montant"].partition(",")[0])
        return right_month and row["rubrique"] == "LOYER" and whole >= max(least, 1)

    return suits


def _before_built(row: Row) -> str:
    built = _day(row["date_construction"])
    return day_cell(built.replace(year=built.year - 2))


ERROR, WARNING = "error", "warning"

SLIPS = (
    Slip(
        *("lots.csv", "siret", "a SIRET of 13 digits", ERROR),
        lambda row: row["siret"] != "" and row["code_lot"] > "L020",
        lambda row: row["siret"][:-1],
    ),
    Slip(
        *("lots.csv", "date_acquisition", "no day of purchase", ERROR),
        lambda row: row["code_lot"] > "L040",
        lambda _: "",
    ),
    Slip(
        *("lots.csv", "courriel", "an e-mail address without `@`", ERROR),
        lambda row: row["code_lot"] > "L055",
        lambda row: row["courriel"].replace("@", "."),
    ),
    Slip(
        *("lots.csv", "date_acquisition", "bought two years before it was built", WARNING),
        lambda row: row["code_lot"] > "L070" and row["date_construction"][-4:] > "1995",
        _before_built,
    ),
    Slip(
        *("lots.csv", "regime_fiscal", "tax regime 34, which was never given out", ERROR),
        lambda row: row["code_lot"] > "L090" and row["regime_fiscal"] == "36",
        lambda _: "34",
    ),
    Slip(
        *("ecritures.csv", "montant", "a space between the thousands", ERROR),
        _rent_of("/03/2024", least=1000),
        lambda _: "1 250,00",
    ),
    Slip(
        *("ecritures.csv", "montant", "a letter O in place of a zero", ERROR),
        lambda row: row["rubrique"] == "PNO" and row["date_operation"].endswith("/06/2024"),
        lambda _: "-12O,50",
    ),
    Slip(
        *("ecritures.csv", "montant", "no amount", ERROR),
        _rent_of("/09/2024"),
        lambda _: "",
    ),
    Slip(
        *("ecritures.csv", "montant", "an amount of zero", WARNING),
        lambda row: row["rubrique"] == "HONOGES" and row["date_operation"] == "31/12/2024",
        lambda _: "0,00",
    ),
    Slip(
        *("ecritures.csv", "date_operation", "a day that does not exist", ERROR),
        lambda row: row["date_operation"] in ("28/02/2025", "01/03/2025"),
        lambda _: "31/02/2025",
    ),
    Slip(
        *("ecritures.csv", "date_operation", "a date written the other way round", ERROR),
        lambda row: row["date_operation"] == "07/03/2025",
        lambda _: "2025/03/07",
    ),
    Slip(
        *("ecritures.csv", "code_lot", "a property that `lots.csv` does not hold", WARNING),
        lambda row: row["code_lot"] == "L042" and row["date_operation"].endswith("/05/2025"),
        lambda _: "L0042",
    ),
    Slip(
        *("ecritures.csv", "devise", "a currency that is no code", ERROR),
        _rent_of("/08/2025"),
        lambda _: "EURO",
    ),
    Slip(
        *("ecritures.csv", "no_ecriture", "the number of the entry 30 lines above", ERROR),
        _rent_of("/11/2025"),
        lambda row: f"2025-{int(row['no_ecriture'][5:]) - 30:05d}",
    ),
)


def _make(slip: Slip, table: Table, taken: set[tuple[str, int]]) -> Mistake:
    names = [column.name for column in table.columns]
    for index, cells in enumerate(table.rows):
        row = dict(zip(names, cells, strict=True))
        if (slip.file, index) not in taken and slip.suits(row):
            taken.add((slip.file, index))
            after = slip.spoil(row)
            cells[names.index(slip.column)] = after
            # The header is line 1.
            return Mistake(slip, index + 2, cells[0], row[slip.column], after)
    raise LookupError(f"no row of {slip.file} suits the mistake: {slip.what}")


def spoiled(good: list[Table]) -> tuple[list[Table], list[Mistake]]:
    """Copies of the tables that differ, and what is wrong in them."""
    files = {slip.file for slip in SLIPS}
    copies = {table.file: deepcopy(table) for table in good if table.file in files}
    taken: set[tuple[str, int]] = set()
    made = [_make(slip, copies[slip.file], taken) for slip in SLIPS]
    return list(copies.values()), made
