"""The classes of the models: what they hold, show, compare, read and write."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import qlower
from hypothesis import given, settings
from hypothesis import strategies as st
from qlower import (
    Associate,
    ClientAccount,
    ClientEntry,
    Declarant,
    Document,
    Payload,
    Property,
    Transaction,
    codes,
)
from qlower._model import Model

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "qlower-core/schema/loader-2.0.schema.json").read_bytes())
MODELS = [
    Payload,
    ClientEntry,
    ClientAccount,
    Declarant,
    Associate,
    Property,
    Transaction,
    Document,
]
HEADER: dict[str, Any] = {
    "partner": "acme",
    "api_key": "s3cr3t-k3y",
    "created_at": "2025-03-01T08:00:00+01:00",
}
TEXT = b"""{"inigPtynm":"acme","apiKey":"s3cr3t-k3y","creDtTm":"2025-03-01T08:00:00+01:00","versionId":"2.0",\
"declarants":[{"id":"D1","legalStatusId":"6540","corporateName":"SCI","address":"1 rue","townName":"Paris","postCode":"75001",\
"properties":[{"id":"P1","description":"T2","furnished":"O","streetName":"rue","townName":"Paris","postCode":"75001","ctry":"FR",\
"lastName":"D","firstName":"J","email":"j@example.com","acquisitionDate":"2020-02-29","nbrRooms":3,"area":42.50,"taxRegime":5,\
"documents":[{"id":"F1","fileName":"bail.pdf","year":"2024","fileLink":"https://example.com/b.pdf"}]}]}],\
"transactions":[{"id":"T1","reqdExctnDt":"2025-01-05","id-prty":"P1","amt":850.00,"ref":"Loyer"},\
{"id":"T2","reqdExctnDt":"05/02/2025","id-prty":"P1","amt":"850,00","ccy":"CHF","ref":"Loyer","note":{"a":[1,null]}}]}"""


def rent(**changes: Any) -> Transaction:
    fields: dict[str, Any] = {
        "id": "T1",
        "date": "2025-01-05",
        "property_id": "P1",
        "amount": "850.00",
        "reference": "Loyer",
    }
    return Transaction(**{**fields, **changes})


@pytest.mark.parametrize("model", MODELS)
def test_a_class_has_the_fields_of_the_schema(model: type[Model]) -> None:
    schema = SCHEMA if model is Payload else SCHEMA["$defs"][model.__name__]
    assert {field["title"]: key for key, field in schema["properties"].items()} == model._keys
    assert list(model._keys) == list(model.__match_args__)
    own: list[str] = list(model.__slots__)
    slots = [name.removeprefix("_") for name in own]
    assert sorted([*model.__match_args__, "extra"]) == sorted(slots)
    assert not hasattr(model.__new__(model), "__dict__")
    told = " ".join((model.__doc__ or "").split())
    for name, key in model._keys.items():
        assert f" {name}: " in told
        assert f"Wire key `{key}`, " in told
        # A name that were another field's key would make dicts ambiguous.
        assert model._keys.get(key) in (None, key), (name, key)


@pytest.mark.parametrize("model", MODELS)
def test_required_fields_cannot_be_forgotten(model: type[Model]) -> None:
    schema = SCHEMA if model is Payload else SCHEMA["$defs"][model.__name__]
    required = {schema["properties"][key]["title"] for key in schema["required"]} - {"version"}
    with pytest.raises(TypeError) as raised:
        model()
    assert all(f"'{name}'" in str(raised.value) for name in required)
    filled = model(**dict.fromkeys(required, "x"))
    assert {name for name in model.__match_args__ if getattr(filled, name) == "x"} == required
    with pytest.raises(TypeError, match="positional"):
        model("x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unknown"):
        model(**dict.fromkeys(required, "x"), unknown=1)


def test_what_was_given_is_held_and_the_rest_is_empty() -> None:
    payload = Payload(**HEADER)
    assert (payload.version, payload.transactions, payload.clients) == ("2.0", [], [])
    assert payload.extra == {}
    payload.transactions.append(rent())
    assert Payload(**HEADER).transactions == [], "no two payloads share a list"
    rows = [rent()]
    assert Payload(**HEADER, transactions=rows).transactions is rows
    assert rent(amount=Decimal("1.50")).amount == Decimal("1.50")
    assert rent().tenant_id is None
    with pytest.raises(AttributeError):
        rent().tenant = "x"  # type: ignore[attr-defined]


def test_rows_that_can_be_walked_over_once_are_kept() -> None:
    def rows() -> Iterator[Any]:
        return (rent(id=f"T{n}") for n in range(3))

    given = Payload(**HEADER, transactions=rows())
    assigned = Payload(**HEADER)
    assigned.transactions = rows()
    columns = ["id", "date", "property_id", "amount", "reference"]
    named = qlower.Rows(
        ([getattr(row, name) for name in columns] for row in rows()), columns=columns
    )
    columned = Payload(**HEADER, transactions=named)
    for payload in [
        given,
        assigned,
        columned,
        Payload.from_dict({**HEADER, "transactions": rows()}),
    ]:
        payload.version = "2.0"
        first = payload.to_json()
        assert first.count(b'"amt":850.00') == 3
        assert payload.to_json() == first == given.to_json()
    assert len(given.transactions) == 3


def test_a_mapping_inside_becomes_a_model() -> None:
    entry = ClientEntry(client={"email": "a@example.com", "firstName": "A", "last_name": "B"})
    assert entry.client == ClientAccount(email="a@example.com", first_name="A", last_name="B")


# Showing


def test_no_secret_is_shown() -> None:
    payload = Payload(**HEADER, extra={"API-Key": "s3cr3t-k3y", "deep": [{"apikey": "s3cr3t-k3y"}]})
    payload.transactions = [{"id": "T1", "api_key": "s3cr3t-k3y"}]
    for text in [repr(payload), str(payload), f"{payload}", f"{[payload]}", f"{payload!a}"]:
        assert "s3cr3t" not in text
        assert "api_key='***'" in text
    assert payload.to_dict()["apiKey"] == "s3cr3t-k3y"


def test_a_representation_is_short_and_can_be_read_back() -> None:
    assert repr(rent(amount=850)) == (
        "Transaction(id='T1', date='2025-01-05', property_id='P1', amount=850, reference='Loyer')"
    )
    assert eval(repr(rent(amount=850))) == rent(amount=850)
    many = Payload(**HEADER, transactions=[rent()] * 500_000)
    assert repr(many).endswith(", ... 499997 more])")
    assert len(repr(many)) < 1_000
    assert repr(Transaction.__new__(Transaction)) == "Transaction()"


# Comparing


def test_equality_is_that_of_the_core() -> None:
    assert rent(amount="1500") == rent(amount=1500) == rent(amount=Decimal("1500.00"))
    assert rent(amount=1500.0) == rent(amount="1500")
    assert rent(date=datetime.date(2025, 1, 5)) == rent()
    assert rent(currency=codes.Currency.EUR) == rent(currency="EUR") != rent()
    assert rent(amount="1500") != rent(amount="1500.01")
    assert rent(amount="1 500") != rent(amount="1500")
    assert rent() != "T1"
    assert rent().__eq__(1) is NotImplemented
    noon = {**HEADER, "created_at": "2025-03-01T12:00:00+01:00"}
    assert Payload(**noon) == Payload(**{**noon, "created_at": "2025-03-01T12:00:00"})
    with pytest.raises(TypeError, match="unhashable"):
        hash(rent())


def test_rows_compare_whatever_they_are_made_of() -> None:
    wire = {
        "id": "T1",
        "reqdExctnDt": "2025-01-05",
        "id-prty": "P1",
        "amt": 850,
        "ref": "Loyer",
    }
    payload = Payload(**HEADER, transactions=[rent()])
    assert (
        payload == Payload(**HEADER, transactions=[wire]) == Payload(**HEADER, transactions=(wire,))
    )
    assert payload != Payload(**HEADER, transactions=[wire, wire])


@pytest.mark.parametrize(
    "item",
    [
        ClientAccount(email="a@example.com", first_name="A", last_name="B"),
        ClientEntry(client=ClientAccount(email="a@example.com", first_name="A", last_name="B")),
        Associate(id="A", civility="M", email="a@example.com", manager=True),
    ],
)
def test_every_model_is_compared_in_its_place(item: Model) -> None:
    other = copy.deepcopy(item)
    assert item == other
    inner = other.client if isinstance(other, ClientEntry) else other
    inner.email = "else@example.com"  # type: ignore[attr-defined]
    assert item != other


def test_what_the_wire_could_not_hold_is_compared_as_it_stands() -> None:
    assert rent(property_id=1.5) == rent(property_id=1.5) != rent(property_id=2.5)
    thing = object()
    assert rent(reference=thing) == rent(reference=thing) != rent(reference=object())
    assert rent(reference="\ud800") == rent(reference="\ud800") != rent(reference="\ud801")


# Copying


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_models_pickle(protocol: int) -> None:
    payload = Payload.from_json(TEXT)
    again = pickle.loads(pickle.dumps(payload, protocol))
    assert again == payload
    assert again.to_json() == TEXT
    assert again.transactions[1].extra == {"note": {"a": [1, None]}}


def test_copies_are_apart() -> None:
    payload = Payload.from_json(TEXT)
    shallow, deep = copy.copy(payload), copy.deepcopy(payload)
    deep.transactions[0].amount = 1
    shallow.partner = "other"
    assert payload.to_json() == TEXT
    assert shallow.transactions is payload.transactions


def test_replace_gives_another_item() -> None:
    item = rent(extra={"note": 1})
    changed = item.replace(amount=1, tenant_id="L")
    assert (changed.amount, changed.tenant_id, changed.id) == (1, "L", "T1")
    assert (item.amount, item.tenant_id) == ("850.00", None)
    changed.extra["note"] = 2
    assert item.extra == {"note": 1}
    assert item.replace(extra=None).extra == {}
    with pytest.raises(TypeError, match="amt"):
        item.replace(amt=1)
    assert item.__replace__(id="T2").id == "T2"
    if sys.version_info >= (3, 13):
        assert copy.replace(item, id="T2") == item.replace(id="T2")


def test_a_class_can_be_derived() -> None:
    class Rent(Transaction):
        def is_late(self) -> bool:
            return str(self.date) > "2025"

    item = Rent(**{name: getattr(rent(), name) for name in Rent.__match_args__})
    assert item.is_late()
    assert item.replace(id="T2").is_late()
    assert type(Rent.from_dict({"id": "T3"})) is Rent
    assert Payload(**HEADER, transactions=[item]) == Payload(**HEADER, transactions=[rent()])
    match item:
        case Transaction(id="T1", amount=amount):
            assert amount == "850.00"
        case _:
            pytest.fail("no match")


# Reading and writing


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, bytes.decode])
def test_the_wire_form_is_read_from_memory(kind: Any) -> None:
    assert Payload.from_json(kind(TEXT)).to_json() == TEXT


def test_the_wire_form_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "payload.json"
    path.write_bytes(b"\xef\xbb\xbf\r\n" + TEXT)
    assert Payload.from_json(path).to_json() == TEXT
    with pytest.raises(qlower.FileError):
        Payload.from_json(tmp_path / "none.json")


def test_values_are_read_as_pythons_own() -> None:
    payload = Payload.from_json(TEXT)
    zone = datetime.timezone(datetime.timedelta(hours=1))
    assert payload.created_at == datetime.datetime(2025, 3, 1, 8, tzinfo=zone)
    flat = payload.declarants[0].properties[0]
    assert type(flat) is Property
    assert (flat.rooms, flat.tax_regime, flat.furnished) == (3, "5", "O")
    assert flat.acquisition_date == datetime.date(2020, 2, 29)
    assert (flat.area, str(flat.area)) == (Decimal("42.5"), "42.50")
    assert type(flat.documents[0]) is Document
    assert flat.documents[0].year == 2024
    sound, faulty = payload.transactions
    assert (sound.amount, sound.date) == (Decimal("850.00"), datetime.date(2025, 1, 5))
    assert (faulty.amount, faulty.date, faulty.currency) == ("850,00", "05/02/2025", "CHF")
    assert faulty.extra == {"note": {"a": [1, None]}}


@pytest.mark.parametrize(
    "date", ["20250105", "2025-W01-1", "2025-001", "2025-01-05T00:00:00", "", "2025-02-30"]
)
def test_only_dates_of_the_wire_are_dates(date: str) -> None:
    payload = Payload(**HEADER, transactions=[rent(date=date)])
    assert Payload.from_json(payload.to_json()).transactions[0].date == date


@pytest.mark.parametrize(
    ("stamp", "kept"),
    [
        ("2025-03-01T08:00:00.125+01:00", datetime.datetime),
        ("2025-03-01T08:00:00.000001-11:30", datetime.datetime),
        ("2025-03-01T08:00:00.123456789+01:00", str),
        ("soon", str),
    ],
)
def test_no_part_of_a_second_is_lost(stamp: str, kept: type) -> None:
    text = Payload(**{**HEADER, "created_at": stamp}).to_json()
    read = Payload.from_json(text)
    assert type(read.created_at) is kept
    assert read.to_json() == text


def test_what_cannot_be_read_without_loss_is_refused_with_its_place() -> None:
    with pytest.raises(qlower.ValidationError) as raised:
        Payload.from_json(TEXT.replace(b'"id":"T1"', b'"id":"T1","id":"T0"'))
    assert raised.value.report is not None
    (finding,) = raised.value.report.errors
    assert (finding.code, finding.pointer, finding.line) == (
        "duplicate_key",
        "/transactions/0/id",
        1,
    )
    for text in [b"", b"[]", b'{"transactions": [{"id": 5}]}', TEXT[:-3]]:
        with pytest.raises(qlower.ValidationError):
            Payload.from_json(text)
    with pytest.raises(TypeError):
        Payload.from_json(5)  # type: ignore[arg-type]


def test_an_error_of_the_class_comes_through() -> None:
    class Picky(Payload):
        def __init__(self, **fields: Any) -> None:
            raise LookupError(f"not these {len(fields)}")

    with pytest.raises(LookupError, match="not these 6"):
        Picky.from_json(TEXT)


texts = st.text(max_size=12)
dates = st.one_of(st.dates(), st.dates().map(str), texts)
amounts = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
transactions = st.builds(
    Transaction,
    id=texts,
    date=dates,
    property_id=texts,
    amount=amounts,
    reference=texts,
    tenant_id=st.none() | texts,
    currency=st.none() | st.sampled_from(list(codes.Currency)) | texts,
    extra=st.dictionaries(
        texts.filter(lambda key: key not in [*Transaction._keys.values(), *Transaction._keys]),
        st.one_of(st.none(), st.booleans(), st.integers(), texts, st.lists(st.integers())),
        max_size=2,
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(transactions, max_size=4), st.datetimes(timezones=st.just(datetime.timezone.utc)))
def test_what_is_written_is_read_back_equal(
    rows: list[Transaction], created_at: datetime.datetime
) -> None:
    payload = Payload(**{**HEADER, "created_at": created_at}, transactions=rows)
    text = payload.to_json()
    again = Payload.from_json(text)
    assert again.to_json() == text
    assert again == payload
    assert Payload.from_dict(json.loads(json.dumps(again.to_dict()))) == payload
    assert pickle.loads(pickle.dumps(again)) == payload


def test_a_dict_is_read_by_names_and_by_keys() -> None:
    by_name = {
        "id": "T1",
        "date": "2025-01-05",
        "property_id": "P1",
        "amount": 850,
        "reference": "x",
    }
    by_key = {"id": "T1", "reqdExctnDt": "2025-01-05", "id-prty": "P1", "amt": 850, "ref": "x"}
    read = Transaction.from_dict(by_name)
    assert read == Transaction.from_dict(by_key) == Transaction.from_dict({**by_key, "amt": "850"})
    assert read.amount == 850
    with pytest.raises(TypeError, match="'amount' twice"):
        Transaction.from_dict({"amt": 1, "amount": 1})
    with pytest.raises(TypeError, match="mapping"):
        Transaction.from_dict([("id", "T1")])  # type: ignore[arg-type]
    assert Transaction.from_dict({}).to_dict() == {}


def test_objects_inside_a_dict_become_models() -> None:
    payload = Payload.from_dict(json.loads(TEXT))
    assert type(payload.declarants[0].properties[0].documents[0]) is Document
    assert payload.to_json() == TEXT.replace(b"850.00", b"850").replace(b"42.50", b"42.5")

    @dataclasses.dataclass
    class Row:
        id: str

    kept = Payload.from_dict({**HEADER, "transactions": [Row("T1"), {"id": "T2"}]})
    assert [type(row).__name__ for row in kept.transactions] == ["Row", "Transaction"]
    assert kept.version is None, "what is not there is not filled in"


def test_the_wire_form_as_a_dict_is_exact() -> None:
    for amount, told in [
        ("850.00", 850.0),
        ("12", 12),
        ("0.1", 0.1),
        ("-12345678901234567890.12", "-12345678901234567890.12"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("99999999999999999999", 99999999999999999999),
        ("1 500,00", "1 500,00"),
    ]:
        wire = rent(amount=amount).to_dict()
        assert wire["amt"] == told
        assert type(wire["amt"]) is type(told)
        assert Transaction.from_dict(json.loads(json.dumps(wire))) == rent(amount=amount)
    assert list(Payload.from_json(TEXT).to_dict()) == list(json.loads(TEXT))


READER = """
import signal, sys, qlower

heard = 0

def tick(*_):
    global heard
    heard += 1
    if heard == 3:
        signal.setitimer(signal.ITIMER_PROF, 0)
        raise KeyboardInterrupt

signal.signal(signal.SIGPROF, tick)
text = sys.stdin.read()
signal.setitimer(signal.ITIMER_PROF, 0.02, 0.02)
try:
    qlower.Payload.from_json(text)
except qlower.ValidationError:
    print("refused", heard)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process has no timer of that kind there")
def test_signals_are_heard_while_a_payload_is_read() -> None:
    """Several during one call, which shows that they are heard in its midst. The timer runs only while the process does."""
    many = [rent(id=f"T{number}") for number in range(600_000)]
    # Its end is missing, so that none of it becomes an object, which would hear signals anyway.
    text = Payload(**HEADER, transactions=many).to_json()[:-1]
    done = subprocess.run(
        [sys.executable, "-c", READER], input=text, check=True, capture_output=True
    )
    assert done.stdout.split() == [b"interrupted"]


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = (
        "import sys; before = set(sys.modules); import qlower; print(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert "qlower._types" in done.stdout.split()
    # `atexit` is part of the interpreter itself.
    assert {name.split(".")[0] for name in done.stdout.split()} - {"__future__", "atexit"} == {
        "qlower"
    }
