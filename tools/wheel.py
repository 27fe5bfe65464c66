"""Looks at a built wheel: what it holds, how large it is, and whether that is as it must be.

wheel.py FILE [--megabytes 4.0]
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

WANTED = ("qlower/__init__.py", "qlower/_native.pyi", "qlower/py.typed")
LOADER_MAGIC = {b"\x7fELF", b"MZ\x90\x00", b"\xcf\xfa\xed\xfe"}


def faults(wheel: zipfile.ZipFile) -> list[str]:
    """What is missing, and what does not belong into it."""
    names = [name for name in wheel.namelist() if not name.endswith("/")]
    found = [f"{name} is missing" for name in WANTED if name not in names]
    native = [name for name in names if name.startswith("qlower/_native.") and name[-4:] != ".pyi"]
    if len(native) != 1 or wheel.read(native[0])[:4] not in LOADER_MAGIC:
        found.append(f"one native module is wanted, not {native}")
    for name in names:
        top = name.split("/")[0]
        foreign = top != "qlower" and not top.endswith((".dist-info", ".libs"))
        if foreign or "__pycache__" in name or "/tests/" in name:
            found.append(f"{name} does not belong into it")
    (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
    needs = Parser().parsestr(wheel.read(metadata).decode()).get_all("Requires-Dist") or []
    found += [f"it needs {need} at run time" for need in needs if "extra ==" not in need]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Look at a built wheel.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--megabytes", type=float, default=4.0, help="the most it may have (4.0)")
    options = parser.parse_args()
    size = options.file.stat().st_size
    print(f"{options.file.name}: {size / 1e6:.2f} MB")
    with zipfile.ZipFile(options.file) as wheel:
        found = faults(wheel)
        parts: dict[str, tuple[int, int]] = {}
        for entry in wheel.infolist():
            part = "native module" if "_native.a" in entry.filename else "everything else"
            packed, whole = parts.get(part, (0, 0))
            parts[part] = (packed + entry.compress_size, whole + entry.file_size)
    for part, (packed, whole) in parts.items():
        print(f"  {part:<16} {packed / 1e6:.2f} MB packed, {whole / 1e6:.2f} MB installed")
    if size > options.megabytes * 1e6:
        found.append(f"it has more than {options.megabytes} MB")
    for fault in found:
        print(f"error: {options.file.name}: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
