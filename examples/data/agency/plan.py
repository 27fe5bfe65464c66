"""Who the agency works for: the part of its books that is written by hand.

A case opens with `kind | entity | surname, first name | post code | partners`, where `2+1`
partners are two persons and a company; its lots follow, indented. A lot reads
`kind regime post-code marks`. Kinds: T1 to T4 flats, H house, C commercial,
P parking, S flat in a serviced residence. Marks: `=` same building as the lot before,
`L` bought on credit, `n` sold off plan, `N` new, `w` works after the purchase,
`r` bought during the two years, `f` furnished, `v` let with VAT, `s` let to students,
`c` shared by three tenants, `g` with the insurance against unpaid rents.
A person's case has neither entity nor partners.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What Qlower is told of a sort of declarant."""

    legal_status: str
    taxation: str
    tax_category: str
    tax_regime: str
    registered: bool
    """Has a SIREN."""
    company: bool
    """Stands in the register of companies."""


KINDS = {
    "foncier": Kind("1000", "IR", "4", "", registered=False, company=False),
    "micro-foncier": Kind("1000", "IR", "4", "11", registered=False, company=False),
    "lmnp": Kind("1000", "IR", "2", "4", registered=True, company=False),
    "micro-bic": Kind("1000", "IR", "2", "11", registered=True, company=False),
    "indivision": Kind("2110", "IR", "4", "", registered=False, company=False),
    "indivision-micro": Kind("2110", "IR", "4", "11", registered=False, company=False),
    "indivision-lmnp": Kind("2110", "IR", "2", "4", registered=True, company=False),
    "indivision-micro-bic": Kind("2110", "IR", "2", "11", registered=True, company=False),
    "sci-ir": Kind("6540", "IR", "4", "10", registered=True, company=True),
    "sci-is": Kind("6540", "IS", "2", "4", registered=True, company=True),
    "sarl-famille": Kind("5426", "IR", "2", "4", registered=True, company=True),
    "sarl": Kind("5426", "IS", "2", "3", registered=True, company=True),
    "sas": Kind("5710", "IS", "2", "3", registered=True, company=True),
    "societe-civile": Kind("6599", "IR", "4", "10", registered=True, company=True),
}


@dataclass(frozen=True)
class Case:
    """One declarant as the agency's books open it."""

    kind: str
    entity: str
    """Empty for a person."""
    surname: str
    """Of the person, or of the entity's manager."""
    first_name: str
    post_code: str
    partners: int
    companies: int
    """How many more partners are companies."""
    lots: tuple[str, ...]


def _cases(text: str) -> tuple[Case, ...]:
    cases: list[Case] = []
    for block in text.strip().split("\n\n"):
        opening, *lots = block.splitlines()
        kind, entity, contact, post_code, partners = (part.strip() for part in opening.split("|"))
        surname, first_name = contact.split(", ")
        persons, _, companies = partners.partition("+")
        cases.append(
            Case(
                kind,
                entity,
                surname,
                first_name,
                post_code,
                int(persons or "0"),
                int(companies or "0"),
                tuple(lot.strip() for lot in " ".join(lots).split(";")),
            )
        )
    return tuple(cases)


CASES = _cases("""
foncier | | Delorme, Élise | 69006 |
    T3 3 69006 L; T2 3 69003; P 3 69003 =; T2 2 69100 nL; T3 2 69007 nL

lmnp | | Delorme, Élise | 69006 |
    T1 5 69007 s; T1 5 69003 s; T2 5 69008 L; T1 5 69100

foncier | | Poncet-Villard, Jean-Noël | 38000 |
    T2 3 38000; T3 2 38080 nL; T4 3 38000; P 3 38000 =

micro-foncier | | Réocreux, Marie-Thérèse | 42000 |
    T2 4 42000; P 4 42000 =

micro-foncier | | N'Diaye, Fatima | 69100 |
    T1 4 69100 g

foncier | | De La Tour, Hervé | 38200 |
    T4 11 38200 wL; T3 3 38200 =

foncier | | Quéré, Gaëlle | 42300 |
    T3 33 42300 wL; T2 33 42300 w=; T3 3 42300

foncier | | Mérieux-Blot, Pascal | 01000 |
    H 3 01500; T3 25 01000; T2 31 01000 NL; T3 17 71000

foncier | | Kaddour, Inès | 69500 |
    T2 1 69800 nL; T3 9 69700 wL

lmnp | | Vallin, Grégory | 38000 |
    T2 5 38000 L; T2 5 38100; T1 5 38400 s; T3 5 38000; T2 5 38130 L

lmnp | | Coste-Lavigne, Zoé | 69007 |
    T1 5 69007 sL; T2 5 69007 s

lmnp | | D'Angelo, Mickaël | 69500 |
    H 5 69500 cL; T4 5 69100 cL

lmnp | | Saint-Cyr, Bénédicte | 74000 |
    T2 43 74000; T2 43 74000 =; T3 43 73100 L; T2 43 73100

micro-bic | | Gonçalves, Joël | 42100 |
    T1 6 42100; T2 6 42000; T1 6 42000 r

micro-bic | | Hébert, Lucie | 73000 |
    T1 6 73000 s

micro-bic | | L'Hôpital, André | 26000 |
    T2 45 30240; T3 44 38250

micro-bic | | Faÿ, Noémie | 69110 |
    H 45 07100; T1 45 03200

lmnp | | Longère, Désiré | 71000 |
    S 10 71000 nL; T2 5 71000; T2 5 69400 L

indivision | Indivision Chapuis | Chapuis, François | 69400 | 3
    T4 3 69400; H 3 69210; P 3 69400

indivision-micro | Indivision Morel - Sève | Morel, Cécile | 43000 | 2
    T2 4 43000

indivision-lmnp | Indivision Tissot - Le Goff | Tissot, Rémi | 74000 | 2
    T2 5 74000 L; T3 5 74400 L; T1 5 74000

indivision-micro-bic | Indivision Garçon | Garçon, Stéphanie | 38100 | 3
    T1 6 38100; T2 6 38100

indivision | Succession Besançon - indivision | Besançon, Noël | 69300 | 6
    H 3 69300; T3 3 69300; T3 7 69300

sci-ir | SCI Les Trois Noyers | Vernay, Benoît | 69160 | 4
    T3 37 69160 L; T3 37 69160 =L; T2 37 69110; P 37 69160

sci-ir | SCI L'Écureuil du Pilat | Thivolle, Hélène | 42400 | 3
    C 37 42400; T4 37 42400 =; T3 37 42400; T2 37 42000 L

sci-ir | SCI du 14 rue Émile-Zola | Rostaing, Sébastien | 69100 | 6
    C 37 69100 L; T2 37 69100 =L; T2 37 69100 =L; T3 37 69100 =L;
    T3 37 69100 =L; T2 37 69100 =L; P 37 69100 =; P 37 69100 =

sci-ir | SCI Bel-Horizon | Jacquemet, Solène | 73100 | 2
    H 37 73100 L

sci-ir | SCI Guérin & Filles | Guérin, Olivier | 26000 | 4
    T3 37 26000; C 37 26000 v

sci-ir | SCI Les Hauts de l'Albenc | Trouillet, Agnès | 38130 | 5
    T4 37 38130; P 37 38130 =

sci-ir | SCI Pharma-Dombes | Magnin, Loïc | 01000 | 2
    C 37 01000 vL

sci-ir | SCI Ravier | Ravier, Nathalie | 38300 | 3
    T2 37 38300 r; T3 37 38300

sci-ir | SCI de la Grange-aux-Ânes | Peyrard, Jean-Baptiste | 26100 | 6+1
    H 37 26100; T2 37 26000; T2 37 26000 r

sci-is | SCI Confluence 8 | Clément, Yann | 69007 | 3+1
    T2 36 69007 L; T2 36 69008 fL; C 36 69003 vL; T3 36 69008 fL; T2 36 69008 r

sci-is | SCI Murs & Métiers | Sabatier, Raphaël | 69800 | 2+1
    C 36 69800 vL; C 36 69150 v

sci-is | SCI Campus Bellevue | Nguyen, Camille | 42000 | 5
    T1 36 42000 fsL; T1 36 42000 fs=L; T2 36 42100 fs

sarl-famille | SARL Fougère Famille | Fougère, Mireille | 03200 | 5
    T2 39 03200; T3 39 03200 =

sarl-famille | SARL Les Mazots | Favre, Cédric | 74400 | 4
    H 39 74400 L; T2 39 74400 L

sarl | SARL Immo Gestion des Côtes | Gouttenoire, Éric | 69400 | 3+1
    C 38 69400 v; T2 38 69400 f; T3 38 69400 =; C 38 69210 vL

sas | SAS Nid & Co | Viallet, Aurélien | 69003 | 3+2
    T1 40 69003 fL; T1 40 69003 fL=; T1 40 69008 fL; T2 40 69100 f; T2 40 69150 f;
    C 40 69003 vL; P 40 69003; T2 40 69007 fr; T3 40 69100 f

societe-civile | Société civile du Patrimoine Philibert | Philibert, Geneviève | 71000 | 7+1
    C 41 71000 v; T4 41 71000; T3 41 17000
""")

HEIR_ABROAD = "Succession Besançon - indivision"
"""The entity of which the last partner lives in Belgium."""
