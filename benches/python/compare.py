"""Compares the Python package with pydantic and msgspec, in whole programs; see README.md.

python benches/python/compare.py [--runs 5] [--wheel FILE] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from processes import Run, measure  # noqa: E402

CONTENDERS = ("qlower", "msgspec", "pydantic", "nothing")


@dataclass(frozen=True)
class Taken:
    """What one program took, and of that the work alone."""

    whole: Run
    work: float


Runs: TypeAlias = dict[str, list[Taken]]


def run(*arguments: str | Path, cwd: Path = ROOT) -> None:
    subprocess.run(arguments, check=True, cwd=cwd)


def built_wheel(target: Path) -> Path:
    """The package as it is in this repository, built as for a release."""
    maturin = target / "ci-venvs/python/bin/maturin"
    command = str(maturin) if maturin.is_file() else shutil.which("maturin")
    if command is None:
        sys.exit("error: maturin is not installed; `./test.sh wheel` fetches it")
    wheels = target / "python-bench/wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    run(command, "build", "--target-dir", target, "--out", wheels, cwd=ROOT / "bindings-python")
    (wheel,) = wheels.glob("*.whl")
    return wheel


def environment(folder: Path, wheel: Path) -> Path:
    """An environment with this wheel and with the peers: its interpreter."""
    wanted = (HERE / "peers/requirements.txt").read_text()
    installed = folder / "installed.txt"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not installed.is_file() or installed.read_text() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        run(python, *pip, "-r", HERE / "peers/requirements.txt")
        installed.write_text(wanted)
    run(python, *pip, "--no-index", "--force-reinstall", wheel)
    return python


def once(python: Path, contender: str, job: list[str]) -> Taken:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    program = str(HERE / f"peers/with_{contender}.py")
    whole, printed = measure([str(python), program, *job], variables)
    return Taken(whole, json.loads(printed)["seconds"])


def same_content(python: Path, job: list[str], folder: Path) -> None:
    """All of them build the same payload, apart from how they spell a number and an absent value."""
    files = []
    for contender in CONTENDERS[:-1]:
        file = folder / f"{contender}.json"
        once(python, contender, [*job, str(file)])
        files.append(file)
    if subprocess.run([python, HERE / "same.py", *files], check=False).returncode:
        sys.exit(f"error: {' '.join(job)}: not the same payload: {', '.join(map(str, files))}")
    for file in files:
        file.unlink()


def compare(python: Path, job: list[str], rounds: int) -> Runs:
    """All in turn, another one first in every round; the first round warms up and does not count."""
    runs: Runs = {contender: [] for contender in CONTENDERS}
    for number in range(rounds + 1):
        at = number % len(CONTENDERS)
        for contender in CONTENDERS[at:] + CONTENDERS[:at]:
            taken = once(python, contender, job)
            if number:
                runs[contender].append(taken)
    return runs


def table(title: str, runs: Runs) -> None:
    """Medians, and how many times the first contender's each of them is."""
    own_wall = statistics.median(taken.whole.wall for taken in runs["qlower"])
    own_work = statistics.median(taken.work for taken in runs["qlower"])
    print(f"\n{title}")
    print(
        f"  {'':<10} {'whole':>8} {'':>8} {'least':>7} {'most':>7} {'work':>8} {'':>8} {'peak':>8}"
    )
    for name, all_taken in runs.items():
        walls = [taken.whole.wall for taken in all_taken]
        wall = statistics.median(walls)
        work = statistics.median(taken.work for taken in all_taken)
        peak = max(taken.whole.peak_mb for taken in all_taken)
        print(
            f"  {name:<10} {wall:>6.3f} s {wall / own_wall:>6.1f} × {min(walls):>7.3f} {max(walls):>7.3f}"
            f" {work:>6.3f} s {work / own_work:>6.1f} × {peak:>5.0f} MB"
        )


def facts(python: Path) -> dict[str, str]:
    code = "from importlib.metadata import version; import sys; print(*map(version, sys.argv[1:]))"
    names = ["qlower", "msgspec", "pydantic", "pyarrow"]
    shown = subprocess.run(
        [python, "-c", code, *names], capture_output=True, text=True, check=True
    ).stdout.split()
    load = f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}",
        "load average before": load,
        "python": platform.python_version(),
        **dict(zip(names, shown, strict=True)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the Python package with its peers.")
    parser.add_argument("--runs", type=int, default=5, help="of each program (5)")
    parser.add_argument("--megabytes", type=int, default=100, help="of the payload (100)")
    parser.add_argument("--transactions", type=int, default=500_000, help="rows (500000)")
    parser.add_argument("--wheel", type=Path, help="this one, instead of one that is built")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    options = parser.parse_args()

    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    folder = target / "python-bench"
    python = environment(folder / "venv", options.wheel or built_wheel(target))
    count = str(options.transactions)
    sizes = ["--megabytes", str(options.megabytes), "--transactions", count]
    run(python, HERE / "data.py", folder, *sizes)

    known = facts(python)
    for name, value in known.items():
        print(f"{name}: {value}")
    results: dict[str, Runs] = {}
    payload, rows = str(folder / "payload.json"), str(folder / "rows.arrow")
    for title, job in (
        (f"check a payload of {options.megabytes} MB in a file", ["validate", payload]),
        (f"{count} rows of a database, as dicts, to checked bytes", ["rows", count]),
        (f"{count} rows of texts, as dicts, to checked bytes", ["texts", count]),
        (f"an Arrow table of {count} rows to checked bytes", ["table", rows]),
    ):
        if job[0] != "validate":
            same_content(python, job, folder)
        results[title] = compare(python, job, options.runs)
        table(f"{title}, {options.runs} runs each", results[title])

    print(
        "\nwhole: the process from start to end, median, least and most; work: the work alone, median;"
    )
    print("×: how many times what qlower takes; peak: the most memory of any run;")
    print("nothing: start, imports and making the rows, which every program has to do")
    if options.json:
        figures = {
            title: {
                name: [taken.whole.__dict__ | {"work": taken.work} for taken in all_taken]
                for name, all_taken in runs.items()
            }
            for title, runs in results.items()
        }
        options.json.write_text(json.dumps({"facts": known, "runs": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
