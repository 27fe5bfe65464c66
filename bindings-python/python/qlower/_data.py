"""What plain results have in common."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    Texts: TypeAlias = tuple[str, str]
    """A text in English and in French."""


def in_language(texts: Texts, lang: Literal["en", "fr"]) -> str:
    """One of two texts."""
    if lang not in ("en", "fr"):
        raise ValueError(f'unknown language {lang!r}: use "en" or "fr"')
    english, french = texts
    return english if lang == "en" else french


class Data:
    """Attributes by ``__slots__``, in the order of the parameters: compared, shown and pickled by them."""

    __slots__: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The attributes, as a dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({shown})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash((type(self), *(repr(getattr(self, name)) for name in self.__slots__)))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)
