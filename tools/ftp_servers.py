"""Runs a command beside FTP, FTPS and SFTP servers of other makers, all on 127.0.0.1.

python tools/ftp_servers.py --server pyftpdlib --server openssh --packages FOLDER -- COMMAND…

FOLDER holds the unpacked Debian packages of the servers; pyftpdlib needs none. Each server listens
on free ports and keeps its files in a folder of its own, so that several runs do not meet. All but
pyftpdlib need root and Linux: they run in a view of the machine of their own, in which their
accounts exist, so that nothing of the machine is changed. Where that cannot be, they are left out,
which is said loudly. The command starts once every port has greeted. It finds in its environment

    QLOWER_TEST_FTP
        the path of a JSON file:

    {
      "ca": PATH of a PEM file; it issued the certificates of all servers,
      "keys": {                      private keys for SSH; all but "stranger" open the accounts of SFTP
        "ed25519" | "ed25519-passphrase" | "ecdsa" | "rsa" | "rsa-pem" | "rsa-passphrase-pem" | "stranger":
          { "path", "passphrase" (empty: none) }
      },
      "places": [                    a port each
        {
          "name":      pyftpdlib-ftp, pyftpdlib-ftps, pyftpdlib-ftps-implicit,
                       pyftpdlib-expired (certificate), pyftpdlib-other-host (certificate),
                       pyftpdlib-passive-lies (no EPSV; PASV names a host nobody can reach),
                       pyftpdlib-no-resume, pyftpdlib-no-size, pyftpdlib-fleet (for one test alone),
                       pyftpdlib-tls12 (at most), pyftpdlib-tls13 (at least; continues no session),
                       pyftpdlib-forgets, pyftpdlib-forgets-tls13 (want sessions continued, and keep none),
                       vsftpd, proftpd, proftpd-strict (no overwriting, no resuming), proftpd-sftp,
                       pure-ftpd, openssh, openssh-interactive (keyboard-interactive alone; RSA host key),
                       openssh-key-password, openssh-password-key, openssh-key-interactive (two in a row),
          "server":    the server,
          "protocol":  ftp | ftps | ftps-implicit | sftp,
          "host", "port",
          "resumes", "overwrites":  whether its accounts may,
          "logins":    password | key | keyboard-interactive, or two of them in a row (SFTP),
          "host_keys": [ { "kind", "fingerprint": "SHA256:…", "line": "ssh-ed25519 AAAA…" } ] (SFTP),
          "accounts": {              main; quota (no place of pure-ftpd lacks it); of pyftpdlib also
                                     no-rename, no-delete, hangs; of openssh also no-rename, and plain
                                     (without posix-rename@openssh.com)
            NAME: { "user", "password", "root": folder where its files stand,
                    "quota": bytes or null, "hangs_after": bytes of a transfer or null }
          }
        }
      ],
      "fleet": [ { "user": "f000", "password", "root" }, … 400 ]   accounts of every place of pyftpdlib,
      "stats": PATH of a JSON file that pyftpdlib keeps: { PLACE: { "now", "peak", "total" } } connections,
      "left_out": { SERVER: why }
    }

Passwords and keys are made up for each run. The exit code is the command's, or 1 with the end of
the server's log if a server does not start or does not last. The servers end and their data goes
when the command ends, however it does, and when this program is interrupted or terminated.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ftp_keys import Certificates, SshKey, certificates, ssh_key
from ftp_kinds import KINDS, Given, Launch, Place
from stores import (
    ATTEMPTS,
    HOST,
    LAST_LINES,
    SIGNALS,
    StoreError,
    TerminatedError,
    end,
    on_signal,
    run,
    spawn,
)


def user_keys(folder: Path) -> dict[str, SshKey]:
    folder.mkdir()
    pem = ["-m", "PEM"]
    return {
        "ed25519": ssh_key(folder / "ed25519", "ed25519"),
        "ed25519-passphrase": ssh_key(folder / "ed25519-passphrase", "ed25519", "correct horse"),
        "ecdsa": ssh_key(folder / "ecdsa", "ecdsa"),
        "rsa": ssh_key(folder / "rsa", "rsa"),
        "rsa-pem": ssh_key(folder / "rsa-pem", "rsa", form=pem),
        "rsa-passphrase-pem": ssh_key(folder / "rsa-passphrase-pem", "rsa", "correct horse", pem),
        "stranger": ssh_key(folder / "stranger", "ed25519"),
    }


def greeting(place: Place) -> str:
    """The first line of a port."""
    with ExitStack() as held:
        stream = held.enter_context(socket.create_connection((HOST, place.port), timeout=5))
        if place.protocol == "ftps-implicit":
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            stream = held.enter_context(context.wrap_socket(stream))
        file = held.enter_context(stream.makefile("rb"))
        return file.readline(512).decode(errors="replace").strip()


class Server:
    """A server that runs."""

    def __init__(self, name: str, packages: Path, folder: Path) -> None:
        self.name = name
        self.packages = packages
        self.folder = folder / name
        self.folder.mkdir()
        self.log = self.folder / "log"
        self.launch: Launch | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        if self.process is not None:
            end(self.process)
            if self.process.stdin is not None:
                self.process.stdin.close()
            self.process = None

    def start(self, certificates: Certificates, keys: dict[str, SshKey], seconds: float) -> Launch:
        """Tries other ports when the server ends at once: somebody may have been quicker."""
        until = time.monotonic() + seconds
        for attempt in range(1, ATTEMPTS + 1):
            began = time.monotonic()
            home = self.folder / str(attempt)
            home.mkdir()
            try:
                launch = KINDS[self.name](Given(self.name, home, self.packages, certificates, keys))
            except (OSError, subprocess.CalledProcessError) as error:
                said = getattr(error, "stderr", None) or error
                raise StoreError(f"{self.name} cannot be set up: {said}") from error
            self.launch = launch
            with self.log.open("wb") as log:
                self.process = spawn(
                    launch.arguments,
                    cwd=home,
                    # Ends with this program, whatever ends that.
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            if self.wait(launch, until):
                ports = ", ".join(f"{place.name} {place.port}" for place in launch.places)
                print(
                    f"{self.name}: {ports}, ready after {time.monotonic() - began:.1f} s",
                    flush=True,
                )
                self.reveal(launch)
                return launch
            self.stop()
        raise StoreError(f"{self.name} ended {ATTEMPTS} times while starting{self.last_lines()}")

    def wait(self, launch: Launch, until: float) -> bool:
        """Until every port greets; false when the server ends before."""
        answer = "no answer"
        while time.monotonic() < until:
            if self.ended():
                return False
            answer = ""
            for place in launch.places:
                try:
                    line = greeting(place)
                except OSError as error:
                    line = f"{type(error).__name__}: {error}"
                if not line.startswith("SSH-2.0" if place.protocol == "sftp" else "220"):
                    answer = f"{place.name}: {line}"
                    break
            if not answer:
                return True
            time.sleep(0.1)
        raise StoreError(f"{self.name} did not start in time: {answer}{self.last_lines()}")

    def reveal(self, launch: Launch) -> None:
        """Says where the file systems that only the server sees are to be found."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for account in launch.hidden:
            child = children.read_text().split()[0]
            account.root = f"/proc/{child}/root{account.root}"

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def last_lines(self) -> str:
        lines = self.log.read_bytes().decode(errors="replace").splitlines()[-LAST_LINES:]
        return "".join(f"\n  | {line}" for line in lines)


def obstacle(name: str) -> str | None:
    """Why a server cannot be run here."""
    if name == "pyftpdlib":
        return None
    if sys.platform != "linux":
        return "it is a Debian package, and this is not Linux"
    if os.geteuid() != 0:
        return "it needs root, and this user is not"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Run a command beside FTP and SFTP servers on 127.0.0.1."
    )
    parser.add_argument("--server", action="append", choices=sorted(KINDS), required=True)
    parser.add_argument(
        "--packages", type=Path, default=Path(), help="where the servers are unpacked"
    )
    parser.add_argument("--seconds", type=float, default=60, help="a server has to start (60)")
    parser.add_argument("--data", type=Path, help="where the servers keep their folders")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    options = parser.parse_args()
    for each in SIGNALS:
        signal.signal(each, on_signal)
    try:
        with ExitStack() as running:
            folder = Path(tempfile.mkdtemp(prefix="ftp-", dir=options.data)).resolve()
            running.callback(shutil.rmtree, folder, ignore_errors=True)
            # The servers' accounts have to pass through.
            folder.chmod(0o755)
            made = certificates(folder / "certificates")
            wanted = list(dict.fromkeys(options.server))
            left_out = {name: why for name in wanted if (why := obstacle(name)) is not None}
            keys = user_keys(folder / "keys") if len(left_out) < len(wanted) - 1 else {}
            handed: dict[str, Any] = {
                "ca": str(made.ca),
                "keys": {
                    name: {"path": str(key.path), "passphrase": key.passphrase}
                    for name, key in keys.items()
                },
                "places": [],
                "left_out": left_out,
            }
            servers: list[Server] = []
            for name in wanted:
                if name in left_out:
                    print(f"warning: LEFT OUT: {name}: {left_out[name]}", file=sys.stderr)
                    continue
                server = Server(name, options.packages.resolve(), folder)
                running.callback(server.stop)
                launch = server.start(made, keys, options.seconds)
                handed["places"] += [place.as_json() for place in launch.places]
                handed |= launch.more
                servers.append(server)
            file = folder / "servers.json"
            file.touch(mode=0o600)
            file.write_text(json.dumps(handed, indent=1))
            code = run(options.command, {"QLOWER_TEST_FTP": str(file)})
            for server in servers:
                if server.ended():
                    raise StoreError(f"{server.name} ended during the run{server.last_lines()}")
            for name, why in left_out.items():
                print(f"warning: LEFT OUT: {name}: {why}", file=sys.stderr)
            return code
    except StoreError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except TerminatedError as error:
        return 128 + error.number


if __name__ == "__main__":
    sys.exit(main())
