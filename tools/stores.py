"""Runs a command beside S3 stores of other makers, all on 127.0.0.1.

python tools/stores.py --store seaweedfs --store moto -- COMMAND…

Each store listens on free ports and keeps its data in a folder of its own, so that several runs
do not meet. The command starts once every store has taken, shown and deleted an object. It finds
in its environment

    QLOWER_TEST_SEAWEEDFS_ENDPOINT, QLOWER_TEST_MOTO_ENDPOINT
        http://127.0.0.1:PORT of each store that was asked for
    QLOWER_TEST_S3_REGION, QLOWER_TEST_S3_BUCKET
        the first bucket; it exists in every store, and is empty
    QLOWER_TEST_S3_ACCESS_KEY_ID, QLOWER_TEST_S3_SECRET_ACCESS_KEY
        may do everything
    QLOWER_TEST_S3_PUT_ONLY_ACCESS_KEY_ID, QLOWER_TEST_S3_PUT_ONLY_SECRET_ACCESS_KEY
        may only write into the buckets (SeaweedFS; moto lets everybody do everything)

Both secrets are made up for each run. The exit code is the command's, or 1 with the end of the
store's log if a store does not start or does not last. The stores end and their data goes when
the command ends, however it does, and when this program is interrupted or terminated.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

HOST = "127.0.0.1"
REGION = "eu-west-1"
BUCKET = "ql-loader-stg-acme"
ATTEMPTS = 3
LAST_LINES = 25


class StoreError(Exception):
    """A store that cannot be used; the message has the end of its log."""


class TerminatedError(Exception):
    """This program was told to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@dataclass(frozen=True)
class Key:
    """An access key: what stands for a user of the stores."""

    id: str
    secret: str = field(default_factory=lambda: secrets.token_hex(20), repr=False)


def sign(key: Key, method: str, path: str, host: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers of a request signed with AWS signature version 4; `path` needs no escapes."""
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    scope = f"{stamp[:8]}/{REGION}/s3/aws4_request"
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"{method}\n{path}\n\n{lines}\n{names}\n{digest}"
    text = "\n".join(
        ["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()]
    )
    secret = f"AWS4{key.secret}".encode()
    for part in scope.split("/"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    signature = hmac.digest(secret, text.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


def call(port: int, key: Key, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """One signed request: status and body of the answer."""
    headers = sign(key, method, path, f"{HOST}:{port}", body, datetime.now(UTC))
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses at this moment, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [int(one.getsockname()[1]) for one in sockets]


@dataclass
class Keys:
    """Who may use the stores."""

    all: Key = field(default_factory=lambda: Key("stores-test-all"))
    put_only: Key = field(default_factory=lambda: Key("stores-test-put-only"))


@dataclass
class Launch:
    """One start of a store: what to run, and where it then answers."""

    arguments: list[str]
    port: int
    sockets: list[Path] = field(default_factory=list)


def seaweedfs(program: str, folder: Path, keys: Keys, buckets: list[str]) -> Launch:
    """Master, volume server, filer and S3 gateway in one process."""
    identities = [
        {
            "name": "all",
            "credentials": [{"accessKey": keys.all.id, "secretKey": keys.all.secret}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {
            "name": "put-only",
            "credentials": [{"accessKey": keys.put_only.id, "secretKey": keys.put_only.secret}],
            "actions": [f"Write:{bucket}" for bucket in buckets],
        },
    ]
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": identities}))
    config.chmod(0o600)
    data = folder / "data"
    data.mkdir()
    names = [
        f"{part}.port{kind}"
        for part in ("s3", "master", "volume", "filer")
        for kind in ("", ".grpc")
    ]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    arguments = [
        program,
        "server",
        f"-ip={HOST}",
        f"-ip.bind={HOST}",
        f"-dir={data}",
        "-s3",
        f"-s3.config={config}",
        f"-s3.localSocket={folder / 's3.sock'}",
        f"-filer.localSocket={folder / 'filer.sock'}",
        # Otherwise a put into a bucket that does not exist creates it.
        "-s3.autoCreateBucket=false",
        # Both listen on fixed ports.
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        # Otherwise it reports to its makers.
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=256",
        "-volume.max=400",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]
    # It makes these beside the ports, at a fixed place, and does not remove them.
    sockets = [
        Path("/tmp") / f"seaweedfs-{name.partition('.')[0]}-grpc-{port}.sock"
        for name, port in ports.items()
        if name.endswith(".grpc")
    ]
    return Launch(arguments, ports["s3.port"], sockets)


def moto(program: str, folder: Path, keys: Keys, buckets: list[str]) -> Launch:
    """Everything in memory; looks at no signature."""
    del folder, keys, buckets
    port = free_ports(1)[0]
    return Launch([program, "-H", HOST, "-p", str(port)], port)


PROGRAMS: dict[str, tuple[str, Callable[[str, Path, Keys, list[str]], Launch]]] = {
    "seaweedfs": ("weed", seaweedfs),
    "moto": ("moto_server", moto),
}


def spawn(arguments: list[str], **options: Any) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(arguments, **options)
    except OSError as error:
        raise StoreError(f"cannot run {arguments[0]}: {error.strerror}") from error


def end(process: subprocess.Popen[bytes]) -> None:
    """Kills a process and what it started. Asked politely, SeaweedFS takes half a minute."""
    if sys.platform != "win32":
        # Its group outlives it while one of its own processes does.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    process.wait()


class Store:
    """A store that runs."""

    def __init__(self, name: str, program: str, parent: Path | None) -> None:
        self.name = name
        self.program = program
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
        self.log = self.folder / "log"
        self.launch: Launch | None = None
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        assert self.launch is not None
        return self.launch.port

    def stop(self) -> None:
        if self.process is not None:
            end(self.process)
            self.process = None
        for path in self.launch.sockets if self.launch is not None else []:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, keys: Keys, buckets: list[str], seconds: float) -> None:
        """Tries other ports when the store ends at once: somebody may have been quicker."""
        until = time.monotonic() + seconds
        for attempt in range(1, ATTEMPTS + 1):
            began = time.monotonic()
            home = self.folder / str(attempt)
            home.mkdir()
            self.launch = PROGRAMS[self.name][1](self.program, home, keys, buckets)
            with self.log.open("wb") as log:
                self.process = spawn(
                    self.launch.arguments,
                    cwd=home,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            if self.wait(keys.all, buckets, until):
                took = time.monotonic() - began
                print(
                    f"{self.name}: http://{HOST}:{self.port}, ready after {took:.1f} s", flush=True
                )
                return
            self.stop()
        raise StoreError(f"{self.name} ended {ATTEMPTS} times while starting{self.last_lines()}")

    def wait(self, key: Key, buckets: list[str], until: float) -> bool:
        """Until the store keeps objects in every bucket; false when it ends before."""
        answer = "no answer"
        while time.monotonic() < until:
            if self.ended():
                return False
            try:
                answer = next((bad for name in buckets if (bad := self.refusal(key, name))), "")
            except (OSError, http.client.HTTPException) as error:
                answer = f"{type(error).__name__}: {error}"
            if not answer:
                return True
            time.sleep(0.1)
        raise StoreError(f"{self.name} did not start in time: {answer}{self.last_lines()}")

    def refusal(self, key: Key, bucket: str) -> str:
        """What the store has against creating this bucket and using it, or an empty text."""
        place = f"/{bucket}/stores-ready"
        location = f"<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        steps: list[tuple[str, str, bytes, set[int]]] = [
            # Of an earlier round, it may exist.
            ("PUT", f"/{bucket}", location.encode(), {200, 409}),
            ("PUT", place, b"ready", {200}),
            ("GET", place, b"", {200}),
            ("DELETE", place, b"", {204}),
        ]
        for method, path, body, good in steps:
            status, answer = call(self.port, key, method, path, body)
            if status not in good:
                return f"{method} {path} is answered {status} {answer[:300]!r}"
            if method == "GET" and answer != b"ready":
                return f"{path} holds {answer[:300]!r}"
        return ""

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def last_lines(self) -> str:
        lines = self.log.read_bytes().decode(errors="replace").splitlines()[-LAST_LINES:]
        return "".join(f"\n  | {line}" for line in lines)


def environment(stores: list[Store], keys: Keys, buckets: list[str]) -> dict[str, str]:
    """What the command finds besides its own environment."""
    found = {
        f"QLOWER_TEST_{store.name.upper()}_ENDPOINT": f"http://{HOST}:{store.port}"
        for store in stores
    }
    for name, key in (("S3", keys.all), ("S3_PUT_ONLY", keys.put_only)):
        found[f"QLOWER_TEST_{name}_ACCESS_KEY_ID"] = key.id
        found[f"QLOWER_TEST_{name}_SECRET_ACCESS_KEY"] = key.secret
    return found | {"QLOWER_TEST_S3_REGION": REGION, "QLOWER_TEST_S3_BUCKET": buckets[0]}


def run(command: list[str], variables: dict[str, str]) -> int:
    """The command's exit code, as a shell would give it. It ends when this program is told to."""
    process = spawn(command, env=os.environ | variables)
    try:
        code = process.wait()
    except BaseException as error:
        # A terminal has interrupted the command too.
        if not (isinstance(error, TerminatedError) and error.number == signal.SIGINT):
            process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        raise
    return 128 - code if code < 0 else code


def find(name: str, given: str | None) -> str:
    """The store's program: the one given, or beside the running Python, or on the path."""
    if given is not None:
        return given
    beside = shutil.which(name, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(name)
    if found is None:
        raise StoreError(f"{name} is not installed; see tools/requirements-stores.txt")
    return found


SIGNALS = [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)]


def on_signal(number: int, frame: FrameType | None) -> None:
    """Only the first signal counts: no other may interrupt the end."""
    del frame
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise TerminatedError(number)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a command beside S3 stores on 127.0.0.1.")
    parser.add_argument("--store", action="append", choices=sorted(PROGRAMS), required=True)
    parser.add_argument(
        "--bucket", action="append", help=f"to be created in every store ({BUCKET})"
    )
    parser.add_argument("--seconds", type=float, default=60, help="a store has to start (60)")
    parser.add_argument("--data", type=Path, help="where the stores keep their folders")
    parser.add_argument("--program", help="of the store, if there is only one")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    options = parser.parse_args()
    buckets: list[str] = options.bucket or [BUCKET]
    for each in SIGNALS:
        signal.signal(each, on_signal)
    keys = Keys()
    stores: list[Store] = []
    try:
        with ExitStack() as running:
            for name in dict.fromkeys(options.store):
                program = find(PROGRAMS[name][0], options.program)
                store = Store(name, program, options.data)
                running.callback(store.close)
                store.start(keys, buckets, options.seconds)
                stores.append(store)
            code = run(options.command, environment(stores, keys, buckets))
            for store in stores:
                if store.ended():
                    raise StoreError(f"{store.name} ended during the run{store.last_lines()}")
            return code
    except StoreError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except TerminatedError as error:
        return 128 + error.number


if __name__ == "__main__":
    sys.exit(main())
