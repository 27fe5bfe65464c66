"""Compares whole programs that upload by S3, all on this machine; see README.md.

python benches/upload/compare.py [--runs 5] [--cold-runs 9] [--megabytes 200] [--json FILE]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUCKET = "ql-loader-stg-agence-du-parc"


def run(*arguments: str | Path, cwd: Path = ROOT) -> None:
    print(
        "$",
        *(os.path.relpath(word) if isinstance(word, Path) else word for word in arguments),
        flush=True,
    )
    subprocess.run(arguments, check=True, cwd=cwd)


def programs_of_python(folder: Path) -> Path:
    """An environment with boto3 and SeaweedFS: its `bin`."""
    wanted = [HERE / "peers/requirements.txt", ROOT / "tools/requirements-stores.txt"]
    text = "".join(path.read_text() for path in wanted)
    installed = folder / "installed.txt"
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    if not installed.is_file() or installed.read_text() != text:
        venv.create(folder, with_pip=True, clear=True)
        pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
        run(programs / "python", *pip, wanted[0])
        installed.write_text(text)
    return programs


def packages_of_node(folder: Path) -> None:
    """The scripts and what they import."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = HERE / "peers/package-lock.json"
    installed = folder / "installed.json"
    for name in ("lib_storage.js", "client_s3.js", "package.json", "package-lock.json"):
        shutil.copy(HERE / "peers" / name, folder / name)
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        npm = shutil.which("npm")
        if npm is None:
            sys.exit("error: npm is not installed")
        run(npm, "ci", "--no-audit", "--no-fund", "--silent", cwd=folder)
        shutil.copy(lock, installed)


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare uploads by S3.")
    parser.add_argument("--runs", type=int, default=5, help="of each large upload (5)")
    parser.add_argument("--cold-runs", type=int, default=9, help="of each small upload (9)")
    parser.add_argument("--megabytes", type=int, default=200, help="of the large upload (200)")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    options = parser.parse_args()

    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    folder = target / "upload-bench"
    run("cargo", "build", "--release", "--locked", "-p", "upload-bench")
    python = programs_of_python(folder / "python")
    packages_of_node(folder / "node")
    for name, size in (("large", options.megabytes * 1_000_000), ("small", 5_000)):
        shutil.rmtree(folder / name, ignore_errors=True)
        run(target / "release/upload-payload", str(size), folder / name)

    data = folder / "stores"
    data.mkdir(exist_ok=True)
    store = ["--store", "seaweedfs", "--bucket", BUCKET, "--data", str(data), "--"]
    measure = [str(HERE / "measure.py"), str(target / "release"), str(folder), BUCKET]
    counts = [
        str(options.runs),
        str(options.cold_runs),
        str(options.json or folder / "figures.json"),
    ]
    interpreter = str(python / "python")
    command = [interpreter, str(ROOT / "tools/stores.py"), *store, interpreter, *measure, *counts]
    return subprocess.run(command, check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
