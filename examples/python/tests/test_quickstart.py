"""The quickstart tells what the one in Rust tells."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from conftest import FOLDER, Run


def test_it_reads_checks_sends_and_tells(run: Run) -> None:
    done = run("quickstart.py")
    lines = Counter(done.stdout.splitlines())
    assert done.stderr == ""
    for line in (
        "The books of a letting agency, from CSV files to Qlower.",
        'error[invalid_siret]: "8543010820001" is not a SIRET: 14 digits.',
        "  = did you mean: 1250.00",
        "11 errors, 5 warnings: not valid, nothing may be sent (rules 2.0/2.2, 2026-08)",
        "Refused, nothing has left: the payload has 11 errors;"
        ' first: "8543010820001" is not a SIRET: 14 digits.',
        "0 errors, 2 warnings: valid (rules 2.0/2.2, 2026-08)",
        "attempts   1",
        "attempts   2, and an earlier one may have been processed too",
        "bucket     ql-loader-stg-sandbox",
        "4 loads were treated, and there are still 6500 items: what exists is not created again.",
    ):
        assert lines[line] == 1, (line, done.stdout)
    stock = (
        "sandbox    40 declarants, 90 associates, 120 properties, 6000 transactions, 250 documents"
    )
    for line, times in (
        (
            "Checked: declarants 40, associates 90, properties 120, transactions 6000, documents 250.",
            2,
        ),
        ("6500 in all, 6500 accepted, 0 failed", 2),
        ("  transactions   6000 accepted, 0 failed", 2),
        (stock, 3),
        ("certainty  processed", 3),
    ):
        assert lines[line] == times, (line, done.stdout)
    moved = [line for line in lines if line.startswith("outcome    success (success/loader-")]
    assert len(moved) == 1, done.stdout
    assert "\x1b" not in done.stdout, "no colours in a pipe"
    assert str(FOLDER.parent) not in done.stdout, "no path of this machine"


def test_a_reader_that_leaves_early_is_no_failure(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, str(FOLDER / "quickstart.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.read(1)
    program.stdout.close()
    told = program.stderr.read()
    assert (program.wait(60), told) == (0, b"")
    program.stderr.close()
