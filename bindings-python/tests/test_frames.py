"""Scalars of numpy and pandas, where rows are made from frames by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import qlower

HEADER = {
    "partner": "acme",
    "api_key": "k",
    "created_at": pd.Timestamp("2025-03-01T08:00:00+01:00"),
    "version": "2.0",
}
ROW = {"id": "T1", "date": "2025-01-05", "property_id": "P1", "amount": 1, "reference": "r"}


def checked(rows: Any) -> bytes:
    return qlower.checked({**HEADER, "transactions": rows}, today="2025-03-01").to_bytes()


@pytest.mark.parametrize(
    ("key", "value", "wire", "expected"),
    [
        ("amount", np.float64(1.1), "amt", 1.1),
        ("amount", np.float32(1.1), "amt", 1.1),
        ("amount", np.int64(5), "amt", 5),
        ("amount", np.int8(-3), "amt", -3),
        ("date", np.datetime64("2025-01-05"), "reqdExctnDt", "2025-01-05"),
        ("date", np.datetime64("2025-01-05T00:00", "ns"), "reqdExctnDt", "2025-01-05"),
        ("date", pd.Timestamp("2025-01-05"), "reqdExctnDt", "2025-01-05"),
        ("tenant_id", np.str_("L1"), "id-tenant", "L1"),
        ("tenant_id", pd.NA, "id-tenant", None),
        ("tenant_id", float("nan"), "id-tenant", None),
    ],
)
def test_scalars(key: str, value: object, wire: str, expected: object) -> None:
    (item,) = json.loads(checked([{**ROW, key: value}]))["transactions"]
    assert item.get(wire) == expected


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("amount", np.bool_(True), "wrong_type"),
        ("amount", np.float32("nan"), "invalid_decimal"),
        ("date", pd.NaT, "missing_field"),
        ("date", np.datetime64("NaT"), "missing_field"),
        ("date", pd.Timestamp("2025-01-05T10:00"), "date_with_time"),
    ],
)
def test_scalars_that_are_wrong(key: str, value: object, code: str) -> None:
    report = qlower.check({**HEADER, "transactions": [{**ROW, key: value}]}, today="2025-03-01")
    assert [(f.code, f.row) for f in report.errors] == [(code, 0)]


def test_an_array_has_no_form() -> None:
    with pytest.raises(
        TypeError, match=r"transactions: row 0: amount: a value of type numpy\.ndarray"
    ):
        checked([{**ROW, "amount": np.array([1, 2])}])


def test_a_frame_is_the_same_as_its_rows() -> None:
    frame = pd.DataFrame([ROW, {**ROW, "id": "T2", "amount": 2.5}])
    frame["date"] = pd.to_datetime(frame["date"])
    expected = checked(frame)
    assert checked(frame.to_dict("records")) == expected
    assert checked(list(frame.itertuples(index=False))) == expected
    assert checked(qlower.Rows(frame.values.tolist(), columns=list(frame.columns))) == expected
