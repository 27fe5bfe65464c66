"""Payloads of any size: what is taken, what is told, and where files go."""

from __future__ import annotations

import datetime
import hashlib
import os
import pickle
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest
import qlower
from loads import HEADER, content, home, row
from qlower import Batch, PayloadFile, PayloadWriter, Rows


def test_a_folder_gets_what_a_payload_would_be(tmp_path: Path) -> None:
    rows = [row(n) for n in range(3000)]
    with PayloadWriter(**HEADER, folder=tmp_path) as writer:
        writer.write_properties([home(1)])
        writer.write_transactions(rows)
        assert writer.pushed("transactions") == 3000
        assert writer.receipts == []
        assert writer.index_bytes > 0
    written = writer.written
    assert written is writer.finish()
    (file,) = written.receipts
    assert isinstance(file, PayloadFile)
    assert written.batch.files == [file]
    assert written.report.is_valid
    document = content(file)
    assert [item["id"] for item in document["transactions"]] == [item["id"] for item in rows]
    header = {key: HEADER[key] for key in ("partner", "api_key", "created_at")}
    header["version"] = "2.0"
    checked = qlower.checked(
        header | {"properties": [home(1)], "transactions": rows}, today=HEADER["today"]
    )
    # Sections come in the order in which items did, which is that of the wire here.
    assert Path(file).read_bytes() == checked.to_bytes()
    assert (file.size, file.sha256, file.items) == (checked.size, checked.sha256, 3001)
    assert file.object_key == checked.object_key
    assert file.created_at == datetime.datetime.fromisoformat(HEADER["created_at"])
    assert file.partner == "acme"


def test_the_same_again_gives_the_same_bytes(tmp_path: Path) -> None:
    hashes = []
    for name in ("a", "b"):
        with PayloadWriter(**HEADER, folder=tmp_path / name, max_items=10) as writer:
            writer.write_transactions(row(n) for n in range(35))
        hashes.append([file.sha256 for file in writer.written.batch.files])
    assert len(hashes[0]) == 4
    assert hashes[0] == hashes[1]


def test_every_refused_row_is_told_and_the_others_are_taken(tmp_path: Path) -> None:
    rows = [row(n) for n in range(5000)]
    rows[7]["amount"] = "8 50,00 EUR"
    rows[2500] = row(2500, date="31/01/2025")
    del rows[4999]["reference"]
    writer = PayloadWriter(**HEADER, folder=tmp_path)
    with pytest.raises(qlower.ValidationError) as caught:
        writer.write_transactions(iter(rows))
    report = caught.value.report
    assert report is not None
    assert not report.is_valid
    told = [(finding.row, finding.column_name, finding.pointer) for finding in report.errors]
    assert told == [
        (7, "amount", "/transactions/7/amt"),
        (2500, "date", "/transactions/2500/reqdExctnDt"),
        (4999, None, "/transactions/4999/ref"),
    ]
    assert "row 7" in str(report)
    assert writer.pushed("transactions") == 4997
    # Corrected, they can still be written.
    writer.write_transactions([row(7), row(2500), row(4999)])
    assert writer.finish().receipts[0].items == 5000


def test_rows_of_tuples_are_told_by_the_names_of_their_columns(tmp_path: Path) -> None:
    columns = ["numéro", "date", "bien", "montant", "libellé"]
    names = {"numéro": "id", "bien": "property_id", "montant": "amount", "libellé": "reference"}
    rows = [("T1", "2025-01-31", "P1", 850, "Loyer"), ("T2", "2025-01-31", "P1", "x", "Loyer")]
    with PayloadWriter(**HEADER, folder=tmp_path) as writer:
        with pytest.raises(qlower.ValidationError) as caught:
            writer.write_transactions(Rows(rows, columns=columns, rename=names))
        assert caught.value.report is not None
        (error,) = caught.value.report.errors
        assert (error.row, error.column_name) == (1, "montant")
    assert writer.written.receipts[0].items == 1


def test_one_item_at_a_time(tmp_path: Path) -> None:
    with PayloadWriter(**HEADER, folder=tmp_path) as writer:
        writer.write(row(1), section="transactions")
        with pytest.raises(qlower.ValidationError, match="1 error") as caught:
            writer.write(row(2, amount="x"), section="transactions")
        assert caught.value.report is not None
        assert caught.value.report.error_count == 1
        with pytest.raises(TypeError, match="name the section"):
            writer.write(row(3))
        with pytest.raises(TypeError, match="expected an item of transactions, not int"):
            writer.write(3, section="transactions")
        with pytest.raises(ValueError, match='no section "transaction"'):
            writer.write(row(3), section="transaction")  # type: ignore[arg-type]
        assert writer.pushed("transactions") == 1


def test_what_refers_to_something_later_waits_for_it(tmp_path: Path) -> None:
    with PayloadWriter(**HEADER, folder=tmp_path, max_items=2) as writer:
        writer.write_transactions([row(1), row(2), row(3)])
        writer.write_properties([home(1)])
    documents = [content(file) for file in writer.written.batch.files]
    assert [sorted(set(document) & {"properties", "transactions"}) for document in documents] == [
        ["properties", "transactions"],
        ["transactions"],
    ]
    assert writer.written.report.warning_count == 0


def test_a_target_that_comes_too_late_is_told_with_its_row(tmp_path: Path) -> None:
    with PayloadWriter(
        **HEADER, folder=tmp_path, max_items=2, references="loaded_before"
    ) as writer:
        writer.write_transactions(row(n, property_id=f"P{n}") for n in range(1, 4))
        with pytest.raises(qlower.WriterError, match="comes too late") as caught:
            writer.write_properties([home(7), home(1), home(8)])
        assert caught.value.row == 1
        assert writer.pushed("properties") == 1


def test_a_full_document_is_told_with_the_refused_rows_before(tmp_path: Path) -> None:
    path = tmp_path / "payload.json"
    writer = PayloadWriter(**HEADER, file=path, max_items=3)
    with pytest.raises(qlower.WriterError, match="would exceed") as caught:
        writer.write_transactions([row(0), row(1, amount="x"), row(2), row(3), row(4), row(5)])
    assert caught.value.row == 4
    assert caught.value.report is not None
    assert [finding.row for finding in caught.value.report.errors] == [1]
    assert not path.exists()
    assert writer.finish().output == path
    assert [item["id"] for item in content(path)["transactions"]] == ["T0", "T2", "T3"]


def test_one_file_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "payload.json"
    path.write_text("before")
    with PayloadWriter(**HEADER, file=path) as writer:
        writer.write_transactions([row(1)])
        assert path.read_text() == "before"
    (receipt,) = writer.written.receipts
    assert writer.written.output == path
    assert receipt.path == path
    assert receipt.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (receipt.size, receipt.items) == (path.stat().st_size, 1)
    assert qlower.check(path, today=HEADER["today"]).is_valid
    assert [entry.name for entry in tmp_path.iterdir()] == ["payload.json"]


def test_an_exception_discards_everything(tmp_path: Path) -> None:
    for target in ({"folder": tmp_path / "f"}, {"file": tmp_path / "p.json"}):

        class OopsError(Exception):
            pass

        with pytest.raises(OopsError), PayloadWriter(**HEADER, **target) as writer:
            writer.write_transactions([row(1)])
            raise OopsError
        with pytest.raises(qlower.WriterError, match="closed"):
            writer.write_transactions([row(2)])
        writer.discard()
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert [name for name in left if not name.startswith(".qlower.lock")] == []


def test_what_the_rows_raise_is_raised_and_those_before_are_taken(tmp_path: Path) -> None:
    def rows() -> Any:
        yield from (row(n) for n in range(3000))
        raise OSError("the database is gone")

    with PayloadWriter(**HEADER, folder=tmp_path) as writer:
        with pytest.raises(OSError, match="the database is gone"):
            writer.write_transactions(rows())
        assert writer.pushed("transactions") == 3000
        with pytest.raises(TypeError, match="row 1"):
            writer.write_transactions([row(3000), row(3001, note=object()), row(3002)])
        assert writer.pushed("transactions") == 3001
        with pytest.raises(TypeError, match="expected rows"):
            writer.write_transactions("T1")


def test_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="exactly one of folder, file and s3"):
        PayloadWriter(**HEADER)
    with pytest.raises(TypeError, match="exactly one of folder, file and s3"):
        PayloadWriter(**HEADER, folder=tmp_path, file=tmp_path / "x")
    with pytest.raises(qlower.ConfigError, match="references"):
        PayloadWriter(**HEADER, folder=tmp_path, references="never")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="are for s3"):
        PayloadWriter(**HEADER, folder=tmp_path, resume=True)
    with pytest.raises(qlower.ValidationError) as caught:
        PayloadWriter(**HEADER | {"created_at": "yesterday"}, folder=tmp_path)
    assert caught.value.report is not None
    assert [finding.pointer for finding in caught.value.report.errors] == ["/creDtTm"]
    with pytest.raises(qlower.FileError) as missing:
        PayloadWriter(**HEADER, file=tmp_path / "no" / "such" / "x.json")
    assert isinstance(missing.value.__cause__, FileNotFoundError)


def test_strict_checking_ends_without_a_file(tmp_path: Path) -> None:
    writer = PayloadWriter(**HEADER, folder=tmp_path, strict=True)
    writer.write_transactions([row(1)])
    with pytest.raises(qlower.ValidationError) as caught:
        writer.finish()
    assert caught.value.report is not None
    assert [finding.code for finding in caught.value.report.errors] == ["unknown_reference"]
    with pytest.raises(qlower.BatchError) as unfinished:
        Batch.open(tmp_path)
    assert unfinished.value.is_unfinished


def test_batches_are_found_again_verified_and_removed(tmp_path: Path) -> None:
    with PayloadWriter(**HEADER, folder=tmp_path, max_items=2) as writer:
        writer.write_transactions(row(n) for n in range(5))
    with pytest.raises(qlower.BatchError) as finished:
        PayloadWriter(**HEADER, folder=tmp_path)
    assert finished.value.is_finished
    batch = Batch.open(tmp_path)
    assert (len(batch.files), len(batch.pending), batch.uploaded) == (3, 3, [])
    assert batch.receipt(batch.files[0]) is None
    assert pickle.loads(pickle.dumps(batch)).files == batch.files
    assert pickle.loads(pickle.dumps(batch.files[1])) == batch.files[1]
    batch.verify()
    damaged = batch.files[1].path
    damaged.write_bytes(damaged.read_bytes().replace(b"Loyer", b"Rente"))
    with pytest.raises(qlower.BatchError, match="has changed"):
        batch.verify()
    batch.remove()
    assert [path.name for path in tmp_path.iterdir()] == [".qlower.lock"]
    with pytest.raises(qlower.BatchError, match="was removed"):
        _ = batch.pending


def test_one_thread_at_a_time(tmp_path: Path) -> None:
    begun, go = threading.Event(), threading.Event()

    def rows() -> Any:
        yield row(1)
        begun.set()
        go.wait(10)

    writer = PayloadWriter(**HEADER, folder=tmp_path)
    thread = threading.Thread(target=writer.write_transactions, args=(rows(),))
    thread.start()
    begun.wait(10)
    with pytest.raises(qlower.WriterError, match="another thread"):
        writer.write_transactions([row(2)])
    go.set()
    thread.join()
    assert writer.finish().receipts[0].items == 1


def test_neither_the_key_nor_content_is_shown(tmp_path: Path) -> None:
    secret = "s3cr3t-k3y"
    with PayloadWriter(**HEADER | {"api_key": secret}, folder=tmp_path) as writer:
        writer.write_transactions([row(1)])
        with pytest.raises(qlower.ValidationError) as caught:
            writer.write_transactions([row(2, date="31/01/2025")])
    shown = f"{writer!r} {writer.written!r} {writer.written.batch!r} {writer.written.batch.files!r}"
    assert secret not in shown + str(caught.value) + repr(caught.value)
    if os.name == "posix":
        assert writer.written.batch.files[0].path.stat().st_mode & 0o077 == 0


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    program = """
        import resource, sys
        from qlower import PayloadWriter

        def rows(count):
            for n in range(count):
                yield {"id": f"T{n}", "date": "2025-01-31", "property_id": "P1", "amount": "850.00",
                       "reference": "Loyer de janvier pour l'appartement du deuxième étage"}

        peaks = []
        for count in (20_000, 100_000):
            with PayloadWriter(partner="a", api_key="k", folder=f"{sys.argv[1]}/{count}",
                               references="loaded_before", max_findings=100) as writer:
                writer.write_transactions(rows(count))
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        print(*peaks)
    """
    pytest.importorskip("resource", reason="this system does not tell the memory of a process")
    command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    small, large = map(int, done.stdout.split())
    # 80 000 rows more are 13 MB of payload, and 1.2 MB of what is remembered.
    assert large - small < 8 * 1024, (small, large)
