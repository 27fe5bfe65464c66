"""What can be checked, and how it is read."""

from __future__ import annotations

import copy
import datetime
import mmap
import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import qlower

HEAD = '{"inigPtynm": "acme", "apiKey": "s3cr3t-k3y", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0"'
EMPTY = (HEAD + "}").encode()
WRONG = (
    HEAD
    + ',\n "properties": [], "transactions": [\n'
    + '  {"id": "Té", "reqdExctnDt": "31/01/2025", "id-prty": "P1", "amt": 850.0, "ref": "Loyer"}]}'
).encode()
UTC = datetime.timezone(datetime.timedelta())
TODAY = "2025-02-01"


def test_every_kind_of_text_gets_the_same_report(tmp_path: Path) -> None:
    expected = qlower.check(WRONG, today=TODAY)
    assert [finding.code for finding in expected.errors] == ["invalid_date"]
    assert (expected.errors[0].line, expected.errors[0].column) == (3, 31)
    file = tmp_path / "payload.json"
    file.write_bytes(WRONG)
    with (
        file.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
    ):
        for source in (
            WRONG.decode(),
            bytearray(WRONG),
            memoryview(WRONG),
            memoryview(bytearray(WRONG)),
            memoryview(bytearray(WRONG)).toreadonly(),
            memoryview(b"".join(bytes((byte, 0)) for byte in WRONG))[::2],
            memoryview(WRONG).cast("c"),
            file,
            mapped,
        ):
            assert qlower.check(source, today=TODAY) == expected, source
            with pytest.raises(qlower.ValidationError) as caught:
                qlower.checked(source, today=TODAY)
            assert caught.value.report == expected
        with memoryview(mapped) as view:
            assert qlower.check(view, today=TODAY) == expected
            with pytest.raises(qlower.ValidationError):
                qlower.checked(view, today=TODAY)
    # Neither a report nor an exception holds on to the mapping: it was closed without a BufferError.


def test_what_was_checked_is_what_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_bytes(EMPTY)
    writable = bytearray(EMPTY)
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as mapped:
        kept = [
            qlower.checked(source, today=TODAY)
            for source in (writable, memoryview(writable), mapped, file)
        ]
        writable[:] = b" " * len(writable)
        mapped[:] = b" " * len(mapped)
    for checked in kept:
        assert checked.to_bytes() == EMPTY
        assert checked.size == len(EMPTY)


def test_a_checked_payload_tells_what_will_be_sent() -> None:
    import hashlib

    checked = qlower.checked(b"\xef\xbb\xbf" + EMPTY, today=TODAY)
    assert checked.to_bytes() == EMPTY, "without the byte order mark"
    assert checked.sha256 == hashlib.sha256(EMPTY).hexdigest()
    assert checked.partner == "acme"
    assert checked.created_at == datetime.datetime(2025, 2, 1, 7, tzinfo=UTC)
    assert checked.sha256[:8] in checked.object_key
    assert [finding.code for finding in checked.report.findings] == [
        "byte_order_mark",
        "empty_payload",
    ]
    assert "s3cr3t" not in repr(checked) + repr(checked.report) + str(checked.report)
    again = pickle.loads(pickle.dumps(checked))
    assert again == checked
    assert again.to_bytes() == EMPTY
    assert qlower.checked(checked) == checked


def test_checked_payloads_can_be_checked_again() -> None:
    checked = qlower.checked(EMPTY, today=TODAY)
    assert qlower.check(checked, today=TODAY) == checked.report
    with pytest.raises(qlower.ValidationError):
        qlower.checked(checked, strict=True)


def test_the_day_of_the_check() -> None:
    text = HEAD + (
        ', "properties": [{"id": "P1"}], "transactions": ['
        '{"id": "T1", "reqdExctnDt": "2025-02-03", "id-prty": "P1", "amt": 1, "ref": "r"}]}'
    )

    def is_future(today: object) -> bool:
        report = qlower.check(text, today=today)  # type: ignore[arg-type]
        return "future_transaction" in [finding.code for finding in report.findings]

    for today in (
        "2025-02-01",
        datetime.date(2025, 2, 1),
        datetime.datetime(2025, 2, 1, 23, 59, tzinfo=UTC),
    ):
        assert is_future(today)
    for today in ("2025-02-03", datetime.date(2025, 2, 3), None):
        assert not is_future(today)
    for today in ("01/02/2025", "2025-02-01T00:00:00", "", "2025-02-30"):
        with pytest.raises(qlower.QlowerError, match="today must be a date"):
            qlower.check(text, today=today)


def test_options_are_heeded() -> None:
    assert qlower.check(EMPTY).is_valid
    assert not qlower.check(EMPTY, strict=True).is_valid
    report = qlower.check(b"{}", max_findings=2)
    assert (len(report.findings), report.omitted, report.error_count + report.warning_count) == (
        2,
        3,
        5,
    )


def test_a_lone_surrogate_is_found_at_its_place() -> None:
    text = HEAD + ', "transactions": [{"id": "T\ud800"}]}'
    findings = qlower.check(text).findings
    assert "lone_surrogate" in [finding.code for finding in findings]


def test_what_cannot_be_a_payload_is_refused_clearly(tmp_path: Path) -> None:
    for source in (1, None, 1.5, object(), open):
        with pytest.raises(TypeError, match="a payload is wanted"):
            qlower.check(source)
    with pytest.raises(qlower.QlowerError) as caught:
        qlower.check(tmp_path / "none.json")
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    assert "none.json" in str(caught.value.path)  # type: ignore[attr-defined]


def test_a_string_is_text_and_never_a_path() -> None:
    report = qlower.check(__file__)
    assert [finding.code for finding in report.findings] == ["not_a_payload"]


def test_other_threads_run_while_a_text_is_checked() -> None:
    long = (HEAD + ', "transactions": [' + ",".join(["{}"] * 400_000) + "]}").encode()
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)

    for text in (long, long[: 3 << 20]):
        ticks = 0
        done.clear()
        thread = threading.Thread(target=tick)
        thread.start()
        # Of this process's own, as others may have the machine meanwhile; some of it is that of several threads.
        started = time.process_time()
        qlower.check(text, max_findings=10, threads=1)
        lasted = time.process_time() - started
        seen = ticks
        done.set()
        thread.join()
        assert seen > min(lasted / 0.1, 5), f"{seen} ticks in {lasted} s"


@pytest.mark.skipif(os.name == "nt", reason="a process has no timer of that kind there")
def test_signals_are_heard_during_a_long_check() -> None:
    """Several during one call, which shows that they are heard in its midst. The timer runs only while the process does."""
    program = """
import signal
import qlower

heard = 0

def tick(*_):
    global heard
    heard += 1
    if heard == 3:
        signal.setitimer(signal.ITIMER_PROF, 0)
        raise KeyboardInterrupt

signal.signal(signal.SIGPROF, tick)
item = '{"id": "a", "x": [' + "1," * 200 + "1]},"
text = ('{"transactions": [' + item * 150_000 + "{}]}").encode()
signal.setitimer(signal.ITIMER_PROF, 0.02, 0.02)
try:
    qlower.check(text, max_findings=10, threads=1)
    print("checked", heard)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == "interrupted\n"


def test_a_copy_of_a_report_is_the_report() -> None:
    report = qlower.check(WRONG, today=TODAY)
    assert copy.deepcopy(report) == report
