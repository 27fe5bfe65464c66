"""Rows and items for tests of what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qlower import PayloadFile

HEADER: dict[str, Any] = {
    "partner": "acme",
    "api_key": "k-1",
    "created_at": "2025-02-01T08:00:00+01:00",
    "today": "2025-06-01",
}


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"T{number}",
        "date": "2025-01-31",
        "property_id": "P1",
        "amount": "850.00",
        "reference": "Loyer",
        **changes,
    }


def home(number: int) -> dict[str, Any]:
    return {
        "id": f"P{number}",
        "description": "Studio",
        "street": "rue de la Paix",
        "town": "Paris",
        "post_code": "75002",
        "country": "FR",
        "last_name": "Martin",
        "first_name": "Jeanne",
        "email": "jeanne.martin@example.fr",
        "acquisition_date": "2020-01-01",
        "tax_regime": 5,
    }


def content(file: PayloadFile | Path) -> Any:
    return json.loads(Path(file).read_bytes())
