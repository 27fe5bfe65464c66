"""A line of the ledger, and the headings that lines stand under."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

HEADINGS = {
    "LOYER": "rent",
    "CHARGES": "provision for charges, or its yearly settlement",
    "CAF": "housing benefit paid by the CAF",
    "SEJOUR": "holiday stay, paid by the platform",
    "RESID": "rent paid by the operator of a serviced residence",
    "REFACT": "property tax recharged to a commercial tenant",
    "DEPOT": "security deposit received or given back",
    "HONOGES": "management fee",
    "HONOLOC": "letting fee",
    "PLATEF": "platform's commission",
    "MENAGE": "cleaning and linen",
    "COPRO": "condominium charges",
    "TF": "property tax",
    "CFE": "business property tax",
    "PNO": "landlord's insurance",
    "GLI": "insurance against unpaid rents",
    "INTERET": "loan interest",
    "ASSEMP": "loan insurance",
    "TRAVAUX": "works",
    "ENTRET": "small repairs and upkeep",
    "DIAG": "surveys",
    "COMPTA": "accountant and management body",
    "SINIST": "insurance pay-outs",
    "REMB": "reimbursements and corrections",
    "ACQ": "reckoning of the purchase",
}

COLLECTED = frozenset({"LOYER", "CHARGES", "CAF", "SEJOUR", "RESID"})
"""What the management fee is counted on."""


@dataclass(frozen=True)
class Entry:
    day: date
    lot: str
    tenant: str
    text: str
    heading: str
    cents: int
