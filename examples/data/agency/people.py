"""Declarants, their contacts and their associates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .chance import Dice
from .figures import phone, siren, siret, slug, with_luhn_digit
from .plan import CASES, HEIR_ABROAD, KINDS, Case, Kind
from .pools import MEN, OWNER_TOWNS, STREETS, SURNAMES, TOWNS, WOMEN

MANAGERS = ("A. Perrin", "S. Haddad", "M. Le Floch")


@dataclass(frozen=True)
class Oga:
    """An approved management body, which looks over the books of LMNP landlords."""

    name: str
    siret: str
    approval: str


OGAS = tuple(
    Oga(name, siret(with_luhn_digit(base), 1), approval)
    for name, base, approval in (
        ("OGA du Confluent", "77984021", "201690"),
        ("Association de gestion agréée Alpes-Léman", "33250717", "207740"),
    )
)


@dataclass(frozen=True)
class Associate:
    code: str
    declarant: str
    civility: str
    surname: str
    first_name: str
    address: str
    post_code: str
    town: str
    country: str
    email: str
    manager: bool
    share: int
    """In hundredths of a percent."""


@dataclass
class Declarant:
    code: str
    case: Case
    kind: Kind
    name: str
    email: str
    phone: str
    address: str
    post_code: str
    town: str
    siren: str
    account_manager: str
    fee_rate: int
    """Management fee with VAT, in hundredths of a percent of what was collected."""
    rendered_every: int
    """Months that one statement of account spans: 1, 3 or 6."""
    oga: Oga | None = None
    oga_number: str = ""
    activity: date | None = None
    associates: list[Associate] = field(default_factory=list)
    establishments: int = 0

    @property
    def seat_nic(self) -> str:
        """NIC of the seat, which is the first establishment."""
        return siret(self.siren, 1)[9:] if self.siren else ""

    def next_establishment(self) -> str:
        """SIRET of the declarant's next place of business, the seat being the first."""
        self.establishments += 1
        return siret(self.siren, self.establishments)


def _email(dice: Dice, first_name: str, surname: str) -> str:
    domain = dice.pick(("example.com", "example.com", "example.org"))
    return f"{slug(first_name)}.{slug(surname)}@{domain}"


def street_address(dice: Dice) -> tuple[str, str]:
    """A street number, now and then with a suffix, and a street."""
    suffix = dice.pick((" bis", " ter", "B")) if dice.chance(90) else ""
    return f"{dice.between(1, 148)}{suffix}", dice.pick(STREETS)


def _postal(dice: Dice) -> str:
    return " ".join(street_address(dice))


def _shares(count: int, dice: Dice) -> list[int]:
    """Hundredths of a percent that add up to the whole, the first holding the most."""
    parts = [dice.between(2, 9) for _ in range(count - 1)]
    weights = [max(parts, default=1) + dice.between(0, 6), *parts]
    whole = sum(weights)
    shares = [weight * 100 // whole * 100 for weight in weights]
    shares[0] += 10_000 - sum(shares)
    return shares


def _holding(surname: str, dice: Dice) -> str:
    return dice.pick(("SARL {} Participations", "SAS Financière {}", "Holding {}")).format(surname)


def _associates(declarant: Declarant, first_code: int) -> list[Associate]:
    case = declarant.case
    dice = Dice("associates", declarant.code)
    count = case.partners + case.companies
    shares = _shares(count, dice)
    women, men = dice.shuffled(WOMEN), dice.shuffled(MEN)
    found: list[Associate] = []
    for rank, share in enumerate(shares):
        company = rank >= case.partners
        post_code, town = dice.pick(OWNER_TOWNS)
        address, country = _postal(dice), "FR"
        surname = case.surname if dice.chance(620) else dice.pick(SURNAMES)
        civility = "MME" if dice.chance(500) else "M"
        first_name = (women if civility == "MME" else men).pop()
        if rank == 0:
            civility = "MME" if case.first_name in WOMEN else "M"
            surname, first_name = case.surname, case.first_name
        elif surname == case.surname and dice.chance(550):
            address, post_code, town = declarant.address, declarant.post_code, declarant.town
        if company:
            civility, first_name = "SOC", ""
            surname = _holding(dice.pick(SURNAMES), dice)
            email = f"contact.{slug(surname)}@example.com"
        elif first_name == case.first_name and surname == case.surname:
            email = declarant.email
        else:
            email = _email(dice, first_name, surname)
        if case.entity == HEIR_ABROAD and rank == count - 1:
            address, post_code, town, country = "8 rue de l'Ange", "5000", "Namur", "BE"
        found.append(
            Associate(
                code=f"A{first_code + rank:03d}",
                declarant=declarant.code,
                civility=civility,
                surname=surname,
                first_name=first_name,
                address=address,
                post_code=post_code,
                town=town,
                country=country,
                email=email,
                manager=rank == 0 or (not company and rank == 1 and dice.chance(250)),
                share=share,
            )
        )
    return found


def _declarant(number: int, case: Case, first_associate: int) -> Declarant:
    code, kind = f"M{number:03d}", KINDS[case.kind]
    # A person with two activities has two files, and lives in one place.
    person = Dice("person", case.surname, case.first_name)
    email = _email(person, case.first_name, case.surname)
    number_of_phone, address = phone(person), _postal(person)
    dice = Dice("declarant", code)
    declarant = Declarant(
        code=code,
        case=case,
        kind=kind,
        name=case.entity or f"{case.surname.upper()} {case.first_name}",
        email=email,
        phone=number_of_phone,
        address=address,
        post_code=case.post_code,
        town=TOWNS[case.post_code].name,
        siren=siren(dice) if kind.registered else "",
        account_manager=dice.pick(MANAGERS),
        fee_rate=dice.pick((720, 780, 840, 900, 960)),
        rendered_every=dice.pick((3, 3, 3, 3, 6, 6, 6, 6, 6, 1)),
    )
    at_real_cost = kind.taxation == "IR" and kind.tax_regime == "4"
    if at_real_cost and dice.chance(600):
        declarant.oga = dice.pick(OGAS)
        declarant.oga_number = str(dice.between(10_000, 99_999))
    if kind.company:
        declarant.establishments = 1
    if case.entity:
        declarant.associates = _associates(declarant, first_associate)
    return declarant


def declarants() -> list[Declarant]:
    found: list[Declarant] = []
    associates = 0
    for number, case in enumerate(CASES, start=1):
        found.append(_declarant(number, case, associates + 1))
        associates += len(found[-1].associates)
    return found
