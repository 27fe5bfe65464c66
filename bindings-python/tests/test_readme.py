"""The programs in the README files run, from top to bottom."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import servers
from hooks import SECRET, order, signed
from qlower.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(file: Path) -> list[tuple[str, str, int]]:
    """Language, text and first line of each block."""
    text = file.read_text(encoding="utf-8")
    return [
        (found[1], found[2], text.count("\n", 0, found.start()) + 2)
        for found in BLOCK.finditer(text)
    ]


def what_it_shows_of_webhooks_works(names: dict[str, Any], folder: Path) -> None:
    """Each of its receivers takes an order, and takes it once."""
    sent = [order(f"evt_{number}") for number in range(4)]
    with servers.wsgiref(names["app"]) as address:
        address.path = "/webhooks/qlower"
        assert address.name(sent[0]) == "handled"
    with servers.uvicorn(names["api"]) as address:
        address.path = "/webhooks/qlower"
        assert address.name(sent[0]) == "duplicate"
    assert [pattern.pattern._route for pattern in names["urlpatterns"]] == ["webhooks/qlower"]
    assert names["urlpatterns"][0].callback.csrf_exempt

    with servers.wsgiref(names["application"]) as address:
        assert address.name(sent[1]) == "handled"
    with servers.wsgiref(names["hooks"]) as address:
        assert address.send(sent[2])[0] == 200
        assert address.send(sent[2], {})[::2] == (401, b"missing")
    for _ in range(2):
        answer = names["booking"].answer("POST", signed(sent[3]), sent[3])
        assert answer.name == "handled"
    with contextlib.closing(sqlite3.connect(folder / "orders.sqlite")) as connection:
        booked = connection.execute("SELECT * FROM orders ORDER BY event_id").fetchall()
    assert booked == [("evt_2", "315.0"), ("evt_3", "315.0")]


@pytest.mark.parametrize("name", ["bindings-python/README.md", "README.md"])
def test_its_programs_run(
    name: str,
    qlower_sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for setting, value in qlower_sandbox.client_settings(s3=False).items():
        monkeypatch.setenv(f"QLOWER_{setting.upper()}", value)
    monkeypatch.setenv("QLOWER_WEBHOOK_SECRET", SECRET)
    programs = [
        (text, line) for language, text, line in blocks(ROOT / name) if language == "python"
    ]
    assert programs
    names: dict[str, Any] = {"__name__": "readme"}
    for text, line in programs:
        # Faults are told with the lines of the README.
        exec(compile("\n" * (line - 1) + text, str(ROOT / name), "exec"), names)
    for test in [value for key, value in names.items() if key.startswith("test_")]:
        test(qlower_sandbox)
    if "hooks" in names:
        what_it_shows_of_webhooks_works(names, tmp_path)
    shown = capsys.readouterr().out
    assert "sandbox-key" not in shown


def test_what_the_first_program_prints_is_what_is_shown(
    qlower_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for setting, value in qlower_sandbox.client_settings(s3=False).items():
        monkeypatch.setenv(f"QLOWER_{setting.upper()}", value)
    found = blocks(ROOT / "bindings-python/README.md")
    program = next(text for language, text, _ in found if language == "python")
    expected = next(text for language, text, _ in found if language == "text")
    exec(compile(program, "README.md", "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out.rstrip("\n") == expected.rstrip("\n")
