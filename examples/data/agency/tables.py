"""The five files: their columns, what each means, and how a row is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .chance import Dice
from .figures import capitals
from .ledger import Line
from .lots import Lot
from .papers import Filed
from .people import Associate, Declarant

TYPES = {"H": "Maison", "C": "Commerce", "P": "Parking"}


@dataclass(frozen=True)
class Column:
    name: str
    meaning: str
    wire: str
    """Key that it feeds in the payload; empty when it is not sent."""


@dataclass
class Table:
    file: str
    title: str
    columns: tuple[Column, ...]
    rows: list[list[str]]

    def place(self, column: str) -> int:
        """Position of a column."""
        return [known.name for known in self.columns].index(column)

    def text(self) -> str:
        lines = [[column.name for column in self.columns], *self.rows]
        return "".join(";".join(map(_quoted, line)) + "\n" for line in lines)


def _quoted(cell: str) -> str:
    if any(mark in cell for mark in ';"\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _columns(text: str) -> tuple[Column, ...]:
    found: list[Column] = []
    for line in text.strip().splitlines():
        name, wire, meaning = (part.strip() for part in line.split("|"))
        found.append(Column(name, meaning, wire))
    return tuple(found)


DECLARANT_COLUMNS = _columns("""
code_mandant       | id                   | the agency's code of the client
forme_juridique    | legalStatusId        | legal status, Qlower's code
raison_sociale     | corporateName        | name of the company, or last and first name
siren              | sirenId              | SIREN, 9 digits
nic                | nicId                | NIC of the seat, 5 digits
imposition         | taxRegimeAggregation | `IR` or `IS`
categorie_fiscale  | taxCategoryId        | tax category, Qlower's code
regime_fiscal      | taxRegimeId          | declarant's tax regime, Qlower's code
debut_activite     | debActDate           | day on which the activity began
adresse            | address              | number and street
code_postal        | postCode             | post code; the leading zero counts
ville              | townName             | town
oga_siret          | ogaSiretId           | SIRET of the approved management body
oga_nom            | ogaName              | its name
oga_agrement       | ogaId                | its approval number
oga_adherent       | ogaNumber            | member number there
gestionnaire       |                      | who looks after the client in the agency
""")

ASSOCIATE_COLUMNS = _columns("""
code_associe | id              | the agency's code of the associate
code_mandant | (the declarant) | client in whose `associates` the row belongs
civilite     | civility        | `M`, `MME`, `SOC` (a company)
nom          | lastName        | last name, or name of the company
prenom       | firstName       | first name, empty for a company
adresse      | address         | number and street
code_postal  |                 | post code
ville        | townName        | town
pays         | ctry            | country code
courriel     | email           | e-mail
gerant       | manager         | `OUI` / `NON` → `O` / `N`
quote_part   |                 | share of the capital, in %
""")

LOT_COLUMNS = _columns("""
code_lot            | id                  | the agency's code of the property
code_mandant        | declarantId         | client who declares its income
type_bien           | type                | `Appartement`, `Maison`, `Commerce`, `Parking` → `A` `H` `CL` `P`
designation         | description         | full name of the property
meuble              | furnished           | `OUI` / `NON` → `O` / `N`
gestion             | managed             | `A` agency, `D` direct, `M` mandate, `STRP` platform
numero              | bldgNb              | street number
rue                 | streetName          | street
complement          | streetName2         | residence, building, staircase
code_postal         | postCode            | post code; the leading zero counts
ville               | townName            | town
pays                | ctry                | country code
nom_proprietaire    | lastName            | owner, or the manager of the owning entity
prenom_proprietaire | firstName           | first name
telephone           | telNumber           | phone number, as it was typed
courriel            | email               | e-mail
date_construction   | constructionDate    | built on; empty when bought off plan
date_acquisition    | acquisitionDate     | bought on
nb_pieces           | nbrRooms            | rooms
surface             | area                | m²
surface_terrasse    | terrArea            | m²
surface_jardin      | gardArea            | m²
etage               | nbrFloors           | floor, negative below ground
nb_parkings         | nbrPark             | parking places
siret               | siretId             | SIRET of the furnished letting
tva                 | tvaOption           | `N`, `10`, `20`
valeur_reevaluee    | netReevaluation     | worth when the furnished letting began, €
debut_activite      | debActDate          | day on which the furnished letting began
regime_fiscal       | taxRegime           | property's tax regime, Qlower's code
fin_travaux         | workCompDate        | day on which the works were completed
prix_acquisition    | costPrice           | €
etat_acquisition    | completionStatus    | `NEW`, `VEFA`, `OLD`
depot_permis        | startConstrDate     | day on which the building permit was asked for
demembrement        | dismemberedProperty | `OUI` / `NON` → `O` / `N`
frais_agence        | agencyFee           | €
frais_notaire       | notaryFee           | €
""")

ENTRY_COLUMNS = _columns("""
no_ecriture    | id        | number of the entry, counted within the year
date_operation | reqdExctnDt | day of the payment
code_lot       | id-prty   | the property
code_locataire | id-tenant | the tenant, empty when none is concerned
libelle        | ref       | description
rubrique       | purpose   | the agency's heading, see below
montant        | amt       | €, tax included; negative = paid out
devise         | ccy       | currency
""")

PAPER_COLUMNS = _columns("""
code_document | id          | the agency's code of the document
code_lot      | propertyId  | the property it belongs to, or empty
code_mandant  | declarantId | the client it belongs to, where it is no property's
nom_fichier   | fileName    | name of the file
type_document | fileType    | type, Qlower's code
annee         | year        | year that it is about
lien          | fileLink    | where it can be fetched
""")


def day_cell(day: date | None) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year}" if day else ""


def decimal_cell(hundredths: int) -> str:
    sign, whole = "-" if hundredths < 0 else "", abs(hundredths)
    return f"{sign}{whole // 100},{whole % 100:02d}"


def _optional(hundredths: int) -> str:
    return decimal_cell(hundredths) if hundredths else ""


def _yes(value: bool) -> str:
    return "OUI" if value else "NON"


def _typed(text: str, dice: Dice) -> str:
    """`text` as a hurried hand enters it: now and then with a space behind."""
    return text + " " if text and dice.chance(13) else text


def _town(name: str, post_code: str, dice: Dice) -> str:
    if name == "Lyon" and dice.chance(250):
        rank = int(post_code) % 100
        return f"Lyon {rank}{'er' if rank == 1 else 'e'}"
    if dice.chance(90):
        return capitals(name)
    return _typed(name, dice)


def _declarant_row(declarant: Declarant) -> list[str]:
    dice = Dice("row", declarant.code)
    kind, oga = declarant.kind, declarant.oga
    return [
        declarant.code,
        kind.legal_status,
        declarant.name,
        declarant.siren,
        declarant.seat_nic,
        kind.taxation,
        kind.tax_category,
        kind.tax_regime,
        day_cell(declarant.activity),
        _typed(declarant.address, dice),
        declarant.post_code,
        _town(declarant.town, declarant.post_code, dice),
        oga.siret if oga else "",
        oga.name if oga else "",
        oga.approval if oga else "",
        declarant.oga_number,
        declarant.account_manager,
    ]


def _associate_row(associate: Associate) -> list[str]:
    dice = Dice("row", associate.code)
    return [
        associate.code,
        associate.declarant,
        associate.civility,
        associate.surname,
        associate.first_name,
        _typed(associate.address, dice),
        associate.post_code,
        _town(associate.town, associate.post_code, dice),
        associate.country,
        associate.email,
        _yes(associate.manager),
        decimal_cell(associate.share),
    ]


def _lot_row(lot: Lot) -> list[str]:
    dice = Dice("row", lot.code)
    declarant, site, history = lot.declarant, lot.site, lot.history
    return [
        lot.code,
        declarant.code,
        TYPES.get(lot.kind, "Appartement"),
        _typed(lot.label, dice),
        _yes(lot.furnished),
        lot.managed,
        site.number,
        _typed(site.street, dice),
        lot.complement,
        site.town.post_code,
        _town(site.town.name, site.town.post_code, dice),
        "FR",
        declarant.case.surname,
        declarant.case.first_name,
        declarant.phone,
        declarant.email,
        day_cell(history.built),
        day_cell(history.bought),
        "" if lot.rooms is None else str(lot.rooms),
        decimal_cell(lot.area),
        _optional(lot.terrace),
        _optional(lot.garden),
        "" if lot.floor is None else str(lot.floor),
        str(lot.parking),
        lot.siret,
        lot.vat,
        _optional(lot.revaluation),
        day_cell(lot.activity),
        lot.regime,
        day_cell(history.completed),
        decimal_cell(lot.price),
        history.state,
        day_cell(history.permit),
        _yes(lot.regime == "17"),
        _optional(lot.agency_fee),
        _optional(lot.notary_fee),
    ]


def _entry_row(line: Line) -> list[str]:
    entry = line.entry
    return [
        line.number,
        day_cell(entry.day),
        entry.lot,
        entry.tenant,
        _typed(entry.text, Dice("row", line.number)),
        entry.heading,
        decimal_cell(entry.cents),
        "EUR",
    ]


def _paper_row(filed: Filed) -> list[str]:
    paper = filed.paper
    name = _typed(paper.name, Dice("row", filed.code))
    return [
        *(filed.code, paper.lot, paper.declarant, name),
        *(paper.kind, str(paper.year), filed.link),
    ]


def tables(
    declarants: list[Declarant], lots: list[Lot], lines: list[Line], filed: list[Filed]
) -> list[Table]:
    associates = [associate for declarant in declarants for associate in declarant.associates]
    clients = [_declarant_row(declarant) for declarant in declarants]
    return [
        Table("mandants.csv", "clients, the declarants", DECLARANT_COLUMNS, clients),
        Table(
            "associes.csv",
            "associates of companies and indivisions",
            ASSOCIATE_COLUMNS,
            [_associate_row(associate) for associate in associates],
        ),
        Table("lots.csv", "properties", LOT_COLUMNS, [_lot_row(lot) for lot in lots]),
        Table("ecritures.csv", "transactions", ENTRY_COLUMNS, [_entry_row(line) for line in lines]),
        Table("documents.csv", "documents", PAPER_COLUMNS, [_paper_row(paper) for paper in filed]),
    ]
