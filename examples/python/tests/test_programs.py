"""The other examples do what they say."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
import qlower
from conftest import Run
from qlower.sandbox import Sandbox

import service
import tasks

SAMPLE = {
    "properties": [
        {
            "id": "P1",
            "description": "Appartement 1",
            "street": "rue de l'Église",
            "town": "Orléans",
            "post_code": "45000",
            "country": "FR",
            "last_name": "Dupont",
            "first_name": "Élise",
            "email": "elise.dupont@example.com",
            "acquisition_date": "2010-05-06",
            "tax_regime": 5,
        }
    ],
    "transactions": [
        {
            "id": "T1",
            "date": "2025-01-31",
            "property_id": "P1",
            "amount": "850.00",
            "reference": "Loyer janvier",
        }
    ],
}


@pytest.mark.parametrize("library", [[], ["--polars"]], ids=["pandas", "polars"])
def test_a_data_frames_findings_name_row_and_column(run: Run, library: list[str]) -> None:
    done = run("dataframes.py", *library, code=1)
    lines = done.stdout.splitlines()
    assert "row 465, column montant: invalid_decimal" in lines
    assert "row 3397, column date_operation: nonexistent_date" in lines
    assert done.stderr == ""


@pytest.mark.parametrize("library", [[], ["--polars"]], ids=["pandas", "polars"])
def test_a_data_frame_is_sent(run: Run, library: list[str]) -> None:
    done = run("dataframes.py", "--send", *library)
    assert "  transactions   6000 accepted, 0 failed" in done.stdout.splitlines()


def test_the_report_is_a_page(run: Run, tmp_path: Path) -> None:
    done = run("report.py")
    assert done.stdout == "report.html: 11 errors, 5 warnings\n"
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "n'est pas un SIRET" in page.replace("&#x27;", "'").replace("’", "'")
    assert 'lang="fr"' in page

    text = tmp_path / "payload.json"
    text.write_text('{"inigPtynm": "<b>", "transactions": [{"id": "<script>"}]}')
    run("report.py", str(text), "--lang", "en", "--output", "other.html")
    page = (tmp_path / "other.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "required field" in page


def test_the_service_loads_and_tells(qlower_sandbox: Sandbox) -> None:
    web = service.create_app(**qlower_sandbox.client_settings(s3=False)).test_client()
    answer = web.post("/loads", json=SAMPLE)
    assert (answer.status_code, answer.json["accepted"], answer.json["failed"]) == (200, 2, 0)
    assert qlower_sandbox.loaded().count("transactions") == 1

    wrong = SAMPLE | {"transactions": [SAMPLE["transactions"][0] | {"amount": "1 500,00"}]}
    answer = web.post("/loads", json=wrong)
    assert answer.status_code == 422
    assert [finding["code"] for finding in answer.json["findings"]] == ["invalid_decimal"]
    assert answer.json["findings"][0]["suggestion"] == "1500.00"
    assert len(qlower_sandbox.requests) == 1, "nothing has left"

    assert web.post("/loads", json={"rows": []}).status_code == 400


def test_the_service_says_when_to_try_again(qlower_sandbox: Sandbox) -> None:
    settings = qlower_sandbox.client_settings(s3=False)
    web = service.create_app(**settings, retry=qlower.RetryPolicy(max_attempts=1)).test_client()
    qlower_sandbox.fail_next("too_many_requests", retry_after=7)
    answer = web.post("/loads", json=SAMPLE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "8")
    assert answer.json["certainty"] == "not_processed"
    assert web.post("/loads", json=SAMPLE).status_code == 200


@pytest.fixture
def payload(
    tmp_path: Path, qlower_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A payload in a file, for a worker whose environment leads to the sandbox."""
    settings = qlower_sandbox.client_settings(s3=False)
    for name, value in settings.items():
        monkeypatch.setenv(f"QLOWER_{name.upper()}", value)
    monkeypatch.setattr(tasks, "seconds_to_wait", lambda *_: 0)
    tasks.client.cache_clear()
    header = {"partner": settings["partner"], "api_key": settings["api_key"]}
    built = qlower.Payload(**header, created_at="2025-02-01T08:00:00+01:00", **SAMPLE)
    file = tmp_path / "payload.json"
    file.write_bytes(built.to_json())
    tasks.app.conf.task_always_eager = True
    yield str(file)
    tasks.app.conf.task_always_eager = False


def test_a_task_is_tried_again_while_that_may_help(payload: str, qlower_sandbox: Sandbox) -> None:
    attempts = 4  # of the client, by its own default policy
    qlower_sandbox.fail_next("too_many_requests", times=attempts + 1, retry_after=0)
    result = tasks.load.delay(payload)
    assert result.get() == {"certainty": "processed", "failed": 0}
    assert qlower_sandbox.loaded().count("transactions") == 1
    assert len(qlower_sandbox.requests) == attempts + 2


def test_a_task_with_mistakes_is_not(payload: str, qlower_sandbox: Sandbox) -> None:
    file = Path(payload)
    file.write_text(file.read_text().replace("2025-01-31", "31/01/2025"))
    result = tasks.load.delay(payload)
    assert isinstance(result.result, qlower.ValidationError)
    assert qlower_sandbox.requests == []
    # What a worker sends back.
    error = pickle.loads(pickle.dumps(result.result))
    assert error.report is not None
    assert [finding.code for finding in error.report.errors] == ["invalid_date"]
    assert json.loads(error.report.to_json())["is_valid"] is False
