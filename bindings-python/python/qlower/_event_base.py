"""What the classes of the events have in common."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping
    from decimal import Decimal
    from typing import Any, ClassVar, TypeVar

    from typing_extensions import Self

    from ._events import CoveredProperty, Order

    T = TypeVar("T")

_MASK = "***"


class EventPart:
    """Attributes that do not change: compared, shown and pickled by them.

    What says something of a person, and links that give access, are masked where it is shown.
    """

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()
    _masked: ClassVar[frozenset[str]] = frozenset()

    if TYPE_CHECKING:

        def __init__(self, **values: Any) -> None: ...

    def _fill(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__match_args__}

    def replace(self, **changes: Any) -> Self:
        """The same with other values of some attributes, for a test of what handles it; the original stays as it is."""
        return type(self)(**{**self._values(), **changes})

    # For `copy.replace` of Python 3.13.
    __replace__ = replace

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} does not change: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} does not change: {name!r} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EventPart) or type(self) is not type(other):
            return NotImplemented
        return self._values() == other._values()

    # What it holds need not be hashable.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = []
        for name in self.__match_args__:
            value = getattr(self, name)
            if value is None or value == []:
                continue
            if name == "raw":
                text = f"<{len(value)} bytes>"
            else:
                text = _MASK if name in self._masked else repr(value)
            shown.append(f"{name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self._values())


class WebhookEvent(EventPart):
    """Base of what webhooks tell."""

    __slots__ = ()

    raw: bytes
    """The body as it came."""

    def json(self) -> Any:
        """The whole body, with the fields that this version does not know; numbers with a fraction as
        :class:`decimal.Decimal`."""
        import json
        from decimal import Decimal

        return json.loads(self.raw, parse_float=Decimal)


class QlowerEvent(WebhookEvent):
    """Base of what Qlower's webhooks tell."""

    __slots__ = ()

    @property
    def id(self) -> str | None:
        """What to de-duplicate by: the same each time the event is sent. A ping has none."""
        key: str | None = getattr(self, "event_id", None)
        return key

    @property
    def is_ping(self) -> bool:
        """Whether it is a ping, to which nothing is to be done."""
        return False


class PingBase(QlowerEvent):
    """What a ping can do."""

    __slots__ = ()

    @property
    def is_ping(self) -> bool:
        """Whether it is a ping, to which nothing is to be done: yes."""
        return True


class OrderBase(QlowerEvent):
    """What the events of an order can do."""

    __slots__ = ()

    if TYPE_CHECKING:
        order: Order

    @property
    def event_type(self) -> str:
        """The type on the wire, such as ``order.created``."""
        raise NotImplementedError

    def covers(self, external_id: str, year: int) -> bool:
        """Whether the order is for this fiscal year of this property."""
        return any(
            each.year == year and each.property.external_id == external_id
            for each in self.order.coverage
        )

    def years_of(self, external_id: str) -> list[int]:
        """The fiscal years of a property that the order is for, in ascending order."""
        coverage = self.order.coverage
        return sorted({each.year for each in coverage if each.property.external_id == external_id})

    @property
    def properties(self) -> list[CoveredProperty]:
        """The properties that the order is for, each once."""
        found: dict[str, CoveredProperty] = {}
        for each in self.order.coverage:
            found.setdefault(each.property.external_id, each.property)
        return list(found.values())

    @property
    def new_properties(self) -> list[CoveredProperty]:
        """Those of :attr:`properties` that are new to the partner: the customer created them."""
        return [each for each in self.properties if each.is_new_to_partner]


class LinkedPart(EventPart):
    """What a resource with links can do."""

    __slots__ = ()

    if TYPE_CHECKING:
        links: dict[str, Any] | None

    def href(self, relation: str) -> str | None:
        """Where a link leads: the first of this relation."""
        return next(iter(self.hrefs(relation)), None)

    def hrefs(self, relation: str) -> list[str]:
        """Where all links of a relation lead."""
        given = (self.links or {}).get(relation)
        several = given if isinstance(given, list) else [given]
        found = (each.get("href") if isinstance(each, dict) else each for each in several)
        return [each for each in found if isinstance(each, str)]


def optional(read: Callable[[Any], T], told: Any) -> T | None:
    """What is read of something that may be absent."""
    return None if told is None else read(told)


def several(read: Callable[[Any], T], told: Iterable[Any] | None) -> list[T]:
    """What is read of a list that may be absent."""
    return [read(each) for each in told or ()]


def exact(told: str) -> Decimal:
    """A decimal in the normal form."""
    from decimal import Decimal

    return Decimal(told)


def instant(told: str) -> datetime.datetime:
    """An instant in the normal form."""
    import datetime

    return datetime.datetime.fromisoformat(told)


def rest(told: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    """The fields that the table does not know."""
    return {key: value for key, value in told.items() if key not in known}


def _again(kind: type[EventPart], values: dict[str, Any]) -> EventPart:
    return kind(**values)
