"""The whole ledger, in order of date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from .chance import Dice
from .costs import costs, owned_days, small_job
from .entries import Entry
from .figures import working_day
from .income import income
from .leases import Register, tenancies
from .lots import Lot

LINES = 6000


@dataclass(frozen=True)
class Line:
    number: str
    entry: Entry


def _booked(lots: list[Lot]) -> list[Entry]:
    found: list[Entry] = []
    register = Register()
    owners: set[str] = set()
    for lot in lots:
        lets = tenancies(lot, register)
        paid = income(lot, lets)
        first = lot.declarant.code not in owners
        owners.add(lot.declarant.code)
        found += [*paid, *costs(lot, lets, paid, first_of_declarant=first)]
    return found


def _repairs(lots: list[Lot], count: int) -> list[Entry]:
    dice = Dice("repairs")
    found: list[Entry] = []
    while len(found) < count:
        lot = dice.pick(lots)
        first, last = owned_days(lot)
        day = working_day(first + timedelta(days=dice.between(0, (last - first).days)))
        if lot.kind != "S":
            found.append(small_job(lot, "", day, dice))
    return found


def ledger(lots: list[Lot]) -> list[Line]:
    """Exactly `LINES` lines: what must be booked, and small repairs for the rest."""
    booked = _booked(lots)
    if len(booked) > LINES:
        raise ValueError(f"{len(booked)} entries are more than the ledger's {LINES}")
    entries = booked + _repairs(lots, LINES - len(booked))
    entries.sort(key=lambda entry: (entry.day, entry.lot, entry.heading, entry.text, entry.cents))
    lines: list[Line] = []
    rank, year = 0, 0
    for entry in entries:
        rank = rank + 1 if entry.day.year == year else 1
        year = entry.day.year
        lines.append(Line(f"{year}-{rank:05d}", entry))
    return lines
