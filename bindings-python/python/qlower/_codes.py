"""What the enums of codes have in common."""

from __future__ import annotations

from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Literal

    from typing_extensions import Self

_LISTS: dict[str, type[Code]] = {}
_LABELS: dict[type[Code], dict[str, tuple[str, str]]] = {}
_RETIRED: dict[type[Code], Collection[str]] = {}


class Code(str, Enum):
    """A code of a closed list: the text that stands on the wire, with its labels.

    >>> from qlower import codes
    >>> codes.Currency.EUR.upper(), str(codes.Currency.EUR)
    ('EUR', 'EUR')
    >>> codes.VatOption(20).label()
    'VAT at 20%'
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        # A number where the code is one.
        if isinstance(value, int) and not isinstance(value, bool):
            text = str(value)
            return next((member for member in cls if member.value == text), None)
        return None

    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, spec: str) -> str:
        return str.__format__(self, spec)

    def label(self, lang: Literal["en", "fr"] = "en") -> str:
        """The label for people, in English or French."""
        _check_lang(lang)
        return _LABELS[type(self)][self.value][lang == "fr"]

    @property
    def is_retired(self) -> bool:
        """Whether Qlower has withdrawn this code. It is still accepted, and the check warns of it."""
        return self.value in _RETIRED.get(type(self), ())


def register(
    enum: type[Code],
    names: Iterable[str],
    labels: dict[str, tuple[str, str]],
    retired: Collection[str] = (),
) -> None:
    """Makes a list known by its names, and the English and French label of its codes."""
    for name in names:
        _LISTS[name] = enum
    _LABELS[enum] = labels
    if retired:
        _RETIRED[enum] = retired


def list(name_or_key: str) -> type[Code] | None:  # noqa: A001
    """The list of that name, or the one whose codes a wire key takes; ``None`` if there is none.

    >>> from qlower import codes
    >>> codes.list("furnished")
    <enum 'YesNo'>
    """
    return _LISTS.get(name_or_key)


def label(name_or_key: str, code: str | int, lang: Literal["en", "fr"] = "en") -> str | None:
    """The label of one code, by list name or wire key.

    ``None`` when no list goes by that name, or the list does not know the code.

    >>> from qlower import codes
    >>> codes.label("managed", "STRP")
    'Short-term rental platform'
    >>> codes.label("managed", "?") is None
    True
    """
    _check_lang(lang)
    text = str(code)
    enum = _LISTS.get(name_or_key)
    labels = None if enum is None else _LABELS[enum].get(text)
    return None if labels is None else labels[lang == "fr"]


def _check_lang(lang: str) -> None:
    if lang not in ("en", "fr"):
        raise ValueError(f"lang must be 'en' or 'fr', not {lang!r}")
