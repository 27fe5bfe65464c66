"""Webhooks of Keyclic's: reports and operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._webhook_read import read_keyclic

if TYPE_CHECKING:
    from ._events import KeyclicEvent
    from ._webhook_verify import Body

__all__ = ["parse"]


def parse(body: Body) -> KeyclicEvent:
    """Reads the body of a webhook of Keyclic's.

    :param body: the raw bytes.
    :raises qlower.InvalidEventError: if it cannot be read.

    >>> from qlower import webhook
    >>> event = webhook.keyclic.parse(b'{"event": "reportCreated", "payload": {"state": "NEW"}}')
    >>> event.event, event.payload.state
    ('report_created', 'NEW')
    """
    event: KeyclicEvent = read_keyclic(body).event
    return event
