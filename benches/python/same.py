"""Ends with 0 if the files hold one payload, apart from how a number is spelled and an empty section left out.

same.py FILE FILE…
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

# pydantic writes a decimal as a text, which Qlower takes too.
DECIMALS = {"amt", "area", "costPrice"}


def item(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        key: Decimal(value) if key in DECIMALS else value for key, value in pairs if value != []
    }


def read(file: str) -> object:
    return json.loads(Path(file).read_bytes(), object_pairs_hook=item, parse_float=Decimal)


if __name__ == "__main__":
    first = read(sys.argv[1])
    sys.exit(any(read(file) != first for file in sys.argv[2:]))
