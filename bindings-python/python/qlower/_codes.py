"""What the enums of codes have in common."""

from __future__ import annotations

from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from typing_extensions import Self

_LISTS: dict[str, type[Code]] = {}


class Code(str, Enum):
    """A code of a closed list: the text that stands on the wire, with its labels.

    >>> from qlower import codes
    >>> codes.Currency.EUR.upper(), str(codes.Currency.EUR)
    ('EUR', 'EUR')
    >>> codes.VatOption(20).label()
    'VAT at 20%'
    """

    _value_: str
    _labels: tuple[str, str]
    _retired: bool

    def __new__(cls, code: str, en: str, fr: str, retired: bool = False) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member._labels = (en, fr)
        member._retired = retired
        return member

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
        return self._labels[lang == "fr"]

    @property
    def is_retired(self) -> bool:
        """Whether Qlower has withdrawn this code. It is still accepted, and the check warns of it."""
        return self._retired


def register(enum: type[Code], *names: str) -> None:
    """Makes a list known by its names."""
    for name in names:
        _LISTS[name] = enum


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
    for each in _LISTS.get(name_or_key, ()):
        if each.value == text:
            return each.label(lang)
    return None


def _check_lang(lang: str) -> None:
    if lang not in ("en", "fr"):
        raise ValueError(f"lang must be 'en' or 'fr', not {lang!r}")
