"""What the classes of the models have in common."""

from __future__ import annotations

from . import _native
from ._rows import Rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from os import PathLike
    from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar

    from _typeshed import DataclassInstance
    from typing_extensions import Buffer, Self

    class ArrowStream(Protocol):
        """A table of pandas, polars, pyarrow, duckdb, or whatever else gives its columns to Arrow."""

        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

    class ArrowArray(Protocol):
        """A record batch."""

        def __arrow_c_array__(
            self, requested_schema: object | None = None
        ) -> tuple[object, object]: ...

    class NamedTuple(Protocol):
        """A row whose type names its columns."""

        @property
        def _fields(self) -> tuple[str, ...]: ...
        def __iter__(self) -> Iterator[Any]: ...

    M = TypeVar("M", bound="Model")
    #: Rows of a model: its own objects, mappings (by readable names or wire keys), dataclasses, named tuples, or a table.
    Items: TypeAlias = (
        Iterable[M | Mapping[str, Any] | DataclassInstance | NamedTuple]
        | Rows
        | ArrowStream
        | ArrowArray
    )

#: So many items of a list are shown.
_SHOWN = 3
#: Digits and a point that a binary float keeps.
_EXACT = 16


class Model:
    """Base of the models: attributes that hold what they were given, compared as the wire sees them.

    Nothing is refused here, so that a program can turn every row into an item first and learn of all mistakes at once,
    with :func:`qlower.check`.
    """

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()

    #: The name of the model in findings.
    _model: ClassVar[str]
    #: Readable names, and the keys on the wire.
    _keys: ClassVar[Mapping[str, str]]
    _secrets: ClassVar[frozenset[str]]
    #: The models of the objects inside.
    _nested: ClassVar[Mapping[str, type[Model]]]

    if TYPE_CHECKING:
        extra: dict[str, Any]

        def __init__(self, **fields: Any) -> None: ...

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads a mapping by readable names or wire keys, without checking anything.

        Objects inside become models. A key that is neither goes to ``extra``, a field that is not there is ``None``.

        Raises:
            TypeError: a field is there by its name and by its wire key.

        >>> from qlower import Transaction
        >>> Transaction.from_dict({"id": "T1", "amt": "850.00", "note": 1})
        Transaction(id='T1', amount='850.00', extra={'note': 1})
        """
        return _read(cls, data)

    def to_dict(self) -> dict[str, Any]:
        """The wire form as a ``dict`` that :mod:`json` can write.

        A decimal is a number where a binary float keeps it exact, else text. A payload's holds the access key.

        >>> from qlower import Document
        >>> Document(id="D1", file_name="bail.pdf", year=2024, file_link="https://example.com/bail.pdf").to_dict()
        {'id': 'D1', 'fileName': 'bail.pdf', 'year': '2024', 'fileLink': 'https://example.com/bail.pdf'}
        """
        import json

        wire: dict[str, Any] = json.loads(_native.model_json(self), parse_float=_number)
        return wire

    def replace(self, **changes: Any) -> Self:
        """The same item with other values of some fields; the original stays as it is.

        Raises:
            TypeError: there is no field of that name.

        >>> from qlower import ClientAccount
        >>> jean = ClientAccount(email="jean@example.com", first_name="Jean", last_name="Dupont")
        >>> jean.replace(first_name="Jeanne").first_name
        'Jeanne'
        """
        values = {name: getattr(self, name) for name in self.__match_args__}
        return type(self)(**{**values, "extra": self.extra, **changes})

    # For `copy.replace` of Python 3.13.
    __replace__ = replace

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        if self is other:
            return True
        try:
            return _native.models_equal(self, other)
        except (TypeError, ValueError):
            # A value that has no form on the wire.
            return all(
                getattr(self, n) == getattr(other, n) for n in (*self.__match_args__, "extra")
            )

    def __repr__(self) -> str:
        given = []
        for name in self.__match_args__:
            value = getattr(self, name, None)
            if value is None or value is _EMPTY or (type(value) is list and not value):
                continue
            shown = repr("***") if name in self._secrets and value else _shown(value)
            given.append(f"{name}={shown}")
        extra = getattr(self, "extra", None)
        if extra:
            given.append(f"extra={_shown(_without_secrets(extra))}")
        return f"{type(self).__name__}({', '.join(given)})"


class PayloadModel(Model):
    """What only a payload can do."""

    __slots__ = ()

    @classmethod
    def from_json(cls, source: Buffer | str | PathLike[str]) -> Self:
        """Reads the wire form: bytes, text, or the file at a path.

        Amounts become :class:`decimal.Decimal`, dates :class:`datetime.date`, the payload's time
        :class:`datetime.datetime`, whole numbers and years ``int``, codes ``str``. A scalar that breaks its rule
        stays a ``str``, so that a faulty payload can be read, mended and checked again.

        Raises:
            ValidationError: reading would lose something: malformed JSON, a value of the wrong JSON type, a duplicate
                key; its report says where.
            FileError: the file could not be read.

        >>> from qlower import Payload
        >>> text = '''{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2024-01-15T10:30:00+01:00", "versionId": "2.0",
        ...     "transactions": [{"id": "T", "reqdExctnDt": "2024-01-05", "id-prty": "P", "amt": 1234567.89, "ref": "Loyer"}]}'''
        >>> payload = Payload.from_json(text)
        >>> payload.transactions[0].amount, payload.transactions[0].date
        (Decimal('1234567.89'), datetime.date(2024, 1, 5))
        >>> Payload.from_json(payload.to_json()) == payload
        True
        """
        payload: Self = _native.payload_from_json(source, cls)
        return payload

    def to_json(self) -> bytes:
        """The canonical wire form: compact JSON, keys in the documented order, absent fields left out, decimals exact.

        It holds the access key.
        """
        return _native.model_json(self)


_EMPTY: tuple[object, ...] = ()


def items(given: Any) -> Any:
    """Rows as an attribute holds them: what can be walked over only once is read, since a payload is checked and then sent."""
    if given is _EMPTY or given is None:
        return []
    if isinstance(given, Rows):
        data = items(given.data)
        same = data is given.data
        return given if same else Rows(data, columns=given.columns, rename=given.rename)
    if not hasattr(given, "__next__"):
        return given
    # A reader of record batches.
    return given.read_all() if hasattr(given, "read_all") else list(given)


def nested(model: type[M], given: Any) -> Any:
    """An object inside another one: a mapping becomes a model."""
    return _read(model, given) if _is_mapping(given) else given


def _read(model: type[M], data: Mapping[str, Any]) -> M:
    if not _is_mapping(data):
        raise TypeError(f"a mapping is wanted, not {type(data).__qualname__}")
    keys, inner = model._keys, model._nested
    names = {key: name for name, key in keys.items()}
    values: dict[str, Any] = dict.fromkeys(keys)
    extra = {}
    given = set()
    for key, value in data.items():
        name = key if key in keys else names.get(key)
        if name is None:
            extra[key] = value
            continue
        if name in given:
            raise TypeError(f"{model.__name__} has {name!r} twice: by its name and by its wire key")
        given.add(name)
        values[name] = _read_inner(inner[name], value) if name in inner else value
    return model(**values, extra=extra)


def _read_inner(model: type[Model], value: Any) -> Any:
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [nested(model, each) for each in value]
    return nested(model, value)


def _number(text: str) -> float | str:
    if len(text) <= _EXACT:
        return float(text)
    from decimal import Decimal

    value = float(text)
    return value if Decimal(repr(value)) == Decimal(text) else text


def _is_mapping(given: object) -> bool:
    return isinstance(given, dict) or (hasattr(given, "keys") and hasattr(given, "__getitem__"))


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return repr(_without_secrets(value))
    if isinstance(value, (str, int, float, Model)):
        return repr(value)
    if isinstance(value, (list, tuple)) and len(value) > _SHOWN:
        first = ", ".join(_shown(each) for each in value[:_SHOWN])
        return f"[{first}, ... {len(value) - _SHOWN} more]"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    if hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__"):
        return f"<{type(value).__module__}.{type(value).__qualname__}>"
    return repr(value)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "***" if _names_a_secret(key) else _without_secrets(each)
            for key, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_without_secrets(each) for each in value]
    return value


def _names_a_secret(key: object) -> bool:
    return isinstance(key, str) and _native.names_a_secret(key)
