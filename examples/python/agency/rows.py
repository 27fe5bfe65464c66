"""One model of each row of the export."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from qlower import Associate, Declarant, Document, Property, Transaction

from .cells import day, decimal, yes_no

if TYPE_CHECKING:
    from . import Row

T = TypeVar("T")

KINDS = {"Appartement": "A", "Maison": "H", "Commerce": "CL", "Parking": "P"}


def converted(row: Row, name: str, convert: Callable[[str], T]) -> T | None:
    """The converted cell, or `None` if it is empty."""
    cell = row[name]
    return convert(cell) if cell else None


def declarant(row: Row) -> Declarant:
    """`mandants.csv`: the agency's clients, who declare the income."""
    return Declarant(
        id=row["code_mandant"],
        legal_status=row["forme_juridique"],
        name=row["raison_sociale"],
        siren=row.optional("siren"),
        nic=row.optional("nic"),
        tax_aggregation=row.optional("imposition"),
        tax_category=row.optional("categorie_fiscale"),
        tax_regime=row.optional("regime_fiscal"),
        activity_start=converted(row, "debut_activite", day),
        address=row["adresse"],
        post_code=row["code_postal"],
        town=row["ville"],
        oga_siret=row.optional("oga_siret"),
        oga_name=row.optional("oga_nom"),
        oga_id=row.optional("oga_agrement"),
        oga_number=row.optional("oga_adherent"),
    )


def associate(row: Row) -> Associate:
    """`associes.csv`: who holds the shares of a client."""
    return Associate(
        id=row["code_associe"],
        civility=row["civilite"],
        last_name=row.optional("nom"),
        first_name=row.optional("prenom"),
        address=row.optional("adresse"),
        town=row.optional("ville"),
        country=row.optional("pays"),
        email=row["courriel"],
        manager=converted(row, "gerant", yes_no),
    )


def property_of(row: Row) -> Property:
    """`lots.csv`: the properties."""
    return Property(
        id=row["code_lot"],
        declarant_id=row.optional("code_mandant"),
        kind=converted(row, "type_bien", lambda cell: KINDS.get(cell, cell)),
        description=row["designation"],
        furnished=converted(row, "meuble", yes_no),
        managed=row.optional("gestion"),
        street_number=row.optional("numero"),
        street=row["rue"],
        street2=row.optional("complement"),
        post_code=row["code_postal"],
        town=row["ville"],
        country=row["pays"],
        last_name=row["nom_proprietaire"],
        first_name=row["prenom_proprietaire"],
        phone=row.optional("telephone"),
        email=row["courriel"],
        construction_date=converted(row, "date_construction", day),
        acquisition_date=day(row["date_acquisition"]),
        rooms=row.optional("nb_pieces"),
        area=converted(row, "surface", decimal),
        terrace_area=converted(row, "surface_terrasse", decimal),
        garden_area=converted(row, "surface_jardin", decimal),
        floor=row.optional("etage"),
        parking_places=row.optional("nb_parkings"),
        siret=row.optional("siret"),
        vat_option=row.optional("tva"),
        net_revaluation=converted(row, "valeur_reevaluee", decimal),
        activity_start=converted(row, "debut_activite", day),
        tax_regime=row["regime_fiscal"],
        works_completed=converted(row, "fin_travaux", day),
        cost_price=converted(row, "prix_acquisition", decimal),
        completion_status=row.optional("etat_acquisition"),
        permit_date=converted(row, "depot_permis", day),
        dismembered=converted(row, "demembrement", yes_no),
        agency_fee=converted(row, "frais_agence", decimal),
        notary_fee=converted(row, "frais_notaire", decimal),
    )


def transaction(row: Row) -> Transaction:
    """`ecritures.csv`: the transactions."""
    return Transaction(
        id=row["no_ecriture"],
        date=day(row["date_operation"]),
        property_id=row["code_lot"],
        tenant_id=row.optional("code_locataire"),
        reference=row["libelle"],
        category=row.optional("rubrique"),
        amount=decimal(row["montant"]),
        currency=row.optional("devise"),
    )


def document(row: Row) -> Document:
    """`documents.csv`: the documents, of a property or of a client."""
    return Document(
        id=row["code_document"],
        property_id=row.optional("code_lot"),
        declarant_id=row.optional("code_mandant"),
        file_name=row["nom_fichier"],
        file_type=row.optional("type_document"),
        year=row["annee"],
        file_link=row["lien"],
    )
