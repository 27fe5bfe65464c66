"""Webhooks: verified, read, handled once, and answered so that nothing is lost.

Qlower ``POST``s an event to the partner after each payment. Whoever knows the address can do so too: so verify first, over **the
bytes as they came**, and read afterwards. A :class:`Receiver` does both, in any framework; the functions do one thing each.

>>> from qlower import webhook
>>> body = b'{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00"}'
>>> header = webhook.sign(body, "whsec_acme", now=1_786_000_000)
>>> webhook.verify(body, header, "whsec_acme", now=1_786_000_010).timestamp
1786000000
>>> webhook.parse(body).event_type
'ping'
"""

from __future__ import annotations

from . import _webhook_keyclic as keyclic
from . import _webhook_vehicle as vehicle
from ._events import (
    Coverage,
    CoveredProperty,
    Customer,
    CustomField,
    Event,
    Invoice,
    KeyclicEvent,
    KeyclicPayload,
    Order,
    OrderCreated,
    OrderEvent,
    OrderRenewed,
    OtherEvent,
    Ping,
    Product,
    SubItem,
    VehicleEvent,
)
from ._webhook_answer import Answer
from ._webhook_explain import Cause, Explanation, explain
from ._webhook_read import parse
from ._webhook_receiver import Receiver
from ._webhook_store import DedupeStore, MemoryStore
from ._webhook_verify import TOLERANCE_SECONDS, Verified, sign, verify, verify_basic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._webhook_sqlite import SqliteStore

__all__ = [
    "TOLERANCE_SECONDS",
    "Answer",
    "Cause",
    "Coverage",
    "CoveredProperty",
    "CustomField",
    "Customer",
    "DedupeStore",
    "Event",
    "Explanation",
    "Invoice",
    "KeyclicEvent",
    "KeyclicPayload",
    "MemoryStore",
    "Order",
    "OrderCreated",
    "OrderEvent",
    "OrderRenewed",
    "OtherEvent",
    "Ping",
    "Product",
    "Receiver",
    "SqliteStore",
    "SubItem",
    "VehicleEvent",
    "Verified",
    "explain",
    "keyclic",
    "parse",
    "sign",
    "vehicle",
    "verify",
    "verify_basic",
]


def __getattr__(name: str) -> object:
    # Some Pythons are built without SQLite.
    if name != "SqliteStore":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ._webhook_sqlite import SqliteStore

    globals()[name] = SqliteStore
    return SqliteStore
