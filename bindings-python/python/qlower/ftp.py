"""Delivery of files to customers' servers, by FTP, FTPS or SFTP.

A customer gives host, user, password, and rules for the names. A :class:`Destination` holds these; :func:`deliver` sends files
there so that nobody sees half of one, and says what is certain about each. A :class:`Fleet` holds hundreds of destinations.

>>> from qlower import ftp
>>> destination = ftp.Destination(
...     "ftp.garage-nord.example", user="dms", password="p4ss", archive="{vin}.zip", file="vin_{n:02}.jpg"
... )
>>> destination.plan(["front.jpg", "back.jpg"], {"vin": "VF1AB000123456789"})
Plan(archive='VF1AB000123456789.zip', directory=None, files=['vin_01.jpg', 'vin_02.jpg'], side_file=None)
"""

from __future__ import annotations

from ._errors import show_as_members_of
from ._ftp_destination import Destination, deliver, deliver_async
from ._ftp_errors import (
    DeliveryError,
    DeliveryFileError,
    DeliveryTimeoutError,
    DeliveryTransportError,
    NamingError,
    NamingFault,
)
from ._ftp_files import Outgoing
from ._ftp_fleet import Fleet, Job
from ._ftp_mistake import FleetError, Mistake
from ._ftp_receipt import DeliveredFile, Plan, Progress, Receipt
from ._ftp_summary import DestinationOutcome, FleetProgress, FleetSummary, JobOutcome

__all__ = [
    "DeliveredFile",
    "DeliveryError",
    "DeliveryFileError",
    "DeliveryTimeoutError",
    "DeliveryTransportError",
    "Destination",
    "DestinationOutcome",
    "Fleet",
    "FleetError",
    "FleetProgress",
    "FleetSummary",
    "Job",
    "JobOutcome",
    "Mistake",
    "NamingError",
    "NamingFault",
    "Outgoing",
    "Plan",
    "Progress",
    "Receipt",
    "deliver",
    "deliver_async",
]

show_as_members_of(globals())
