"""Cells that the export writes otherwise than Qlower."""

from __future__ import annotations

import re
from decimal import Decimal

DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", re.ASCII)


def decimal(cell: str) -> Decimal | str:
    """A decimal: `-1234,56` for −1234.56, without any sign between the thousands.

    What is no such number stays as it stood: `1 250,00` may well be 1250, but that is for a person to say.

    >>> decimal("-1234,56"), decimal("1 250,00")
    (Decimal('-1234.56'), '1 250,00')
    """
    text = cell.replace(",", ".")
    return Decimal(text) if DECIMAL.fullmatch(text) else cell


def day(cell: str) -> str:
    """A date: `31/12/2024` for 2024-12-31.

    A day that does not exist is converted too, and found by the check; another form stays as it stood.

    >>> day("31/12/2024"), day("31/02/2025"), day("2025/03/07")
    ('2024-12-31', '2025-02-31', '2025/03/07')
    """
    parts = DAY.fullmatch(cell)
    return f"{parts[3]}-{parts[2]}-{parts[1]}" if parts else cell


def yes_no(cell: str) -> str:
    """`OUI` or `NON`. Any other text stays as it stood.

    >>> yes_no("OUI"), yes_no("PEUT-ÊTRE")
    ('O', 'PEUT-ÊTRE')
    """
    return {"OUI": "O", "NON": "N"}.get(cell, cell)
