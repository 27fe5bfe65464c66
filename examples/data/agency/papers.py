"""The documents that the agency keeps of its clients."""

from __future__ import annotations

from dataclasses import dataclass

from .chance import Dice
from .figures import slug
from .lots import Lot
from .people import Declarant

PAPERS = 250
SITE = "https://ged.agence-des-quais.example"

TAX_RETURN, OTHER, DEED, LOAN_SCHEDULE = "26", "27", "42", "53"
RENTAL_RETURN, BUSINESS_RESULT, FIXED_ASSETS = "55", "56", "58"
REGISTER_EXTRACT, PARTNER_ACCOUNTS, MEMENTO = "59", "60", "61"


@dataclass(frozen=True)
class Paper:
    lot: str
    """Code of the lot, or empty: then it is the declarant's."""
    declarant: str
    kind: str
    year: int
    name: str


@dataclass(frozen=True)
class Filed:
    code: str
    paper: Paper
    link: str


def _of_lot(lot: Lot, dice: Dice) -> list[Paper]:
    year = lot.history.bought.year
    town = lot.site.town.name
    deed = dice.pick((f"Acte de vente {town} {lot.code}.pdf", f"acte_notarié_{lot.code}.pdf"))
    # One deed for all that was bought in a building on one day.
    found = [] if "=" in lot.marks else [Paper(lot.code, "", DEED, year, deed)]
    if lot.loan:
        bank = dice.pick(("Crédit des Alpes", "Banque de l'Arc", "Caisse du Forez"))
        name = f"Tableau d'amortissement {bank} {lot.code}.pdf"
        found.append(Paper(lot.code, "", LOAN_SCHEDULE, year, name))
    return found


def _of_declarant(declarant: Declarant, dice: Dice) -> list[Paper]:
    kind, code, name = declarant.kind, declarant.code, declarant.name
    found: list[Paper] = []

    def add(kind_of_paper: str, year: int, title: str) -> None:
        found.append(Paper("", code, kind_of_paper, year, f"{title}.pdf"))

    if kind.company:
        add(REGISTER_EXTRACT, dice.pick((2024, 2025)), f"K-bis {name}")
    if kind.tax_regime == "":
        add(RENTAL_RETURN, 2023, f"2044 revenus 2023 {name}")
        add(RENTAL_RETURN, 2024, f"2044 revenus 2024 {name}")
    if kind.tax_category == "2" and kind.tax_regime != "11":
        form = "2065" if kind.taxation == "IS" else "2031"
        add(TAX_RETURN, 2024, f"Liasse {form} exercice 2024 {name}")
        if dice.chance(350):
            add(TAX_RETURN, 2023, f"Liasse {form} exercice 2023 {name}")
        add(FIXED_ASSETS, 2024, f"Tableau des immobilisations 2024 {name}")
        if kind.taxation == "IR":
            add(BUSINESS_RESULT, 2024, f"2042-C-PRO report BIC 2024 {name}")
    if kind.company and dice.chance(550):
        add(PARTNER_ACCOUNTS, 2024, f"Comptes courants d'associés 2024 {name}")
    if dice.chance(200):
        add(MEMENTO, 2024, f"Mémento fiscal 2024 {name}")
    return found


def _more(lots: list[Lot], count: int) -> list[Paper]:
    """Leases, surveys and certificates, one a lot."""
    dice = Dice("more papers")
    found: list[Paper] = []
    for lot in dice.shuffled(lots)[:count]:
        year = max(dice.pick((2023, 2024, 2025)), lot.history.bought.year)
        title = dice.pick(("Bail", "DPE", "État des lieux", "Attestation PNO", "PV d'AG"))
        found.append(Paper(lot.code, "", OTHER, year, f"{title} {lot.code} {year}.pdf"))
    return found


def papers(declarants: list[Declarant], lots: list[Lot]) -> list[Filed]:
    found: list[Paper] = []
    for declarant in declarants:
        found += _of_declarant(declarant, Dice("papers", declarant.code))
    for lot in lots:
        found += _of_lot(lot, Dice("papers", lot.code))
    if len(found) > PAPERS:
        raise ValueError(f"{len(found)} papers are more than the {PAPERS} to be filed")
    found += _more(lots, PAPERS - len(found))
    filed: list[Filed] = []
    for number, paper in enumerate(found, start=1):
        stem = slug(paper.name.removesuffix(".pdf"))
        link = f"{SITE}/{paper.lot or paper.declarant}/{stem}.pdf"
        filed.append(Filed(f"D{number:03d}", paper, link))
    return filed
