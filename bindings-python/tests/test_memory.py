"""Checks leave nothing behind; and a large text is not copied."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.skipif(sys.platform == "win32", reason="the module resource is not there")
def test_checks_leave_nothing_behind() -> None:
    run = subprocess.run(
        [sys.executable, HERE / "memory.py", "1000000"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


PEAK = """
import resource, sys
import qlower
item = b'{"id": "%08d", "reqdExctnDt": "2025-01-05", "id-prty": "P1", "amt": 850.00, "ref": "Loyer janvier"},'
head = b'{"inigPtynm": "a", "apiKey": "k", "creDtTm": "2025-03-01T08:00:00Z", "versionId": "2.0",'
head += b' "documents": [], "transactions": ['
count = 250_000
text = bytearray(head)
for number in range(count):
    text += item % number
text[-1:] = b"]}"
with open(sys.argv[1], "wb") as file:
    file.write(text)
"""

CHECK = """
import mmap, pathlib, resource, sys
import qlower
def peak():
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
how, path = sys.argv[1:]
qlower.check(b"{}")
before = peak()
if how == "bytes":
    source = open(path, "rb").read()
elif how == "mmap":
    file = open(path, "rb")
    source = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
else:
    source = pathlib.Path(path)
report = qlower.check(source, max_findings=10)
assert report.is_valid, str(report)
print((peak() - before) / pathlib.Path(path).stat().st_size)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the module resource is not there")
def test_a_large_text_stands_in_memory_once(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    subprocess.run([sys.executable, "-c", PEAK, file], check=True)
    for how in ("bytes", "mmap", "path"):
        run = subprocess.run(
            [sys.executable, "-c", CHECK, how, file], check=True, capture_output=True, text=True
        )
        # The text, and what is known of its items.
        assert float(run.stdout) < 1.7, how
