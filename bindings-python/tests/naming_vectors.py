"""The vectors of names, run as their README says."""

from __future__ import annotations

from typing import Any

from qlower import _native, ftp
from vectors import load

Outcome = dict[str, Any]

#: What every expected error names.
ALWAYS = {"code", "rule", "file", "position"}


def run() -> list[tuple[dict[str, Any], Outcome]]:
    """All vectors, each with its outcome."""
    return [(vector, plan(vector)) for vector in load("naming")]


def plan(vector: dict[str, Any]) -> Outcome:
    assert vector["op"] == "naming.plan"
    given = vector["input"]
    sources = [
        (source["name"], source.get("sha256"), source.get("partner")) for source in given["sources"]
    ]
    try:
        return _native.ftp_names(
            given["rules"], sources, list(given["variables"].items()), vector["at"]
        )
    except ftp.NamingError as error:
        return {"errors": [fault.to_dict() for fault in error.errors]}


def differences(vector: dict[str, Any], outcome: Outcome) -> str | None:
    """How the outcome differs from what is expected."""
    expect = vector["expect"]
    if "errors" not in expect:
        return None if outcome == expect else f"{outcome} instead of {expect}"
    found = outcome.get("errors", [])
    assert all(set(wanted) >= ALWAYS for wanted in expect["errors"])
    same = len(found) == len(expect["errors"]) and all(
        fault[key] == value
        for wanted, fault in zip(expect["errors"], found, strict=True)
        for key, value in wanted.items()
    )
    return None if same else f"{outcome} instead of {expect}"
