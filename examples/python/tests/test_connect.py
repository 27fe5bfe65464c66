"""Deliveries and live readings: the programs, run as a person runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import FOLDER, Run

VIN = "VF1AB000123456789"


def test_a_delivery_says_what_it_would_send(run: Run) -> None:
    names = ["ftp.garage-nord.example", "--user", "dms", "--vin", VIN, "--dry-run"]
    rules = ["--archive", "{vin}.zip", "--side-file", "{vin}.json"]
    done = run("ftp_delivery.py", *names, *rules, "front.JPG", "back.JPG")
    assert done.stdout.split() == [f"{VIN}.zip", f"{VIN}_01.jpg", f"{VIN}_02.jpg", f"{VIN}.json"]


def test_a_delivery_names_every_mistake(run: Run) -> None:
    names = ["ftp.garage-nord.example", "--user", "dms", "--vin", VIN]
    done = run("ftp_delivery.py", *names, "--archive", "{vni}.zip", "--file", "x", "a", "b", code=1)
    assert 'did you mean "vin"?' in done.stderr and '"x"' in done.stderr
    done = run("ftp_delivery.py", *names, "--protocol", "ftp", "a", code=1)
    assert "ftp_delivery: protocol: " in done.stderr


def test_a_delivery_says_whether_to_try_again(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"1")
    names = ["127.0.0.1", "--port", "1", "--protocol", "ftp", "--user", "dms", "--vin", VIN]
    done = run("ftp_delivery.py", *names, "a.jpg", code=75, FTP_PASSWORD="s3ntinel")
    assert done.stderr.splitlines()[-1] == "there: nothing"
    assert "s3ntinel" not in done.stdout + done.stderr


@contextmanager
def producing(file: Path, **variables: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The program, and where it listens."""
    process = subprocess.Popen(
        [sys.executable, str(FOLDER / "live_producer.py"), "--from", str(file), "--port", "0"],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("listening on ").strip(), process
    finally:
        process.kill()
        process.communicate()


def test_a_producer_is_watched(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "power.txt"
    file.write_text("42.5\n", encoding="ascii")
    with producing(file, POWER_KEY="s3ntinel") as (url, _):
        watch = ["live_watch.py", url, "data.power.value"]
        done = run(*watch, "--times", "1", POWER_KEY="s3ntinel")
        assert done.stdout == "42.5 MW\n"
        done = run(*watch, "--times", "1")
        assert done.stdout.startswith("Connection error: ") and "401" in done.stdout
        done = run(*watch, "--probe", "--lang", "fr", POWER_KEY="s3ntinel", code=1)
        # Without TLS, all but that is met.
        missing = [line for line in done.stdout.splitlines() if "✗" in line]
        assert [line for line in missing if "https" not in line] == []
        assert "s3ntinel" not in done.stdout + done.stderr
        file.unlink()
        # The last value will do for a second.
        time.sleep(1.1)
        done = run(*watch, "--times", "1", POWER_KEY="s3ntinel")
        assert done.stdout.startswith("Connection error: ") and "503" in done.stdout
    assert "url: " in run("live_watch.py", "http://plant.example/", "a", code=1).stderr


@pytest.mark.skipif(os.name != "posix", reason="it stops by a signal")
def test_a_producer_stops(tmp_path: Path) -> None:
    with producing(tmp_path / "power.txt") as (_, process):
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[0] == "stopping\n"
        assert process.returncode == 0
