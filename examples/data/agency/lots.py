"""The properties: where they are, when and for how much they were bought."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from .chance import Dice
from .figures import price_level, rounded
from .people import Declarant, street_address
from .pools import RESIDENCES, SEASIDE_STREETS, SHOPS, TOWNS, Town

FURNISHED_REGIMES = frozenset({"5", "6", "10", "39", "43", "44", "45"})
TOURIST_REGIMES = frozenset({"44", "45"})
PINEL_REGIMES = frozenset({"1", "2", "9"})
PINEL_CAPS = {"A": 1356, "B1": 1093, "B2": 950, "C": 950}

AREAS = {
    "T1": (1750, 3150),
    "T2": (3450, 5200),
    "T3": (5600, 7350),
    "T4": (7600, 10450),
    "S": (1950, 2800),
    "H": (8400, 14200),
    "C": (3800, 16500),
    "P": (1150, 1500),
}
"""Smallest and largest area of each kind, in hundredths of a m²."""

PURCHASE_YEARS = {
    "11": (2012, 2018),
    "33": (2019, 2021),
    "25": (2010, 2018),
    "31": (2011, 2012),
    "9": (2018, 2020),
    "1": (2017, 2019),
    "2": (2016, 2019),
    "10": (2014, 2018),
    "17": (2006, 2015),
}


@dataclass(frozen=True)
class Loan:
    principal: int
    """In cents."""
    rate: int
    """Yearly, in hundredths of a percent."""
    months: int
    booked_every: int
    """Months of interest that one line of the ledger holds: 1, 3 or 12."""


@dataclass(frozen=True)
class Site:
    town: Town
    number: str
    street: str
    residence: str


@dataclass(frozen=True)
class History:
    bought: date
    ready: date
    """From when on the property can be let."""
    built: date | None
    permit: date | None
    completed: date | None
    state: str


@dataclass(frozen=True)
class Lot:
    code: str
    declarant: Declarant
    kind: str
    regime: str
    marks: str
    site: Site
    history: History
    label: str
    complement: str
    shop: str
    furnished: bool
    area: int
    """In hundredths of a m², as the next two."""
    terrace: int
    garden: int
    rooms: int | None
    floor: int | None
    parking: int
    price: int
    """In cents, as the next four."""
    agency_fee: int
    notary_fee: int
    revaluation: int
    rent: int
    """Monthly, charges and VAT not included."""
    loan: Loan | None
    siret: str
    activity: date | None

    @property
    def managed(self) -> str:
        if self.regime in TOURIST_REGIMES:
            return "STRP"
        if self.kind == "C" and "L" in self.marks and self.declarant.kind.tax_category == "4":
            return "D"
        return "M" if self.kind == "S" else "A"

    @property
    def vat(self) -> str:
        if self.kind == "S":
            return "10"
        return "20" if "v" in self.marks else "N"

    @property
    def shared_building(self) -> bool:
        """Pays condominium charges."""
        return self.kind not in "HC" and "Émile-Zola" not in self.declarant.name


def _history(kind: str, regime: str, marks: str, dice: Dice) -> History:
    if "r" in marks:
        bought = date(2024, 2, 1) + timedelta(days=dice.between(0, 480))
    else:
        low, high = PURCHASE_YEARS.get(regime, (2001, 2023))
        if regime not in PURCHASE_YEARS:
            # Recent purchases are the common ones.
            low = dice.between(2012 if "L" in marks else low, 2019)
        bought = date(dice.between(low, high), dice.between(1, 11), dice.between(1, 28))
    # Notaries do not work at weekends.
    bought -= timedelta(days=max(0, bought.weekday() - 4))
    if "n" in marks:
        permit = bought - timedelta(days=dice.between(260, 560))
        completed = bought + timedelta(days=dice.between(330, 620))
        ready = completed + timedelta(days=dice.between(10, 50))
        return History(bought, ready, None, permit, completed, "VEFA")
    ready = bought + timedelta(days=dice.between(12, 75))
    if "N" in marks:
        built = bought - timedelta(days=dice.between(15, 160))
        return History(bought, ready, built, None, None, "NEW")
    if regime == "11":
        built = date(1768, 1, 1)
    elif kind in "PC" or dice.chance(500):
        built = date(dice.between(1962, bought.year - 6), dice.between(1, 12), dice.between(1, 28))
    else:
        built = date(dice.between(1880, min(1989, bought.year - 10)), 1, 1)
    if built.year < 1990:
        built = date(built.year, 1, 1)
    if "w" not in marks:
        return History(bought, ready, built, None, None, "OLD")
    permit = bought + timedelta(days=dice.between(20, 75))
    completed = permit + timedelta(days=dice.between(190, 420))
    ready = completed + timedelta(days=dice.between(10, 45))
    return History(bought, ready, built, permit, completed, "OLD")


def _site(declarant: Declarant, post_code: str, regime: str, dice: Dice) -> Site:
    entity = declarant.case.entity
    number, street = street_address(dice)
    if entity.startswith("SCI du "):
        number, street = entity.removeprefix("SCI du ").split(" ", 1)
    elif regime in TOURIST_REGIMES and post_code == "30240":
        street = dice.pick(SEASIDE_STREETS)
    residence = dice.pick(RESIDENCES) if dice.chance(480) else ""
    return Site(TOWNS[post_code], number, street, residence)


def _floor_name(floor: int) -> str:
    if floor < 0:
        return f"{-floor}e sous-sol" if floor < -1 else "sous-sol"
    if floor == 0:
        return "rdc"
    return "1er étage" if floor == 1 else f"{floor}e étage"


def _label(kind: str, furnished: bool, site: Site, floor: int | None, shop: str, dice: Dice) -> str:
    place = f" - {site.residence}" if site.residence else ""
    where = f", {_floor_name(floor)}" if floor is not None else ""
    if kind == "P":
        word = dice.pick(("Garage n° {}", "Parking n° {}", "Box n° {}"))
        return word.format(dice.between(2, 96)) + where + place
    if kind == "C":
        return f'Local commercial "{shop}"; rdc'
    if kind == "H":
        word = dice.pick(("Maison de ville", "Maison avec jardin", "Villa mitoyenne"))
        return f"{word}, {site.street}"
    if kind == "S":
        return f"Studio meublé en résidence services seniors{where}{place}"
    style = " meublé" if furnished else ""
    street = f", {site.street}" if not site.residence or dice.chance(300) else place
    return f"{kind}{style}{where}{street}"


def _price(kind: str, area: int, year: int, marks: str, town: Town, dice: Dice) -> int:
    """Price in cents, by half thousands of euros."""
    if kind == "P":
        euros = town.price * dice.between(35, 52) // 10
    else:
        euros = town.price * area // 100 * price_level(year) // 100
        euros = euros * (125 if "n" in marks or "N" in marks else dice.between(88, 108)) // 100
    if "w" in marks:
        euros = euros * 72 // 100
    if kind == "H":
        euros = euros * 88 // 100
    return rounded(euros, 500) * 100


def _rent(kind: str, regime: str, furnished: bool, area: int, town: Town, dice: Dice) -> int:
    """Monthly rent in cents, by steps of 5 euros; what is paid monthly where shared."""
    if kind == "P":
        return rounded(town.rent * dice.between(58, 78) // 10, 500)
    if kind == "C":
        return rounded(area * dice.between(1250, 1750) // 100, 500)
    # Small flats let for more per m²: the formula of the Pinel caps fits the market too.
    factor = 70 + 1900 * 100 // area
    rent = area * town.rent // 100 * factor // 100 * dice.between(94, 106) // 100
    if furnished:
        rent = rent * 112 // 100
    if regime in PINEL_REGIMES:
        rent = min(rent, area * PINEL_CAPS[town.zone] // 100 * min(factor, 120) // 100)
        return rent // 100 * 100
    if regime == "25":
        rent = rent * 80 // 100
    return rounded(rent, 500)


def _loan(price: int, bought: date, marks: str, dice: Dice) -> Loan | None:
    if "L" not in marks:
        return None
    if bought.year < 2012:
        rate = dice.between(340, 460)
    elif bought.year < 2022:
        rate = dice.between(115, 240)
    else:
        rate = dice.between(260, 410)
    principal = rounded(price * dice.between(70, 100) // 100, 50_000)
    months, booked_every = dice.pick((240, 240, 300)), dice.pick((3, 3, 12, 12, 12, 12, 12, 12))
    return Loan(principal, rate, months, booked_every)


def _complement(lot_kind: str, site: Site, dice: Dice) -> str:
    if lot_kind in "HC":
        return ""
    part = dice.pick(("Bâtiment A", "Bât. B", "Montée C", "Esc. 2", "")) if dice.chance(450) else ""
    name = f"Résidence {site.residence}" if site.residence else ""
    return ", ".join(text for text in (name, part) if text)


def _lot(code: str, declarant: Declarant, line: str, before: Lot | None, shop: str) -> Lot:
    kind, regime, post_code, marks, *_ = [*line.split(), ""]
    dice = Dice("lot", code)
    history = _history(kind, regime, marks, dice)
    site = _site(declarant, post_code, regime, dice)
    if "=" in marks and before is not None:
        site = before.site
        history = before.history
        if "w" in before.marks and "w" not in marks:
            # The works concerned the other lot only.
            ready = history.bought + timedelta(days=dice.between(12, 75))
            history = replace(history, ready=ready, permit=None, completed=None)
    if site.residence and kind == "C":
        site = replace(site, residence="")
    furnished = regime in FURNISHED_REGIMES or "f" in marks
    low, high = AREAS[kind]
    area = dice.between(low, high)
    floor: int | None = dice.between(0, 6) if kind in ("T1", "T2", "T3", "T4", "S") else None
    if kind == "P":
        floor = dice.between(-2, 0)
    shop = shop if kind == "C" else ""
    rooms = {"S": 1, "H": dice.between(4, 6)}.get(kind, int(kind[1]) if kind[0] == "T" else None)
    terrace = dice.between(40, 160) * 10 if kind[0] in "TH" and dice.chance(300) else 0
    garden = dice.between(6, 48) * 1000 if kind == "H" else 0
    parking = {"H": dice.between(1, 2), "P": 1, "C": dice.between(0, 4)}.get(
        kind, int(dice.chance(350))
    )
    price = _price(kind, area, history.bought.year, marks, site.town, dice)
    new = history.state != "OLD"
    fee = price * dice.between(30, 55) // 1000 if not new and dice.chance(550) else 0
    notary = price * (dice.between(225, 275) if new else dice.between(745, 830)) // 10_000
    activity: date | None = None
    siret_number = ""
    if furnished and declarant.siren:
        activity = history.ready
        if history.ready.year < 2016 and kind != "S" and dice.chance(600):
            activity = date(dice.between(2016, 2022), dice.between(1, 12), 1)
        siret_number = declarant.next_establishment()
    revaluation = 0
    if activity and activity.year > history.bought.year + 2:
        level = price_level(activity.year) * 100 // price_level(history.bought.year)
        revaluation = rounded(price * level // 100, 100_000)
    return Lot(
        code=code,
        declarant=declarant,
        kind=kind,
        regime=regime,
        marks=marks,
        site=site,
        history=history,
        label=_label(kind, furnished, site, floor, shop, dice),
        complement=_complement(kind, site, dice),
        shop=shop,
        furnished=furnished,
        area=area,
        terrace=terrace,
        garden=garden,
        rooms=rooms,
        floor=floor,
        parking=parking,
        price=price,
        agency_fee=fee,
        notary_fee=notary,
        revaluation=revaluation,
        rent=_rent(kind, regime, furnished, area, site.town, dice),
        loan=_loan(price, history.bought, marks, dice),
        siret=siret_number,
        activity=activity,
    )


def lots(declarants: list[Declarant]) -> list[Lot]:
    """All lots; sets the day on which each registered declarant's activity began."""
    found: list[Lot] = []
    shops = Dice("shops").shuffled(SHOPS)
    for declarant in declarants:
        before: Lot | None = None
        own: list[Lot] = []
        for line in declarant.case.lots:
            code = f"L{len(found) + len(own) + 1:03d}"
            before = _lot(code, declarant, line, before, shops[-1])
            if before.shop:
                shops.pop()
            own.append(before)
        found += own
        if declarant.kind.company:
            # A company exists before it buys.
            first = min(lot.history.bought for lot in own)
            declarant.activity = first.replace(day=1) - timedelta(days=45)
        elif declarant.siren:
            declarant.activity = min(lot.activity for lot in own if lot.activity)
    return found
