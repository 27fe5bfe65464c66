"""A writer with a bucket behind it, and batches on their way there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import qlower
from loads import HEADER, row
from qlower import Batch, Client, PayloadWriter
from qlower.sandbox import Sandbox


@pytest.fixture
def qlower_sandbox_settings() -> dict[str, Any]:
    return {"partners": {"acme": "k-1"}, "today": "2025-06-01", "s3_load_delay": 0}


def test_files_go_to_the_bucket_as_soon_as_they_are_full(qlower_sandbox: Sandbox) -> None:
    seen = []
    with (
        Client(**qlower_sandbox.client_settings()) as client,
        PayloadWriter(
            **HEADER, s3=client, max_items=10, references="loaded_before", on_file=seen.append
        ) as writer,
    ):
        writer.write_transactions(row(n) for n in range(25))
        assert len(writer.receipts) >= 1
    receipts = writer.written.receipts
    assert len(receipts) == 3
    assert [receipt.key for receipt in receipts] == [receipt.key for receipt in seen]
    assert writer.written.output is None
    deadline = time.monotonic() + 10
    while len(qlower_sandbox.s3_loads) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert qlower_sandbox.loaded().count("transactions") == 25
    assert [load.state for load in qlower_sandbox.s3_loads] == ["success"] * 3


def test_what_a_callback_raises_is_raised_by_the_next_call(qlower_sandbox: Sandbox) -> None:
    def stop(_: object) -> None:
        raise LookupError("no such job")

    with Client(**qlower_sandbox.client_settings()) as client:
        writer = PayloadWriter(**HEADER, s3=client, on_file=stop)
        writer.write_transactions([row(1)])
        with pytest.raises(LookupError, match="no such job"):
            writer.finish()


def test_a_failed_upload_ends_the_writer(qlower_sandbox: Sandbox) -> None:
    qlower_sandbox.fail_next_s3("access_denied", times=99)
    with Client(**qlower_sandbox.client_settings()) as client:
        writer = PayloadWriter(**HEADER, s3=client)
        writer.write_transactions([row(1)])
        with pytest.raises(qlower.StoreError) as caught:
            writer.finish()
    assert caught.value.code == "AccessDenied"
    assert qlower_sandbox.objects() == []


def test_a_client_of_another_partner_is_refused(qlower_sandbox: Sandbox) -> None:
    with (
        Client(**qlower_sandbox.client_settings()) as client,
        pytest.raises(qlower.ConfigError, match="partner"),
    ):
        PayloadWriter(**HEADER | {"partner": "other"}, s3=client)


def test_batches_and_single_files_are_uploaded_once(
    tmp_path: Path, qlower_sandbox: Sandbox
) -> None:
    with PayloadWriter(**HEADER, folder=tmp_path, max_items=10) as writer:
        writer.write_transactions(row(n) for n in range(30))
    batch = writer.written.batch
    progress = []
    with Client(**qlower_sandbox.client_settings()) as client:
        qlower_sandbox.hold_s3_loads()
        first = client.upload(batch.files[0])
        assert first.key == batch.files[0].object_key
        receipts = client.upload_batch(
            batch, on_progress=lambda file, seen: progress.append((file, seen.done, seen.total))
        )
        assert [receipt.key for receipt in receipts] == [file.object_key for file in batch.files]
        assert receipts[0].already_there
        assert (0, 0, batch.files[0].size) in progress
        assert (2, batch.files[2].size, batch.files[2].size) in progress
        assert batch.pending == []
        assert batch.uploaded == batch.files
        again = Batch.open(tmp_path)
        assert again.pending == []
        noted = again.receipt(again.files[1])
        assert noted is not None
        assert (noted.key, noted.etag) == (receipts[1].key, receipts[1].etag)
        assert client.upload_batch(again) == []
    assert set(qlower_sandbox.commits().values()) == {1}


def test_a_batch_goes_on_after_a_failure(tmp_path: Path, qlower_sandbox: Sandbox) -> None:
    with PayloadWriter(**HEADER, folder=tmp_path, max_items=10) as writer:
        writer.write_transactions(row(n) for n in range(30))
    batch = writer.written.batch

    def stop(file: int, seen: object) -> None:
        if file == 1:
            raise KeyError(f"stopped at {seen}")

    with Client(**qlower_sandbox.client_settings()) as client:
        with pytest.raises(KeyError, match="stopped at"):
            client.upload_batch(batch, on_progress=stop)
        # The store may have had the second one before it was told to stop, and another run learns of it.
        left = len(batch.pending)
        assert left in (1, 2)
        batch = Batch.open(tmp_path)
        assert len(batch.pending) in (1, left)
        client.upload_batch(batch)
    deadline = time.monotonic() + 10
    while qlower_sandbox.loaded().count("transactions") < 30 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert qlower_sandbox.loaded().count("transactions") == 30


def test_batches_are_uploaded_in_the_background(tmp_path: Path, qlower_sandbox: Sandbox) -> None:
    import asyncio

    with PayloadWriter(**HEADER, folder=tmp_path, max_items=10) as writer:
        writer.write_transactions(row(n) for n in range(20))
    batch = writer.written.batch

    async def upload() -> None:
        async with qlower.AsyncClient(**qlower_sandbox.client_settings()) as client:
            receipt = await client.upload(batch.files[0])
            receipts = await client.upload_batch(batch)
            assert [one.key for one in receipts] == [file.object_key for file in batch.files]
            assert receipts[0].key == receipt.key

    asyncio.run(upload())
    assert batch.pending == []
