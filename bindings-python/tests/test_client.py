"""The client: settings, sending, receipts and replies."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import qlower
from qlower import Client, ConfigError, Environment, Payload, RetryPolicy, Sandbox, Transaction
from support import KEY, Raw, answer, rent, text

PARTIAL = json.dumps(
    {
        "status": "PARTIAL_SUCCESS",
        "total_count": 2,
        "success_count": 1,
        "failed_count": 1,
        "end_date": "2025-02-01T08:00:01",
        "errors": [
            {
                "model": "transactions",
                "id": "T2",
                "type": "ValidationError",
                "error": "Champ 'amt' dans transactions 'T2' invalide : Field required",
            }
        ],
        "combined_result": [{"model": "transactions", "item": {"success": 1, "error": 1}}],
    }
)


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, Any]:
    return {"partners": {"acme": KEY}}


def test_what_is_sent_arrives_as_it_was_checked(qlower_sandbox: Sandbox) -> None:
    with Client(qlower_sandbox.url, partner="acme", api_key=KEY) as client:
        receipt = client.send(text(3))
    assert qlower_sandbox.loaded("acme").count("transactions") == 3
    assert receipt.certainty == "processed" and receipt.attempts == 1 and receipt.duration > 0
    assert receipt.payload_sha256 == qlower.checked(text(3)).sha256
    assert not receipt.earlier_attempt_may_have_been_processed
    reply = receipt.reply
    assert (reply.status, reply.total_count, reply.success_count, reply.failed_count) == (
        "SUCCESS",
        3,
        3,
        0,
    )
    assert not reply.has_failures and reply.errors == []
    assert reply.combined_result == [qlower.ModelResult("transactions", 3, 0)]
    assert "3" in str(reply) and "every item" in str(reply)


@pytest.mark.parametrize("kind", [str.encode, bytearray, "checked", "path", "mapping"])
def test_whatever_can_be_checked_can_be_sent(
    kind: Any, qlower_sandbox: Sandbox, tmp_path: Any
) -> None:
    source: Any = text()
    if kind is bytearray:
        source = bytearray(source.encode())
    elif kind == "checked":
        source = qlower.checked(source)
    elif kind == "path":
        source = tmp_path / "payload.json"
        source.write_text(text())
    elif kind == "mapping":
        source = json.loads(source)
    else:
        source = kind(source)
    with Client(qlower_sandbox.url) as client:
        assert client.send(source).reply.success_count == 1


def test_nothing_leaves_if_there_is_an_error(qlower_sandbox: Sandbox) -> None:
    bad = text(transactions=[rent(amt="much")])
    with Client(qlower_sandbox.url) as client, pytest.raises(qlower.ValidationError) as caught:
        client.send(bad)
    report = caught.value.report
    assert report is not None and report.error_count == 1
    assert caught.value.certainty == "not_processed"
    assert qlower_sandbox.requests == []


def test_a_reply_with_failures_is_a_receipt() -> None:
    with Raw(answer("200 OK", PARTIAL)) as server, Client(server.url) as client:
        receipt = client.send(text(2))
    reply = receipt.reply
    assert reply.has_failures and not reply.all_failed
    (error,) = reply.errors
    assert (error.model, error.id, error.type) == ("transactions", "T2", "ValidationError")
    assert (error.pointer, error.field, error.reason) == (
        "/transactions/1/amt",
        "amt",
        "Field required",
    )
    assert error.pointers == ["/transactions/1"]
    assert str(error).startswith("transactions T2: Champ")
    assert json.loads(reply.raw) == json.loads(PARTIAL)
    assert "certains éléments" in reply.summary("fr")
    assert json.loads(json.dumps(receipt.to_dict()))["reply"]["errors"][0]["id"] == "T2"
    with pytest.raises(ConfigError, match="lang"):
        reply.summary("de")


def test_what_failed_can_be_sent_again() -> None:
    with Raw(answer("200 OK", PARTIAL)) as server, Client(server.url) as client:
        receipt = client.send(text(2))
    for reply in (receipt.reply, pickle.loads(pickle.dumps(receipt)).reply):
        for sent in (text(2), qlower.checked(text(2)), Payload.from_json(text(2))):
            again = reply.failed_only(sent)
            assert isinstance(again, Payload)
            assert [item.id for item in again.transactions] == ["T2"]
            assert again.api_key == KEY


def test_models_are_sent(qlower_sandbox: Sandbox) -> None:
    payload = Payload(
        partner="acme",
        api_key=KEY,
        created_at="2025-02-01T08:00:00+01:00",
        transactions=[
            Transaction(
                id="T1",
                date=date(2025, 1, 31),
                property_id="P1",
                amount=Decimal("850.50"),
                reference="Loyer",
            ),
            {"id": "T2", "date": "2025-01-31", "property_id": "P1", "amount": 40, "reference": "C"},
        ],
    )
    with Client(qlower_sandbox.url) as client:
        assert client.send(payload).reply.success_count == 2
        assert client.send_all(payload).is_complete
        payload.transactions.append({"id": "T3"})
        with pytest.raises(qlower.ValidationError) as caught:
            client.send(payload)
    report = caught.value.report
    assert report is not None
    assert {(finding.row, finding.pointer.split("/")[2]) for finding in report.errors} == {(2, "2")}


def test_receipts_and_replies_survive_pickling_without_the_body() -> None:
    with Raw(answer("200 OK", PARTIAL)) as server, Client(server.url) as client:
        receipt = client.send(text(2))
    again = pickle.loads(pickle.dumps(receipt))
    assert again == receipt and again.to_dict() == receipt.to_dict()
    assert again.reply.errors == receipt.reply.errors
    assert again.reply.raw == b""
    assert copy.deepcopy(receipt) == receipt
    assert repr(again) == repr(receipt)


def test_failures_that_may_pass_are_tried_again(qlower_sandbox: Sandbox) -> None:
    qlower_sandbox.fail_next("service_unavailable")
    qlower_sandbox.fail_next("reset_after_processing")
    policy = RetryPolicy(max_attempts=3, base_delay=timedelta(milliseconds=1))
    with Client(qlower_sandbox.url, retry=policy) as client:
        receipt = client.send(text())
    assert receipt.attempts == 3
    assert receipt.earlier_attempt_may_have_been_processed


def test_another_partners_payload_is_refused(qlower_sandbox: Sandbox) -> None:
    for settings, setting in (({"partner": "other"}, "partner"), ({"api_key": "k-2"}, "api_key")):
        with Client(qlower_sandbox.url, **settings) as client, pytest.raises(ConfigError) as caught:  # type: ignore[arg-type]
            client.send(text())
        assert caught.value.setting == setting
    assert qlower_sandbox.requests == []


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1.0}, "timeout"),
        ({"timeout": "soon"}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"connect_timeout": timedelta(0)}, "connect_timeout"),
        ({"partner": 7}, "partner"),
        ({"ca_bundle": "/does/not/exist.pem"}, "ca_bundle"),
        ({"ca_bundle": b"nothing"}, "ca_bundle"),
        ({"ca_bundle": 7}, "ca_bundle"),
        ({"proxy": "nonsense"}, "proxy"),
        ({"user_agent": "é"}, "user_agent"),
        ({"max_body_bytes": -1}, "max_body_bytes"),
        ({"s3_part_size": 1}, "s3_part_size"),
        ({"s3_concurrency": 0}, "s3_concurrency"),
        ({"s3_endpoint": "http://192.0.2.1"}, "s3_endpoint"),
        ({"s3_endpoint_insecure": True}, "s3_endpoint_insecure"),
        ({"s3_path_style": "yes"}, "s3_path_style"),
        ({"region": "Paris!"}, "region"),
        ({"retry": RetryPolicy(base_delay=-1)}, "base_delay"),
        ({"environment": "nowhere"}, "environment"),
        ({"environment": "http://example.com"}, "environment"),
    ],
)
def test_settings_that_cannot_be_used_are_named(settings: dict[str, Any], setting: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Client(**{"environment": "staging", **settings})
    assert caught.value.setting == setting
    assert str(caught.value).startswith(f"{setting}: ")


def test_settings_that_can() -> None:
    Client(
        "prod",
        timeout=timedelta(minutes=2),
        connect_timeout=float("inf"),
        retry=RetryPolicy(max_attempts=2, base_delay=0.1, factor=3, max_delay=5, total=60),
        user_agent="acme-erp/3.2",
        s3_endpoint="http://192.0.2.1",
        s3_endpoint_insecure=True,
        s3_path_style=False,
        s3_part_size=5 << 20,
        s3_multipart_threshold=1,
        s3_concurrency=2,
        max_reply_bytes=1,
    )
    assert Client(Environment.custom("http://192.0.2.1", insecure=True)).environment.loader_url


def test_what_is_not_given_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, qlower_sandbox: Sandbox
) -> None:
    monkeypatch.delenv("QLOWER_ENVIRONMENT", raising=False)
    with pytest.raises(ConfigError) as caught:
        Client()
    assert caught.value.setting == "QLOWER_ENVIRONMENT"
    monkeypatch.setenv("QLOWER_ENVIRONMENT", qlower_sandbox.url)
    monkeypatch.setenv("QLOWER_PARTNER", "other")
    with Client() as client, pytest.raises(ConfigError, match="partner"):
        client.send(text())
    with Client(partner="acme") as client:
        assert client.send(text()).certainty == "processed"
        assert client.environment.loader_url.startswith(qlower_sandbox.url)


def test_the_program_is_named_in_the_header() -> None:
    with Client("staging", user_agent="acme-erp/3.2") as client:
        assert "acme-erp" in repr(client)
        assert client.environment == Environment.STAGING


def test_a_client_is_pickled_as_its_settings(qlower_sandbox: Sandbox) -> None:
    client = Client(
        Environment.custom(qlower_sandbox.url),
        partner="acme",
        api_key=KEY,
        retry=RetryPolicy(max_attempts=2),
        timeout=timedelta(seconds=3),
    )
    for again in (pickle.loads(pickle.dumps(client)), copy.copy(client), copy.deepcopy(client)):
        assert repr(again) == repr(client)
        assert again.send(text()).certainty == "processed"


def test_a_closed_client_sends_nothing(qlower_sandbox: Sandbox) -> None:
    client = Client(qlower_sandbox.url)
    with client:
        client.send(text())
    client.close()
    assert client.is_closed
    for call in (lambda: client.send(text()), lambda: client.__enter__()):
        with pytest.raises(qlower.QlowerError, match="closed"):
            call()


def test_environments() -> None:
    assert Environment("PROD") == Environment.PRODUCTION == Environment("production")
    assert str(Environment.STAGING) == "staging"
    assert repr(Environment.custom("http://127.0.0.1:1")) == "Environment('http://127.0.0.1:1/')"
    insecure = Environment.custom("http://example.com", insecure=True)
    for environment in (Environment.PRODUCTION, Environment.STAGING, insecure):
        again = pickle.loads(pickle.dumps(environment))
        assert again == environment and hash(again) == hash(environment)
        assert again.loader_url == environment.loader_url
    assert Environment.PRODUCTION.bucket("acme") == "ql-loader-prod-acme"
    with pytest.raises(ConfigError):
        Environment.PRODUCTION.bucket("Acme!")
    with pytest.raises(ConfigError):
        Environment("http://example.com")


def test_many_threads_share_a_client(qlower_sandbox: Sandbox) -> None:
    done: list[str] = []
    with Client(qlower_sandbox.url) as client:

        def work(number: int) -> None:
            rents = (1 + (number + turn) % 3 for turn in range(5))
            done.extend(client.send(text(count)).certainty for count in rents)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert done == ["processed"] * 80


def test_waiting_does_not_hold_up_other_threads() -> None:
    with Raw() as server, Client(server.url, timeout=1.5, retry=RetryPolicy.none()) as client:
        errors: list[BaseException] = []

        def work() -> None:
            try:
                client.send(text())
            except qlower.TimeoutError as error:
                errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        count = 0
        while thread.is_alive():
            count += 1
        thread.join()
    assert count > 100_000
    assert len(errors) == 1
