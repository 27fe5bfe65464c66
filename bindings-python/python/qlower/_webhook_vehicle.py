"""Webhooks of the vehicle imaging platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._webhook_read import read_vehicle

if TYPE_CHECKING:
    from ._events import VehicleEvent
    from ._webhook_verify import Body

__all__ = ["parse"]


def parse(kind: str, body: Body) -> VehicleEvent:
    """Reads the body of a webhook of the vehicle imaging platform, which has an address for each kind of event.

    :param kind: what the address stands for, such as ``vehicle_processed``; the platform's own label does as well.
    :param body: the raw bytes.
    :raises qlower.InvalidEventError: if it cannot be read.
    :raises ValueError: if there is no such kind of event.

    >>> from qlower import webhook
    >>> event = webhook.vehicle.parse("Véhicule traité", b'{"vin": "VF1RFB00066123456"}')
    >>> event.kind, event.body["vin"]
    ('vehicle_processed', 'VF1RFB00066123456')
    """
    event: VehicleEvent = read_vehicle(kind, body).event
    return event
