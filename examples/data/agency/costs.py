"""What the owner pays: the agency, taxes, insurance, the bank, craftsmen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from .chance import Dice
from .entries import COLLECTED, Entry
from .figures import (
    LAST_DAY,
    in_window,
    month_end,
    months_of_window,
    quarter,
    rounded,
    working_day,
)
from .leases import Tenancy
from .lots import TOURIST_REGIMES, Lot
from .pools import BUILDERS

BIG_WORKS = (
    ("réfection salle de bains", 380_000, 780_000),
    ("remplacement chaudière", 290_000, 520_000),
    ("fenêtres double vitrage", 240_000, 690_000),
    ("rénovation cuisine", 310_000, 840_000),
    ("peinture et sols", 160_000, 420_000),
    ("mise aux normes électriques", 190_000, 460_000),
)

SMALL_JOBS = (
    ("Remplacement mitigeur", 9500, 21_000),
    ("Débouchage canalisation", 11_000, 24_500),
    ("Serrurier - porte claquée", 12_000, 31_000),
    ("Entretien chaudière", 10_500, 16_500),
    ("Remplacement chauffe-eau", 54_000, 98_000),
    ("Détecteur de fumée", 3500, 7900),
    ("Réparation volet roulant", 14_000, 38_000),
    ("Joints et étanchéité douche", 8500, 19_000),
    ("Recherche de fuite", 18_000, 33_000),
    ("Remise en état électrique", 13_000, 29_500),
)

BARE_JOBS = (
    ("Graissage et réglage porte", 6500, 14_500),
    ("Éclairage remplacé", 4900, 12_000),
    ("Double des clés et badge", 3500, 9000),
)


def owned_days(lot: Lot) -> tuple[date, date]:
    """First and last day on which the lot can be spent on."""
    return max(lot.history.bought, date(2024, 1, 2)), LAST_DAY


def _period_end(day: date, months: int) -> date:
    return month_end(day.replace(day=1, month=(day.month + months - 1) // months * months))


def _period_name(day: date, months: int) -> str:
    """The period of that many months in which `day` falls."""
    if months == 1:
        return f"{day:%m/%Y}"
    if months == 12:
        return f"année {day.year}"
    return f"{'T' if months == 3 else 'S'}{(day.month + months - 1) // months} {day.year}"


def _fees(lot: Lot, collected: Iterable[Entry]) -> list[Entry]:
    declarant = lot.declarant
    if lot.managed == "D":
        return []
    rate = 1920 if lot.regime in TOURIST_REGIMES else declarant.fee_rate
    sums: dict[date, int] = {}
    for entry in collected:
        if entry.heading in COLLECTED:
            end = _period_end(entry.day, declarant.rendered_every)
            sums[end] = sums.get(end, 0) + entry.cents
    found: list[Entry] = []
    for end, total in sorted(sums.items()):
        period = _period_name(end, declarant.rendered_every)
        fee = total * rate // 10_000
        if fee > 0:
            text = f"Honoraires de gestion {period}"
            found.append(Entry(end, lot.code, "", text, "HONOGES", -fee))
    return found


def _letting_fees(lot: Lot, lets: list[Tenancy]) -> list[Entry]:
    found: list[Entry] = []
    for let in lets:
        if in_window(let.start) and lot.kind not in "PSC":
            fee = -min(lot.area * 1300 // 100, let.rent * 9 // 10)
            text = f"Honoraires de location {let.name}"
            day = working_day(let.start)
            found.append(Entry(day, lot.code, let.tenant, text, "HONOLOC", fee))
    return found


def _surveys(lot: Lot, lets: list[Tenancy], dice: Dice) -> list[Entry]:
    """Energy and asbestos surveys, some time before a new tenant moves in."""
    found: list[Entry] = []
    for let in lets:
        day = working_day(let.start - timedelta(days=dice.between(9, 40)))
        if in_window(day) and day > lot.history.bought and lot.kind not in "PS":
            cost = -dice.between(120, 340) * 100
            if dice.chance(220):
                found.append(Entry(day, lot.code, "", "Diagnostics DPE + ERP", "DIAG", cost))
    return found


def _corrections(lot: Lot, lets: list[Tenancy], dice: Dice) -> list[Entry]:
    """Money that changes hands a second time, because the first was too much."""
    found: list[Entry] = []
    for let in lets:
        if let.end and let.housing_benefit:
            day = working_day(let.end + timedelta(days=dice.between(50, 95)))
            if in_window(day):
                text = "CAF reprise trop-perçu"
                amount = -let.housing_benefit
                found.append(Entry(day, lot.code, let.tenant, text, "CAF", amount))
        elif let.end and dice.chance(160):
            day = working_day(let.end + timedelta(days=dice.between(8, 16)))
            if in_window(day):
                text = f"Remb. trop-perçu loyer {let.name}"
                amount = -let.rent * dice.between(10, 40) // 100
                found.append(Entry(day, lot.code, let.tenant, text, "REMB", amount))
    if lot.shared_building and dice.chance(140):
        day = working_day(date(2025, dice.between(2, 6), dice.between(3, 27)))
        if day.year > lot.history.ready.year:
            text = "Remb. solde charges copro 2024"
            amount = dice.between(2500, 21_000)
            found.append(Entry(day, lot.code, "", text, "REMB", amount))
    return found


def _taxes(lot: Lot, lets: list[Tenancy], dice: Dice) -> list[Entry]:
    history = lot.history
    found: list[Entry] = []
    share = dice.between(210, 290) if lot.kind == "C" else dice.between(88, 142)
    tax = lot.rent * share // 100
    for year in (2024, 2025):
        tax += tax * (39 if year == 2024 else 17) // 1000
        new = history.completed if history.state == "VEFA" else None
        exempt = new is not None and year <= new.year + 2
        if history.bought < date(year, 1, 1) and not exempt:
            amount = rounded(tax, 100)
            day = date(year, 10, 15)
            found.append(Entry(day, lot.code, "", f"Taxe foncière {year}", "TF", -amount))
            tenants = [let for let in lets if let.start <= day and (not let.end or let.end > day)]
            if lot.kind == "C" and tenants and "v" in lot.marks:
                again = amount * 120 // 100
                text = f"Refact. taxe foncière {year}"
                day = date(year, 11, dice.between(12, 28))
                paid = working_day(day)
                found.append(Entry(paid, lot.code, tenants[0].tenant, text, "REFACT", again))
        elif history.bought.year == year and not exempt:
            days = (date(year, 12, 31) - history.bought).days
            text = f"Prorata taxe foncière {year} au vendeur"
            found.append(Entry(history.bought, lot.code, "", text, "ACQ", -tax * days // 365))
        if lot.siret and lot.activity and lot.activity.year < year and dice.chance(600):
            cost = dice.between(180, 470) * 100
            found.append(Entry(date(year, 12, 15), lot.code, "", f"CFE {year}", "CFE", -cost))
    return found


def _insurance(lot: Lot, collected: list[Entry], dice: Dice) -> list[Entry]:
    found: list[Entry] = []
    month, day = dice.between(1, 12), dice.between(2, 20)
    base = {"H": 19_000, "C": 26_000, "P": 3600}.get(lot.kind, 9000)
    premium = base * dice.between(85, 130) // 100 + lot.area * 40 // 100
    for year in (2024, 2025):
        date_paid = working_day(date(year, month, day))
        # One policy covers all the lots of a building.
        if date_paid > lot.history.bought and "=" not in lot.marks:
            found.append(Entry(date_paid, lot.code, "", f"Assurance PNO {year}", "PNO", -premium))
        premium += premium * dice.between(30, 90) // 1000
    if "g" in lot.marks or (lot.kind.startswith("T") and dice.chance(70)):
        sums: dict[date, int] = {}
        for entry in collected:
            if entry.heading in ("LOYER", "CAF"):
                end = _period_end(entry.day, 3)
                sums[end] = sums.get(end, 0) + entry.cents
        for end, total in sorted(sums.items()):
            if total > 0:
                text = f"Assurance loyers impayés T{quarter(end)} {end.year}"
                found.append(Entry(end, lot.code, "", text, "GLI", -total * 265 // 10_000))
    return found


def _condominium(lot: Lot, dice: Dice) -> list[Entry]:
    if not lot.shared_building:
        return []
    yearly = lot.area * dice.between(1500, 3400) // 100
    if lot.kind == "P":
        yearly = dice.between(9000, 21_000)
    found: list[Entry] = []
    calls = dice.pick((2, 2, 2, 4))
    for month in months_of_window()[:: 12 // calls]:
        call = yearly // calls + dice.between(-400, 400)
        day = working_day(month + timedelta(days=dice.between(1, 14)))
        text = f"Appel de fonds {_period_name(month, 12 // calls)}"
        if day > lot.history.ready:
            found.append(Entry(day, lot.code, "", text, "COPRO", -call))
        if quarter(month) == 3 and dice.chance(130) and day > lot.history.bought:
            text = f"Appel travaux copro {month.year}"
            extra = rounded(yearly * dice.between(40, 190) // 100, 1000)
            found.append(Entry(day, lot.code, "", text, "TRAVAUX", -extra))
    return found


def _instalment(principal: int, rate: int, months: int) -> int:
    """Constant monthly payment of a loan, in cents, by fixed-point arithmetic."""
    one = 10**15
    monthly = one * rate // 120_000
    growth = one
    for _ in range(months):
        growth = growth * (one + monthly) // one
    return principal * monthly * growth // (one * (growth - one))


def _interest(lot: Lot, dice: Dice) -> list[Entry]:
    loan = lot.loan
    if loan is None:
        return []
    found: list[Entry] = []
    instalment = _instalment(loan.principal, loan.rate, loan.months)
    left, waiting = loan.principal, 0
    start, day_paid = lot.history.bought, dice.between(4, 10)
    for rank in range(1, loan.months + 1):
        index = start.year * 12 + start.month - 1 + rank
        day = date(index // 12, index % 12 + 1, day_paid)
        if day > LAST_DAY:
            break
        interest = left * loan.rate // 120_000
        left -= instalment - interest
        if not in_window(day):
            continue
        waiting += interest
        if day.month % loan.booked_every == 0:
            period = _period_name(day, loan.booked_every)
            text = f"Intérêts emprunt {period}"
            found.append(Entry(working_day(day), lot.code, "", text, "INTERET", -waiting))
            waiting = 0
    insured_apart = dice.chance(300)
    for year in (2024, 2025):
        day = date(year, 12, 5)
        if insured_apart and lot.history.bought < day:
            cost = -loan.principal * 24 // 10_000
            found.append(
                Entry(
                    working_day(day), lot.code, "", f"Assurance emprunteur {year}", "ASSEMP", cost
                )
            )
    return found


def _works(lot: Lot, dice: Dice) -> list[Entry]:
    """Now and then a renovation in two invoices, or a claim that the insurer pays."""
    found: list[Entry] = []
    first, _ = owned_days(lot)
    if lot.kind not in "PS" and dice.chance(260):
        name, low, high = dice.pick(BIG_WORKS)
        total = rounded(dice.between(low, high), 100)
        builder = dice.pick(BUILDERS)
        day = working_day(first + timedelta(days=dice.between(20, 560)))
        end = working_day(day + timedelta(days=dice.between(24, 70)))
        if end <= LAST_DAY:
            advance = total * 30 // 100
            text = f"{builder} - {name}"
            found.append(Entry(day, lot.code, "", f"{text}, acompte 30 %", "TRAVAUX", -advance))
            found.append(Entry(end, lot.code, "", f"{text}, solde", "TRAVAUX", advance - total))
    if lot.kind not in "PS" and dice.chance(130):
        day = working_day(first + timedelta(days=dice.between(15, 520)))
        cost = dice.between(38_000, 240_000)
        back = working_day(day + timedelta(days=dice.between(28, 110)))
        builder = dice.pick(BUILDERS)
        if back <= LAST_DAY:
            text = f"{builder} - dégât des eaux"
            found.append(Entry(day, lot.code, "", text, "TRAVAUX", -cost))
            text = "Indemnité dégât des eaux, franchise déduite"
            found.append(Entry(back, lot.code, "", text, "SINIST", cost - 15_000))
    return found


def _accountant(lot: Lot, first_of_declarant: bool, dice: Dice) -> list[Entry]:
    kind = lot.declarant.kind
    if not first_of_declarant or kind.tax_category != "2" or kind.tax_regime == "11":
        return []
    found: list[Entry] = []
    fee = dice.between(38, 160) * 1000
    for year in (2024, 2025):
        day = working_day(date(year, 5, dice.between(2, 20)))
        text = f"Honoraires comptables exercice {year - 1}"
        if lot.history.bought.year < year:
            found.append(Entry(day, lot.code, "", text, "COMPTA", -fee))
            if lot.declarant.oga:
                text = f"Cotisation OGA {year}"
                day = working_day(date(year, 2, dice.between(3, 25)))
                found.append(Entry(day, lot.code, "", text, "COMPTA", -14_400))
    return found


def costs(
    lot: Lot, lets: list[Tenancy], collected: list[Entry], *, first_of_declarant: bool
) -> list[Entry]:
    """Every cost of the lot but the small repairs."""
    dice = Dice("costs", lot.code)
    return [
        *_fees(lot, collected),
        *_letting_fees(lot, lets),
        *_surveys(lot, lets, dice),
        *_corrections(lot, lets, dice),
        *_taxes(lot, lets, dice),
        *_insurance(lot, collected, dice),
        *_condominium(lot, dice),
        *_interest(lot, dice),
        *_works(lot, dice),
        *_accountant(lot, first_of_declarant, dice),
    ]


def small_job(lot: Lot, tenant: str, day: date, dice: Dice) -> Entry:
    """One repair of the everyday sort."""
    name, low, high = dice.pick(
        SMALL_JOBS if lot.kind in ("T1", "T2", "T3", "T4", "H") else BARE_JOBS
    )
    cost = dice.between(low, high)
    text = name if dice.chance(500) else f"{dice.pick(BUILDERS)} - {name.lower()}"
    return Entry(day, lot.code, tenant, text, "ENTRET", -cost)
