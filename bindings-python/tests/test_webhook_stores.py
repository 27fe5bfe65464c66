"""What remembers handled events: in memory and in a file, in threads and processes, and after a kill."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hooks import SECRET, order, signed
from qlower import FileError
from qlower.webhook import MemoryStore, Receiver, SqliteStore
from support import until

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
LEASE = 600.0


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "memory":
        yield MemoryStore()
        return
    with SqliteStore(tmp_path / "handled.sqlite") as store:
        yield store


def test_a_key_is_claimed_and_handled(store: Any) -> None:
    assert store.claim("evt_1", LEASE) == "new"
    assert store.claim("evt_1", LEASE) == "busy"
    assert store.claim("evt_2", LEASE) == "new"
    store.complete("evt_1")
    assert store.claim("evt_1", LEASE) == "handled"
    store.release("evt_1")
    assert store.claim("evt_1", LEASE) == "handled", "what is handled stays so"
    store.complete("evt_1")
    assert store.claim("evt_2", LEASE) == "busy"


def test_a_key_that_was_released_is_claimed_again(store: Any) -> None:
    store.claim("evt_1", LEASE)
    store.release("evt_1")
    store.release("evt_1")
    assert store.claim("evt_1", LEASE) == "new"


def test_a_claim_ends_with_its_lease(store: Any) -> None:
    assert store.claim("evt_1", 0.03) == "new"
    time.sleep(0.05)
    assert store.claim("evt_1", LEASE) == "new"
    assert store.claim("evt_1", LEASE) == "busy"


def test_any_text_is_a_key(store: Any) -> None:
    for key in ("", "é", "x" * 100_000, "a\x00b", "' OR 1 --"):
        assert store.claim(key, LEASE) == "new"
        store.complete(key)
        assert store.claim(key, LEASE) == "handled"


def test_one_of_many_threads_gets_a_key(store: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(30):
            claims = list(pool.map(lambda _: store.claim(f"evt_{number}", LEASE), range(8)))  # noqa: B023
            assert sorted(claims) == ["busy"] * 7 + ["new"]


def test_memory_is_bounded() -> None:
    store = MemoryStore(capacity=10)
    for number in range(100):
        assert store.claim(f"evt_{number}" + "x" * 1_000, LEASE) == "new"
        store.complete(f"evt_{number}" + "x" * 1_000)
    assert repr(store) == "<MemoryStore: 10 handled, 0 claimed>"
    assert store.claim("evt_95" + "x" * 1_000, LEASE) == "handled"
    assert store.claim("evt_1" + "x" * 1_000, LEASE) == "new"
    for number in range(9):
        assert store.claim(f"other_{number}", 0.02 if number else LEASE) == "new"
    with pytest.raises(OverflowError, match="all 10 places are claimed"):
        store.claim("more", LEASE)
    assert store.claim("other_0", LEASE) == "busy"
    time.sleep(0.03)
    assert store.claim("more", LEASE) == "new", "those whose lease is over make room"


def test_memory_of_a_day_stays_small() -> None:
    import tracemalloc

    store = MemoryStore(capacity=2_000)
    tracemalloc.start()
    for number in range(4_000):
        store.complete(f"{number}" + "x" * 1_000)
    before = tracemalloc.get_traced_memory()[0]
    for number in range(20_000):
        store.claim(f"a{number}", LEASE)
        store.complete(f"a{number}")
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after < before + 200_000, (before, after)
    assert after < 1_000_000


# The file.


def test_a_file_remembers(tmp_path: Path) -> None:
    path = tmp_path / "handled.sqlite"
    with SqliteStore(path) as store:
        store.claim("evt_1", LEASE)
        store.complete("evt_1")
        store.claim("evt_2", LEASE)
    with SqliteStore(str(path)) as other:
        assert other.claim("evt_1", LEASE) == "handled"
        assert other.claim("evt_2", LEASE) == "busy"
        other.release("evt_2")
        assert other.claim("evt_2", LEASE) == "busy", "the claim is another's"
    assert store.claim("evt_1", LEASE) == "handled", "it is opened again"
    store.close()
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_told_is_on_the_disk(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "handled.sqlite") as store:
        connection = store._connection
        assert connection is not None
        found = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        ]
        assert found == ["wal", 2]


def test_old_keys_are_forgotten(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "handled.sqlite", retention=0.05) as store:
        store.claim("evt_1", LEASE)
        store.complete("evt_1")
        store.claim("kept", LEASE)
        time.sleep(0.1)
        store._next_pruning = 0
        store.claim("evt_2", LEASE)
        connection = store._connection
        assert connection is not None
        keys = [key for (key,) in connection.execute("SELECT key FROM event ORDER BY key")]
    assert keys == ["evt_2", "kept"], "a claim that runs is not forgotten"


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_bytes(b"no database, but long enough to be looked at" * 30)
    with pytest.raises(FileError, match=r"notes\.txt: file is not a database") as caught:
        SqliteStore(text)
    assert caught.value.path == str(text)
    assert text.read_bytes().startswith(b"no database")
    other = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE orders (id)")
    before = other.read_bytes()
    with pytest.raises(FileError, match="no store of handled webhooks"):
        SqliteStore(other)
    assert other.read_bytes() == before
    with SqliteStore(tmp_path / "later.sqlite"):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "later.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 2")
    with pytest.raises(FileError, match="edition 2, made by a later version"):
        SqliteStore(tmp_path / "later.sqlite")
    with pytest.raises(FileError):
        SqliteStore(tmp_path / "no folder" / "handled.sqlite")


def test_a_memory_database_by_name_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with SqliteStore(":memory:") as store:
        store.claim("evt_1", LEASE)
    assert (tmp_path / ":memory:").exists()


def test_a_locked_file_is_a_failure_after_a_while(tmp_path: Path) -> None:
    path = tmp_path / "handled.sqlite"
    with SqliteStore(path, busy_timeout=0.05) as store:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(FileError, match="locked"):
                store.claim("evt_1", LEASE)
            receiver = Receiver(lambda _: None, secrets=SECRET, dedupe=store)
            assert receiver.answer("POST", signed(order()), order()).name == "busy"
            other.execute("ROLLBACK")
        assert store.claim("evt_1", LEASE) == "new"


def run(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


CLAIM = """
    import sys
    from qlower.webhook import SqliteStore
    print("ready", flush=True)
    sys.stdin.readline()
    stores = [SqliteStore(f"{sys.argv[1]}{number}") for number in range(40)]
    claims = [store.claim(f"evt_{number}", 600) for number in range(20) for store in stores]
    print(claims.count("new"))
"""


def test_one_of_several_processes_gets_a_key(tmp_path: Path) -> None:
    """Which make the file at once, too."""
    path = str(tmp_path / "handled.sqlite")
    processes = [run(CLAIM, path) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    counts = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert sum(counts) == 800


WORK = """
    import sys, time
    from qlower.webhook import SqliteStore
    store = SqliteStore(sys.argv[1])
    for number in range(10_000):
        store.claim(f"evt_{number}", 600)
        print("claimed", number, flush=True)
        store.complete(f"evt_{number}")
        print("completed", number, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="it kills by a signal")
def test_what_was_completed_outlives_a_kill(tmp_path: Path) -> None:
    path = str(tmp_path / "handled.sqlite")
    process = run(WORK, path)
    assert process.stdout is not None
    for _ in range(101):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    lines = process.communicate()[0].splitlines()
    completed = 50 + sum(line.startswith("completed ") and line[10:].isdigit() for line in lines)
    with SqliteStore(path) as store:
        for number in range(completed):
            assert store.claim(f"evt_{number}", LEASE) == "handled", number
        assert store.claim(f"evt_{completed}", LEASE) in {"busy", "handled", "new"}
        assert store.claim(f"evt_{completed + 1}", LEASE) in {"busy", "new"}


DIE = """
    import os, sys, time
    from qlower.webhook import Receiver, SqliteStore
    from hooks import SECRET, order, signed

    def handler(event):
        print("at work", flush=True)
        if len(sys.argv) > 2:
            time.sleep(60)

    store = SqliteStore(sys.argv[1])
    receiver = Receiver(handler, secrets=SECRET, dedupe=store, lease=2, timeout=1)
    print(receiver.answer("POST", signed(order()), order()).name)
"""


@pytest.mark.skipif(os.name != "posix", reason="it kills by a signal")
def test_work_that_a_kill_broke_off_is_done_after_its_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [str(Path(__file__).parent), *sys.path]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    path = str(tmp_path / "handled.sqlite")
    first = run(DIE, path, "die")
    assert first.stdout is not None
    assert first.stdout.readline() == "at work\n"
    first.kill()
    first.communicate()

    def again() -> list[str]:
        return run(DIE, path).communicate(timeout=30)[0].split("\n")[:-1]

    assert again() == ["busy"], "the lease still runs"
    end = time.monotonic() + 20
    while (told := again()) == ["busy"]:
        assert time.monotonic() < end
    assert told == ["at work", "handled"]
    assert again() == ["duplicate"]


@forks
def test_children_have_connections_of_their_own(tmp_path: Path) -> None:
    from test_fork import in_child

    path = tmp_path / "handled.sqlite"
    with SqliteStore(path) as store:
        store.claim("evt_1", LEASE)
        store.complete("evt_1")
        assert store._connection is not None
        assert in_child(lambda: store._connection) == b"None", "nothing of SQLite's is inherited"
        store.claim("evt_0", LEASE)

        def work() -> str:
            told = [store.claim("evt_1", LEASE), store.claim("evt_2", LEASE)]
            store.complete("evt_2")
            return " ".join(told)

        assert in_child(work) == b"handled new"
        assert store.claim("evt_2", LEASE) == "handled"
        # The end of a child, as of one that closes, takes nothing from the others.
        assert in_child(lambda: store.close()) == b"None"
        store.claim("evt_3", LEASE)
        store.complete("evt_3")
        with SqliteStore(path) as other:
            assert other.claim("evt_3", LEASE) == "handled"


@forks
def test_forking_amid_the_work_of_threads(tmp_path: Path) -> None:
    from test_fork import in_child

    store = SqliteStore(tmp_path / "handled.sqlite")
    stop = threading.Event()
    counts = [0, 0]

    def work(place: int) -> None:
        while not stop.is_set():
            key = f"evt_{place}_{counts[place]}"
            assert store.claim(key, LEASE) == "new"
            store.complete(key)
            counts[place] += 1
            time.sleep(0.001)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    try:
        assert until(lambda: min(counts) > 5)
        for number in range(6):
            assert in_child(lambda: store.claim(f"child_{number}", LEASE)) == b"new"  # noqa: B023
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for place in range(2):
        for number in range(counts[place]):
            assert store.claim(f"evt_{place}_{number}", LEASE) == "handled"
    for number in range(6):
        assert store.claim(f"child_{number}", LEASE) == "busy"
    store.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "handled.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
