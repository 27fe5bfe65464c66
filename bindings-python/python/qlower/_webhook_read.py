"""Bodies of webhooks, read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from . import _events, _native

if TYPE_CHECKING:
    from ._webhook_verify import Body


class Read(NamedTuple):
    """A body that was read."""

    event: Any
    key: str | None
    """What it is known by when it comes again, if anything is."""
    is_ping: bool


def read(body: Body) -> Read:
    """An event of Qlower's."""
    told, key, is_ping = _native.webhook_parse(body)
    return Read(_events.read_event(told, _raw(body)), key, is_ping)


def read_keyclic(body: Body) -> Read:
    """An event of Keyclic's."""
    told, key, is_ping = _native.webhook_parse_keyclic(body)
    return Read(_events.read_keyclic(told, _raw(body)), key, is_ping)


def read_vehicle(kind: str, body: Body) -> Read:
    """An event of the vehicle imaging platform."""
    told, key, is_ping = _native.webhook_parse_vehicle(kind, body)
    return Read(_events.read_vehicle(told, _raw(body)), key, is_ping)


def _raw(body: Body) -> bytes:
    return body if isinstance(body, bytes) else memoryview(body).tobytes()


def parse(body: Body) -> _events.Event:
    """Reads the body of a webhook of Qlower's. Verify it first.

    Unknown fields and types stop nothing. Amounts are exact decimals, instants have their offset.

    :param body: the raw bytes.
    :raises qlower.InvalidEventError: if it cannot be read. If it was verified, answer 5xx, so that the event is sent again.
    :raises TypeError: if ``body`` is no bytes.

    >>> from qlower import webhook
    >>> body = b'''{"event_type": "order.created", "event_id": "evt_1", "order_id": 3051,
    ...     "timestamp": "2026-08-05T08:42:18+00:00", "customer": {"email": "marie.martin@example.com"},
    ...     "order": {"total_amount": 315.10, "currency": "EUR", "payment_date": "2026-08-05T08:42:18+00:00",
    ...         "is_subscription": true, "products": [], "coverage": []}}'''
    >>> event = webhook.parse(body)
    >>> isinstance(event, webhook.OrderCreated), event.event_id, event.order.total_amount
    (True, 'evt_1', Decimal('315.10'))
    """
    event: _events.Event = read(body).event
    return event
