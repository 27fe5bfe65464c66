"""Whatever the data, every way to give it means the same."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import json
from typing import Any

import qlower
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HEADER = {
    "partner": "acme",
    "api_key": "k",
    "created_at": "2025-03-01T08:00:00+01:00",
    "version": "2.0",
}
NAMES = {
    "id": "id",
    "date": "reqdExctnDt",
    "property_id": "id-prty",
    "tenant_id": "id-tenant",
    "amount": "amt",
    "currency": "ccy",
    "category": "purpose",
    "reference": "ref",
    "note": "note",
}

texts = st.text(max_size=12)
amounts = (
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9
    )
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
days = st.dates() | st.dates().map(datetime.date.isoformat) | texts
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
rows = st.fixed_dictionaries(
    {
        "id": texts,
        "date": days,
        "property_id": texts,
        "tenant_id": st.none() | texts,
        "amount": amounts,
        "currency": st.none() | st.sampled_from(["EUR", "eur"]) | texts,
        "category": st.none() | texts | st.integers(),
        "reference": texts,
        "note": st.none() | st.booleans() | texts,
    }
)

Row = dataclasses.make_dataclass("Row", list(NAMES))
LENIENT = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def seen(transactions: Any) -> list[tuple[Any, ...]]:
    """What the check says, without the names that the caller used."""
    report = qlower.check({**HEADER, "transactions": transactions}, today="2025-03-01")
    return [(f.code, f.severity, f.pointer, f.id, f.row, f.message) for f in report.findings]


@LENIENT
@given(st.lists(rows, max_size=5))
def test_every_way_gives_the_same_findings(data: list[dict[str, Any]]) -> None:
    expected = seen(data)
    wire = [{NAMES[name]: value for name, value in row.items()} for row in data]
    assert seen(wire) == expected
    assert seen([Row(**row) for row in data]) == expected
    assert (
        seen(qlower.Rows([tuple(row[name] for name in NAMES) for row in data], columns=list(NAMES)))
        == expected
    )
    assert (
        seen(
            qlower.Rows(
                [[row[name] for name in NAMES] for row in data], columns=list(NAMES.values())
            )
        )
        == expected
    )
    assert seen([dict(reversed(row.items())) for row in data]) == expected
    mine = {f"my {name}": name for name in NAMES}
    renamed = [{f"my {name}": value for name, value in row.items()} for row in data]
    assert seen(qlower.Rows(renamed, rename=mine)) == expected


sound = st.fixed_dictionaries(
    {
        "id": st.text(
            st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8
        ).filter(str.strip),
        "date": st.dates(datetime.date(2000, 1, 1), datetime.date(2025, 3, 1)),
        "property_id": st.just("P1"),
        "tenant_id": st.none() | st.just("L1"),
        "amount": st.decimals(places=2, min_value=-(10**7), max_value=10**7),
        "currency": st.none() | st.just("EUR"),
        "category": st.none() | st.just("c"),
        "reference": st.just("Loyer"),
    }
)


@LENIENT
@given(st.lists(sound, max_size=5, unique_by=lambda row: row["id"]))
def test_every_way_gives_the_same_bytes(data: list[dict[str, Any]]) -> None:
    def encoded(transactions: Any) -> bytes:
        return qlower.checked(
            {**HEADER, "transactions": transactions}, today="2025-03-01"
        ).to_bytes()

    expected = encoded(data)
    read = json.loads(expected, parse_float=decimal.Decimal).get("transactions", [])
    assert [row["id"] for row in read] == [row["id"] for row in data]
    assert [row["amt"] for row in read] == [row["amount"] for row in data]
    assert [row["reqdExctnDt"] for row in read] == [row["date"].isoformat() for row in data]
    as_text = [
        {**row, "amount": str(row["amount"]), "date": row["date"].isoformat()} for row in data
    ]
    names = list(NAMES)[:8]
    for same in (
        as_text,
        [{NAMES[name]: value for name, value in row.items()} for row in data],
        [{name: value for name, value in row.items() if value is not None} for row in data],
        [Row(**row, note=None) for row in data],
        qlower.Rows([tuple(row[name] for name in names) for row in as_text], columns=names),
    ):
        assert encoded(same) == expected
    # The bytes, and a mapping of the wire's own keys, are the same payload.
    assert qlower.checked(expected, today="2025-03-01").to_bytes() == expected
    assert (
        qlower.checked(
            json.loads(expected, parse_float=decimal.Decimal), today="2025-03-01"
        ).to_bytes()
        == expected
    )


@LENIENT
@given(anything)
def test_any_json_under_an_unknown_key_is_written_as_json_writes_it(value: Any) -> None:
    row = {
        "id": "T1",
        "date": "2025-01-05",
        "property_id": "P1",
        "amount": 1,
        "reference": "r",
        "note": value,
    }
    bytes_ = qlower.check({**HEADER, "transactions": [row], "more": value})
    assert bytes_.counts["transactions"]["items"] == 1
    if has_duplicates_or_nul(value):
        return
    read = json.loads(qlower.checked({**HEADER, "transactions": [row], "more": value}).to_bytes())
    assert read.get("more") == value
    assert read["transactions"][0].get("note") == value
    assert ("more" in read) is (value is not None)


def has_duplicates_or_nul(value: Any) -> bool:
    """What the check refuses inside an unknown value."""
    return "\\u0000" in json.dumps(value)


@LENIENT
@given(st.binary(max_size=60) | st.text(max_size=60))
def test_no_text_does_harm(text: bytes | str) -> None:
    report = qlower.check(text)
    assert isinstance(report.is_valid, bool)
    assert str(report)
    assert report.render("fr", colors=True, source=text)
