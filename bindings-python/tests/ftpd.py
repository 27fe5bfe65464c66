"""A small FTP server in a thread, whose faults are chosen: what tests need where no other server is at hand."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Any

USER = "dms"
PASSWORD = "s3cret-p4ss"


class Ftpd:
    """Plain FTP on a free port of this machine. Files stand in a dictionary."""

    def __init__(
        self,
        *,
        hang_after: int | None = None,
        refuse_rename: bool = False,
        drop_after_rename: bool = False,
        short_by: int = 0,
        silent: bool = False,
        slow: float = 0,
    ) -> None:
        self.files: dict[str, bytes] = {}
        self.folders: set[str] = set()
        self.commands: list[str] = []
        """Verbs, in the order in which they came."""
        self.hang_after = hang_after
        """After how many bytes of a file nothing more is read."""
        self.refuse_rename = refuse_rename
        self.drop_after_rename = drop_after_rename
        """Gives a file its name, says nothing of it, and takes no connection any more."""
        self.short_by = short_by
        """How many bytes of each file are lost."""
        self.silent = silent
        """Greets nobody."""
        self.slow = slow
        """For how many seconds a login is thought about."""
        self.open = 0
        self.most = 0
        """The most connections that were open at once."""
        self.lock = threading.Lock()
        self.hanging = threading.Event()
        self.hung_up = threading.Event()
        """Set, those who are not greeted are hung up on."""
        self.gone = threading.Event()
        """Set when a client that was logged in has closed its connection."""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.fired: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Ftpd:
        return self

    def __exit__(self, *exception: object) -> None:
        # A socket that somebody waits at stays open.
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            with self.lock:
                self.open += 1
                self.most = max(self.most, self.open)
            session = Session(self, connection)
            try:
                session.run()
            except OSError:
                pass
            finally:
                session.close()
                with self.lock:
                    self.open -= 1
            self.gone.set()


class Session:
    def __init__(self, server: Ftpd, connection: socket.socket) -> None:
        self.server = server
        self.connection = connection
        self.lines = connection.makefile("r", encoding="utf-8", newline="\r\n")
        self.data: socket.socket | None = None
        self.offset = 0
        self.source = ""
        self.user = ""
        self.is_in = False

    def close(self) -> None:
        self.lines.close()
        if self.data is not None:
            self.data.close()

    def say(self, text: str) -> None:
        self.connection.sendall(f"{text}\r\n".encode())

    def run(self) -> None:
        if self.server.silent:
            self.server.fired.append("silent")
            self.server.hanging.set()
            self.connection.settimeout(0.02)
            while not self.server.hung_up.is_set():
                with suppress(TimeoutError):
                    if not self.connection.recv(1):
                        return
            return
        self.say("220 ready")
        for line in self.lines:
            verb, _, argument = line.rstrip("\r\n").partition(" ")
            verb = verb.upper()
            self.server.commands.append(verb)
            if verb == "QUIT":
                self.say("221 bye")
                return
            if not self.is_in and verb not in ("USER", "PASS", "FEAT", "OPTS"):
                self.say("530 not logged in")
                continue
            method: Any = getattr(self, f"do_{verb.lower()}", None)
            if method is None:
                self.say("502 not known")
            else:
                method(argument.lstrip("/"))

    def do_user(self, name: str) -> None:
        self.user = name
        self.say("331 password")

    def do_pass(self, password: str) -> None:
        time.sleep(self.server.slow)
        self.is_in = (self.user, password) == (USER, PASSWORD)
        # A server's own words may repeat what was sent.
        self.say("230 in" if self.is_in else f"530 no user {self.user} with {password}")

    def do_feat(self, _: str) -> None:
        self.say("211-features\r\n SIZE\r\n REST STREAM\r\n UTF8\r\n EPSV\r\n211 end")

    def do_opts(self, _: str) -> None:
        self.say("200 ok")

    do_type = do_mode = do_stru = do_noop = do_cwd = do_opts

    def do_pwd(self, _: str) -> None:
        self.say('257 "/" is here')

    def do_epsv(self, _: str) -> None:
        if self.data is not None:
            self.data.close()
        self.data = socket.create_server(("127.0.0.1", 0))
        self.say(f"229 here (|||{self.data.getsockname()[1]}|)")

    def do_pasv(self, _: str) -> None:
        if self.data is not None:
            self.data.close()
        self.data = socket.create_server(("127.0.0.1", 0))
        port = self.data.getsockname()[1]
        self.say(f"227 here (127,0,0,1,{port // 256},{port % 256})")

    def do_rest(self, offset: str) -> None:
        self.offset = int(offset)
        self.say("350 from there")

    def do_size(self, path: str) -> None:
        content = self.server.files.get(path)
        self.say("550 no such file" if content is None else f"213 {len(content)}")

    def do_mkd(self, path: str) -> None:
        if path in self.server.folders:
            self.say("550 is there")
        else:
            self.server.folders.add(path)
            self.say(f'257 "{path}" made')

    def do_dele(self, path: str) -> None:
        found = self.server.files.pop(path, None)
        self.say("550 no such file" if found is None else "250 gone")

    def do_rnfr(self, path: str) -> None:
        if self.server.refuse_rename:
            self.server.fired.append("refuse_rename")
            self.say("550 not allowed")
        elif path in self.server.files:
            self.source = path
            self.say("350 and to")
        else:
            self.say("550 no such file")

    def do_rnto(self, path: str) -> None:
        self.server.files[path] = self.server.files.pop(self.source)
        if self.server.drop_after_rename:
            self.server.fired.append("drop_after_rename")
            self.server.__exit__()
            raise ConnectionAbortedError
        self.say("250 done")

    def do_stor(self, path: str) -> None:
        self._take(path, self.server.files.get(path, b"")[: self.offset])

    def do_appe(self, path: str) -> None:
        self._take(path, self.server.files.get(path, b""))

    def _take(self, path: str, before: bytes) -> None:
        self.offset = 0
        assert self.data is not None
        self.data.settimeout(10)
        self.say("150 go on")
        connection, _ = self.data.accept()
        self.data.close()
        content = bytearray(before)
        with connection:
            while chunk := connection.recv(65536):
                content += chunk
                self.server.files[path] = bytes(content)
                if self.server.hang_after is not None and len(content) >= self.server.hang_after:
                    self.server.fired.append("hang")
                    self.server.hanging.set()
                    # Until the client goes away.
                    self.connection.recv(1)
                    self.server.gone.set()
                    return
        if self.server.short_by:
            self.server.fired.append("short")
        self.server.files[path] = bytes(content[: len(content) - self.server.short_by])
        self.say("226 there")
