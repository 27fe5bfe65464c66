"""Handled events remembered in a SQLite file."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

from . import _native
from ._errors import FileError
from ._webhook_store import seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from typing import TypeVar

    from typing_extensions import Self

    from ._webhook_store import Claim

    T = TypeVar("T")

# The same file as the SDK for Rust makes: "QlHd", edition 1.
_APPLICATION = int.from_bytes(b"QlHd", "big")
_VERSION = 1
_TABLE = """
CREATE TABLE event (
    key TEXT PRIMARY KEY NOT NULL,
    owner INTEGER NOT NULL,
    claimed_until INTEGER,
    handled_at INTEGER
)"""
_INDEX = "CREATE INDEX event_by_age ON event (coalesce(handled_at, claimed_until))"
_CLAIM = """
INSERT INTO event (key, owner, claimed_until) VALUES (?1, ?2, ?3)
ON CONFLICT (key) DO UPDATE SET owner = ?2, claimed_until = ?3
    WHERE handled_at IS NULL AND claimed_until <= ?4"""
_COMPLETE = """
INSERT INTO event (key, owner, handled_at) VALUES (?1, ?2, ?3)
ON CONFLICT (key) DO UPDATE SET claimed_until = NULL, handled_at = coalesce(handled_at, ?3)"""
_PRUNE = """
DELETE FROM event WHERE key IN
    (SELECT key FROM event WHERE coalesce(handled_at, claimed_until) < ?1 LIMIT ?2)"""
_PRUNED_AT_ONCE = 500
_PRUNED_EVERY = 60.0


class SqliteStore:
    """Remembers in a SQLite file which events were handled: it survives the program, and several processes may share it.

    What it tells is on the disk first (write-ahead log, ``synchronous=FULL``). A claim that a killed process left runs out with
    its lease, by the clock of the machine. The file holds keys, and nothing else of an event; only its owner may read it. It has
    to be on a local disk.

    Several threads may use it, and children after ``fork``: each process has a connection of its own.

    :param path: the file; it is made if it is not there.
    :param retention: how long a key is remembered, in seconds: longer than the sender tries.
    :param busy_timeout: how long to wait for other processes that write to the file, in seconds.
    :raises qlower.FileError: if the file cannot be used, or is another program's; from its methods, if it fails later.

    >>> import tempfile
    >>> from qlower.webhook import SqliteStore
    >>> with tempfile.TemporaryDirectory() as folder, SqliteStore(folder + "/handled.sqlite") as store:
    ...     store.claim("evt_1", 600), store.claim("evt_1", 600)
    ...     store.complete("evt_1")
    ...     store.claim("evt_1", 600)
    ('new', 'busy')
    'handled'
    """

    __slots__ = (
        "__weakref__",
        "_busy_timeout",
        "_connection",
        "_lock",
        "_next_pruning",
        "_owner",
        "_path",
        "_process",
        "_retention",
    )

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        retention: float | timedelta = _native.WEBHOOK_RETENTION,
        busy_timeout: float | timedelta = 5,
    ) -> None:
        # No name of SQLite's own, such as ":memory:".
        self._path = Path(path).absolute()
        self._retention = seconds(retention, "retention")
        self._busy_timeout = seconds(busy_timeout, "busy_timeout")
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._owner = 0
        self._next_pruning = 0.0
        self._lock = threading.Lock()
        _STORES.add(self)
        self._run(_nothing)

    def claim(self, key: str, lease: float) -> Claim:
        """Claims a key."""

        def work(connection: sqlite3.Connection) -> Claim:
            now = _now()
            self._prune(connection, now)
            values = (key, self._owner, now + int(lease * 1000), now)
            if connection.execute(_CLAIM, values).rowcount == 1:
                return "new"
            found = connection.execute(
                "SELECT handled_at IS NOT NULL FROM event WHERE key = ?", (key,)
            ).fetchone()
            return "handled" if found and found[0] else "busy"

        return self._run(work)

    def complete(self, key: str) -> None:
        """The key is handled from now on."""
        self._run(lambda connection: connection.execute(_COMPLETE, (key, self._owner, _now())))

    def release(self, key: str) -> None:
        """The key may be claimed again at once."""
        statement = "DELETE FROM event WHERE key = ? AND owner = ? AND handled_at IS NULL"
        self._run(lambda connection: connection.execute(statement, (key, self._owner)))

    def close(self) -> None:
        """Closes the file. It is opened again when the store is used again."""
        with self._lock:
            self._disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SqliteStore({str(self._path)!r})"

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            try:
                return work(self._connected())
            except sqlite3.Error as error:
                # One that has failed may be of no use any more, and another file may stand there now.
                self._disconnect()
                raise self._failed(str(error)) from error
            except OSError as error:
                raise self._failed(error.strerror or "it cannot be opened") from error

    def _failed(self, problem: str) -> FileError:
        error = FileError(f"{self._path}: {problem}")
        error.path = str(self._path)
        return error

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._process == os.getpid():
            return self._connection
        if self._connection is not None:
            # A parent's, forked past Python: to close it here would take its locks away.
            _ABANDONED.append(self._connection)
            self._connection = None
        _create(self._path)
        # Without a transaction of Python's own: each statement is one.
        connection = sqlite3.connect(
            self._path, timeout=self._busy_timeout, isolation_level=None, check_same_thread=False
        )
        try:
            self._identify(connection)
            self._settle(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._process = connection, os.getpid()
        self._owner = int.from_bytes(os.urandom(8), "big") >> 1
        return connection

    def _disconnect(self) -> None:
        if self._connection is not None and self._process == os.getpid():
            self._connection.close()
            self._connection = None

    def _identify(self, connection: sqlite3.Connection) -> None:
        """Only a new file or one of this kind is ever written to."""
        # One look at all of it: another process may be making it.
        connection.execute("BEGIN")
        try:
            is_known = self._known(connection)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if is_known:
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not self._known(connection):
                strict = "STRICT, " if sqlite3.sqlite_version_info >= (3, 37) else ""
                connection.execute(f"{_TABLE} {strict}WITHOUT ROWID")
                connection.execute(_INDEX)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _known(self, connection: sqlite3.Connection) -> bool:
        application = _number(connection, "PRAGMA application_id")
        version = _number(connection, "PRAGMA user_version")
        tables = _number(connection, "SELECT count(*) FROM sqlite_master")
        if application == version == tables == 0:
            return False
        if application != _APPLICATION or version < _VERSION:
            raise self._failed("it is no store of handled webhooks")
        if version > _VERSION:
            raise self._failed(
                f"it is of edition {version}, made by a later version of this package"
            )
        return True

    def _settle(self, connection: sqlite3.Connection) -> None:
        end = time.monotonic() + self._busy_timeout
        while True:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                break
            except sqlite3.OperationalError as error:
                # While another process does the same, this fails without waiting.
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.01)
        if mode != "wal":
            raise self._failed(f"it cannot be shared where it is: journal mode {mode}")
        connection.execute("PRAGMA synchronous = FULL")
        # On macOS a commit reaches the disk only by a call of its own.
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA checkpoint_fullfsync = ON")

    def _prune(self, connection: sqlite3.Connection, now: int) -> None:
        if time.monotonic() < self._next_pruning:
            return
        before = now - int(self._retention * 1000)
        removed = connection.execute(_PRUNE, (before, _PRUNED_AT_ONCE)).rowcount
        if removed < _PRUNED_AT_ONCE:
            self._next_pruning = time.monotonic() + _PRUNED_EVERY


_STORES: WeakSet[SqliteStore] = WeakSet()
_ABANDONED: list[sqlite3.Connection] = []
_HELD: list[SqliteStore] = []


def _now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _number(connection: sqlite3.Connection, query: str) -> int:
    (number,) = connection.execute(query).fetchone()
    return int(number)


def _create(path: Path) -> None:
    """Makes a new file by hand, so that nobody else may read it at any moment."""
    # One that is there is not opened: to close it would end the locks that this process has on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _nothing(_: sqlite3.Connection) -> None:
    """To see whether the file can be opened."""


def _before_fork() -> None:
    # SQLite keeps the locks of a process in its memory, which a child must not find there.
    for store in list(_STORES):
        store._lock.acquire()
        _HELD.append(store)
        store._disconnect()


def _after_fork() -> None:
    while _HELD:
        _HELD.pop()._lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )
