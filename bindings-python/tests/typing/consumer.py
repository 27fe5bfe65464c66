"""What a partner's type checker makes of the package. It is read by mypy and pyright, and run by the tests."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

import qlower
from qlower import AsyncClient, Client, Payload, Property, Report, Transaction, codes, webhook
from typing_extensions import assert_type


def rows() -> Iterator[dict[str, Any]]:
    yield {
        "id": "T2",
        "date": datetime.date(2025, 2, 28),
        "property_id": "P1",
        "amount": Decimal("850.00"),
        "reference": "Loyer février",
    }


def models() -> Payload:
    home = Property(
        id="P1",
        description="Appartement 1",
        street="rue de l'Église",
        town="Orléans",
        post_code="45000",
        country="FR",
        last_name="Dupont",
        first_name="Élise",
        email="elise.dupont@example.com",
        acquisition_date="2010-05-06",
        tax_regime=5,
    )
    rent = Transaction(
        id="T1",
        date=datetime.date(2025, 1, 31),
        property_id=home.id,
        amount="850.00",
        reference="Loyer janvier",
    )
    payload = Payload(
        partner="acme",
        api_key="k",
        created_at="2025-02-01T08:00:00+01:00",
        properties=[home],
        transactions=[rent, *rows()],
    )
    assert_type(payload.to_json(), bytes)
    assert_type(rent.id, str)
    return payload


def checks(payload: Payload) -> Report:
    report = qlower.check(payload, today="2025-03-01")
    assert_type(report, Report)
    assert_type(report.is_valid, bool)
    assert_type(report.error_count, int)
    for finding in report.findings:
        assert_type(finding.pointer, str)
        assert_type(finding.row, int | None)
    checked = qlower.checked(payload)
    assert_type(checked.to_bytes(), bytes)
    return report


def sends(payload: Payload, client: Client) -> int | None:
    try:
        receipt = client.send(payload)
    except qlower.ValidationError as error:
        assert_type(error.report, Report)
        raise
    except qlower.QlowerError as error:
        assert_type(error.is_retryable, bool)
        assert_type(error.status, int | None)
        raise
    assert_type(receipt, qlower.Receipt)
    assert_type(receipt.attempts, int)
    return receipt.reply.failed_count


async def sends_too(payload: Payload, client: AsyncClient) -> str | None:
    receipt = await client.send(payload)
    assert_type(receipt, qlower.Receipt)
    return receipt.payload_sha256


def labels() -> str | None:
    return codes.label("taxRegime", 5, "fr")


def hook(event: webhook.Event) -> None:
    assert_type(event.event_type, str)
    if isinstance(event, webhook.OrderEvent):
        assert_type(event.order.total_amount, Decimal)
        assert_type(event.timestamp, datetime.datetime)
        assert_type([home.external_id for home in event.new_properties], list[str])


async def hook_too(event: webhook.Event) -> None:
    hook(event)


class Table:
    """A store of one's own."""

    def claim(self, key: str, lease: float) -> Literal["new", "handled", "busy"]:
        return "new" if key and lease else "busy"

    def complete(self, key: str) -> None: ...

    def release(self, key: str) -> None: ...


def hooks(secrets: list[str]) -> list[str]:
    body = b'{"event_type": "order.refunded", "event_id": "evt_1"}'
    header = webhook.sign(body, secrets[0])
    try:
        assert_type(webhook.verify(bytearray(body), header, secrets).secret, int)
    except qlower.SignatureError as error:
        assert_type(error.skew, int | None)
        raise
    explanation = webhook.explain(memoryview(body), header.encode(), secrets, now=5)
    assert_type([cause.secret for cause in explanation.causes], list[int | None])
    receivers = [
        webhook.Receiver(hook, secrets=secrets, dedupe=Table()),
        webhook.Receiver(hook_too, secrets=secrets, api_key="k", dedupe=webhook.MemoryStore()),
        webhook.Receiver(hook, secrets=secrets, dedupe=None, timeout=datetime.timedelta(seconds=5)),
        webhook.Receiver.keyclic(lambda event: event.payload.id, users={"keyclic": "p4ss"}),
        webhook.Receiver.vehicle("new_data", lambda event: event.body, users={"imaging": "p4ss"}),
    ]
    headers = {"X-Qlower-Signature": header}
    answer = receivers[0].answer("POST", headers, body)
    assert_type(answer, webhook.Answer)
    return [answer.name, *(repr(receiver.asgi) for receiver in receivers)]


def main() -> None:
    from qlower.sandbox import Sandbox

    payload = models()
    assert checks(payload).is_valid
    with Sandbox() as sandbox, Client(**sandbox.client_settings(s3=False)) as client:
        payload.partner, payload.api_key = "sandbox", "sandbox-key"
        assert sends(payload, client) == 0
    assert labels()
    assert hooks(["whsec_acme"])[0] == "handled"


if __name__ == "__main__":
    main()
