"""From Python objects to the canonical form: every way to give the same data gives the same bytes."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import sqlite3
import types
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow
import pytest
import qlower
from given import COLUMNS, DATA, HEADER, TODAY, WIRE, dicts

EXPECTED = (
    b'{"inigPtynm":"acme","apiKey":"s3cr3t-k3y","creDtTm":"2025-03-01T08:00:00+01:00","versionId":"2.0",'
    b'"transactions":['
    b'{"id":"T1","reqdExctnDt":"2025-01-05","id-prty":"P1","amt":850.00,"ref":"Loyer janvier"},'
    b'{"id":"T2","reqdExctnDt":"2025-02-05","id-prty":"P1","id-tenant":"L-7","amt":-12.5,"ref":"Frais \\"\xc3\xa9t\xc3\xa9\\" \\\\ \\n"},'
    b'{"id":"T3","reqdExctnDt":"2025-02-06","id-prty":"P1","id-tenant":"L-7","amt":0.07,"ref":"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"}'
    b"]}"
)


class Named(NamedTuple):
    id: str
    date: str
    property_id: str
    tenant_id: str | None
    amount: str
    reference: str


@dataclasses.dataclass
class Row:
    id: str
    date: str
    property_id: str
    tenant_id: str | None
    amount: str
    reference: str


@dataclasses.dataclass
class SlotRow:
    __slots__ = tuple(COLUMNS)
    id: str
    date: str
    property_id: str
    tenant_id: str | None
    amount: str
    reference: str


class KeysOnly:
    """As a row of a database has it: not a Mapping, but nearly."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def keys(self) -> list[str]:
        return list(self._values)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]


def encoded(transactions: Any, **more: Any) -> bytes:
    return qlower.checked({**HEADER, "transactions": transactions, **more}, today=TODAY).to_bytes()


def fresh_keys() -> list[dict[str, Any]]:
    """Equal keys that are different objects in every row."""
    return [{"".join(key): value for key, value in row.items()} for row in dicts()]


def sqlite_rows() -> list[sqlite3.Row]:
    with sqlite3.connect(":memory:") as base:
        base.row_factory = sqlite3.Row
        base.execute(f"create table t ({', '.join(COLUMNS)})")
        base.executemany("insert into t values (?,?,?,?,?,?)", DATA)
        return base.execute("select * from t").fetchall()


class Iterable:
    """Rows that can be asked for again, as a query can."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)


WAYS: dict[str, Any] = {
    "dicts": dicts,
    "dicts with wire keys": lambda: dicts(WIRE),
    "a tuple of dicts": lambda: tuple(dicts()),
    "an iterable": lambda: Iterable(dicts()),
    "fresh keys": fresh_keys,
    "other orders": lambda: [
        dict(reversed(row.items())) if at % 2 else row for at, row in enumerate(dicts())
    ],
    "absent or None": lambda: [{k: v for k, v in row.items() if v is not None} for row in dicts()],
    "mappings": lambda: [types.MappingProxyType(row) for row in dicts()],
    "ordered dicts": lambda: [collections.OrderedDict(row) for row in dicts()],
    "chain maps": lambda: [collections.ChainMap({}, row) for row in dicts()],
    "keys only": lambda: [KeysOnly(row) for row in dicts()],
    "sqlite": sqlite_rows,
    "named tuples": lambda: [Named(*row) for row in DATA],
    "dataclasses": lambda: [Row(*row) for row in DATA],
    "slots": lambda: [SlotRow(*row) for row in DATA],
    "models": lambda: [qlower.Transaction(**row) for row in dicts()],
    "models of text": lambda: qlower.Payload.from_json(EXPECTED).transactions,
    "an Arrow table": lambda: pyarrow.Table.from_pylist(dicts()),
    "a renamed Arrow table": lambda: qlower.Rows(
        pyarrow.Table.from_pylist(dicts([*COLUMNS[:4], "montant", "ref"])),
        rename={"montant": "amount"},
    ),
    "a mix": lambda: [Row(*DATA[0]), dicts()[1], Named(*DATA[2])],
    "tuples": lambda: qlower.Rows(DATA, columns=COLUMNS),
    "lists": lambda: qlower.Rows([list(row) for row in DATA], columns=WIRE),
    "iterables": lambda: qlower.Rows([iter(row) for row in DATA], columns=COLUMNS),
    "renamed": lambda: qlower.Rows(
        dicts(["id", "jour", "bien", "tenant_id", "montant", "ref"]),
        rename={"jour": "date", "bien": "id-prty", "montant": "amount"},
    ),
    "columns renamed": lambda: qlower.Rows(
        DATA, columns=[*COLUMNS[:5], "texte"], rename={"texte": "reference"}
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_give_rows_gives_the_same_bytes(way: str) -> None:
    assert encoded(WAYS[way]()) == EXPECTED


@pytest.mark.parametrize("given", [iter, lambda rows: (row for row in rows), qlower.Rows])
def test_what_can_be_read_once_is_read_into_a_payload_and_refused_in_a_dict(given: Any) -> None:
    """Checked as a dict, it would be gone when the same dict is sent."""
    rows = given(iter(dicts()))
    with pytest.raises(TypeError, match="transactions: an iterator can be read only once"):
        qlower.check({**HEADER, "transactions": rows})
    payload = qlower.Payload(**HEADER, transactions=rows)
    for _ in range(2):
        assert qlower.checked(payload, today=TODAY).to_bytes() == EXPECTED


@pytest.mark.parametrize(
    "way", ["dicts", "an iterable", "dataclasses", "models", "tuples", "renamed", "an Arrow table"]
)
def test_rows_in_an_entry_of_clients(way: str) -> None:
    account = {"email": "jean@example.com", "first_name": "Jean", "last_name": "Dupont"}
    payload = {**HEADER, "clients": [{"client": account, "transactions": WAYS[way]()}]}
    rows = EXPECTED[EXPECTED.index(b'"transactions"') : -1]
    assert rows in qlower.checked(payload, today=TODAY).to_bytes()


def test_the_payload_itself_may_be_any_object_with_fields() -> None:
    @dataclasses.dataclass
    class Load:
        partner: str
        api_key: str
        created_at: str
        version: str
        transactions: Any

    load = Load(**HEADER, transactions=dicts())
    wire = dict(zip(["inigPtynm", "apiKey", "creDtTm", "versionId"], HEADER.values(), strict=True))
    for payload in (
        load,
        {**wire, "transactions": dicts()},
        KeysOnly({**HEADER, "transactions": dicts()}),
    ):
        assert qlower.checked(payload, today=TODAY).to_bytes() == EXPECTED


class Currency(str, enum.Enum):
    EUR = "EUR"


class Kind(enum.Enum):
    OTHER = "autre"


class Day(datetime.date):
    pass


MIDNIGHT = datetime.datetime(
    2025, 1, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=1))
).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("key", "value", "wire"),
    [
        ("amount", 850, "850"),
        ("amount", 850.5, "850.5"),
        ("amount", 1234567.89, "1234567.89"),
        ("amount", decimal.Decimal("850.00"), "850.00"),
        ("amount", decimal.Decimal("8.5E+2"), "850"),
        ("amount", decimal.Decimal("-0.07"), "-0.07"),
        ("amount", "850.10", "850.10"),
        ("date", datetime.date(2025, 1, 5), '"2025-01-05"'),
        ("date", Day(2025, 1, 5), '"2025-01-05"'),
        ("date", MIDNIGHT, '"2025-01-05"'),
        ("currency", Currency.EUR, '"EUR"'),
        ("category", Kind.OTHER, '"autre"'),
        ("category", uuid.UUID(int=7), '"00000000-0000-0000-0000-000000000007"'),
        ("category", 12, '"12"'),
        ("category", 10**30, f'"{10**30}"'),
    ],
)
def test_values(key: str, value: object, wire: str) -> None:
    row = {**dicts()[0], key: value}
    field = dict(zip(COLUMNS, WIRE, strict=True)).get(
        key, {"currency": "ccy", "category": "purpose"}.get(key)
    )
    assert f'"{field}":{wire}' in encoded([row]).decode()


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("amount", True, "wrong_type"),
        ("amount", float("nan"), "invalid_decimal"),
        ("amount", decimal.Decimal("NaN"), "invalid_decimal"),
        ("amount", "1 500,00", "invalid_decimal"),
        ("amount", [1], "wrong_type"),
        ("reference", {"a": 1}, "wrong_type"),
        ("date", datetime.datetime(2025, 1, 5, 12, 0), "date_with_time"),  # noqa: DTZ001
        ("date", 20250105, "wrong_type"),
        ("reference", "\ud800", "lone_surrogate"),
        ("reference", None, "missing_field"),
    ],
)
def test_values_that_are_wrong_are_told_with_their_row(key: str, value: object, code: str) -> None:
    rows = dicts()
    rows[1][key] = value
    report = qlower.check({**HEADER, "transactions": rows, "properties": []}, today=TODAY)
    assert not report.is_valid
    (finding,) = report.errors
    assert (finding.code, finding.row, finding.column_name) == (code, 1, key), finding


def test_what_says_that_it_is_missing_is_left_out() -> None:
    class NAType:
        pass

    rows = [{**dicts()[0], "tenant_id": NAType()}]
    assert b"id-tenant" not in encoded(rows)


def test_unknown_keys_are_written_and_told() -> None:
    row = {
        **dicts()[0],
        "note": {"a": [1, 2.5, None, True, decimal.Decimal("1.10"), datetime.date(2025, 1, 5)]},
    }
    checked = qlower.checked({**HEADER, "transactions": [row], "origin": "x"}, today=TODAY)
    assert b'"note":{"a":[1,2.5,null,true,1.10,"2025-01-05"]}' in checked.to_bytes()
    unknown = [finding for finding in checked.report.findings if finding.code == "unknown_field"]
    assert [(finding.row, finding.column_name) for finding in unknown] == [
        (0, "note"),
        (None, "origin"),
    ]


def test_a_field_that_is_given_twice_is_told() -> None:
    row = {**dicts()[0], "amt": 5}
    report = qlower.check({**HEADER, "transactions": [row]}, today=TODAY)
    assert "duplicate_key" in [finding.code for finding in report.errors]


@pytest.mark.parametrize("value", ["T1", 5, {"id": "T1"}, True])
def test_no_rows_where_rows_belong_is_a_finding(value: object) -> None:
    report = qlower.check({**HEADER, "transactions": value}, today=TODAY)
    assert [finding.code for finding in report.errors] == ["wrong_type"]


@pytest.mark.parametrize("item", ["T1", 5, None, ["T1"]])
def test_no_item_where_an_item_belongs_is_a_finding(item: object) -> None:
    report = qlower.check({**HEADER, "transactions": [dicts()[0], item]}, today=TODAY)
    assert [(finding.code, finding.row) for finding in report.errors] == [("wrong_type", 1)]


def test_values_without_any_form_are_a_type_error_that_says_where() -> None:
    rows = dicts()
    rows[1]["amount"] = object()
    with pytest.raises(
        TypeError,
        match=r"^transactions: row 1: amount: a value of type object has no form in a payload$",
    ):
        qlower.check({**HEADER, "transactions": rows})
    with pytest.raises(TypeError, match="transactions: row 0: note: a value of type bytes"):
        qlower.check({**HEADER, "transactions": [{"note": b"x"}]})
    with pytest.raises(TypeError, match="transactions: row 0: the keys of a row must be text"):
        qlower.check({**HEADER, "transactions": [{1: "x"}]})
    with pytest.raises(ValueError, match="transactions: row 1: 2 values for 6 columns"):
        qlower.check({**HEADER, "transactions": qlower.Rows([DATA[0], (1, 2)], columns=COLUMNS)})
    with pytest.raises(
        TypeError, match="row 0: with columns, a row is a sequence of values, not dict"
    ):
        qlower.check({**HEADER, "transactions": qlower.Rows([{}], columns=COLUMNS)})
    with pytest.raises(ValueError, match=r'the columns "amount" and "amt" are both "amt"'):
        qlower.check({**HEADER, "transactions": qlower.Rows(DATA, columns=["amount", "amt"])})
    with pytest.raises(TypeError, match="columns is a sequence of names"):
        qlower.Rows(DATA, columns="id")
    deep: list[Any] = []
    for _ in range(500):
        deep = [deep]
    with pytest.raises(ValueError, match="row 0: note: a value is nested too deep"):
        qlower.check({**HEADER, "transactions": [{"note": deep}]})


def test_what_rows_raise_arrives_unchanged() -> None:
    class BrokenError(Exception):
        pass

    class Cursor:
        def __iter__(self) -> Iterator[dict[str, Any]]:
            yield dicts()[0]
            raise BrokenError("the cursor was closed")

    class Lazy:
        __dataclass_fields__ = dict.fromkeys(COLUMNS)

        @property
        def amount(self) -> str:
            raise BrokenError("no amount")

    for given in (Cursor(), [Lazy()]):
        with pytest.raises(BrokenError):
            qlower.check({**HEADER, "transactions": given})


def test_a_row_that_changes_while_it_is_read_does_no_harm() -> None:
    class Evil:
        def __init__(self, row: dict[str, Any]) -> None:
            self.row = row

        @property
        def dtype(self) -> object:
            self.row.clear()
            self.row.update({f"k{n}": object() for n in range(1000)})
            raise AttributeError

    rows: list[dict[str, Any]] = []
    for row in dicts():
        copied = {
            "id": Evil(row),
            **{key: "".join(value or "") for key, value in row.items() if key != "id"},
        }
        copied["id"].row = copied
        rows.append(copied)
    with pytest.raises(TypeError, match="Evil"):
        qlower.check({**HEADER, "transactions": rows})

    class Shrinking:
        __dataclass_fields__ = dict.fromkeys(COLUMNS)

        def __getattr__(self, name: str) -> str:
            del listed[1:]
            return "x"

    listed: list[Any] = [Shrinking(), *dicts()]
    assert qlower.check({**HEADER, "transactions": listed}).counts["transactions"]["items"] == 1


def test_empty_rows_are_left_out() -> None:
    for rows in ([], (), Iterable([]), qlower.Rows([], columns=COLUMNS), None):
        assert b"transactions" not in encoded(rows)


def test_many_shapes() -> None:
    rows = []
    for number in range(600):
        row = {**dicts()[0], "id": f"T{number}"}
        for bit, key in enumerate(["currency", "category", "tenant_id"]):
            if number >> bit & 1:
                row[key] = {"currency": "EUR", "category": "c", "tenant_id": "t"}[key]
        rows.append(dict(sorted(row.items(), key=lambda item: hash((item[0], number)))))
    read = json.loads(encoded(rows))["transactions"]
    assert [row["id"] for row in read] == [f"T{number}" for number in range(600)]
    assert [("ccy" in row, "purpose" in row, "id-tenant" in row) for row in read] == [
        (bool(n & 1), bool(n & 2), bool(n & 4)) for n in range(600)
    ]
