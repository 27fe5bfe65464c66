"""A data frame to Qlower: the columns keep their names, and a finding tells the row and the column that it is about.

    python examples/python/dataframes.py [--polars] [--send]

It reads the transactions of a made-up agency, with typical mistakes among them, with pandas or with polars. Whatever
speaks the Arrow protocol is taken the same way: a pyarrow table, the result of a query of DuckDB.
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import qlower
from qlower.sandbox import Sandbox

from agency import Export

DATA = Path(__file__).resolve().parent.parent / "data"
PARTNER, API_KEY = "sandbox", "sandbox-key"

COLUMNS = {
    "no_ecriture": "id",
    "date_operation": "date",
    "code_lot": "property_id",
    "code_locataire": "tenant_id",
    "libelle": "reference",
    "rubrique": "category",
    "montant": "amount",
    "devise": "currency",
}


def with_pandas(file: Path) -> Any:
    """Every cell a text: what is no date and no amount stays as it stands, and is found by the check."""
    import pandas as pd

    frame = pd.read_csv(file, sep=";", dtype=str, keep_default_na=False)[list(COLUMNS)]
    days = frame["date_operation"]
    frame["date_operation"] = days.str.replace(r"^(\d\d)/(\d\d)/(\d{4})$", r"\3-\2-\1", regex=True)
    frame["montant"] = frame["montant"].str.replace(",", ".", regex=False)
    # An empty cell is an absent value.
    return frame.mask(frame == "")


def with_polars(file: Path) -> Any:
    """The same with polars."""
    import polars as pl

    frame = pl.read_csv(file, separator=";", infer_schema=False).select(*COLUMNS)
    return frame.with_columns(
        pl.col("date_operation").str.replace(r"^(\d\d)/(\d\d)/(\d{4})$", "$3-$2-$1"),
        pl.col("montant").str.replace(",", ".", literal=True),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Check the transactions of a data frame.")
    parser.add_argument("--polars", action="store_true", help="with polars, not with pandas")
    parser.add_argument("--send", action="store_true", help="send the right books to a sandbox")
    options = parser.parse_args()
    read = with_polars if options.polars else with_pandas

    export = Export.in_folder(DATA)
    books = export.read()
    folder = DATA if options.send else DATA / "broken"
    payload = qlower.Payload(
        partner=PARTNER,
        api_key=API_KEY,
        created_at=datetime.now(timezone.utc),
        declarants=books.declarants,
        properties=books.properties,
        transactions=qlower.Rows(read(folder / "ecritures.csv"), rename=COLUMNS),
    )
    report = qlower.check(payload)
    print(report.render(), end="")
    for finding in report.errors:
        print(f"row {finding.row}, column {finding.column_name}: {finding.code}")
    if options.send:
        with (
            Sandbox({PARTNER: API_KEY}) as sandbox,
            qlower.Client(**sandbox.client_settings()) as client,
        ):
            print(client.send(payload).reply)
    elif not report.is_valid:
        sys.exit(1)


if __name__ == "__main__":
    main()
