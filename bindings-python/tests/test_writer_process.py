"""A writer in a process that is interrupted, or forks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest


@pytest.mark.skipif(os.name != "posix", reason="a signal is sent to a process")
def test_ctrl_c_interrupts_the_writing_of_rows(tmp_path: Path) -> None:
    program = """
        import itertools, sys, time
        from qlower import PayloadWriter

        def rows():
            print("begun", flush=True)
            for n in itertools.count():
                yield {"id": f"T{n}", "date": "2025-01-31", "property_id": "P1", "amount": 1, "reference": "L"}

        writer = PayloadWriter(partner="a", api_key="k", folder=sys.argv[1], references="loaded_before")
        try:
            writer.write_transactions(rows())
        except KeyboardInterrupt:
            taken = writer.pushed("transactions")
            writer.discard()
            print("interrupted", taken > 0, flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        # There is no end of rows.
        assert process.stdout.readline() == "interrupted True\n"
        assert process.wait(10) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_leaves_the_writer_alone(tmp_path: Path) -> None:
    program = """
        import os, sys
        from qlower import PayloadWriter, QlowerError

        row = {"id": "T1", "date": "2025-01-31", "property_id": "P1", "amount": 1, "reference": "L"}
        writer = PayloadWriter(partner="a", api_key="k", folder=sys.argv[1])
        writer.write_transactions([row])
        child = os.fork()
        if child == 0:
            try:
                writer.write_transactions([row])
            except QlowerError as error:
                said = "belongs to the process that made it" in str(error)
            writer.discard()
            del writer
            os._exit(0 if said else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), writer.finish().receipts[0].items)
    """
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.split() == ["0", "1"], done.stderr
