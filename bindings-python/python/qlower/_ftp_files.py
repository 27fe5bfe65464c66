"""Files that are to be delivered, and what stands in their names."""

from __future__ import annotations

import os

from ._check import Checked
from ._errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, TypeAlias

    from typing_extensions import Buffer

    File: TypeAlias = "str | os.PathLike[str] | tuple[str, Buffer] | Checked | Outgoing"
    """A file to deliver: a path, a name with its bytes, a checked payload, or :class:`qlower.ftp.Outgoing`."""
    Files: TypeAlias = "Iterable[File] | str | os.PathLike[str] | Checked | Outgoing"
    """Files to deliver, or a single one."""
    Variables: TypeAlias = Mapping[str, "str | int"]
    """What templates may say, besides what they know anyway."""


class Outgoing:
    """A file that is to be delivered, with the name under which the templates know it.

    Wherever one is wanted, a path, a pair of a name and bytes, or a :class:`qlower.Checked` does as well.

    >>> from qlower import ftp
    >>> ftp.Outgoing.file("out/IMG_0001.JPG").named("front.jpg")
    Outgoing.file('out/IMG_0001.JPG').named('front.jpg')
    >>> ftp.Outgoing.bytes("details.json", b"{}")
    Outgoing.bytes('details.json', <2 bytes>)
    """

    __slots__ = ("_content", "_name", "_path")

    _path: str | None
    _content: Any
    _name: str | None

    def __init__(self) -> None:
        raise TypeError("use Outgoing.file, Outgoing.bytes or Outgoing.payload")

    @classmethod
    def _of(cls, path: str | None, content: Any, name: str | None) -> Outgoing:
        self = cls.__new__(cls)
        self._path = path
        self._content = content
        self._name = name
        return self

    @classmethod
    def file(cls, path: str | os.PathLike[str]) -> Outgoing:
        """A file of this machine. It is read when its turn comes, and must not change until it is delivered."""
        return cls._of(os.fspath(path), None, None)

    @classmethod
    def bytes(cls, name: str, content: Buffer) -> Outgoing:
        """What is in memory, under a name."""
        return cls._of(None, bytes(content), name)

    @classmethod
    def payload(cls, checked: Checked) -> Outgoing:
        """A checked payload, under the name ``loader.json``; its partner fills the variable ``partner``."""
        if not isinstance(checked, Checked):
            raise TypeError(f"expected a qlower.Checked, not {type(checked).__name__}")
        return cls._of(None, checked, None)

    def named(self, name: str) -> Outgoing:
        """The same, under another name."""
        return self._of(self._path, self._content, name)

    def _native(self) -> tuple[str | None, object, str | None]:
        return self._path, self._content, self._name

    def __repr__(self) -> str:
        if self._path is not None:
            text = f"Outgoing.file({self._path!r})"
        elif isinstance(self._content, Checked):
            text = f"Outgoing.payload({self._content!r})"
        else:
            return f"Outgoing.bytes({self._name!r}, <{len(self._content)} bytes>)"
        return text if self._name is None else f"{text}.named({self._name!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Outgoing):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        content = self._content
        if isinstance(content, Checked):
            content = content.sha256
        return self._path, content, self._name

    def __reduce__(self) -> tuple[Any, ...]:
        return Outgoing._of, (self._path, self._content, self._name)


def outgoing(file: File) -> Outgoing:
    """What somebody gave for a file."""
    if isinstance(file, Outgoing):
        return file
    if isinstance(file, Checked):
        return Outgoing.payload(file)
    if isinstance(file, (str, os.PathLike)):
        return Outgoing.file(file)
    if isinstance(file, tuple) and len(file) == 2 and isinstance(file[0], str):
        content: Any = file[1]
        if not isinstance(content, (str, int)):
            try:
                return Outgoing.bytes(file[0], content)
            except TypeError:
                pass
    raise TypeError(
        f"files: expected paths, pairs of a name and bytes, Checked or Outgoing, not {type(file).__name__}"
    )


def natives(files: Files) -> list[tuple[str | None, object, str | None]]:
    """What the native module takes for files."""
    if isinstance(files, (str, os.PathLike, Checked, Outgoing)):
        # A text is no list of its characters.
        files = (files,)
    return [outgoing(file)._native() for file in files]


def texts(variables: Variables | None) -> list[tuple[str, str]]:
    """What the native module takes for variables."""
    pairs = []
    for name, value in ({} if variables is None else variables).items():
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise TypeError(
                f"variables: {name!r} must be a str or an int, not {type(value).__name__}"
            )
        pairs.append((str(name), str(value)))
    return pairs


def json_of(details: Mapping[str, Any] | None) -> str | None:
    """Details for the side file."""
    if details is None:
        return None
    from json import dumps

    try:
        return dumps(dict(details), allow_nan=False)
    except (TypeError, ValueError) as error:
        wrong = ConfigError(f"details: must be what JSON can hold: {error}")
        wrong.setting = "details"
        raise wrong from None
