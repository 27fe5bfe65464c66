"""What a partner's type checker makes of the package. It is read by mypy and pyright, and run by the tests."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

import qlower
from qlower import (
    AsyncClient,
    Client,
    Payload,
    Property,
    Report,
    Transaction,
    codes,
    ftp,
    live,
    webhook,
)
from typing_extensions import assert_never, assert_type


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


def deliveries() -> list[str]:
    destination = ftp.Destination("ftp.example", user="dms", file="{vin}_{n:02}.jpg", host_key=None)
    photos: list[str | tuple[str, bytes] | ftp.Outgoing]
    photos = ["front.jpg", ("back.jpg", b"2"), ftp.Outgoing.bytes("top.jpg", bytearray(b"3"))]
    plan = destination.plan(photos, {"vin": "VF1AB000123456789", "lot": 7})
    assert_type(plan.archive, str | None)
    fleet = ftp.Fleet.parse('[users.bob]\nhost = "ftp.bob.example"\nuser = "bob"\n')
    assert_type(fleet["bob"], ftp.Destination)
    return plan.files


def delivers(destination: ftp.Destination, fleet: ftp.Fleet) -> list[ftp.Job]:
    def tell(progress: ftp.Progress) -> None:
        assert_type(progress.sent, int)

    try:
        receipt = ftp.deliver(destination, "front.jpg", {"vin": "V"}, progress=tell)
    except ftp.NamingError as error:
        assert_type(error.errors, list[ftp.NamingFault])
        raise
    except ftp.DeliveryError as error:
        assert_type(error.code, int | None)
        assert_type(error.message_fr, str)
        assert_type(error.receipt, ftp.Receipt | None)
        raise
    assert_type(receipt.files, list[ftp.DeliveredFile])
    summary = fleet.deliver([ftp.Job("bob", ["front.jpg"])])
    assert_type(summary, ftp.FleetSummary)
    assert_type(summary.text("fr"), str)
    assert_type([job.message_fr for job in summary.jobs], list[str | None])
    assert_type([job.advice_fr for job in summary.jobs], list[str | None])
    for mistake in fleet.mistakes:
        assert_type((mistake.message_fr, mistake.text_fr), tuple[str, str])
    return summary.remaining


async def delivers_too(destination: ftp.Destination) -> str | None:
    receipt = await ftp.deliver_async(destination, [("a", memoryview(b"1"))])
    assert_type(receipt, ftp.Receipt)
    return await destination.check_async()


def readings() -> list[str]:
    producer = live.Producer(lambda: 42.5, auth=[live.ApiKey("old"), live.ApiKey("new")])
    answer = producer.answer("GET", "", {"X-API-Key": "new"})
    assert_type(answer, live.Answer)
    assert_type(live.read(answer.body, producer.path).value, float)
    assert_type(live.convert(42.5, "MW", "kW"), float | None)
    feed = live.LiveFeed("http://127.0.0.1:1/", "a", unit="MW", interval=5, auth=live.Bearer("t"))
    told: list[str] = []
    for state in feed:
        assert_type(state, live.Reading | live.Stale | live.ConnectionError)
        if isinstance(state, live.ConnectionError):
            assert_type(state.last, live.Reading | None)
        match state:
            case live.Reading(value, unit, at, age):
                assert_type(state, live.Reading)
                assert_type((value, unit, age), tuple[float, str | None, float])
                assert_type(at, datetime.datetime | None)
            case live.Stale():
                assert_type(state.age, float)
            case live.ConnectionError(code):
                assert_type(code, str)
            case _:
                assert_never(state)
        told.append(state.text("fr"))
        break
    with feed.watch() as watch:
        assert_type(watch.state, live.Reading | live.Stale | live.ConnectionError | None)
        watch.next(timeout=datetime.timedelta(seconds=10))
    report = live.probe("http://127.0.0.1:1/", "a")
    assert_type(report.value, float | None)
    assert_type([each.met for each in report.requirements], list[bool | None])
    return told


async def readings_too(feed: live.LiveFeed) -> live.State:
    async def source() -> live.Measurement:
        return live.Measurement(42.5, "MW")

    assert live.Producer(source, form="with_metadata").asgi
    async for state in feed:
        return state
    async with feed.watch() as watch:
        return await watch.next_async()


def main() -> None:
    from qlower.sandbox import Sandbox

    payload = models()
    assert checks(payload).is_valid
    with Sandbox() as sandbox, Client(**sandbox.client_settings(s3=False)) as client:
        payload.partner, payload.api_key = "sandbox", "sandbox-key"
        assert sends(payload, client) == 0
    assert labels()
    assert hooks(["whsec_acme"])[0] == "handled"
    assert deliveries()[0] == "VF1AB000123456789_01.jpg"
    assert readings() == ["Erreur de connexion"]


if __name__ == "__main__":
    main()
