"""The vectors of the core, read as their README says."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "qlower-core" / "vectors"


def load(folder: str = "check") -> list[dict[str, Any]]:
    """All vectors of a folder, in the order of the file names."""
    files = sorted((FOLDER / folder).glob("*.json"))
    assert files, FOLDER
    return [vector for file in files for vector in json.loads(file.read_bytes())]


def text_of(vector: dict[str, Any]) -> bytes:
    """The input of a vector."""
    return bytes_of(vector["input"])


def bytes_of(given: Any) -> bytes:
    """A text, in one of the forms that the README lists."""
    if isinstance(given, str):
        return given.encode()
    if "lines" in given:
        return "\n".join(given["lines"]).encode()
    if "parts" in given:
        return "".join(text * times for text, times in given["parts"]).encode()
    return base64.b64decode(given["base64"])


def canonical(value: Any) -> str:
    """Compact JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
