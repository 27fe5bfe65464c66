"""Measures whole processes that upload, by turns, and shows the medians. `compare.py` prepares and starts it.

measure.py PROGRAMS FOLDER BUCKET RUNS COLD-RUNS JSON
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "benches")]

from processes import RSS_UNIT, Run, measure  # noqa: E402
from stores import Key, sign  # noqa: E402


@dataclass(frozen=True)
class Contender:
    """A program; `{endpoint}`, `{bucket}`, `{key}`, `{file}` and its `{folder}` in its arguments are filled in."""

    name: str
    command: list[str]


@dataclass(frozen=True)
class Store:
    """Where the programs upload to."""

    name: str
    url: str
    key: Key

    def ask(self, method: str, path: str) -> tuple[int, int]:
        """Status and content length of the answer."""
        place = urlsplit(self.url)
        assert place.hostname is not None
        headers = sign(self.key, method, path, place.netloc, b"", datetime.now(UTC))
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, int(answer.headers.get("Content-Length") or 0)
        finally:
            connection.close()


def environment(key: Key) -> dict[str, str]:
    """Nothing of the machine's own AWS settings reaches a program."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "QLOWER_"))
    }
    return kept | {
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


def upload(contender: Contender, store: Store, bucket: str, file: Path, key: str) -> Run:
    """One measured upload, of which every byte has arrived."""
    filled = {
        "endpoint": store.url,
        "bucket": bucket,
        "key": key,
        "file": str(file),
        "folder": str(file.parent),
    }
    command = [word.format_map(filled) for word in contender.command]
    run, place = measure(command, environment(store.key))
    size = file.stat().st_size
    found = store.ask("HEAD", f"/{place}")
    if found != (200, size):
        sys.exit(
            f"error: {contender.name} to {store.name}: {place} is {found}, and not {size} bytes long"
        )
    status, _ = store.ask("DELETE", f"/{place}")
    if status != 204:
        sys.exit(f"error: {place} cannot be deleted: {status}")
    # Nobody pays for what somebody else has left to be written.
    os.sync()
    return run


def compare(
    contenders: list[Contender], store: Store, bucket: str, file: Path, rounds: int
) -> dict[str, list[Run]]:
    """All of them in turn, another one first in every round; the first round warms up and does not count."""
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    for number in range(rounds + 1):
        at = number % len(contenders)
        for contender in contenders[at:] + contenders[:at]:
            run = upload(contender, store, bucket, file, f"bench-{number}.json")
            if number:
                runs[contender.name].append(run)
    return runs


def table(title: str, runs: dict[str, list[Run]], size: int) -> None:
    print(f"\n{title}")
    print(f"  {'':<34} {'median':>9} {'least':>9} {'most':>9} {'MB/s':>7} {'CPU':>8} {'peak':>8}")
    for name, taken in runs.items():
        walls = [run.wall for run in taken]
        middle = statistics.median(walls)
        cpu = statistics.median(run.cpu for run in taken)
        peak = max(run.peak_mb for run in taken)
        print(
            f"  {name:<34} {middle:>7.3f} s {min(walls):>7.3f} s {max(walls):>7.3f} s {size / 1e6 / middle:>7.0f}"
            f" {cpu:>6.2f} s {peak:>5.0f} MB"
        )


def only_payload(folder: Path) -> Path:
    (file,) = folder.glob("loader-*.json")
    return file


def warm(file: Path) -> int:
    """Reads a file, so that it is in the memory of the machine, and none of it in this program's; gives its size."""
    size = 0
    with file.open("rb", buffering=0) as stream:
        while piece := stream.read(1 << 20):
            size += len(piece)
    return size


@contextmanager
def sink(programs: Path, key: Key) -> Iterator[Store]:
    """It ends when its standard input does, so also with this program."""
    process = subprocess.Popen(
        [programs / "upload-sink"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Store("sink", process.stdout.readline().strip(), key)
    finally:
        process.kill()
        process.wait()


def version(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def facts(node: str, boto3_python: str, packages: Path) -> dict[str, str]:
    lib_storage = json.loads(
        (packages / "node_modules/@aws-sdk/lib-storage/package.json").read_text()
    )
    load = f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}",
        "load average before": load,
        "rustc": version("rustc", "--version"),
        "python": platform.python_version(),
        "boto3": version(boto3_python, "-c", "import boto3; print(boto3.__version__)"),
        "node": version(node, "--version"),
        "@aws-sdk": str(lib_storage["version"]),
    }


def main() -> None:
    programs, folder, bucket = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    rounds, cold_rounds, out = int(sys.argv[4]), int(sys.argv[5]), Path(sys.argv[6])
    node = shutil.which("node")
    if node is None:
        sys.exit("error: node is not installed")
    own = Key(
        os.environ["QLOWER_TEST_S3_ACCESS_KEY_ID"], os.environ["QLOWER_TEST_S3_SECRET_ACCESS_KEY"]
    )
    disk = Store("disk", os.environ["QLOWER_TEST_SEAWEEDFS_ENDPOINT"], own)
    known = facts(node, sys.executable, folder / "node")

    files = {name: only_payload(folder / name) for name in ("large", "small")}
    common = ["{endpoint}", "{bucket}", "{key}", "{file}"]
    boto3 = [sys.executable, str(ROOT / "benches/upload/peers/boto3_upload.py")]
    ours = str(programs / "upload-ours")
    large = [
        Contender("ours, a batch's file", [ours, "batch", "{endpoint}", "{folder}"]),
        Contender("ours, a text: check and upload", [ours, "text", "{endpoint}", "{file}"]),
        Contender("aws-sdk-s3 put_object (Rust)", [str(programs / "upload-plain"), *common]),
        Contender("boto3 upload_file", [*boto3, "file", *common]),
        Contender(
            "@aws-sdk/lib-storage Upload",
            [node, "--no-warnings", str(folder / "node/lib_storage.js"), *common],
        ),
    ]
    small = [
        *large[:3],
        Contender("boto3 put_object", [*boto3, "put", *common]),
        Contender(
            "@aws-sdk/client-s3 PutObject",
            [node, "--no-warnings", str(folder / "node/client_s3.js"), *common],
        ),
    ]

    for name, value in known.items():
        print(f"{name}: {value}")
    results: dict[str, dict[str, list[Run]]] = {}
    with sink(programs, own) as thrown_away:
        for title, contenders, store, file, count in (
            ("into a store on disk (SeaweedFS)", large, disk, files["large"], rounds),
            (
                "into a sink that throws the bytes away",
                large,
                thrown_away,
                files["large"],
                rounds,
            ),
            (
                "cold start to the first finished put, into the sink",
                small,
                thrown_away,
                files["small"],
                cold_rounds,
            ),
        ):
            size = warm(file)
            runs = compare(contenders, store, bucket, file, count)
            shown = f"{size / 1e6:.1f} MB" if size > 1e6 else f"{size / 1e3:.1f} KB"
            table(f"{shown} {title}, {count} runs each", runs, size)
            results[title] = runs

    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT / 1e6
    print(
        "\nmedian, least, most: the whole process; CPU: median of user and system, without the store's;"
    )
    print(
        f"peak: the most memory of any run (a peak below {floor:.0f} MB, this program's own, cannot be seen)"
    )
    figures = {
        title: {name: [run.__dict__ for run in taken] for name, taken in runs.items()}
        for title, runs in results.items()
    }
    out.write_text(json.dumps({"facts": known, "runs": figures}, indent=1) + "\n")
    print(f"every run: {out}")


if __name__ == "__main__":
    main()
