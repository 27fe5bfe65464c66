"""No work at all: what start, imports and the making of the rows take in every program.

with_nothing.py JOB: see job.py
"""

from __future__ import annotations

from pathlib import Path

import job


def validate(path: Path) -> object:
    return path


def build(transactions: job.Rows, properties: job.Rows) -> bytes:
    return b"" if transactions and properties else b"no rows"


def build_from_table(table: job.Table, properties: job.Rows) -> bytes:
    return b"" if table.num_rows and properties else b"no rows"


if __name__ == "__main__":
    job.main(validate, build, build_from_table)
