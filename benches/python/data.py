"""What the comparison works on: a payload as a text, and the rows of one as Python objects.

data.py FOLDER [--megabytes 100] [--transactions 500000]
"""

from __future__ import annotations

import argparse
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

FIRST_DAY = date(2024, 1, 1)
DAYS = [FIRST_DAY + timedelta(days=number) for number in range(731)]
MONTHS = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"]
CATEGORIES = ["LOYER", "CHARGES", "TRAVAUX", "TAXE", "ASSURANCE"]
# A declarant has four properties, each with a document.
PROPERTIES_A_DECLARANT = 4
HEADER = {"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2026-01-05T08:00:00+01:00"}

Row = dict[str, Any]


def luhn(number: str) -> str:
    """The digit that makes `number` and itself pass the check of SIREN and SIRET numbers."""
    doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in number[-1::-2])
    return str(-(doubled + sum(int(digit) for digit in number[-2::-2])) % 10)


def siren(number: int) -> str:
    digits = f"{30_000_000 + number * 7:08d}"
    return digits + luhn(digits)


def siret(number: int) -> str:
    digits = siren(number) + f"{number % 90:04d}"
    return digits + luhn(digits)


def declarant(number: int) -> Row:
    return {
        "id": f"M{number:06d}",
        "sirenId": siren(number),
        "nicId": "00012",
        "legalStatusId": "6540",
        "taxRegimeAggregation": "IR",
        "taxCategoryId": "4",
        "taxRegimeId": "10",
        "corporateName": f"SCI de l'Église n° {number}",
        "debActDate": "2016-01-01",
        "address": f"{number % 99 + 1} rue de la République",
        "townName": "Orléans",
        "postCode": "45000",
        "associates": [
            {
                "id": f"A{number:06d}",
                "civility": "MME",
                "firstName": "Élise",
                "lastName": "Delorme",
                "ctry": "FR",
                "email": f"elise.delorme{number}@example.org",
                "manager": "O",
            }
        ],
    }


def property_id(number: int) -> str:
    return f"L{number:06d}"


def property_of(number: int) -> Row:
    return {
        "id": property_id(number),
        "declarantId": f"M{number // PROPERTIES_A_DECLARANT:06d}",
        "type": "A",
        "description": f"T3, {number % 7}e étage, rue Pierre-Sémard",
        "furnished": "O",
        "managed": "A",
        "bldgNb": str(number % 120 + 1),
        "streetName": "rue Pierre-Sémard",
        "townName": "Orléans",
        "postCode": "45000",
        "ctry": "FR",
        "lastName": "Delorme",
        "firstName": "Élise",
        "telNumber": "04 65 71 66 37",
        "email": f"elise.delorme{number}@example.org",
        "acquisitionDate": DAYS[number % len(DAYS)].replace(year=2017, day=1).isoformat(),
        "nbrRooms": number % 5 + 1,
        "area": 20 + number % 60 + 0.5,
        "siretId": siret(number // PROPERTIES_A_DECLARANT),
        "tvaOption": "N",
        "taxRegime": 5,
        "costPrice": 120_000 + number % 1_000,
        "completionStatus": "OLD",
    }


def document(number: int) -> Row:
    return {
        "id": f"D{number:06d}",
        "propertyId": property_id(number),
        "fileName": f"Liasse 2024 lot {number}.pdf",
        "fileType": "26",
        "year": "2024",
        "fileLink": f"https://ged.example.org/lots/{number}/liasse-2024.pdf",
    }


def cents(number: int) -> int:
    """Some rents, and some costs."""
    amount = 40_000 + number * 7_919 % 110_000
    return amount if number % 4 else -amount


def transactions(count: int, properties: int) -> list[Row]:
    """Rows as a database gives them: `date` and `Decimal`, text elsewhere."""
    return [
        {
            "id": f"2025-{number:07d}",
            "reqdExctnDt": FIRST_DAY + timedelta(days=number % 731),
            "id-prty": f"L{number % properties:06d}",
            "id-tenant": f"T{number % 9_973:05d}",
            "amt": Decimal(cents(number)).scaleb(-2),
            "ccy": "EUR",
            "purpose": CATEGORIES[number % 5],
            "ref": f"Loyer {MONTHS[number % 8]} lot {number % properties}",
        }
        for number in range(count)
    ]


def textual(rows: list[Row]) -> list[Row]:
    """The same rows as a CSV file gives them: nothing but text."""
    return [{name: str(value) for name, value in row.items()} for row in rows]


# Rows belong to properties; as many are in each payload, so that no reference leads out of it.
PROPERTIES = 2_000


def properties() -> list[Row]:
    """The properties that the rows belong to."""
    rows = [property_of(number) for number in range(PROPERTIES)]
    for row in rows:
        del row["declarantId"]
    return rows


def write_payload(path: Path, megabytes: int) -> None:
    """A compact text of this size, nine tenths of it transactions."""
    count = megabytes * 120
    sections: dict[str, list[Row]] = {
        "declarants": [declarant(number) for number in range(count // PROPERTIES_A_DECLARANT + 1)],
        "properties": [property_of(number) for number in range(count)],
        "documents": [document(number) for number in range(count)],
    }
    text = json.dumps(
        HEADER | {"versionId": "2.0"} | sections, ensure_ascii=False, separators=(",", ":")
    )
    size = len(text.encode()) + len(',"transactions":[]')
    limit = megabytes * 1_000_000
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text[:-1] + ',"transactions":[')
        number, separator = 0, ""
        while size < limit:
            day = DAYS[number % len(DAYS)].isoformat()
            item = (
                f'{separator}{{"id":"2025-{number:07d}","reqdExctnDt":"{day}","id-prty":"L{number % count:06d}",'
                f'"id-tenant":"T{number % 9_973:05d}","amt":{cents(number) / 100:.2f},"ccy":"EUR",'
                f'"purpose":"{CATEGORIES[number % 5]}","ref":"Loyer {MONTHS[number % 8]} lot {number % count}"}}'
            )
            file.write(item)
            size += len(item.encode())
            number, separator = number + 1, ","
        file.write("]}")
    items = 2 * count + 2 * (count // PROPERTIES_A_DECLARANT + 1) + number
    print(
        f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {items} items, {number} of them transactions"
    )


def write_table(path: Path, count: int) -> None:
    """The rows as an Arrow table in a file: amounts decimal128, days date32, repeated texts in dictionaries."""
    import pyarrow as pa

    text, repeated = pa.string(), pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        [
            ("id", text),
            ("reqdExctnDt", pa.date32()),
            ("id-prty", text),
            ("id-tenant", text),
            ("amt", pa.decimal128(12, 2)),
            ("ccy", repeated),
            ("purpose", repeated),
            ("ref", text),
        ]
    )
    table = pa.Table.from_pylist(transactions(count, PROPERTIES), schema=schema)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_table(table, max_chunksize=65_536)
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {count} rows")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write what the comparison works on.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=int, default=100, help="of the payload (100)")
    parser.add_argument("--transactions", type=int, default=500_000, help="in the table (500000)")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    write_payload(options.folder / "payload.json", options.megabytes)
    write_table(options.folder / "rows.arrow", options.transactions)


if __name__ == "__main__":
    main()
