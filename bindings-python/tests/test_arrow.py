"""Rows of Arrow tables, from the libraries that make them."""

from __future__ import annotations

import datetime
import decimal
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import qlower
from hypothesis import given, settings
from hypothesis import strategies as st
from qlower import PayloadWriter, Rows

pa = pytest.importorskip("pyarrow", reason="the tables of the tests are made with pyarrow")

HEADER: dict[str, Any] = {
    "partner": "acme",
    "api_key": "k-1",
    "created_at": "2025-02-01T08:00:00+01:00",
    "version": "2.0",
}


def written(rows: Any, section: str = "transactions") -> list[dict[str, Any]]:
    """The items that rows become, by way of a payload."""
    with_numbers = json.loads(encoded(rows, section), parse_float=decimal.Decimal)
    items: list[dict[str, Any]] = with_numbers.get(section, [])
    return items


def encoded(rows: Any, section: str = "transactions") -> bytes:
    inspected: bytes = qlower.checked(HEADER | {section: rows}, today="2025-06-01").to_bytes()
    return inspected


def values(array: Any, column: str) -> list[Any]:
    """What a column becomes, whether it is valid or not."""
    from tempfile import TemporaryDirectory

    count = len(array)
    table = {
        "id": [f"T{n}" for n in range(count)],
        "date": ["2025-01-31"] * count,
        "property_id": ["P1"] * count,
        "amount": [1] * count,
        "reference": ["Loyer"] * count,
    }
    with TemporaryDirectory() as folder:
        with PayloadWriter(**header(), folder=folder) as writer:
            writer.write_transactions(pa.table(table | {column: array}))
        (file,) = writer.written.batch.files
        document = json.loads(Path(file).read_bytes(), parse_float=decimal.Decimal)
    key = {"amount": "amt", "date": "reqdExctnDt", "reference": "ref"}.get(column, column)
    return [item.get(key) for item in document["transactions"]]


def header() -> dict[str, Any]:
    return {key: value for key, value in HEADER.items() if key != "version"}


def table(count: int = 3) -> Any:
    return pa.table(
        {
            "id": [f"T{n}" for n in range(count)],
            "date": [datetime.date(2025, 1, 31)] * count,
            "property_id": ["P1"] * count,
            "amount": pa.array([decimal.Decimal("850.00")] * count, pa.decimal128(10, 2)),
            "reference": ["Loyer été"] * count,
        }
    )


def rows(count: int = 3) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = table(count).to_pylist()
    return result


def test_a_table_gives_the_bytes_that_its_rows_would() -> None:
    assert encoded(table()) == encoded(rows())
    # More than one chunk, and more than one thread.
    assert encoded(table(30_000)) == encoded(rows(30_000))


def test_columns_may_be_named_as_on_the_wire_and_stand_in_any_order() -> None:
    renamed = table().rename_columns(["id", "reqdExctnDt", "id-prty", "amt", "ref"])
    assert encoded(renamed.select(["ref", "amt", "id", "id-prty", "reqdExctnDt"])) == encoded(
        rows()
    )


def test_columns_can_be_renamed() -> None:
    french = table().rename_columns(["numéro", "date", "bien", "montant", "libellé"])
    names = {"numéro": "id", "bien": "property_id", "montant": "amount", "libellé": "ref"}
    assert encoded(Rows(french, rename=names)) == encoded(rows())
    with pytest.raises(ValueError, match='no column "prix"'):
        encoded(Rows(french, rename={"prix": "amount"}))
    with pytest.raises(ValueError, match='the columns "id" and "numéro" are both "id"'):
        encoded(Rows(table().append_column("numéro", table()["id"]), rename={"numéro": "id"}))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_text_of_every_layout(kind: Any) -> None:
    texts = ["Loyer", 'l\'été "2025"', "\\ \n é 漢 😀" + "x" * 40, None, " "]
    array = pa.array(texts, kind)
    assert values(array[:3], "reference") == texts[:3]
    assert values(array, "comment") == texts
    # A part of an array begins somewhere inside its buffers.
    assert values(array.slice(1, 2), "reference") == texts[1:3]


def test_dictionaries_of_text_and_numbers() -> None:
    for array in (
        pa.array(["a", "b", "a", None]).dictionary_encode(),
        pa.array(["a", "b", "a", None]).cast(pa.large_string()).dictionary_encode(),
    ):
        assert values(array, "comment") == ["a", "b", "a", None]
    amounts = pa.array([1.5, 2, 1.5]).dictionary_encode()
    assert values(amounts, "amount") == [decimal.Decimal("1.5"), 2, decimal.Decimal("1.5")]
    keyed = pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.uint8()), pa.array(["x", "y"]))
    assert values(keyed, "reference") == ["y", "x"]


@pytest.mark.parametrize(
    "kind", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
)
def test_whole_numbers(kind: str) -> None:
    array = pa.array([0, 1, 100], getattr(pa, kind)())
    assert values(array, "amount") == [0, 1, 100]
    assert values(array, "id") == ["0", "1", "100"]


def test_decimals_are_exact() -> None:
    texts = ["850.00", "-0.01", "0.00", "123456789012.34"]
    numbers = [decimal.Decimal(text) for text in texts]
    for kind in (pa.decimal64(18, 2), pa.decimal128(20, 2), pa.decimal256(40, 2)):
        found = values(pa.array(numbers, kind), "amount")
        assert [str(number) for number in found] == texts
    small = pa.array([decimal.Decimal("0.5")], pa.decimal32(5, 1))
    assert values(small, "amount") == [decimal.Decimal("0.5")]
    assert values(pa.array([decimal.Decimal("1200")], pa.decimal128(5, -2)), "amount") == [1200]


def test_floats_are_their_shortest_text() -> None:
    found = values(pa.array([850.1, 1e3, 1234567.05, -2.5, 0.0]), "amount")
    assert [str(number) for number in found] == [
        "850.1",
        "1000",
        "1234567.05",
        "-2.5",
        "0",
    ]
    assert values(pa.array([850.1, 0.25], pa.float32()), "amount") == [
        decimal.Decimal("850.1"),
        decimal.Decimal("0.25"),
    ]
    report = check(table().set_column(3, "amount", pa.array([1.0, float("nan"), float("inf")])))
    assert [finding.row for finding in report.errors] == [1, 2]


def check(rows: Any) -> qlower.Report:
    return qlower.check(HEADER | {"transactions": rows}, today="2025-06-01")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(-(10**12), 10**12).map(lambda cents: cents / 100),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_any_float_is_written_as_python_would_give_it(numbers: list[float]) -> None:
    given = {
        "id": [f"T{n}" for n in range(len(numbers))],
        "date": ["2025-01-31"] * len(numbers),
        "property_id": ["P1"] * len(numbers),
        "amount": numbers,
        "reference": ["L"] * len(numbers),
    }
    arrow = pa.table(given)
    assert outcome(arrow) == outcome(arrow.to_pylist())


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 6).flatmap(
        lambda scale: st.lists(
            st.integers(-(10**17), 10**17).map(lambda n: decimal.Decimal(n).scaleb(-scale)),
            min_size=1,
            max_size=10,
        ).map(lambda numbers: pa.array(numbers, pa.decimal128(24, scale)))
    )
)
def test_any_decimal_is_written_as_python_would_give_it(numbers: Any) -> None:
    arrow = table(len(numbers)).set_column(3, "amount", numbers)
    assert outcome(arrow) == outcome(arrow.to_pylist())


def outcome(rows: Any) -> Any:
    """The bytes, or what is wrong."""
    try:
        return encoded(rows)
    except qlower.ValidationError as error:
        assert error.report is not None
        return error.report.to_dict()


def test_days_and_instants() -> None:
    day = datetime.date(2025, 1, 31)
    midnight = datetime.datetime(2025, 1, 31)  # noqa: DTZ001  without a zone, as tables have them
    assert values(pa.array([day], pa.date32()), "date") == ["2025-01-31"]
    assert values(pa.array([day], pa.date64()), "date") == ["2025-01-31"]
    for unit in ("s", "ms", "us", "ns"):
        assert values(pa.array([midnight], pa.timestamp(unit)), "date") == ["2025-01-31"]
    paris = datetime.datetime(2025, 1, 31, 12, tzinfo=ZoneInfo("Europe/Paris"))
    for zone in ("UTC", "Europe/Paris"):
        array = pa.array([paris], pa.timestamp("us", zone))
        assert values(array, "seen_at") == ["2025-01-31T11:00:00+00:00"]
    array = pa.array([paris], pa.timestamp("s", "+01:00"))
    assert values(array, "seen_at") == ["2025-01-31T12:00:00+01:00"]
    midday = midnight.replace(hour=12)
    noon = table().set_column(1, "date", pa.array([midday] * 3))
    assert {finding.column_name for finding in check(noon).errors} == {"date"}


def test_what_is_nothing_is_left_out() -> None:
    nothing = pa.nulls(2)
    some = pa.array([True, None])
    array = table(2).append_column("comment", nothing).append_column("flag", some)
    items = written(array)
    assert [("comment" in item, item.get("flag")) for item in items] == [
        (False, True),
        (False, None),
    ]
    assert "flag" not in items[1]
    assert encoded(table(0)) == encoded([])


def test_findings_point_at_rows_and_columns_of_the_table() -> None:
    texts = pa.array(["850", "8,5o", "x"]).dictionary_encode()
    wrong = table().set_column(3, "montant", texts)
    report = check(Rows(wrong, rename={"montant": "amount"}))
    assert [(f.row, f.column_name, f.pointer) for f in report.errors] == [
        (1, "montant", "/transactions/1/amt"),
        (2, "montant", "/transactions/2/amt"),
    ]


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (pa.array([b"x"]), "Binary"),
        (pa.array([datetime.time(1)]), "Time64"),
        (pa.array([datetime.timedelta(1)]), "Duration"),
        (pa.array([[1]]), "List"),
        (pa.array([{"a": 1}]), "Struct"),
        (pa.array([b"x"]).dictionary_encode(), "Dictionary"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_types_without_a_form_are_refused_by_the_name_of_the_column(array: Any, kind: str) -> None:
    with pytest.raises(TypeError, match=rf'the column "note" is of the Arrow type {kind}'):
        check(table(1).append_column("note", array))


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a table"):
        check(pa.chunked_array([["x"]]))
    with pytest.raises(TypeError, match="expected a table"):
        check(pa.array(["x"]))


def test_text_that_is_none_is_refused_by_the_name_of_the_column() -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")]
    )
    with pytest.raises(ValueError, match=r'the column "reference" holds .* not UTF-8'):
        check(table(1).set_column(4, "reference", broken))


def test_batches_and_readers_too(tmp_path: Path) -> None:
    (batch,) = table().to_batches()
    assert encoded(batch) == encoded(rows())
    reader = pa.RecordBatchReader.from_batches(
        batch.schema, iter([batch.slice(0, 1), batch.slice(1)])
    )
    with PayloadWriter(**header(), folder=tmp_path) as writer:
        writer.write_transactions(reader)
    assert writer.written.receipts[0].items == 3


def test_what_a_reader_raises_is_told(tmp_path: Path) -> None:
    (batch,) = table().to_batches()

    def batches() -> Any:
        yield batch
        raise OSError("the query failed")

    with PayloadWriter(**header(), folder=tmp_path) as writer:
        with pytest.raises(qlower.QlowerError, match="the query failed"):
            writer.write_transactions(pa.RecordBatchReader.from_batches(batch.schema, batches()))
        assert writer.pushed("transactions") == 3


def test_refused_rows_of_a_writer_are_those_of_the_table(tmp_path: Path) -> None:
    amounts = [str(n) for n in range(10_000)]
    amounts[9_000] = "many"
    wrong = table(10_000).set_column(3, "amount", pa.array(amounts))
    with PayloadWriter(**header(), folder=tmp_path) as writer:
        with pytest.raises(qlower.ValidationError) as caught:
            writer.write_transactions(wrong)
        assert caught.value.report is not None
        (error,) = caught.value.report.errors
        assert (error.row, error.column_name) == (9_000, "amount")
        assert writer.pushed("transactions") == 9_999


def test_pandas_with_an_index_and_missing_values() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(rows(4))
    frame["amount"] = [850.0, 850.5, 850.25, 1.0]
    frame["category"] = pandas.Categorical(["a", None, "a", "b"])
    kept = frame[frame["amount"] > 1]
    assert list(kept.index) == [0, 1, 2]
    odd = frame.set_index(pandas.Index([3, 5, 7, 9]))
    items = written(odd)
    assert [item.get("purpose") for item in items] == ["a", None, "a", "b"]
    assert not any(key.startswith("__") for item in items for key in item)
    frame["date"] = pandas.to_datetime(frame["date"])
    assert {item["reqdExctnDt"] for item in written(frame)} == {"2025-01-31"}


def test_polars() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.from_arrow(table()).with_columns(
        polars.col("reference").cast(polars.Categorical)
    )
    assert encoded(frame) == encoded(rows())


def test_duckdb(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    query = """
        select 'T' || n as id, date '2025-01-31' as date, 'P1' as property_id,
               (n * 1.5)::decimal(12, 2) as amount, 'Loyer' as ref
        from range(10000) t(n)
    """
    with duckdb.connect() as connection:
        relation = connection.sql(query)
        items = written(relation)
        assert len(items) == 10_000
        assert (items[3]["id"], str(items[3]["amt"])) == ("T3", "4.50")
        with PayloadWriter(**header(), folder=tmp_path) as writer:
            writer.write_transactions(connection.sql(query))
        assert writer.written.receipts[0].items == 10_000
