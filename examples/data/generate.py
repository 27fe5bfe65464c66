"""Writes the sample agency's files, or checks that they are what it would write.

python generate.py
python generate.py --check
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agency.ledger import ledger
from agency.lots import lots
from agency.mistakes import spoiled
from agency.papers import papers
from agency.people import declarants
from agency.readme import broken_page, main_page
from agency.tables import tables

HERE = Path(__file__).resolve().parent


def files() -> dict[str, bytes]:
    """Every generated file's content, by its path below this folder."""
    owners = declarants()
    properties = lots(owners)
    good = tables(owners, properties, ledger(properties), papers(owners, properties))
    bad, made = spoiled(good)
    texts = {table.file: table.text() for table in good}
    texts |= {f"broken/{table.file}": table.text() for table in bad}
    texts["README.md"] = main_page(good)
    texts["broken/README.md"] = broken_page(made)
    return {path: text.encode() for path, text in texts.items()}


def difference(path: str, wanted: bytes) -> str:
    """What is wrong with a committed file, or an empty text."""
    place = HERE / path
    if not place.is_file():
        return f"{path}: is missing"
    found = place.read_bytes()
    if found == wanted:
        return ""
    pairs = zip(found.split(b"\n"), wanted.split(b"\n"), strict=False)
    line = next((number for number, (old, new) in enumerate(pairs, start=1) if old != new), 0)
    if line:
        return f"{path}: differs from line {line} on"
    return f"{path}: has {len(found)} bytes instead of {len(wanted)}"


def strangers(known: dict[str, bytes]) -> list[str]:
    """CSV files that nothing generates."""
    found = [path.relative_to(HERE).as_posix() for path in HERE.rglob("*.csv")]
    return [f"{path}: is not generated" for path in sorted(found) if path not in known]


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the sample agency's files.")
    parser.add_argument("--check", action="store_true", help="write nothing, report differences")
    wanted = files()
    if not parser.parse_args().check:
        for path, content in wanted.items():
            (HERE / path).parent.mkdir(exist_ok=True)
            (HERE / path).write_bytes(content)
        return 0
    faults = [fault for path, content in wanted.items() if (fault := difference(path, content))]
    faults += strangers(wanted)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        print("run `python examples/data/generate.py` and commit the result", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
