"""Uploads to S3 stores of other makers, which `./test.sh pytests` starts."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import qlower
from qlower import Batch, Client, PayloadWriter

PREFIX = "QLOWER_TEST_"


@pytest.fixture(params=["SEAWEEDFS", "MOTO"])
def store(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of the partner `acme`, whose bucket each store has."""
    endpoint = os.environ.get(f"{PREFIX}{request.param}_ENDPOINT")
    if endpoint is None:
        pytest.skip("needs the stores: ./test.sh pytests")
    with Client(
        "staging",
        partner="acme",
        s3_endpoint=endpoint,
        region=os.environ[f"{PREFIX}S3_REGION"],
        access_key_id=os.environ[f"{PREFIX}S3_ACCESS_KEY_ID"],
        secret_access_key=os.environ[f"{PREFIX}S3_SECRET_ACCESS_KEY"],
        s3_multipart_threshold=5 << 20,
        s3_part_size=5 << 20,
    ) as client:
        yield client


def rows(count: int, size: int = 10) -> Iterator[dict[str, Any]]:
    # Of its own in each test, since what is there once is not uploaded again.
    mark = uuid.uuid4()
    for number in range(count):
        yield {
            "id": f"{mark}-{number}",
            "date": "2025-01-31",
            "property_id": "P1",
            "amount": "850.00",
            "reference": "L" * size,
        }


def header(**more: Any) -> dict[str, Any]:
    return {
        "partner": "acme",
        "api_key": "k-1",
        "created_at": "2025-02-01T08:00:00+01:00",
        **more,
    }


def test_payloads_are_uploaded_once(store: Client) -> None:
    payload = header(version="2.0", transactions=list(rows(10)))
    first = store.upload(payload)
    again = store.upload(payload, resume=True)
    assert first.bucket == os.environ[f"{PREFIX}S3_BUCKET"]
    assert (first.key, first.size) == (again.key, again.size)
    assert (first.already_there, again.already_there) == (False, True)
    assert store.upload_status(first).status == "pending"


def test_files_in_parts_go_as_soon_as_they_are_full(store: Client) -> None:
    with PayloadWriter(
        **header(s3=store, max_bytes=11 << 20, references="loaded_before")
    ) as writer:
        writer.write_transactions(rows(14_000, size=1000))
    first, second = writer.written.receipts
    assert first.size > 10 << 20
    for receipt in (first, second):
        assert store.upload_status(receipt).status == "pending"
        assert receipt.etag is not None
    # Made of parts.
    assert "-" in (first.etag or "")


def test_a_batch_is_finished_by_another_run(store: Client, tmp_path: Path) -> None:
    with PayloadWriter(**header(folder=tmp_path, max_items=10)) as writer:
        writer.write_transactions(rows(30))
    batch = writer.written.batch

    class StopError(Exception):
        pass

    def stop(file: int, _: object) -> None:
        if file == 1:
            raise StopError

    with pytest.raises(StopError):
        store.upload_batch(batch, on_progress=stop)
    batch = Batch.open(tmp_path)
    # The store may have had the second one before it was told to stop.
    assert len(batch.uploaded) in (1, 2)
    receipts = store.upload_batch(batch)
    assert receipts[-1].key == batch.files[2].object_key
    assert batch.pending == []


def test_a_refusal_tells_its_code_and_no_secret() -> None:
    # The other store checks no signature.
    endpoint = os.environ.get(f"{PREFIX}SEAWEEDFS_ENDPOINT")
    if endpoint is None:
        pytest.skip("needs the stores: ./test.sh pytests")
    with (
        Client(
            "staging",
            partner="acme",
            s3_endpoint=endpoint,
            region=os.environ[f"{PREFIX}S3_REGION"],
            access_key_id=os.environ[f"{PREFIX}S3_ACCESS_KEY_ID"],
            secret_access_key="wr0ng-s3cret",
        ) as client,
        pytest.raises(qlower.StoreError) as caught,
    ):
        client.upload(header(version="2.0", transactions=list(rows(1))))
    assert caught.value.code == "SignatureDoesNotMatch"
    assert "wr0ng-s3cret" not in f"{caught.value!r} {caught.value.__cause__!r}"
