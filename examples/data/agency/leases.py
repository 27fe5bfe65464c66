"""Who lives in the lots, from when to when, and for how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from .chance import Dice
from .figures import FIRST_DAY, LAST_DAY
from .lots import TOURIST_REGIMES, Lot
from .pools import MEN, SURNAMES, WOMEN


@dataclass(frozen=True)
class Tenancy:
    tenant: str
    name: str
    start: date
    end: date | None
    """Last day, absent while the tenant stays on."""
    rent: int
    """Monthly rent at the start, or at the opening of the books, in cents."""
    charges: int
    """Monthly provision for charges, booked apart; 0 when the rent includes them."""
    housing_benefit: int
    """What the CAF pays to the agency each month, in cents."""
    pays_on: int
    """Day of the month."""
    careless: bool
    """Pays late, in two goes, or has debits refused."""


class Register:
    """Hands out the tenants' codes."""

    def __init__(self) -> None:
        self._last = 0

    def code(self) -> str:
        self._last += 1
        return f"T{self._last:04d}"


def _name(dice: Dice) -> str:
    return f"{dice.pick(SURNAMES)} {dice.pick(dice.pick((WOMEN, MEN)))[0]}."


def _tenancy(
    lot: Lot, dice: Dice, register: Register, start: date, end: date | None, rent: int
) -> Tenancy:
    alone_in_flat = lot.kind.startswith("T") and not lot.shop
    benefit = 0
    if alone_in_flat and lot.kind in ("T1", "T2") and dice.chance(120):
        benefit = rent * dice.between(22, 48) // 100
    apart = lot.kind.startswith("T") and "c" not in lot.marks and dice.chance(75)
    return Tenancy(
        tenant=register.code(),
        name=lot.shop or _name(dice),
        start=start,
        end=end if end and end <= LAST_DAY else None,
        rent=rent,
        charges=max(2000, lot.area // 100 * dice.between(80, 160) // 500 * 500) if apart else 0,
        housing_benefit=benefit,
        pays_on=dice.pick((1, 1, 2, 3, 4, 5, 5, 5, 6, 7, 8, 10)),
        careless=dice.chance(70),
    )


def _student_years(lot: Lot, dice: Dice, register: Register) -> list[Tenancy]:
    """September to May, June or July, and nobody in the summer."""
    found: list[Tenancy] = []
    rent = lot.rent
    for year in (2023, 2024, 2025):
        start = date(year, 9, 1)
        if dice.chance(400):
            start = date(year, 8, dice.between(20, 31))
        end = dice.pick((date(year + 1, 5, 31), date(year + 1, 6, 30), date(year + 1, 7, 15)))
        if start > lot.history.ready:
            found.append(_tenancy(lot, dice, register, start, end, rent))
        rent += rent * dice.between(0, 25) // 1000 // 100 * 100
    return found


def _successive(lot: Lot, dice: Dice, register: Register, rent: int) -> list[Tenancy]:
    """One tenant after the other, with empty weeks between."""
    opening = max(lot.history.ready, lot.activity or lot.history.ready)
    start = max(opening, FIRST_DAY - timedelta(days=dice.between(40, 1500)))
    # Lets that began long ago reach the window with a rent below the market's.
    rent = rent * (100 if start.year > 2022 else 96) // 100 // 100 * 100
    longest = {"P": 1900, "C": 9000, "S": 9000}.get(lot.kind, 900 if lot.furnished else 2100)
    found: list[Tenancy] = []
    while start <= LAST_DAY:
        end = start + timedelta(days=dice.between(longest // 3, longest))
        if end < FIRST_DAY:
            end = FIRST_DAY + timedelta(days=dice.between(60, 500))
        found.append(_tenancy(lot, dice, register, start, end, rent))
        start = end + timedelta(days=dice.between(6, 64))
        rent += rent * dice.between(5, 40) // 1000 // 100 * 100
    return found


def tenancies(lot: Lot, register: Register) -> list[Tenancy]:
    """The lot's lets that touch the two years; none for holiday homes."""
    dice = Dice("tenancies", lot.code)
    if lot.regime in TOURIST_REGIMES:
        return []
    if "s" in lot.marks:
        return _student_years(lot, dice, register)
    if "c" in lot.marks:
        room = lot.rent * 118 // 300 // 500 * 500
        rooms = (room - 2000, room, room + 1500)
        return [let for rent in rooms for let in _successive(lot, dice, register, rent)]
    return _successive(lot, dice, register, lot.rent)
