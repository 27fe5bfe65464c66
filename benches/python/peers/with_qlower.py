"""The payload with the SDK: its own models, and a check of everything, references and doubled ids among it.

with_qlower.py JOB: see job.py
"""

from __future__ import annotations

from pathlib import Path

import job
import qlower


def validate(path: Path) -> object:
    report = qlower.check(path)
    report.raise_for_errors()
    return report


def build(transactions: job.Rows | job.Table, properties: job.Rows) -> bytes:
    payload = qlower.Payload(
        partner=job.PARTNER,
        api_key=job.API_KEY,
        created_at=job.CREATED_AT,
        properties=properties,
        transactions=transactions,
    )
    return qlower.checked(payload).to_bytes()


def build_from_table(table: job.Table, properties: job.Rows) -> bytes:
    return build(table, properties)


if __name__ == "__main__":
    job.main(validate, build, build_from_table)
