"""The two pages that describe the files, written from the tables themselves."""

from __future__ import annotations

from .entries import HEADINGS
from .mistakes import ERROR, Mistake
from .tables import Table

NOTE = "<!-- Written by generate.py: change it there. -->"


def _columns(table: Table) -> str:
    lines = [
        f"## `{table.file}`: {table.title}",
        "",
        "| column | feeds | meaning |",
        "| --- | --- | --- |",
    ]
    for column in table.columns:
        wire = column.wire if column.wire.startswith("(") else f"`{column.wire}`"
        lines.append(f"| `{column.name}` | {wire if column.wire else '—'} | {column.meaning} |")
    return "\n".join(lines)


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def main_page(tables: list[Table]) -> str:
    counts = "\n".join(
        f"| [`{table.file}`]({table.file}) | {_thousands(len(table.rows))} | {table.title} |"
        for table in tables
    )
    headings = "\n".join(f"| `{code}` | {meaning} |" for code, meaning in HEADINGS.items())
    columns = "\n\n".join(_columns(table) for table in tables)
    return f"""{NOTE}

# The books of a letting agency

Two years (2024 and 2025) of the *Agence des Quais*, the way its software exports them. The
examples turn these files into a payload, check it and send it.

| file | rows | holds |
| --- | ---: | --- |
{counts}

**Everything is made up**, by [`generate.py`](generate.py) and the modules in
[`agency/`](agency/): persons, companies, rents, documents, links. Towns and their post codes are
real. The identity numbers pass the Luhn check and were drawn by lot: one that belongs to somebody
does so by accident. E-mail addresses and links stand on domains that are reserved for examples,
phone numbers in ranges that France keeps for fiction.

## Form

UTF-8 without BOM, lines ending in a line feed, cells parted by semicolons, the column names on
the first line. Dates are `dd/mm/yyyy`, decimals have a comma and no thousands separator, an
absent value is an empty cell. A cell that holds a semicolon or a quote stands in double quotes,
with the quotes inside doubled. A few cells are as untidy as real ones: a space left behind a text,
a town in capitals without its accents, `Lyon 3e`, phone numbers in three spellings.

A check of the whole finds no error, and two warnings that belong there: one lot of a succession
whose tax regime is not known yet (code 7), and one heir who lives in Belgium.

[`broken/`](broken/) holds two of the files with typical mistakes in them.

## Regenerating

```sh
python examples/data/generate.py          # writes the files
python examples/data/generate.py --check  # exit code 1 when a committed file differs
```

Python 3.10 or newer, no package. The seed is fixed and the arithmetic is the script's own, so the
files come out byte for byte the same everywhere.

In the tables below, *feeds* is the key in the loader's payload; a dash means that the column is
not sent.

{columns}

### Headings of `rubrique`

| heading | what it gathers |
| --- | --- |
{headings}
"""


def broken_page(made: list[Mistake]) -> str:
    errors = sum(mistake.slip.verdict == ERROR for mistake in made)
    lines: list[str] = []
    for mistake in made:
        slip = mistake.slip
        before, after = (
            f"`{cell}`" if cell else "empty" for cell in (mistake.before, mistake.after)
        )
        lines.append(
            f"| `{slip.file}` | {mistake.line} | `{mistake.code}` | `{slip.column}` "
            f"| {slip.what} | {after} | {before} | {slip.verdict} |"
        )
    rows = "\n".join(lines)
    return f"""{NOTE}

# The same books, with mistakes

Copies of two of the files next door, alike but for {len(made)} cells: {errors} mistakes that Qlower
would refuse or drop, and {len(made) - errors} that it would take. `mandants.csv`, `associes.csv`
and `documents.csv` have no broken copy: use the good ones with these. The two warnings of the
good copy stay.

Line 1 is the header.

| file | line | row | column | mistake | reads | should read | severity |
| --- | ---: | --- | --- | --- | --- | --- | --- |
{rows}
"""
