"""What tenants, the CAF and platforms pay."""

from __future__ import annotations

from datetime import date, timedelta

from .chance import Dice
from .entries import Entry
from .figures import (
    FIRST_DAY,
    LAST_DAY,
    MONTHS,
    in_window,
    month_end,
    month_length,
    months_of_window,
    quarter,
    raised,
    rounded,
    working_day,
)
from .leases import Tenancy
from .lots import Lot

SEA = (1, 1, 2, 3, 4, 5, 9, 9, 4, 2, 1, 1)
MOUNTAIN = (7, 9, 6, 2, 1, 3, 6, 7, 2, 1, 1, 6)
TOWN = (1, 1, 2, 3, 4, 4, 5, 5, 4, 3, 1, 2)
SEASONS = {"30240": SEA, "38250": MOUNTAIN}
"""How well each month sells; 9 is a full month, 3 is ten nights."""

NIGHTLY = {"T1": 5200, "T2": 8200, "T3": 10_500, "H": 8100}
"""Price of a night out of season, in cents."""


def _part_of_month(amount: int, first: date, last: date) -> int:
    days = (last - first).days + 1
    return amount * days // month_length(first.year, first.month)


def _split_payment(entry: Entry, dice: Dice) -> list[Entry]:
    """A careless tenant's rent: late, in two goes, refused by the bank, or as it should be."""
    later = working_day(entry.day + timedelta(days=dice.between(9, 17)))
    if later > LAST_DAY:
        return [entry]
    way = dice.between(1, 10)
    if way <= 2:
        return [Entry(later, entry.lot, entry.tenant, entry.text, "LOYER", entry.cents)]
    if way == 3:
        first = rounded(entry.cents * dice.between(35, 70) // 100, 1000)
        text = entry.text.replace("Loyer", "Solde loyer")
        return [
            Entry(entry.day, entry.lot, entry.tenant, f"{entry.text} acompte", "LOYER", first),
            Entry(later, entry.lot, entry.tenant, text, "LOYER", entry.cents - first),
        ]
    if way == 4:
        refusal = working_day(entry.day + timedelta(days=dice.between(2, 4)))
        text = entry.text.replace("Loyer", "Rejet prélèvement loyer")
        again = entry.text.replace("Loyer", "Régul. loyer")
        return [
            entry,
            Entry(refusal, entry.lot, entry.tenant, text, "LOYER", -entry.cents),
            Entry(later, entry.lot, entry.tenant, again, "LOYER", entry.cents),
        ]
    return [entry]


def _monthly(lot: Lot, let: Tenancy, dice: Dice) -> list[Entry]:
    found: list[Entry] = []
    rent, benefit = let.rent, let.housing_benefit
    for month in months_of_window():
        last_of_month = month_end(month)
        first, last = max(month, let.start), min(last_of_month, let.end or LAST_DAY)
        if first > last:
            continue
        if month.month == let.start.month and month.year > let.start.year:
            rent = raised(rent, month)
        due = _part_of_month(rent, first, last)
        name = f"Loyer {MONTHS[month.month - 1]} {month.year}"
        if (first, last) != (month, last_of_month):
            name = f"Loyer du {first.day:02d} au {last:%d/%m/%Y}"
        aid = benefit if first == month and last == last_of_month else 0
        own = due - aid
        day = max(first, month.replace(day=let.pays_on) + timedelta(days=dice.between(0, 2)))
        day = working_day(min(day, last_of_month))
        paid = Entry(day, lot.code, let.tenant, name, "LOYER", own)
        found += _split_payment(paid, dice) if let.careless else [paid]
        if let.charges:
            due = _part_of_month(let.charges, first, last)
            text = name.replace("Loyer", "Prov. charges")
            found.append(Entry(day, lot.code, let.tenant, text, "CHARGES", due))
        # The CAF pays a month when it is over.
        day = working_day(last_of_month + timedelta(days=dice.between(5, 8)))
        if aid and day <= LAST_DAY:
            text = f"CAF APL {MONTHS[month.month - 1]} {month.year}"
            found.append(Entry(day, lot.code, let.tenant, text, "CAF", aid))
    return found


def _quarterly(lot: Lot, let: Tenancy, dice: Dice) -> list[Entry]:
    """Commercial rent in advance; the residence's operator pays in arrears."""
    found: list[Entry] = []
    rent = let.rent
    operator = lot.kind == "S"
    for month in months_of_window()[::3]:
        last = month_end(month.replace(month=month.month + 2))
        if month < let.start or (let.end and last > let.end):
            continue
        if month.year > let.start.year and quarter(month) == quarter(let.start):
            rent = raised(rent, month)
        amount = rent * 3 * (100 + int(lot.vat.replace("N", "0"))) // 100
        label = f"T{quarter(month)} {month.year}"
        text = f"Loyer exploitant {label} TTC" if operator else f"Loyer {label}"
        if lot.vat == "20":
            text += " TVA incluse"
        day = month + timedelta(days=dice.between(1, 9))
        if operator:
            day = last - timedelta(days=dice.between(0, 4))
        heading = "RESID" if operator else "LOYER"
        found.append(Entry(working_day(day), lot.code, let.tenant, text, heading, amount))
    return found


def _deposit(lot: Lot, let: Tenancy, dice: Dice) -> list[Entry]:
    months = 3 if lot.kind == "C" else 2 if lot.furnished else 1
    amount = let.rent * months
    if lot.kind in "PS":
        return []
    found: list[Entry] = []
    if let.start >= FIRST_DAY:
        text = f"Dépôt de garantie {let.name}"
        found.append(Entry(let.start, lot.code, let.tenant, text, "DEPOT", amount))
    if let.end and in_window(let.end):
        day = working_day(let.end + timedelta(days=dice.between(18, 55)))
        kept = rounded(amount * dice.between(8, 45) // 100, 500) if dice.chance(280) else 0
        text = f"Restit. DG {let.name}" + (" après retenues" if kept else "")
        if day <= LAST_DAY:
            found.append(Entry(day, lot.code, let.tenant, text, "DEPOT", kept - amount))
    return found


def _settlement(lot: Lot, let: Tenancy, dice: Dice) -> list[Entry]:
    """What the provisions of the year before came to in the end."""
    found: list[Entry] = []
    for year in (2024, 2025):
        day = working_day(date(year, dice.between(5, 9), dice.between(3, 27)))
        amount = dice.between(-14_500, 16_500)
        stays = let.start.year < year and (let.end is None or let.end > day)
        if let.charges and stays and amount:
            text = f"Régul. charges {year - 1} {let.name}"
            found.append(Entry(day, lot.code, let.tenant, text, "CHARGES", amount))
    return found


def _stays(lot: Lot, dice: Dice) -> list[Entry]:
    """Holiday lets: each stay and its cleaning, and the platform's monthly commission."""
    found: list[Entry] = []
    season = SEASONS.get(lot.site.town.post_code, TOWN)
    price = NIGHTLY[lot.kind]
    for month in months_of_window():
        weight = season[month.month - 1]
        arrival = month + timedelta(days=dice.between(0, 6))
        nights_left = weight * 10 // 3 - dice.between(0, 2)
        sold = 0
        while nights_left >= 2:
            nights = min(dice.pick((2, 3, 4, 7, 7)), nights_left)
            departure = arrival + timedelta(days=nights)
            if departure > month_end(month):
                break
            high = weight >= 5
            gross = nights * price * (130 if high else 100) // 100
            gross = rounded(gross * dice.between(92, 112) // 100, 100)
            dates = f"{arrival:%d/%m}-{departure:%d/%m/%Y}"
            found.append(Entry(departure, lot.code, "", f"Séjour {dates}", "SEJOUR", gross))
            sold += gross
            if dice.chance(450):
                cost = -dice.pick((4500, 5500, 6000, 7500))
                text = f"Ménage et linge {departure:%d/%m}"
                found.append(Entry(departure, lot.code, "", text, "MENAGE", cost))
            nights_left -= nights
            arrival = departure + timedelta(days=dice.between(0, 4))
        if sold:
            text = f"Commission plateforme {MONTHS[month.month - 1]} {month.year}"
            fee = -sold * 15 // 100
            found.append(Entry(month_end(month), lot.code, "", text, "PLATEF", fee))
    return found


def income(lot: Lot, lets: list[Tenancy]) -> list[Entry]:
    """Every payment for the lot, with what is given back."""
    dice = Dice("income", lot.code)
    if not lets:
        return _stays(lot, dice)
    found: list[Entry] = []
    for let in lets:
        found += (_quarterly if lot.kind in "CS" else _monthly)(lot, let, dice)
        found += _deposit(lot, let, dice)
        found += _settlement(lot, let, dice)
    return found
