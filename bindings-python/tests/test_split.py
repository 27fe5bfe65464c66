"""Payloads in parts, and what becomes of them."""

from __future__ import annotations

import json
import pickle

import pytest
import qlower
from qlower import Client, Parts, RetryPolicy, Sandbox, SplitError
from support import KEY, text


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, object]:
    return {"partners": {"acme": KEY}}


def property_(**fields: object) -> dict[str, object]:
    return {"id": "P1", "name": "Appartement", "type": 1, **fields}


def test_parts_are_a_sequence() -> None:
    parts = qlower.split(text(5), max_items=2)
    assert isinstance(parts, Parts)
    assert [part.items for part in parts] == [2, 2, 1]
    assert [part.number for part in parts[1:]] == [1, 2]
    assert isinstance(parts[1:], Parts)
    assert parts[-1] is parts[2] and len(parts) == 3 and parts[0] in parts
    assert parts.get(1) is parts[1] and parts[1:].get(0) is None
    assert Parts([parts[2], parts[0], parts[2]])[0] is parts[0]
    part = parts[1]
    assert [item["id"] for item in json.loads(part.checked.to_bytes())["transactions"]] == [
        "T3",
        "T4",
    ]
    assert part.pointer_in_whole("/transactions/1/amt") == "/transactions/3/amt"
    assert part.pointer_in_whole("/transactions/2") is None
    assert part.depends_on == []
    with pytest.raises(IndexError):
        parts[3]


def test_what_fits_into_no_part_is_named() -> None:
    with pytest.raises(SplitError) as caught:
        qlower.split(text(2), max_bytes=150)
    error = caught.value
    assert (error.pointer, error.model, error.id) == ("/transactions/0", "transactions", "T1")
    assert (error.limit, error.unit) == (150, "bytes") and error.size > 150
    assert pickle.loads(pickle.dumps(error)).size == error.size


def test_errors_are_found_before_cutting() -> None:
    with pytest.raises(qlower.ValidationError):
        qlower.split("{}")


def test_all_parts_are_sent(qlower_sandbox: Sandbox) -> None:
    with Client(qlower_sandbox.url) as client:
        sent = client.send_all(qlower.split(text(7), max_items=2), concurrency=2)
    assert sent.is_complete and sent.certainty == "processed"
    assert len(sent.processed) == 4 and not sent.failed and not sent.unsent and not sent.remaining
    assert sent.reply is not None and sent.reply.total_count == 7
    assert str(sent) == "4 parts: 4 treated, 0 failed, 0 not sent"
    assert qlower_sandbox.loaded("acme").count("transactions") == 7


def test_a_payload_is_cut_by_itself(qlower_sandbox: Sandbox) -> None:
    with Client(qlower_sandbox.url) as client:
        sent = client.send_all(text(2))
    assert [part.part.number for part in sent.parts] == [0]


@pytest.mark.parametrize("on_failure", ["stop", "continue"])
def test_what_failed_is_sent_again(qlower_sandbox: Sandbox, on_failure: str) -> None:
    parts = qlower.split(text(6), max_items=2)
    qlower_sandbox.fail_next("internal_server_error")
    with Client(qlower_sandbox.url, retry=RetryPolicy.none()) as client:
        sent = client.send_all(parts, concurrency=1, on_failure=on_failure)  # type: ignore[arg-type]
        (failed,) = sent.failed
        assert failed.part.number == 0 and failed.error is not None
        assert (failed.error.status, failed.certainty) == (500, "unknown")
        assert sent.certainty == "unknown"
        if on_failure == "stop":
            assert [part.part.number for part in sent.unsent] == [1, 2]
            assert sent.unsent[0].reason == "not sent, since part 0 had failed"
            assert sent.reply is None
        else:
            assert [part.part.number for part in sent.processed] == [1, 2]
        assert [part.number for part in sent.remaining] == [
            0,
            *(u.part.number for u in sent.unsent),
        ]
        whole = sent.followed_by(client.send_all(sent.remaining))
    assert whole.is_complete and whole.reply is not None
    assert (whole.reply.total_count, whole.reply.status) == (6, "SUCCESS")
    assert [part.part.number for part in whole.parts] == [0, 1, 2]


def test_a_later_outcome_that_knows_less_does_not_count(qlower_sandbox: Sandbox) -> None:
    parts = qlower.split(text(2), max_items=1)
    with Client(qlower_sandbox.url, retry=RetryPolicy.none()) as client:
        good = client.send_all(parts)
    with Client("http://127.0.0.1:1", retry=RetryPolicy.none()) as client:
        bad = client.send_all(parts)
    assert bad.certainty == "not_processed"
    assert good.followed_by(bad).is_complete
    assert bad.followed_by(good).is_complete


def test_settings_are_checked() -> None:
    with Client("staging") as client, pytest.raises(qlower.ConfigError) as caught:
        client.send_all(qlower.split(text()), on_failure="maybe")  # type: ignore[arg-type]
    assert caught.value.setting == "on_failure"


def test_what_holds_payloads_is_not_pickled_by_mistake(qlower_sandbox: Sandbox) -> None:
    with Client(qlower_sandbox.url) as client:
        sent = client.send_all(text(2))
    with pytest.raises(TypeError, match="pickle its receipts"):
        pickle.dumps(sent)
    assert pickle.loads(pickle.dumps(sent.reply)) == sent.reply
