"""What every contender does, with its own `validate`, `build` and `build_from_table`, and how long that alone took.

PROGRAM validate FILE            a payload in a file is checked
PROGRAM rows COUNT [OUT]         rows of a database, as dicts, become the checked bytes of a payload
PROGRAM texts COUNT [OUT]        the same from rows of texts, as of a CSV file
PROGRAM table FILE [OUT]         the same from an Arrow table

It prints JSON: the seconds that the work took, without start, imports and the making of the rows; the bytes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import data

if TYPE_CHECKING:
    import pyarrow as pa

    Table: TypeAlias = pa.Table

Rows: TypeAlias = list[dict[str, Any]]

PARTNER = "acme"
API_KEY = "k"
CREATED_AT = "2026-01-05T08:00:00+01:00"


def read_table(file: str) -> Table:
    import pyarrow as pa

    with pa.memory_map(file) as source:
        return pa.ipc.open_file(source).read_all()


def main(
    validate: Callable[[Path], object],
    build: Callable[[Rows, Rows], bytes],
    build_from_table: Callable[[Table, Rows], bytes],
) -> None:
    job, given, *out = sys.argv[1:]
    built = b""
    if job == "validate":
        path = Path(given)
        began = time.perf_counter()
        # Kept to the end, as a program would that goes on to use it.
        result = validate(path)
        seconds = time.perf_counter() - began
        del result
    elif job == "table":
        table, properties = read_table(given), data.properties()
        began = time.perf_counter()
        built = build_from_table(table, properties)
        seconds = time.perf_counter() - began
    else:
        rows, properties = data.transactions(int(given), data.PROPERTIES), data.properties()
        if job == "texts":
            rows = data.textual(rows)
        began = time.perf_counter()
        built = build(rows, properties)
        seconds = time.perf_counter() - began
    for file in out:
        Path(file).write_bytes(built)
    print(json.dumps({"seconds": seconds, "bytes": len(built)}))
