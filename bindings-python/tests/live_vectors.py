"""The vectors of live readings, run as their README says."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Callable
from typing import Any

from qlower import live
from vectors import bytes_of, load

Outcome = dict[str, Any]

#: Not compared where it is not expected.
NOT_ALWAYS = {"message", "message_fr", "headers", "body"}


def run() -> list[tuple[dict[str, Any], Outcome]]:
    """All vectors, each with its outcome."""
    return [(vector, OPERATIONS[vector["op"]](vector["input"])) for vector in load("live")]


def read(given: dict[str, Any]) -> Outcome:
    try:
        path = bytes_of(given["path"]).decode()
        found = live.read(bytes_of(given["body"]), path, unit=given.get("agreed"))
    except live.PathError as error:
        told: Outcome = {"path": error.code, "position": error.position}
        return told if error.suggestion is None else {**told, "suggestion": error.suggestion}
    except live.ReadingError as error:
        return error.to_dict()
    told = found.to_dict()
    return told if found.in_agreed is None else {**told, "in_agreed": found.in_agreed}


def answer(given: dict[str, Any]) -> Outcome:
    settings = given["producer"]
    auth = [each for way in settings.get("access", ()) for each in ways(way)]
    try:
        producer = live.Producer(
            lambda: measured(given.get("source")),
            auth=auth,
            origins=settings.get("origins"),
            any_origin=settings.get("any_origin", False),
            form=settings.get("form"),
            unit=settings.get("unit"),
        )
    except live.ProducerError as error:
        told: Outcome = {"error": error.code}
        return told if error.suggestion is None else {**told, "suggestion": error.suggestion}
    told_back = producer.answer(given["method"], given["query"], given["headers"])
    return {
        "status": told_back.status,
        "outcome": told_back.outcome,
        "headers": [list(header) for header in told_back.headers],
        "body": told_back.body.decode(),
    }


def ways(way: dict[str, Any]) -> list[Any]:
    """One for each secret; none at all is as good as an empty one."""
    secrets = way.get("secrets") or [""]
    if way["kind"] == "basic":
        return [live.Basic(name, password) for name, password in way["users"] or [("", "")]]
    if way["kind"] == "query":
        return [live.Query(way["name"], secret) for secret in secrets]
    kinds: dict[str, Callable[[str], Any]] = {"bearer": live.Bearer, "api_key": live.ApiKey}
    return [kinds[way["kind"]](secret) for secret in secrets]


def measured(source: dict[str, Any] | None) -> live.Measurement | None:
    if source is None:
        return None
    at = source.get("at")
    moment = None if at is None else datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
    return live.Measurement(float(source["value"]), source.get("unit"), moment)


def convert(given: dict[str, Any]) -> Outcome:
    return {"value": live.convert(given["value"], given["from"], given["to"])}


OPERATIONS: dict[str, Callable[[dict[str, Any]], Outcome]] = {
    "live.read": read,
    "live.answer": answer,
    "live.convert": convert,
}


def common(outcome: Outcome) -> Outcome:
    """The outcome as every language can write it: floats by their bits, instants in UTC to the millisecond, headers sorted."""
    out = dict(outcome)
    for key in ("value", "in_agreed"):
        if isinstance(out.get(key), (int, float)):
            out[key] = struct.pack(">d", out[key]).hex()
    if "timestamp" in out:
        moment = datetime.datetime.fromisoformat(out["timestamp"].replace("Z", "+00:00"))
        utc = moment.astimezone(datetime.timezone.utc)
        out["timestamp"] = utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if "headers" in out:
        out["headers"] = sorted([name.lower(), value] for name, value in out["headers"])
    return out


def differences(vector: dict[str, Any], outcome: Outcome) -> str | None:
    """How the outcome differs from what is expected."""
    expect = vector["expect"]
    for key, wanted in expect.items():
        if key == "headers":
            for name, values in wanted.items():
                found = [v for given, v in outcome["headers"] if given.lower() == name.lower()]
                if found != values:
                    return f"{name} is {found} instead of {values}"
        elif outcome.get(key) != wanted:
            return f"{key} should be {wanted!r} in {outcome}"
    more = set(outcome) - set(expect) - NOT_ALWAYS
    return f"{more} not expected in {outcome}" if more else None
