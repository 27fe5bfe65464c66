"""Serves FTP on several ports of 127.0.0.1 in one process, with pyftpdlib; started by ftp_servers.py.

python tools/ftp_pyftpdlib.py SETTINGS.json

The ports differ in what they protect and in what they refuse, the accounts in what they may do.
It ends when its standard input does. How many connections each port has, had at most and had in
all, it writes to the file `stats` after each change.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from OpenSSL import SSL  # type: ignore[import-not-found]
from pyftpdlib.authorizers import (  # type: ignore[import-not-found]
    AuthenticationFailed,
    DummyAuthorizer,
)
from pyftpdlib.handlers import (  # type: ignore[import-not-found]
    DTPHandler,
    FTPHandler,
    TLS_DTPHandler,
    TLS_FTPHandler,
)
from pyftpdlib.ioloop import IOLoop  # type: ignore[import-not-found]
from pyftpdlib.servers import FTPServer  # type: ignore[import-not-found]

ALL = "elradfmwMT"


class Stats:
    """Connections of each port."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ports: dict[str, dict[str, int]] = {}

    def add(self, place: str) -> None:
        self.ports[place] = {"now": 0, "peak": 0, "total": 0}

    def change(self, place: str, by: int) -> None:
        port = self.ports[place]
        port["now"] += by
        port["total"] += max(by, 0)
        port["peak"] = max(port["peak"], port["now"])
        self.write()

    def write(self) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.ports))
        new.replace(self.path)


def used(root: str) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in Path(root).rglob("*") if path.is_file())


class Limits:
    """Of a data connection: an account's quota, and where its transfers hang."""

    kept: int | None = None
    over_quota = False

    def recv(self, size: int) -> bytes:
        chunk: bytes = super().recv(size)  # type: ignore[misc]
        this: Any = self
        account = this.cmd_channel.account
        if "quota" in account and chunk:
            if self.kept is None:
                self.kept = used(account["root"])
            self.kept += len(chunk)
            if self.kept > account["quota"]:
                self.over_quota = True
                raise OSError(errno.EDQUOT, "quota")
        if (
            "hangs_after" in account
            and this.tot_bytes_received + len(chunk) > account["hangs_after"]
        ):
            this.del_channel()
        return chunk

    def handle_error(self) -> None:
        this: Any = self
        if self.over_quota:
            this._resp = ("552 Exceeded storage allocation.", logging.getLogger("pyftpdlib").info)
            this.close()
        else:
            super().handle_error()  # type: ignore[misc]


class PlainData(Limits, DTPHandler):  # type: ignore[misc]
    """A data connection as it is."""


class TlsData(Limits, TLS_DTPHandler):  # type: ignore[misc]
    """A data connection with TLS."""

    def handle_ssl_established(self) -> None:
        this: Any = self
        continued = SSL._lib.SSL_session_reused(this.socket._ssl)
        if this.cmd_channel.wants_session and not continued:
            # In the words of vsftpd.
            this.cmd_channel.respond("522 SSL connection failed: session reuse required")
            this.close()


class Counted:
    """What every control connection has here."""

    place = ""
    stats: Stats
    accounts: dict[str, dict[str, Any]]
    counted = False

    @property
    def account(self) -> dict[str, Any]:
        this: Any = self
        return self.accounts.get(this.username, {})

    def on_connect(self) -> None:
        self.counted = True
        self.stats.change(self.place, 1)

    def on_disconnect(self) -> None:
        if self.counted:
            self.counted = False
            self.stats.change(self.place, -1)


class Plain(Counted, FTPHandler):  # type: ignore[misc]
    """A control connection as it is."""

    dtp_handler = PlainData
    auth_failed_timeout = 0


class Explicit(Counted, TLS_FTPHandler):  # type: ignore[misc]
    """Wants TLS on both connections."""

    dtp_handler = TlsData
    auth_failed_timeout = 0
    tls_control_required = True
    tls_data_required = True


class Implicit(Explicit):
    """TLS from the first byte on."""

    def handle(self) -> None:
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self) -> None:
        super().handle()


class Authorizer(DummyAuthorizer):  # type: ignore[misc]
    """Says nothing about which of name and password is wrong."""

    def validate_authentication(self, username: str, password: str, handler: Any) -> None:
        try:
            super().validate_authentication(username, password, handler)
        except AuthenticationFailed:
            raise AuthenticationFailed("Login incorrect.") from None


VERSIONS = {"1.2": SSL.TLS1_2_VERSION, "1.3": SSL.TLS1_3_VERSION}
KINDS: dict[str, type[Counted]] = {"ftp": Plain, "ftps": Explicit, "ftps-implicit": Implicit}


def without(commands: list[str], known: dict[str, Any]) -> dict[str, Any]:
    return {name: entry for name, entry in known.items() if name not in commands}


def server(port: dict[str, Any], settings: dict[str, Any], stats: Stats, loop: Any) -> Any:
    """One port."""
    base: Any = KINDS[port["protocol"]]
    authorizer = Authorizer()
    for name, account in settings["accounts"].items():
        perm = "".join(letter for letter in ALL if letter not in account.get("denied", ""))
        authorizer.add_user(name, account["password"], account["root"], perm=perm)
    members: dict[str, Any] = {
        "authorizer": authorizer,
        "place": port["name"],
        "stats": stats,
        "accounts": settings["accounts"],
        "proto_cmds": without(port.get("lacks", []), base.proto_cmds),
        "masquerade_address": port.get("passive_address"),
        # Many small files over one connection come quicker than these are used up.
        "passive_ports": None,
        "banner": "ready",
        "wants_session": port.get("wants_session", False),
    }
    if port["protocol"] != "ftp":
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate_chain_file(port["certificate"])
        context.use_privatekey_file(port["key"])
        if "newest" in port:
            context.set_max_proto_version(VERSIONS[port["newest"]])
        if "oldest" in port:
            context.set_min_proto_version(VERSIONS[port["oldest"]])
        if port.get("forgets"):
            # Then a ticket is but a number, of a session that is not kept.
            context.set_options(SSL.OP_NO_TICKET)
            context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        members["ssl_context"] = context
        members["certfile"] = port["certificate"]
    handler = type(f"Handler_{port['name']}", (base,), members)
    one = FTPServer(("127.0.0.1", port["port"]), handler, ioloop=loop, backlog=512)
    one.max_cons = 4000
    stats.add(port["name"])
    return one


def main() -> None:
    settings = json.loads(Path(sys.argv[1]).read_text())
    logging.basicConfig(level=logging.WARNING)
    loop = IOLoop()
    stats = Stats(Path(settings["stats"]))
    for port in settings["ports"]:
        server(port, settings, stats, loop)
    stats.write()

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    # An idle loop that wakes up is what lets it see time-outs.
    while True:
        loop.loop(timeout=1.0, blocking=True)


if __name__ == "__main__":
    main()
