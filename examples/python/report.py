"""A report as a page, in French: what a notebook shows of it by itself, in a file to hand on.

    python examples/python/report.py [FILE] [--lang en|fr] [--output report.html]

In a notebook, a cell that ends in `qlower.check(…)` shows the same, without this program. FILE is a payload; without one,
the made-up agency's books with mistakes are checked.
"""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path

import qlower

from agency import Export

DATA = Path(__file__).resolve().parent.parent / "data"
PAGE = """<!doctype html>
<html lang="{lang}">
<meta charset="utf-8">
<title>Qlower</title>
<body style="max-width: 70rem; margin: 2rem auto; font-family: sans-serif">
{report}
</body>
</html>
"""


def broken_books() -> qlower.Payload:
    books = Export.in_folder(DATA).with_files_of(DATA / "broken").read()
    return qlower.Payload(
        partner="acme",
        api_key="k",
        created_at=datetime.now(timezone.utc),
        declarants=books.declarants,
        properties=books.properties,
        transactions=books.transactions,
        documents=books.documents,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a report as a page.")
    parser.add_argument("file", type=Path, nargs="?", help="a payload")
    parser.add_argument("--lang", choices=("en", "fr"), default="fr")
    parser.add_argument("--output", type=Path, default=Path("report.html"))
    options = parser.parse_args()

    report = qlower.check(options.file or broken_books())
    html = report._repr_html_(lang=options.lang)
    options.output.write_text(PAGE.format(lang=options.lang, report=html), encoding="utf-8")
    print(f"{options.output.name}: {report.error_count} errors, {report.warning_count} warnings")


if __name__ == "__main__":
    main()
