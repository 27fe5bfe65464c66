"""Every vector of the core gives the expected findings here too, and the same digest as elsewhere."""

from __future__ import annotations

import hashlib
from typing import Any

import live_vectors
import naming_vectors
import pytest
import qlower
import webhook_vectors
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


def test_every_vector_gives_exactly_what_is_expected(
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
    count = len(VECTORS)
    for runner in (live_vectors, naming_vectors, webhook_vectors):
        for vector, outcome in runner.run():
            count += 1
            if difference := runner.differences(vector, outcome):
                failures[vector["name"]] = [difference]
            common = live_vectors.common(outcome) if runner is live_vectors else outcome
            digest.update(f"{vector['name']}\n{canonical(common)}\n".encode())
    with capsys.disabled():
        print(f"\n{count} vectors, digest {digest.hexdigest()}")
    assert not failures, failures


#: Codes about what reading into models settles.
TEXT_ONLY = {"byte_order_mark", "date_time_without_offset", "date_time_without_time"}


def rows(findings: list[qlower.Finding]) -> list[tuple[str, ...]]:
    return sorted(
        (f.code, f.severity, f.model, str(f.id), f.pointer, str(f.suggestion)) for f in findings
    )


def test_typed_payloads_get_the_findings_of_their_text(capsys: pytest.CaptureFixture[str]) -> None:
    read = refused = 0
    for vector in VECTORS:
        name, text = vector["name"], text_of(vector)
        options = {"strict": vector.get("strict", False), "today": vector["today"]}
        report = qlower.check(text, **options)
        try:
            payload = qlower.Payload.from_json(text)
        except qlower.ValidationError as error:
            assert error.report is not None
            codes = {finding.code for finding in error.report.findings}
            assert codes <= {finding.code for finding in report.findings}, name
            refused += 1
            continue
        read += 1
        typed = qlower.check(payload, **options)
        assert all(f.line is None and f.column is None for f in typed.findings), name
        typed_only = set(vector.get("typed_only", ()))
        text_only = set(vector.get("text_only", ()))
        more = [f for f in typed.findings if f.pointer in typed_only]
        assert [f.code for f in more] == ["missing_field"] * len(typed_only), name
        assert rows([f for f in typed.findings if f.pointer not in typed_only]) == rows(
            [f for f in report.findings if f.code not in TEXT_ONLY and f.pointer not in text_only]
        ), name
        again = qlower.Payload.from_json(payload.to_json())
        assert again == payload, name
        assert again.to_json() == payload.to_json(), name
    with capsys.disabled():
        print(f"\n{read} vectors read into models, {refused} refused")
    assert read > 400
    assert refused > 100
