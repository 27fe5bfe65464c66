"""Arithmetic that dates, amounts and identity numbers need."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

from .chance import Dice

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 12, 31)

MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)

ASCII_LETTERS = str.maketrans("àâäçéèêëîïôöùûüÿ' ", "aaaceeeeiioouuuy--")
BARE_CAPITALS = str.maketrans("ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸ", "AAACEEEEIIOOUUUY")

IRL = {
    (2024, 1): 350,
    (2024, 2): 350,
    (2024, 3): 326,
    (2024, 4): 247,
    (2025, 1): 182,
    (2025, 2): 140,
    (2025, 3): 104,
    (2025, 4): 87,
}
"""Yearly rise of French rents that a quarter's revisions may follow, in hundredths of %."""

PRICE_LEVEL = (
    *((1985, 30), (1990, 44), (1996, 38), (2000, 45), (2006, 80)),
    *((2009, 80), (2012, 88), (2015, 86), (2020, 98), (2022, 108), (2025, 100)),
)
"""Level of housing prices by year, 2024 being about 100."""


def _luhn_total(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total


def with_luhn_digit(digits: str) -> str:
    """`digits` followed by the one digit that makes the whole pass the Luhn check."""
    return digits + str(-_luhn_total(digits + "0") % 10)


def siren(dice: Dice) -> str:
    return with_luhn_digit(str(dice.between(81_000_000, 95_300_000)))


def siret(siren_number: str, establishment: int) -> str:
    return with_luhn_digit(f"{siren_number}{establishment:04d}")


def phone(dice: Dice) -> str:
    """A number from the ranges that are never given to a subscriber in France."""
    prefix = dice.pick(("06 39 98", "06 39 98", "04 65 71", "01 99 00"))
    number = f"{prefix} {dice.between(0, 99):02d} {dice.between(0, 99):02d}"
    if dice.chance(150):
        return number.replace(" ", ".")
    if dice.chance(120):
        return "+33 " + number[1:]
    return number


def slug(text: str) -> str:
    """`text` in lower case ASCII, for addresses and links."""
    plain = text.lower().translate(ASCII_LETTERS).replace("œ", "oe").replace("²", "2")
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in plain)
    return "-".join(part for part in kept.split("-") if part)


def capitals(text: str) -> str:
    """`text` in capitals without accents, as older software stores it."""
    return text.upper().translate(BARE_CAPITALS)


def quarter(day: date) -> int:
    return (day.month + 2) // 3


def month_length(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def month_end(day: date) -> date:
    return day.replace(day=month_length(day.year, day.month))


def months_of_window() -> list[date]:
    """The first day of every month of the two years."""
    return [date(year, month, 1) for year in (2024, 2025) for month in range(1, 13)]


def in_window(day: date) -> bool:
    return FIRST_DAY <= day <= LAST_DAY


def working_day(day: date) -> date:
    """`day`, or the Monday after a Sunday (the Saturday before at the window's end)."""
    if day.weekday() != 6:
        return day
    return day + timedelta(days=1 if day < LAST_DAY else -1)


def price_level(year: int) -> int:
    """Housing price level of a year, in % of 2024."""
    for (start, low), (end, high) in pairwise(PRICE_LEVEL):
        if start <= year <= end:
            return low + (high - low) * (year - start) // (end - start)
    return PRICE_LEVEL[0][1]


def raised(rent: int, day: date) -> int:
    """`rent` after the yearly revision of `day`, in cents."""
    return rent + rent * IRL[day.year, quarter(day)] // 10_000


def rounded(value: int, step: int) -> int:
    return (value + step // 2) // step * step
