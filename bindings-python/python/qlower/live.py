"""Live readings: watched by many with one poll, given by a producer, and an endpoint examined before it is shown.

A plant's endpoint answers ``GET`` with JSON, such as ``{"current_power": 42.5}``; a map shows the value and asks again every few
seconds. :func:`probe` says what such an endpoint lacks, a :class:`Producer` is one, and a :class:`LiveFeed` watches one.

>>> from qlower import live
>>> producer = live.Producer(lambda: live.Measurement(42.5, "MW"), form="with_metadata")
>>> answer = producer.answer("GET")
>>> live.read(answer.body, "data.power.value").unit
'MW'
"""

from __future__ import annotations

from ._errors import show_as_members_of
from ._live_auth import ApiKey, Basic, Bearer, Header, Query
from ._live_errors import PathError, ProducerError, ReadingError
from ._live_feed import LiveFeed, Watch
from ._live_probe import ProbeReport, Requirement, probe, probe_async
from ._live_producer import Answer, Producer
from ._live_read import Found, convert, read
from ._live_source import Measurement
from ._live_states import ConnectionError, Reading, Stale, State  # noqa: A004

__all__ = [
    "Answer",
    "ApiKey",
    "Basic",
    "Bearer",
    "ConnectionError",
    "Found",
    "Header",
    "LiveFeed",
    "Measurement",
    "PathError",
    "ProbeReport",
    "Producer",
    "ProducerError",
    "Query",
    "Reading",
    "ReadingError",
    "Requirement",
    "Stale",
    "State",
    "Watch",
    "convert",
    "probe",
    "probe_async",
    "read",
]

show_as_members_of(globals())
