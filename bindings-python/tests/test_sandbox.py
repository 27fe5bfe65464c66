"""The stand-in for Qlower: what it keeps, how it fails, and when it ends."""

from __future__ import annotations

import hashlib
import http.client
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import pytest
from qlower import QlowerError
from qlower.sandbox import UPLOAD_ONLY, Fault, S3Fault, Sandbox

TRANSACTION = {
    "id": "T1",
    "reqdExctnDt": "2025-01-31",
    "id-prty": "P1",
    "amt": 850.5,
    "ref": "Loyer",
}


def payload(**sections: Any) -> dict[str, Any]:
    return {
        "inigPtynm": "acme",
        "apiKey": "k-1",
        "creDtTm": "2025-02-01T08:00:00+01:00",
        "versionId": "2.0",
        **sections,
    }


def post(sandbox: Sandbox, document: Any, timeout: float = 10) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps(document).encode()
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=timeout)
    try:
        connection.request("POST", "/api/third_party/loader", body)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, Any]:
    return {"partners": {"acme": "k-1"}, "today": "2025-06-01"}


def test_what_was_loaded_is_kept(qlower_sandbox: Sandbox) -> None:
    second = {key: value for key, value in TRANSACTION.items() if key != "amt"} | {"id": "T2"}
    status, _, body = post(qlower_sandbox, payload(transactions=[TRANSACTION, second]))
    assert status == 200
    assert json.loads(body)["status"] == "PARTIAL_SUCCESS"
    loaded = qlower_sandbox.loaded()
    assert len(loaded) == loaded.count("transactions") == 1
    item = loaded.get("transactions", "T1")
    assert item is not None
    assert (item.model, item.id, item.account, item.parent) == ("transactions", "T1", None, None)
    assert item.data == TRANSACTION
    assert [entry.id for entry in loaded] == ["T1"]
    assert loaded.get("transactions", "T2") is None
    assert qlower_sandbox.loads == 1
    # A snapshot.
    post(qlower_sandbox, payload(transactions=[TRANSACTION | {"id": "T3"}]))
    assert len(loaded) == 1
    assert len(qlower_sandbox.loaded("acme")) == 2
    assert not qlower_sandbox.loaded("nobody")


def test_a_model_is_named_by_its_section_or_its_class(qlower_sandbox: Sandbox) -> None:
    class Transaction:
        pass

    post(qlower_sandbox, payload(transactions=[TRANSACTION]))
    loaded = qlower_sandbox.loaded()
    assert loaded.count(Transaction) == 1
    with pytest.raises(ValueError, match=r'no model "transaction"; there are .*transactions'):
        loaded.count("transaction")  # type: ignore[arg-type]


def test_accounts_parents_and_erasures(qlower_sandbox: Sandbox) -> None:
    client = {
        "email": "Jean.Martin@example.fr",
        "firstName": "Jean",
        "lastName": "Martin",
    }
    entry = {"client": client, "transactions": [TRANSACTION]}
    status, _, body = post(qlower_sandbox, payload(clients=[entry]))
    assert status == 200
    assert json.loads(body)["failed_count"] == 0, body
    loaded = qlower_sandbox.loaded()
    assert [account.email for account in loaded.accounts] == ["jean.martin@example.fr"]
    assert loaded.accounts[0].data["firstName"] == "Jean"
    own = loaded.of_account("JEAN.martin@example.fr")
    assert [item.account for item in own] == ["jean.martin@example.fr"]
    assert not loaded.of_account("other@example.fr")
    assert loaded.erasure_requests == []


def test_requests_tell_what_was_seen_and_no_key(qlower_sandbox: Sandbox) -> None:
    before = datetime.now(timezone.utc) - timedelta(milliseconds=1)
    document = payload(transactions=[TRANSACTION])
    post(qlower_sandbox, document)
    (request,) = qlower_sandbox.requests
    body = json.dumps(document).encode()
    assert (request.method, request.path) == ("POST", "/api/third_party/loader")
    assert (request.body_length, request.body_sha256) == (
        len(body),
        hashlib.sha256(body).hexdigest(),
    )
    assert (request.partner, request.processed) == ("acme", True)
    assert (request.status, request.fault) == (200, None)
    assert before <= request.at <= datetime.now(timezone.utc)
    assert "k-1" not in f"{request} {qlower_sandbox!r}"
    qlower_sandbox.reset()
    assert qlower_sandbox.requests == []
    assert qlower_sandbox.loads == 0
    assert not qlower_sandbox.loaded()


def test_a_fault_fires_once_and_is_told(qlower_sandbox: Sandbox) -> None:
    qlower_sandbox.fail_next("bad_gateway")
    qlower_sandbox.fail_next("too_many_requests", retry_after=7, times=2)
    assert len(qlower_sandbox.pending_faults) == 3
    assert post(qlower_sandbox, payload())[0] == 502
    status, headers, _ = post(qlower_sandbox, payload())
    assert (status, headers["retry-after"]) == (429, "7")
    assert qlower_sandbox.fired == [
        Fault("bad_gateway"),
        Fault("too_many_requests", retry_after=7),
    ]
    assert qlower_sandbox.pending_faults == [Fault("too_many_requests", retry_after=7)]
    assert [request.fault for request in qlower_sandbox.requests] == qlower_sandbox.fired


@pytest.mark.parametrize(
    "fault",
    [
        Fault("timeout"),
        Fault("reset_before_processing"),
        Fault("reset_after_processing"),
        Fault("close_before_processing"),
        Fault("too_many_requests"),
        Fault("too_many_requests", retry_after=3),
        Fault("too_many_requests", retry_after=datetime(2025, 6, 1, 12, tzinfo=timezone.utc)),
        Fault("internal_server_error"),
        Fault("bad_gateway"),
        Fault("service_unavailable"),
        Fault("slow", delay=0.25),
        Fault("truncated_body"),
        Fault("status", status=418),
    ],
    ids=lambda fault: f"{fault.name}-{fault.retry_after}",
)
def test_every_fault_comes_back_as_it_was_scripted(qlower_sandbox: Sandbox, fault: Fault) -> None:
    qlower_sandbox.fail_next(fault)
    assert qlower_sandbox.pending_faults == [fault]


@pytest.mark.parametrize(
    "fault",
    [
        *map(
            S3Fault,
            [
                "slow_down",
                "internal_error",
                "internal_error_inside_200",
                "access_denied",
                "invalid_access_key_id",
                "signature_does_not_match",
                "expired_token",
                "request_time_too_skewed",
                "no_such_bucket",
                "precondition_failed",
                "conditional_request_conflict",
                "not_implemented",
                "reset_during_put",
                "lost_put_reply",
                "lost_complete_reply",
                "timeout",
                "vanish",
            ],
        ),
        S3Fault("permanent_redirect", region="us-east-1"),
        S3Fault("reset_during_part", part_number=2),
        S3Fault("slow", delay=0.5),
    ],
    ids=lambda fault: fault.name,
)
def test_every_s3_fault_comes_back_too(qlower_sandbox: Sandbox, fault: S3Fault) -> None:
    qlower_sandbox.fail_next_s3(fault, times=2)
    qlower_sandbox.fail_next_s3(fault, on="PutObject")
    assert qlower_sandbox.pending_s3_faults == [fault] * 3
    assert qlower_sandbox.fired_s3 == []


def test_faults_that_are_none_are_refused(qlower_sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match=r'no fault "tiemout"; there are timeout, .*status'):
        qlower_sandbox.fail_next("tiemout")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the fault slow needs delay"):
        qlower_sandbox.fail_next("slow")
    with pytest.raises(TypeError, match="the fault timeout takes no delay"):
        qlower_sandbox.fail_next("timeout", delay=1)
    with pytest.raises(ValueError, match="delay: expected seconds"):
        qlower_sandbox.fail_next("slow", delay=-1)
    with pytest.raises(TypeError, match="stand in it"):
        qlower_sandbox.fail_next(Fault("slow", delay=1), delay=2)
    with pytest.raises(ValueError, match='no fault "bad_gateway"; there are slow_down'):
        qlower_sandbox.fail_next_s3("bad_gateway")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='no operation "Put"; there are PutObject'):
        qlower_sandbox.fail_next_s3("slow_down", on="Put")  # type: ignore[arg-type]
    assert qlower_sandbox.pending_faults == []
    assert qlower_sandbox.pending_s3_faults == []


def test_slow_answers_come_late_and_leave_other_threads_alone(qlower_sandbox: Sandbox) -> None:
    qlower_sandbox.fail_next("slow", delay=timedelta(seconds=0.3))
    start = time.monotonic()
    thread = threading.Thread(target=post, args=(qlower_sandbox, payload()))
    thread.start()
    turns = 0
    while thread.is_alive():
        turns += 1
    assert turns > 100
    assert qlower_sandbox.fired
    thread.join()
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize("today", [date(2029, 1, 1), "2029-01-01"])
def test_a_day_that_lies_ahead_of_a_transaction_or_not_loads_it(today: date | str) -> None:
    late = payload(transactions=[TRANSACTION | {"reqdExctnDt": "2030-01-31"}])
    with Sandbox({"acme": "k-1"}, today=today) as sandbox:
        assert json.loads(post(sandbox, late)[2])["failed_count"] == 0


def test_settings_are_named_when_they_are_wrong() -> None:
    with pytest.raises(ValueError, match="today: expected a date"):
        Sandbox(today="tomorrow")
    with pytest.raises(ValueError, match="read_timeout: expected seconds"):
        Sandbox(read_timeout=-1)
    with pytest.raises(ValueError, match='s3_permissions: "delete" is none of put'):
        Sandbox(s3_permissions=["delete"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="s3_repeated_complete: expected"):
        Sandbox(s3_repeated_complete="no")  # type: ignore[arg-type]


def test_limits_are_taken(qlower_sandbox: Sandbox) -> None:
    with Sandbox({"acme": "k-1"}, max_body_bytes=64, s3_permissions=UPLOAD_ONLY) as small:
        assert post(small, payload())[0] == 413
    assert post(qlower_sandbox, payload())[0] == 200


def test_the_settings_of_a_client() -> None:
    with Sandbox({"acme": "k-1", "dupont": "k-2"}, s3_region="eu-west-3") as sandbox:
        assert sandbox.client_settings("dupont", s3=False) == {
            "environment": sandbox.url,
            "partner": "dupont",
            "api_key": "k-2",
        }
        settings = sandbox.client_settings()
        assert settings["partner"] == "acme"
        assert settings["region"] == "eu-west-3"
        assert settings["s3_endpoint"] == sandbox.s3_endpoint


def test_closing_frees_the_ports_and_ends_its_methods() -> None:
    with Sandbox() as sandbox:
        assert sandbox.partners == {"sandbox": "sandbox-key"}
        port = urlsplit(sandbox.url).port
    sandbox.close()
    with pytest.raises(QlowerError, match="the sandbox is closed"):
        _ = sandbox.requests
    assert str(port) in repr(sandbox)
    with pytest.raises(ConnectionRefusedError):
        post(sandbox, payload())


def test_dropping_it_closes_it() -> None:
    sandbox = Sandbox()
    url = urlsplit(sandbox.url)
    with socket.create_connection((url.hostname, url.port)):
        del sandbox
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((url.hostname, url.port))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_refuses_it_and_ends() -> None:
    program = """
        import os, sys
        from qlower.sandbox import Sandbox
        sandbox = Sandbox()
        child = os.fork()
        if child == 0:
            try:
                sandbox.requests
            except Exception as error:
                said = "belongs to the process that started it" in str(error)
                sandbox.close()
                del sandbox
                os._exit(0 if said else 1)
            os._exit(2)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(sandbox.requests))
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.split() == ["0", "0"], done.stderr


def _post_from_child(url: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("POST", "/api/third_party/loader", json.dumps(payload()))
    return connection.getresponse().status


def test_children_can_send_to_it(qlower_sandbox: Sandbox) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_post_from_child, (qlower_sandbox.url,)) == 200
    assert qlower_sandbox.loads == 1


def test_the_plugin_gives_each_test_its_own(tmp_path: Any) -> None:
    (tmp_path / "conftest.py").write_text(
        textwrap.dedent("""
            import pytest

            @pytest.fixture
            def qlower_sandbox_settings():
                return {"partners": {"mine": "k"}}
        """)
    )
    (tmp_path / "test_it.py").write_text(
        textwrap.dedent("""
            seen = set()

            def test_one(qlower_sandbox):
                assert qlower_sandbox.partners == {"mine": "k"}
                seen.add(qlower_sandbox.url)

            def test_two(qlower_sandbox):
                seen.add(qlower_sandbox.url)
                assert len(seen) == 2
        """)
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "qlower.pytest_plugin", str(tmp_path)]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
