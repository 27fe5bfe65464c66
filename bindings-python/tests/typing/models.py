"""The models as a partner's type checker sees them: what is taken, what is held, and what is refused.

What is refused stands behind a comment that a strict type checker wants to go once it is needless.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from qlower import (
    Associate,
    ClientAccount,
    ClientEntry,
    Declarant,
    Document,
    Payload,
    Property,
    Rows,
    Transaction,
    codes,
)
from typing_extensions import assert_type


@dataclasses.dataclass
class Booking:
    id: str
    amount: Decimal


class Line(NamedTuple):
    id: str
    amount: Decimal


class Table:
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        raise NotImplementedError


def every_form_of_a_value() -> None:
    for amount in (Decimal("850.00"), 850, 850.5, "850.00"):
        Transaction(id="T", date="2025-01-31", property_id="P", amount=amount, reference="r")
    first = datetime.date(2025, 1, 31)
    for day in (first, datetime.datetime.now(datetime.timezone.utc), "2025-01-31"):
        Transaction(id="T", date=day, property_id="P", amount=1, reference="r", currency="EUR")
    euro = codes.Currency.EUR
    rent = Transaction(
        id="T", date="2025-01-31", property_id="P", amount=1, reference="r", currency=euro
    )
    assert_type(rent.id, str)
    assert_type(rent.date, datetime.date | str)
    assert_type(rent.amount, Decimal | int | float | str)
    assert_type(rent.currency, codes.Currency | str | None)
    assert_type(rent.extra, dict[str, Any])
    assert_type(rent.replace(amount=2), Transaction)
    assert_type(rent.to_dict(), dict[str, Any])
    assert_type(Transaction.from_dict({"id": "T"}), Transaction)
    assert_type(rent == rent, bool)
    Associate(id="A", civility=codes.Civility.MRS, email="a@example.com", manager=True)
    Document(id="D", file_name="f.pdf", year=2024, file_link="https://example.com/f.pdf")
    Document(
        id="D", file_name="f.pdf", year="2024", file_link="https://example.com/f", file_type=42
    )


def every_form_of_rows(payload: Payload, home: Property, mapping: Mapping[str, str]) -> None:
    head = {"partner": "acme", "api_key": "k", "created_at": "2025-02-01T08:00:00+01:00"}
    partner, key, at = head["partner"], head["api_key"], head["created_at"]
    row: dict[str, object] = {"id": "T", "amt": 1}
    tables = (
        [row],
        [mapping],
        (row,),
        iter([row]),
        [Booking("T", Decimal(1))],
        [Line("T", Decimal(1))],
        Table(),
        payload.transactions,
        Rows([("T", 1)], columns=["id", "amount"]),
    )
    for rows in tables:
        Payload(partner=partner, api_key=key, created_at=at, transactions=rows)
    owner = Declarant(
        id="D",
        legal_status="6540",
        name="SCI",
        address="a",
        town="t",
        post_code="75001",
        properties=[home],
    )
    account = {"email": "a@example.com", "first_name": "A", "last_name": "B"}
    entry = ClientEntry(client=account, declarants=[owner])
    assert_type(entry.client, ClientAccount)
    assert_type(entry.declarants[0].properties[0].documents, list[Document])
    made = Payload(
        partner=partner, api_key=key, created_at=at, clients=[entry, {"client": account}]
    )
    made.clients.append(entry)


def reading(text: bytes, path: Path) -> None:
    for source in (text, bytearray(text), memoryview(text), text.decode(), path):
        assert_type(Payload.from_json(source), Payload)
    for transaction in Payload.from_json(text).transactions:
        assert_type(transaction, Transaction)


def labels() -> None:
    assert_type(codes.PropertyTaxRegime.LMNP_REAL.label("fr"), str)
    assert_type(codes.label("taxRegime", 5, "fr"), str | None)
    assert_type(codes.list("taxRegime"), type[codes.Code] | None)
    assert_type(codes.PropertyTaxRegime("5"), codes.PropertyTaxRegime)
    assert_type([regime.is_retired for regime in codes.DeclarantTaxRegime], list[bool])


def refused() -> None:
    Transaction(id="T", date="2025-01-31", property_id="P", reference="r")  # type: ignore[call-arg]
    Transaction("T")  # type: ignore[call-arg]
    ClientAccount(email="a", first_name="A", last_name="B", age=3)  # type: ignore[call-arg]
    ClientAccount(email=3, first_name="A", last_name="B")  # type: ignore[arg-type]
    ClientEntry(client="a@example.com")  # type: ignore[arg-type]
    Payload(partner="a", api_key="k", created_at="now", transactions=5)  # type: ignore[arg-type]
    Payload.from_json(5)  # type: ignore[arg-type]
    codes.label("taxRegime", 5, "de")  # type: ignore[arg-type]
