"""How long `import qlower` takes, above the bare interpreter that runs this, and which modules it brings along.

import_time.py [--module qlower] [--runs 21]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

# Each of these takes longer to load than the whole package.
HEAVY = {"asyncio", "collections.abc", "dataclasses", "datetime", "decimal", "enum", "inspect"}
HEAVY |= {"json", "logging", "pathlib", "re", "ssl", "typing", "urllib.request"}


def run(code: str) -> tuple[float, str]:
    """Milliseconds of a whole process, and what it printed."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    taken = (time.perf_counter() - began) * 1_000
    if done.returncode:
        sys.exit(f"error: {code}\n{done.stderr}")
    return taken, done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure an import.")
    parser.add_argument("--module", default="qlower")
    parser.add_argument("--runs", type=int, default=21, help="of each kind, by turns (21)")
    options = parser.parse_args()
    listed = "import sys; before = set(sys.modules); import {}; print(*set(sys.modules) - before)"
    brought = set(run(listed.format(options.module))[1].split())
    heavy = sorted(brought & HEAVY)

    bare, imported = [], []
    for _ in range(options.runs):
        bare.append(run("pass")[0])
        imported.append(run(f"import {options.module}")[0])
    above = statistics.median(imported) - statistics.median(bare)
    print(
        f"import {options.module}: {above:.1f} ms above the bare interpreter's {statistics.median(bare):.1f} ms"
        f" (medians of {options.runs}), {len(brought)} modules"
    )
    if heavy:
        print(f"error: import {options.module} loads {', '.join(heavy)}", file=sys.stderr)
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
