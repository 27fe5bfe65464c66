"""Reading the export of the made-up agency."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
import qlower
from conftest import FOLDER

from agency import Books, Export, NoTableError
from agency.cells import day, decimal, yes_no
from agency.rows import KINDS

DATA = FOLDER.parent / "data"


def check(export: Export) -> list[tuple[str, str, str | None]]:
    books = export.read()
    payload = qlower.Payload(
        partner="p",
        api_key="k",
        created_at="2026-01-05T08:00:00+01:00",
        declarants=books.declarants,
        properties=books.properties,
        transactions=books.transactions,
        documents=books.documents,
    )
    found = qlower.check(payload, today="2026-01-05").findings
    return [(finding.severity, finding.code, finding.id) for finding in found]


@pytest.fixture
def copy(tmp_path: Path) -> Export:
    for file in DATA.glob("*.csv"):
        shutil.copy(file, tmp_path)
    return Export.in_folder(tmp_path)


def test_decimals_are_converted_and_what_is_none_stays() -> None:
    for cell, expected in (("855,00", "855.00"), ("-1234567,89", "-1234567.89"), ("7", "7")):
        assert str(decimal(cell)) == expected
        assert isinstance(decimal(cell), Decimal)
    for cell in ("1 250,00", "-12O,50", "1.250,00", "1,250,00", ",", "12,", "€", "", "١٢"):
        assert decimal(cell) == cell


def test_days_are_converted_and_what_is_none_stays() -> None:
    assert day("31/12/2024") == "2024-12-31"
    assert day("31/02/2025") == "2025-02-31", "of the right form, and no day: for the check"
    for cell in ("2025/03/07", "1/2/2025", "01/02/25", "01-02-2025", "01/02/2025/03", "hier", ""):
        assert day(cell) == cell


def test_words_become_codes_and_others_stay() -> None:
    assert [yes_no("OUI"), yes_no("NON"), yes_no("PEUT-ÊTRE")] == ["O", "N", "PEUT-ÊTRE"]
    assert list(KINDS.values()) == ["A", "H", "CL", "P"]


def test_the_good_books_have_no_error_and_the_two_warnings_that_belong_there() -> None:
    books: Books = Export.in_folder(DATA).read()
    associates = sum(len(declarant.associates) for declarant in books.declarants)
    sections = (books.declarants, books.properties, books.transactions, books.documents)
    assert ([len(section) for section in sections], associates) == ([40, 120, 6000, 250], 90)
    assert check(Export.in_folder(DATA)) == [
        ("warning", "foreign_country", "A016"),
        ("warning", "undecided_tax_regime", "L063"),
    ]


def test_the_broken_books_have_the_mistakes_that_are_documented() -> None:
    assert check(Export.in_folder(DATA).with_files_of(DATA / "broken")) == [
        ("warning", "foreign_country", "A016"),
        ("error", "invalid_siret", "L028"),
        ("error", "missing_field", "L041"),
        ("error", "invalid_email", "L056"),
        ("warning", "undecided_tax_regime", "L063"),
        ("warning", "acquired_before_construction", "L072"),
        ("error", "unknown_code", "L091"),
        ("error", "invalid_decimal", "2024-00466"),
        ("error", "invalid_decimal", "2024-01081"),
        ("error", "missing_field", "2024-01827"),
        ("warning", "zero_amount", "2024-02836"),
        ("error", "nonexistent_date", "2025-00441"),
        ("error", "invalid_date", "2025-00533"),
        ("warning", "unknown_reference", "2025-01002"),
        ("error", "unknown_code", "2025-01727"),
        ("error", "duplicate_id", "2025-02466"),
    ]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: text.replace(b"no_ecriture", b"numero", 1), "there is no column no_ecriture"),
        (lambda text: text[:-6], "cells, not 8"),
        (lambda text: text[:-30] + b"\xe9" + text[-30:], "utf-8"),
        (lambda _: None, "No such file"),
    ],
)
def test_what_is_no_table_is_told_with_its_file(copy: Export, damage: object, told: str) -> None:
    assert callable(damage)
    content = damage(copy.ecritures.read_bytes())
    if content is None:
        copy.ecritures.unlink()
    else:
        copy.ecritures.write_bytes(content)
    with pytest.raises(NoTableError, match=rf"^ecritures\.csv: .*{told}"):
        copy.read()


def test_an_associate_of_nobody_is_not_lost(copy: Export) -> None:
    text = copy.associes.read_text(encoding="utf-8").replace("A001;M019", "A001;M999")
    copy.associes.write_text(text, encoding="utf-8")
    with pytest.raises(NoTableError, match=r'associes\.csv: A001 belong to "M999"'):
        copy.read()
