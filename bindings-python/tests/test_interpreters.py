"""Interpreters other than the first are refused by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
{first}
run = interpreters.run_string
inside = '''
import sys
sys.path[:] = {path!r}
try:
    import qlower
except ImportError as error:
    print("refused:", error)
else:
    print("loaded")
'''
run(interpreters.create(), inside)
import qlower
print(qlower.check("{{}}").is_valid)
"""


@pytest.mark.parametrize("first", ["", "import qlower"])
def test_subinterpreters_are_refused(first: str) -> None:
    program = PROGRAM.format(first=first, path=[path for path in sys.path if path])
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    refused, valid = result.stdout.splitlines()
    assert refused.startswith("refused: ") and "subinterpreters" in refused, result
    assert valid == "False"
