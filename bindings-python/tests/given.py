"""Rows that the tests of the encoder share."""

from __future__ import annotations

from typing import Any

HEADER = {
    "partner": "acme",
    "api_key": "s3cr3t-k3y",
    "created_at": "2025-03-01T08:00:00+01:00",
    "version": "2.0",
}
TODAY = "2025-03-01"
COLUMNS = ["id", "date", "property_id", "tenant_id", "amount", "reference"]
WIRE = ["id", "reqdExctnDt", "id-prty", "id-tenant", "amt", "ref"]
DATA = [
    ("T1", "2025-01-05", "P1", None, "850.00", "Loyer janvier"),
    ("T2", "2025-02-05", "P1", "L-7", "-12.5", 'Frais "été" \\ \n'),
    ("T3", "2025-02-06", "P1", "L-7", "0.07", "é€😀"),
]


def dicts(columns: list[str] = COLUMNS) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in DATA]
