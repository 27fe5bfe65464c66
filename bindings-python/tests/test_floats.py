"""Floats have the digits that Python shows them with, whichever way they take into a payload."""

from __future__ import annotations

import dataclasses
import json
import struct
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
import qlower
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qlower import Payload, PayloadWriter, Rows, Transaction

pa = pytest.importorskip("pyarrow", reason="the tables of the tests are made with pyarrow")

HEADER: dict[str, Any] = {
    "partner": "acme",
    "api_key": "k-1",
    "created_at": "2025-02-01T08:00:00+01:00",
}
NAMES = ["id", "date", "property_id", "amount", "reference", "more"]
#: Two texts are as short and as near: the one that ends in an even digit counts.
TIES = [567285623089377.25, 1207528712564021.25, -73566341753785.625, 2.0**-44, 9007199254740993.0]
ODD = [5e-324, 1.7976931348623157e308, 1e16, 1e-5, 123456789012345.67, 0.1 + 0.2, 1e22, 1e23, -0.0]

cents = st.integers(-(10**14), 10**14).map(lambda cents: cents / 100)
floats = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    cents,
    # Beyond 2^49 there are fractions of 2^-3 to 1: many ties.
    st.integers(2**52, 2**53 - 1).map(lambda mantissa: mantissa / 8),
    st.integers(2**52, 2**53 - 1).map(lambda mantissa: mantissa / 4),
    st.sampled_from(TIES + ODD),
)
shorts = st.integers(0, 2**32 - 1).map(
    lambda bits: np.float32(struct.unpack("<f", struct.pack("<I", bits))[0])
)
SETTINGS = settings(max_examples=20, deadline=None)

Row = dataclasses.make_dataclass("Row", NAMES)


def digits(text: str) -> tuple[int, str, int]:
    """A number's text, as sign, digits and exponent."""
    sign, found, exponent = Decimal(text).as_tuple()
    significant = "".join(map(str, found)).lstrip("0")
    if not significant:
        return 0, "0", 0
    short = significant.rstrip("0")
    return sign, short, int(exponent) + len(significant) - len(short)


def read(document: bytes) -> list[dict[str, Any]]:
    """The transactions, numbers as their texts."""
    loaded = json.loads(document, parse_float=str, parse_int=str)
    found: list[dict[str, Any]] = loaded["transactions"]
    return found


def rows(numbers: list[Any]) -> list[dict[str, Any]]:
    values = (
        (f"T{n}", "2025-01-31", "P1", number, "Loyer", number) for n, number in enumerate(numbers)
    )
    return [dict(zip(NAMES, row, strict=True)) for row in values]


def of_models(given: list[Any]) -> bytes:
    return Payload(**HEADER, version="2.0", transactions=given).to_json()


def of_writer(given: Any) -> bytes:
    """Of rows that are written whether they are valid or not."""
    with TemporaryDirectory() as folder:
        with PayloadWriter(**HEADER, folder=folder) as writer:
            writer.write_transactions(given)
        (file,) = writer.written.batch.files
        return Path(file).read_bytes()


def must_be(
    document: bytes, numbers: list[Any], shown: Any = repr, keys: tuple[str, ...] = ("amt", "more")
) -> None:
    found = read(document)
    assert len(found) == len(numbers)
    for item, number in zip(found, numbers, strict=True):
        expected = digits(shown(number))
        for key in keys:
            assert digits(item[key]) == expected, f"{key}: {item[key]} of {number!r}"


@SETTINGS
@given(st.lists(floats, min_size=1, max_size=20))
@example(TIES)
@example(ODD)
def test_a_float_has_the_digits_of_its_repr(numbers: list[float]) -> None:
    dicts = rows(numbers)
    must_be(of_models(dicts), numbers)
    must_be(of_models([Row(**row) for row in dicts]), numbers)
    must_be(of_models([Transaction.from_dict(row) for row in dicts]), numbers)
    must_be(of_models([{**row, "amount": np.float64(row["amount"])} for row in dicts]), numbers)
    must_be(Payload.from_json(of_models(dicts)).to_json(), numbers)
    # What the writer takes is valid: any float stands in a column that nobody knows.
    every_kind_of_rows([{**row, "amount": 1} for row in dicts], numbers, "more")


@SETTINGS
@given(st.lists(cents, min_size=1, max_size=20))
def test_an_amount_has_the_digits_of_its_repr(numbers: list[float]) -> None:
    every_kind_of_rows(rows(numbers), numbers, "amt", "more")


def every_kind_of_rows(dicts: list[dict[str, Any]], numbers: list[float], *keys: str) -> None:
    frame = pd.DataFrame(dicts)
    for kind in (
        dicts,
        [Row(**row) for row in dicts],
        Rows([tuple(row.values()) for row in dicts], columns=NAMES),
        pa.Table.from_pylist(dicts),
        frame,
        frame.to_dict("records"),
        list(frame.itertuples(index=False)),
    ):
        must_be(of_writer(kind), numbers, repr, keys)


@SETTINGS
@given(floats)
@example(TIES[0])
@example(TIES[1])
def test_a_float_under_any_unknown_key(number: float) -> None:
    row = {**rows([1])[0], "more": [number, {"deep": number}]}
    document = qlower.checked(
        {**HEADER, "version": "2.0", "transactions": [row], "top": number}, today="2025-06-01"
    ).to_bytes()
    loaded = json.loads(document, parse_float=str, parse_int=str)
    listed, deep = loaded["transactions"][0]["more"]
    for text in (loaded["top"], listed, deep["deep"]):
        assert text == repr(number).replace("e+", "e") or digits(text) == digits(repr(number))


@SETTINGS
@given(st.lists(shorts.filter(np.isfinite), min_size=1, max_size=20))
def test_a_short_float_has_its_own_digits(numbers: list[Any]) -> None:
    def shown(number: Any) -> str:
        return str(number)

    must_be(of_short_columns(numbers, [1] * len(numbers)), numbers, shown, ("more",))


@SETTINGS
@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20))
def test_a_short_amount_has_its_own_digits(whole: list[int]) -> None:
    numbers = [np.float32(cents / 100) for cents in whole]
    must_be(of_short_columns(numbers, numbers), numbers, str)
    known = [{**row, "more": 1} for row in rows(numbers)]
    must_be(of_writer(known), numbers, str, ("amt",))
    must_be(of_models(known), numbers, str, ("amt",))


def of_short_columns(numbers: list[Any], amounts: list[Any]) -> bytes:
    """What both kinds of columns of short floats become."""
    columns: dict[str, Any] = {name: [row[name] for row in rows(numbers)] for name in NAMES}
    frame = pd.DataFrame({**columns, "amount": amounts})
    shorts = {"amount": frame["amount"].astype("float32"), "more": frame["more"].astype("float32")}
    document = of_writer(frame.assign(**shorts))
    columns |= {"amount": pa.array(amounts, pa.float32()), "more": pa.array(numbers, pa.float32())}
    assert of_writer(pa.table(columns)) == document
    return document


def test_every_half_float_has_its_own_digits() -> None:
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    numbers = list(every[np.isfinite(every)])
    columns: dict[str, Any] = {
        "id": [f"T{n}" for n in range(len(numbers))],
        "date": ["2025-01-31"] * len(numbers),
        "property_id": ["P1"] * len(numbers),
        "amount": [1] * len(numbers),
        "reference": ["Loyer"] * len(numbers),
        "more": pa.array(numbers, pa.float16()),
    }
    must_be(of_writer(pa.table(columns)), numbers, str, ("more",))
