"""Reports: what they tell, how they look, and that they survive pickling."""

from __future__ import annotations

import json
import multiprocessing
import pickle

import pytest
import qlower
from vectors import load, text_of

TODAY = "2025-02-01"
WRONG = (
    b'{"inigPtynm": "acme", "apiKey": "s3cr3t-k3y", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0",\n'
    b' "properties": [], "transactions": [\n'
    b'  {"id": "<T&1>", "reqdExctnDt": "31/01/2025", "id-prty": "P1", "amt": 850.0, "ref": "Loyer", "ccy": "EURO"}]}'
)


def wrong() -> qlower.Report:
    return qlower.check(WRONG, today=TODAY)


def test_a_report_tells_everything() -> None:
    report = wrong()
    assert not report.is_valid
    assert report.is_complete
    assert report.counts["transactions"]["items"] == 1
    assert (report.error_count, report.warning_count) == (len(report.errors), len(report.warnings))
    assert report.findings == sorted(
        report.errors + report.warnings, key=lambda finding: (finding.line, finding.column)
    )
    assert set(report.rules) == {"format", "edition", "date"}
    date = report.errors[0]
    assert (date.code, date.severity, date.model, date.id) == (
        "invalid_date",
        "error",
        "transactions",
        "<T&1>",
    )
    assert (date.pointer, date.field, date.suggestion) == (
        "/transactions/0/reqdExctnDt",
        "reqdExctnDt",
        "2025-01-31",
    )
    assert (date.row, date.column_name) == (None, None), "a text has no rows"
    assert str(date) == date.message
    assert date.message_fr != date.message
    assert "invalid_date" in repr(date)
    currency = next(finding for finding in report.findings if finding.field == "ccy")
    assert currency.accepted == ["EUR"] or "EUR" in currency.accepted


def test_a_finding_as_a_dict_is_that_of_the_report() -> None:
    for vector in load():
        report = qlower.check(text_of(vector), today=vector["today"])
        assert [finding.to_dict() for finding in report.findings] == report.to_dict()["findings"], (
            vector["name"]
        )


def test_to_dict_gives_the_callers_own() -> None:
    report = wrong()
    report.to_dict()["findings"].clear()
    assert report.to_dict()["findings"]
    assert json.loads(report.to_json()) == report.to_dict()


def test_raising() -> None:
    report = wrong()
    with pytest.raises(qlower.ValidationError) as caught:
        report.raise_for_errors()
    assert caught.value.report is report
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(f"the payload has {report.error_count} errors; first: ")
    valid = qlower.check(
        '{"inigPtynm": "a", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00Z", "versionId": "2.0"}'
    )
    valid.raise_for_errors()
    pickle.loads(pickle.dumps(valid)).raise_for_errors()


def test_renderings() -> None:
    report = wrong()
    plain = report.render()
    assert plain == str(report)
    assert "\x1b" not in plain
    assert "\x1b[1;31m" in report.render(colors=True)
    assert report.render("fr-FR").startswith("erreur[invalid_date]")
    shown = report.render(source=WRONG, name="p.json")
    assert " --> p.json:3:34" in shown
    assert "^^^^^^^^^^^^" in shown
    assert "s3cr3t" not in shown
    with pytest.raises(ValueError, match="unknown language"):
        report.render("de")
    with pytest.raises(TypeError, match="no text"):
        report.render(source=1)  # type: ignore[arg-type]


def test_how_many_of_a_kind_are_shown() -> None:
    items = [b'{"id": "%d", "reqdExctnDt": "x"}' % number for number in range(9)]
    report = qlower.check(b'{"transactions": [' + b",".join(items) + b"]}")
    counts = [
        report.render(per_group=number).count("error[invalid_date]") for number in (1, 2, 5, 100)
    ]
    assert counts == [1, 2, 5, 9]
    assert report.render().count("error[invalid_date]") == 3


def test_html_is_the_rendering_escaped() -> None:
    import html
    import re

    report = wrong()
    for lang in ("en", "fr"):
        shown = report._repr_html_(lang)
        assert "<T&1>" not in shown
        assert "&lt;T&amp;1&gt;" in shown
        assert shown.count("<span") == shown.count("</span>") > 3
        assert html.unescape(re.sub("<[^>]*>", "", shown)) == report.render(lang)


def test_a_report_pickles_as_data() -> None:
    report = wrong()
    again = pickle.loads(pickle.dumps(report))
    assert again == report
    assert again.findings == report.findings
    assert again.to_dict() == report.to_dict()
    assert again.to_json() == report.to_json()
    assert repr(again) == repr(report)
    for name in (
        "is_valid",
        "is_complete",
        "error_count",
        "warning_count",
        "omitted",
        "counts",
        "rules",
    ):
        assert getattr(again, name) == getattr(report, name), name
    for lang in ("en", "fr"):
        for colors in (False, True):
            assert again.render(lang, colors=colors) == report.render(lang, colors=colors)
    assert again._repr_html_("fr") == report._repr_html_("fr")
    with pytest.raises(qlower.ValidationError, match=r"the payload has \d errors; first: "):
        again.raise_for_errors()
    with pytest.raises(ValueError, match="unknown language"):
        again.render("de")
    assert pickle.loads(pickle.dumps(again)) == report
    assert b"s3cr3t" not in pickle.dumps(report)


def test_a_report_comes_back_from_another_process() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(qlower.check, (WRONG,), {"today": TODAY}) == wrong()


def test_reports_and_checked_payloads_are_not_made_by_hand() -> None:
    for made in (qlower.Report, qlower.Checked):
        with pytest.raises(TypeError, match="made by"):
            made()
