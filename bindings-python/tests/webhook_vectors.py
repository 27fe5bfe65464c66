"""The vectors of webhooks, run as their README says."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import qlower
from qlower import webhook
from qlower._event_base import EventPart
from vectors import bytes_of, load

Outcome = dict[str, Any]

#: Where the name of an attribute is not the key on the wire.
KEYCLIC = {
    "resource_type": "type",
    "created_at": "createdAt",
    "updated_at": "updatedAt",
    "links": "_links",
    "embedded": "_embedded",
}
INSTANTS = {"timestamp", "payment_date", "createdAt", "updatedAt"}


def run() -> list[tuple[dict[str, Any], Outcome]]:
    """All vectors, each with its outcome."""
    return [(vector, OPERATIONS[vector["op"]](vector)) for vector in load("webhook")]


def verify(vector: dict[str, Any]) -> Outcome:
    given = vector["input"]
    options = {name: vector[name] for name in ("now", "tolerance") if name in vector}
    try:
        verified = webhook.verify(
            bytes_of(given["body"]), bytes_of(given["header"]), secrets_of(given), **options
        )
    except qlower.SignatureError as error:
        return refused(error)
    return {"timestamp": verified.timestamp, "secret": verified.secret}


def sign(vector: dict[str, Any]) -> Outcome:
    given = vector["input"]
    body, secret = bytes_of(given["body"]), bytes_of(given["secret"])
    return {"header": webhook.sign(body, secret, now=vector["now"])}


def basic(vector: dict[str, Any]) -> Outcome:
    given = vector["input"]
    try:
        return {"user": webhook.verify_basic(bytes_of(given["header"]), dict(given["users"]))}
    except qlower.SignatureError as error:
        return refused(error)


def explain(vector: dict[str, Any]) -> Outcome:
    given = vector["input"]
    explanation = webhook.explain(
        bytes_of(given["body"]), bytes_of(given["header"]), secrets_of(given), now=vector["now"]
    )
    return explanation.to_dict()


def parse(vector: dict[str, Any]) -> Outcome:
    return told(lambda body: webhook.parse(body), vector)


def keyclic(vector: dict[str, Any]) -> Outcome:
    return told(lambda body: webhook.keyclic.parse(body), vector)


def vehicle(vector: dict[str, Any]) -> Outcome:
    return told(lambda body: webhook.vehicle.parse(vector["input"]["event"], body), vector)


OPERATIONS: dict[str, Callable[[dict[str, Any]], Outcome]] = {
    "webhook.verify": verify,
    "webhook.sign": sign,
    "webhook.basic": basic,
    "webhook.explain": explain,
    "webhook.parse": parse,
    "webhook.keyclic": keyclic,
    "webhook.vehicle": vehicle,
}


def secrets_of(given: dict[str, Any]) -> list[bytes]:
    return [bytes_of(secret) for secret in given["secrets"]]


def refused(error: qlower.SignatureError) -> Outcome:
    skew = {} if error.skew is None else {"skew": error.skew}
    return {"reason": error.reason, **skew}


def told(read: Callable[[bytes], EventPart], vector: dict[str, Any]) -> Outcome:
    body = bytes_of(vector["input"]["body"])
    try:
        event = read(body)
    except qlower.InvalidEventError as error:
        return {"pointer": error.pointer, "problem": error.problem}
    assert getattr(event, "raw", None) == body
    return {"told": written(event)}


def written(value: Any) -> Any:
    """What is read from the attributes of an event: without ``None`` and empty lists, instants in UTC to the millisecond."""
    if isinstance(value, EventPart):
        keys = KEYCLIC if isinstance(value, webhook.KeyclicPayload) else {}
        members = {
            keys.get(name, name): getattr(value, name)
            for name in value.__match_args__
            if name not in ("raw", "rest")
        }
        if isinstance(value, webhook.KeyclicPayload):
            members.update(value.rest)
        if isinstance(value, (webhook.OrderEvent, webhook.Ping)):
            members["event_type"] = value.event_type
        return written(members)
    if isinstance(value, dict):
        return {
            key: written(member)
            for key, member in value.items()
            if member is not None and member != []
        }
    if isinstance(value, (list, tuple)):
        return [written(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.timezone.utc)
        return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def wanted(value: Any, key: str = "") -> Any:
    """What is expected, in that form."""
    if isinstance(value, str) and key in INSTANTS:
        return written(datetime.datetime.fromisoformat(value))
    if isinstance(value, dict):
        return written({name: wanted(member, name) for name, member in value.items()})
    if isinstance(value, list):
        return [wanted(item) for item in value]
    return value


def differences(vector: dict[str, Any], outcome: Outcome) -> str | None:
    """How the outcome differs from what is expected."""
    expect = vector["expect"]
    if "causes" in expect:
        keys = ("code", "certainty", "secret")
        causes = [{key: cause[key] for key in keys} for cause in outcome["causes"]]
        outcome = {"reason": outcome["reason"], "skew": outcome["skew"], "causes": causes}
    elif "at" in expect:
        expect = {pointer: wanted(value, last(pointer)) for pointer, value in expect["at"].items()}
        outcome = {pointer: at(outcome.get("told"), pointer) for pointer in expect}
    else:
        expect = wanted(expect)
    return None if outcome == expect else f"{outcome} instead of {expect}"


def last(pointer: str) -> str:
    return pointer.rsplit("/", 1)[-1]


def at(value: Any, pointer: str) -> Any:
    """What stands at a pointer; ``None`` for nothing."""
    for step in pointer.split("/")[1:]:
        if isinstance(value, list):
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
    return value
