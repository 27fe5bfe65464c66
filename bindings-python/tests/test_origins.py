"""Findings say where in the caller's own data they point: the row, and the name of the column."""

from __future__ import annotations

from typing import Any

import qlower
from given import COLUMNS, DATA, HEADER, TODAY, WIRE, dicts


def test_findings_tell_row_and_column_as_the_caller_named_them() -> None:
    bad = [(*row[:4], "x", row[5]) if at == 2 else row for at, row in enumerate(DATA)]
    ways = {
        "amount": bad_rows(bad, COLUMNS),
        "amt": bad_rows(bad, WIRE),
        "montant": qlower.Rows(
            bad, columns=[*COLUMNS[:4], "montant", "ref"], rename={"montant": "amount"}
        ),
    }
    for name, rows in ways.items():
        report = qlower.check({**HEADER, "transactions": rows}, today=TODAY)
        (finding,) = report.errors
        assert (finding.row, finding.column_name, finding.line) == (2, name, None)
        assert f'= row 2, column "{name}"' in str(report)
        assert f"= ligne de données 2, colonne « {name} »" in report.render("fr")
        assert report.to_dict()["findings"][-1]["row"] is not None


def bad_rows(rows: list[tuple[Any, ...]], columns: list[str]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_columns_are_told_row_by_row() -> None:
    rows = [dicts()[0], dicts(WIRE)[1], {**dicts()[2]}, dicts(WIRE)[1]]
    for row in rows:
        row["amount" if "amount" in row else "amt"] = "x"
    report = qlower.check({**HEADER, "transactions": rows}, today=TODAY)
    amounts = [finding for finding in report.errors if finding.field == "amt"]
    assert [(f.row, f.column_name) for f in amounts] == [
        (0, "amount"),
        (1, "amt"),
        (2, "amount"),
        (3, "amt"),
    ]


def test_nested_objects_tell_the_row_that_they_stand_in() -> None:
    payload = {
        **HEADER,
        "declarants": [
            {"id": "D0"},
            {"id": "D1", "properties": [{"id": "P1", "construction_year": "x"}]},
        ],
    }
    findings = qlower.check(payload, today=TODAY).findings
    inner = [
        finding for finding in findings if finding.pointer.startswith("/declarants/1/properties/0")
    ]
    assert inner
    assert {finding.row for finding in inner} == {1}


def test_rows_of_clients_tell_their_own_row() -> None:
    account = {"email": "jean@example.com", "first_name": "Jean", "last_name": "Dupont"}
    rows = dicts()
    rows[2]["amount"] = "x"
    entries = [{"client": {**account, "email": "x"}}, {"client": account, "transactions": rows}]
    findings = qlower.check({**HEADER, "clients": entries}, today=TODAY).errors
    assert [(f.pointer, f.row, f.column_name) for f in findings] == [
        ("/clients/0/client/email", 0, "email"),
        ("/clients/1/transactions/2/amt", 2, "amount"),
    ]


def test_the_header_tells_the_name_too() -> None:
    report = qlower.check({**HEADER, "created_at": "yesterday"})
    assert [(f.code, f.column_name, f.row) for f in report.errors] == [
        ("invalid_date_time", "created_at", None)
    ]
    assert "s3cr3t" not in str(report) + report.to_json() + repr(report.findings)
