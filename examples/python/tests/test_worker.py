"""A real Celery worker, which forks after the client was used, loads what it is given."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from celery import Celery
from conftest import FOLDER
from qlower.sandbox import Sandbox

# Messages are files in a folder: no broker is needed.
WORKER = """
import tasks

app = tasks.app
folder = {folder!r}
app.conf.broker_url = "filesystem://"
app.conf.broker_transport_options = {{
    "data_folder_in": folder, "data_folder_out": folder, "control_folder": folder + "-control"
}}
# Before the fork: the connection and the threads that this leaves are no use in the workers.
tasks.client().send(open({payload!r}, "rb").read())
"""
PAYLOAD = """
{{"inigPtynm": "sandbox", "apiKey": "sandbox-key", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0",
 "transactions": [
  {{"id": "{id}", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850.00, "ref": "Loyer"}}
]}}
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Celery forks only where the system can")
def test_a_forked_worker_loads(qlower_sandbox: Sandbox, tmp_path: Path) -> None:
    queue = tmp_path / "queue"
    for folder in (queue, tmp_path / "queue-control"):
        folder.mkdir()
    files = [tmp_path / f"T{number}.json" for number in range(4)]
    for file in files:
        file.write_text(PAYLOAD.format(id=file.stem))
    worker = WORKER.format(folder=str(queue), payload=str(files[0]))
    (tmp_path / "worker.py").write_text(worker)

    producer = Celery("producer", broker="filesystem://", set_as_current=False)
    producer.conf.broker_transport_options = {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(tmp_path / "queue-control"),
    }
    for file in files[1:]:
        producer.send_task("tasks.load", [str(file)])

    settings = qlower_sandbox.client_settings(s3=False)
    variables = {f"QLOWER_{name.upper()}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "celery", "--app", "worker", "worker", "--loglevel", "INFO"]
    process = subprocess.Popen(
        [
            *command,
            "--pool",
            "prefork",
            "--concurrency",
            "2",
            "--without-gossip",
            "--without-mingle",
        ],
        cwd=tmp_path,
        env=os.environ | variables | {"PYTHONPATH": str(FOLDER)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        limit = time.monotonic() + 60
        while qlower_sandbox.loaded().count("transactions") < len(files):
            assert time.monotonic() < limit
            assert process.poll() is None
            time.sleep(0.05)
    finally:
        process.terminate()
        told, _ = process.communicate(timeout=30)
        print(told)
    assert told.count("succeeded in") == len(files) - 1
    assert "sandbox-key" not in told
