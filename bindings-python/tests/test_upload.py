"""Uploads by S3, and what became of them."""

from __future__ import annotations

import json
import pickle
import threading
from typing import Any

import pytest
import qlower
from qlower import Client, RetryPolicy, Sandbox, UploadReceipt, UploadStatus
from support import KEY, rent, text


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, Any]:
    return {"partners": {"acme": KEY}}


@pytest.fixture
def client(qlower_sandbox: Sandbox) -> Client:
    return Client(**qlower_sandbox.client_settings("acme"))


def test_an_upload_and_its_load(client: Client, qlower_sandbox: Sandbox) -> None:
    receipt = client.upload(text(3))
    assert isinstance(receipt, UploadReceipt) and receipt.certainty == "processed"
    assert receipt.bucket == "ql-loader-stg-acme"
    assert receipt.key == qlower.checked(text(3)).object_key
    assert receipt.size == len(text(3)) and receipt.etag and not receipt.already_there
    status = client.wait_for(receipt, 10)
    assert (status.status, status.is_final, status.reason) == ("success", True, None)
    assert status.key is not None and status.key.startswith("success/")
    assert str(status) == f"success ({status.key})"
    assert qlower_sandbox.loaded("acme").count("transactions") == 3


def test_the_same_payload_is_there_once(client: Client, qlower_sandbox: Sandbox) -> None:
    qlower_sandbox.hold_s3_loads()
    first = client.upload(text())
    again = client.upload(text())
    assert not first.already_there and again.already_there and again.etag is None
    assert client.upload_status(first) == UploadStatus("pending", None, None, False)
    assert client.wait_for(first, 0.01).status == "pending"
    assert len(qlower_sandbox.objects("acme")) == 1


def test_what_was_loaded_is_not_uploaded_again(client: Client) -> None:
    receipt = client.upload(text())
    assert client.wait_for(receipt, 10).is_final
    assert client.upload(text(), resume=True).already_there


def test_a_key_of_ones_own(client: Client, qlower_sandbox: Sandbox) -> None:
    qlower_sandbox.hold_s3_loads()
    assert client.upload(text(), key="mine.json").key == "mine.json"
    with pytest.raises(qlower.StoreError) as caught:
        client.upload(text(2), key="mine.json")
    assert caught.value.code == "PreconditionFailed" and caught.value.status == 412


def test_a_load_with_failures(client: Client) -> None:
    bad = json.dumps({**json.loads(text()), "transactions": [rent(1, **{"id-prty": "P9"})]})
    receipt = client.upload(bad)
    assert client.wait_for(receipt, 10).status in ("success", "failure")


def test_receipts_can_be_kept(client: Client) -> None:
    receipt = client.upload(text())
    for again in (
        pickle.loads(pickle.dumps(receipt)),
        UploadReceipt.from_dict(json.loads(json.dumps(receipt.to_dict()))),
    ):
        assert again == receipt and repr(again) == repr(receipt)
        assert client.wait_for(again, 10).is_final
    with pytest.raises(AttributeError, match="upload_status"):
        receipt.reply  # noqa: B018
    with pytest.raises(qlower.ConfigError, match="receipt"):
        client.upload_status({"key": "x"})


def test_progress_is_told(client: Client) -> None:
    big = text(20)
    seen: list[qlower.UploadProgress] = []
    client.upload(big, on_progress=seen.append)
    assert [(progress.done, progress.total) for progress in seen] == [
        (0, len(big)),
        (len(big),) * 2,
    ]


def test_progress_of_parts(qlower_sandbox: Sandbox) -> None:
    large = text(120_000)
    settings = {"s3_part_size": 5 << 20, "s3_multipart_threshold": 5 << 20}
    seen: list[int] = []
    with Client(**qlower_sandbox.client_settings("acme"), **settings) as client:  # type: ignore[arg-type]
        receipt = client.upload(large, on_progress=lambda progress: seen.append(progress.done))
    assert receipt.size == len(large) > 10 << 20
    assert seen[0] == 0 and seen[-1] == len(large) and len(seen) > 3


def test_what_progress_raises_stops_the_upload(client: Client, qlower_sandbox: Sandbox) -> None:
    def enough(_: qlower.UploadProgress) -> None:
        raise RuntimeError("enough")

    qlower_sandbox.fail_next_s3("slow", delay=600)
    with pytest.raises(RuntimeError, match="enough"):
        client.upload(text(), on_progress=enough)


def test_a_callback_may_use_the_client(client: Client) -> None:
    seen: list[str] = []
    client.upload(text(), on_progress=lambda _: seen.append(client.send(text()).certainty))
    assert seen == ["processed"] * 2


def test_callbacks_come_from_another_thread(client: Client) -> None:
    seen: set[int] = set()
    client.upload(text(), on_progress=lambda _: seen.add(threading.get_ident()))
    assert seen and threading.get_ident() not in seen


def test_a_store_that_refuses(client: Client, qlower_sandbox: Sandbox) -> None:
    qlower_sandbox.fail_next_s3("access_denied")
    with pytest.raises(qlower.StoreError) as caught:
        client.upload(text())
    error = caught.value
    assert (error.code, error.status, error.operation) == ("AccessDenied", 403, "PutObject")
    assert error.bucket == "ql-loader-stg-acme" and error.is_rejected and not error.is_retryable
    again = pickle.loads(pickle.dumps(error))
    assert vars(again) == vars(error)


def test_missing_credentials(qlower_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    settings = qlower_sandbox.client_settings("acme")
    for name in ("access_key_id", "secret_access_key"):
        del settings[name]
    with Client(**settings) as client, pytest.raises(qlower.ConfigError) as caught:
        client.upload(text())
    assert caught.value.setting == "access_key_id"


def test_a_lost_answer_is_made_good(qlower_sandbox: Sandbox) -> None:
    qlower_sandbox.hold_s3_loads()
    qlower_sandbox.fail_next_s3("lost_put_reply")
    settings = qlower_sandbox.client_settings("acme")
    with Client(**settings, retry=RetryPolicy(base_delay=0.001)) as quick:
        receipt = quick.upload(text())
    assert receipt.attempts == 2 and receipt.already_there
    assert receipt.earlier_attempt_may_have_been_processed
