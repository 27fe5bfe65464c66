"""The programs in the README files run, from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
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
