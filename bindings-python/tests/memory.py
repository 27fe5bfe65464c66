"""Whether checking again and again makes the process grow: `python tests/memory.py [how many checks]`.

A small payload is checked as text, as a dict and as models; then reports are rendered and pickled, and errors raised. The
memory of the process may not grow by more than a little after the first tenth.
"""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Callable

import qlower

ROW = {"id": "T1", "date": "2025-01-05", "property_id": "P1", "amount": "850.00", "reference": "r"}
HEADER = {"partner": "acme", "api_key": "k", "created_at": "2025-03-01T08:00:00Z", "version": "2.0"}
SOUND = {**HEADER, "transactions": [ROW, {**ROW, "id": "T2"}]}
FAULTY = {
    **HEADER,
    "transactions": [{**ROW, "date": "05/01/2025", "note": {"a": [1]}}, {**ROW, "amount": None}],
}

#: How much the process may grow, in KiB.
ALLOWED = 2048


def resident() -> int:
    """Memory that the process has in use, in KiB; the most it ever had where that is all that can be told."""
    try:
        with open("/proc/self/statm") as file:  # noqa: PTH123
            import resource

            return int(file.read().split()[1]) * resource.getpagesize() // 1024
    except FileNotFoundError:
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most // 1024 if sys.platform == "darwin" else most


def raising() -> None:
    try:
        qlower.checked(FAULTY)
    except qlower.ValidationError as error:
        assert error.report is not None
        str(error.report)
        pickle.loads(pickle.dumps(error.report))


def main(checks: int) -> None:
    text = qlower.checked(SOUND).to_bytes()
    payload = qlower.Payload.from_json(text)
    rows = [tuple(ROW.values())] * 3
    ways: dict[str, tuple[int, Callable[[], object]]] = {
        "text": (checks, lambda: qlower.check(text)),
        "text, in a str": (checks // 10, lambda: qlower.check(text.decode())),
        "a view": (checks // 10, lambda: qlower.check(memoryview(text))),
        "dicts": (checks // 10, lambda: qlower.check(SOUND)),
        "models": (checks // 10, lambda: qlower.check(payload)),
        "tuples": (
            checks // 10,
            lambda: qlower.check({"transactions": qlower.Rows(rows, columns=list(ROW))}),
        ),
        "findings": (checks // 100, lambda: qlower.check(FAULTY).findings),
        "errors": (checks // 100, raising),
        "reading back": (checks // 100, lambda: qlower.Payload.from_json(text) == payload),
    }
    failed = False
    for name, (times, way) in ways.items():
        for _ in range(max(times // 10, 100)):
            way()
        gc.collect()
        before = resident()
        for _ in range(times):
            way()
        gc.collect()
        grown = resident() - before
        failed |= grown > ALLOWED
        print(f"{name}: {times} times, {grown} KiB more")
    if failed:
        raise SystemExit("the process grows")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
