"""Every vector of the core gives the expected findings here too, and the same digest as elsewhere."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import qlower
from vectors import canonical, load, text_of

VECTORS = load()


def differences(vector: dict[str, Any], report: qlower.Report) -> list[str]:
    expected = vector["expect"]
    out = []
    if report.is_valid is not expected["is_valid"]:
        out.append(f"is_valid: {report.is_valid}")
    if len(report.findings) != len(expected["findings"]):
        out.append(
            f"{len(report.findings)} findings instead of {len(expected['findings'])}: {report.findings}"
        )
    for at, (finding, wanted) in enumerate(
        zip(report.findings, expected["findings"], strict=False)
    ):
        for key, value in wanted.items():
            if getattr(finding, key) != value:
                out.append(f"finding {at}: {key} should be {value!r} in {finding.to_dict()}")
    return out


def test_every_vector_gives_exactly_the_expected_findings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    digest = hashlib.sha256()
    failures = {}
    for vector in VECTORS:
        text = text_of(vector)
        options = {"strict": vector.get("strict", False), "today": vector["today"]}
        report = qlower.check(text, **options)
        if found := differences(vector, report):
            failures[vector["name"]] = found
        assert qlower.check(text, threads=3, **options) == report, vector["name"]
        digest.update(f"{vector['name']}\n{canonical(report.to_dict())}\n".encode())
    with capsys.disabled():
        print(f"\n{len(VECTORS)} vectors, digest {digest.hexdigest()}")
    assert not failures, failures
