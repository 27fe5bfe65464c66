"""A stateful stand-in for Qlower on this machine: for tests, demonstrations and offline work.

A :class:`Sandbox` answers REST and S3 on free ports of 127.0.0.1. It checks as Qlower does, keeps
what was loaded, fails on demand, and sends webhooks to a receiver on this machine.

>>> from qlower.sandbox import Sandbox
>>> with Sandbox({"acme": "k-1"}) as sandbox:
...     sandbox.url.startswith("http://127.0.0.1:")
...     len(sandbox.loaded("acme"))
True
0
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from . import _native
from ._sandbox_records import (
    Fault,
    Loaded,
    LoadedAccount,
    LoadedItem,
    OpenUpload,
    Request,
    S3Fault,
    S3Load,
    S3Request,
    StoredObject,
    fault_of,
    record_of,
)
from ._sandbox_webhooks import (
    Attempt,
    Delivery,
    OrderCoverage,
    OrderCustomer,
    OrderCustomField,
    OrderInvoice,
    OrderProduct,
    OrderProperty,
    OrderSubItem,
    WebhookFault,
    Webhooks,
    WebhookTarget,
    target_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from typing import Any, Literal

    from ._environment import Environment
    from ._sandbox_records import FaultName, S3FaultName, S3Operation, S3Permission
    from ._sandbox_webhooks import WebhookEdition

__all__ = [
    "UPLOAD_ONLY",
    "Attempt",
    "Delivery",
    "Fault",
    "Loaded",
    "LoadedAccount",
    "LoadedItem",
    "OpenUpload",
    "OrderCoverage",
    "OrderCustomField",
    "OrderCustomer",
    "OrderInvoice",
    "OrderProduct",
    "OrderProperty",
    "OrderSubItem",
    "Request",
    "S3Fault",
    "S3Load",
    "S3Request",
    "Sandbox",
    "StoredObject",
    "WebhookFault",
    "WebhookTarget",
]

UPLOAD_ONLY: tuple[S3Permission, ...] = ("put", "abort")
"""What the key of a partner may do: put objects and give uploads up."""


class Sandbox(Webhooks):
    """A running stand-in for Qlower; it listens from the moment it is made until it is closed.

    It serves from a thread of its own, so programs with and without `asyncio` alike. All methods
    may be called from any thread. It belongs to the process that made it.

    Parameters
    ----------
    partners
        Access key of each partner; `{"sandbox": "sandbox-key"}` by default.
    max_body_bytes
        Largest body by REST, 10 MiB by default; a larger one is answered 413.
    max_connections
        Connections served at once, 256 by default; further ones wait.
    read_timeout
        Seconds in which a head, and then a body, must arrive; 30 by default.
    today
        The day that the check takes for today; by default the current day in Paris.
    webhook_url
        Where webhooks go: `http://` and a loopback address; see also :meth:`set_webhook`.
    webhook_secrets
        Secrets by which they are signed; none by default.
    webhook_api_key
        Key for `X-API-KEY`, at least 32 characters; none by default.
    webhook_edition
        Edition of the documentation after which they are written; `current` by default.
    webhook_speed
        How fast the time between tries passes: 1.0 by default; with 3600 an hour takes a second.
    webhook_timeout
        Seconds that one try may take, in real time; 30 by default.
    webhook_seed
        From what ids are made; by default they are new ones each time.
    s3_access_key_id, s3_secret_access_key
        The key pair that opens every bucket.
    s3_region
        Region of the buckets, `eu-west-1` by default.
    s3_permissions
        What the key may do: everything but deleting by default, :data:`UPLOAD_ONLY` as a partner's.
    s3_repeated_complete
        What a second completion of an upload comes to.
    s3_load_delay
        Seconds between an object's arrival and its load, 0.05 by default.
    s3_hold_loads
        Whether loads wait until :meth:`hold_s3_loads` lets them go.
    s3_max_object_bytes
        Largest object and largest part, 128 MiB by default.
    s3_max_stored_bytes
        What all buckets together hold, 2 GiB by default.

    Raises
    ------
    qlower.SandboxError
        If no port or thread could be had; from its methods, once it is closed.
    """

    __slots__ = ("_access_key_id", "_native", "_partners", "_region", "_secret_access_key", "_url")

    def __init__(
        self,
        partners: Mapping[str, str] | None = None,
        *,
        max_body_bytes: int | None = None,
        max_connections: int | None = None,
        read_timeout: float | timedelta | None = None,
        today: date | str | None = None,
        webhook_url: str | None = None,
        webhook_secrets: Iterable[str] = (),
        webhook_api_key: str | None = None,
        webhook_edition: WebhookEdition | None = None,
        webhook_speed: float | None = None,
        webhook_timeout: float | timedelta | None = None,
        webhook_seed: int | None = None,
        s3_access_key_id: str | None = None,
        s3_secret_access_key: str | None = None,
        s3_region: str | None = None,
        s3_permissions: Iterable[S3Permission] | None = None,
        s3_repeated_complete: Literal["succeeds", "precondition_failed", "no_such_upload"]
        | None = None,
        s3_load_delay: float | timedelta | None = None,
        s3_hold_loads: bool | None = None,
        s3_max_object_bytes: int | None = None,
        s3_max_stored_bytes: int | None = None,
    ) -> None:
        self._partners = dict(partners or {_native.SANDBOX_PARTNER: _native.SANDBOX_API_KEY})
        self._access_key_id = s3_access_key_id or _native.SANDBOX_ACCESS_KEY_ID
        self._secret_access_key = s3_secret_access_key or _native.SANDBOX_SECRET_ACCESS_KEY
        self._region = s3_region or "eu-west-1"
        webhook = None
        if webhook_url is not None:
            webhook = target_json(webhook_url, webhook_secrets, webhook_api_key, webhook_edition)
        elif webhook_secrets or webhook_api_key or webhook_edition:
            raise ValueError("webhook_url: needed by the other settings of webhooks")
        self._native = _native.Sandbox(
            {
                "partners": list(self._partners.items()),
                "max_body_bytes": max_body_bytes,
                "max_connections": max_connections,
                "read_timeout": _seconds(read_timeout),
                "today": today if today is None or isinstance(today, str) else today.isoformat(),
                "webhook": webhook,
                "webhook_speed": webhook_speed,
                "webhook_timeout": _seconds(webhook_timeout),
                "webhook_seed": webhook_seed,
                "s3_access_key_id": self._access_key_id,
                "s3_secret_access_key": self._secret_access_key,
                "s3_region": self._region,
                "s3_permissions": None if s3_permissions is None else list(s3_permissions),
                "s3_repeated_complete": s3_repeated_complete,
                "s3_load_delay": _seconds(s3_load_delay),
                "s3_hold_loads": s3_hold_loads,
                "s3_max_object_bytes": s3_max_object_bytes,
                "s3_max_stored_bytes": s3_max_stored_bytes,
            }
        )
        self._webhooks = self._native.webhooks()
        self._url = self._native.url

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Sandbox {self._url}: {', '.join(self._partners)}>"

    def close(self) -> None:
        """Stops it and closes every connection. Closing it twice does no harm."""
        self._native.close()

    @property
    def url(self) -> str:
        """Base URL, such as `http://127.0.0.1:40123`."""
        return self._url

    @property
    def environment(self) -> Environment:
        """The environment to give to a client.

        >>> import qlower
        >>> with Sandbox() as sandbox, qlower.Client(sandbox.environment) as client:
        ...     client.environment == sandbox.environment
        True
        """
        from ._environment import Environment

        return Environment.custom(self._url)

    @property
    def s3_endpoint(self) -> str:
        """Base URL of the S3 side, such as `http://127.0.0.1:40124`."""
        return self._native.s3_endpoint

    @property
    def partners(self) -> dict[str, str]:
        """Access key of each partner."""
        return dict(self._partners)

    def client_settings(self, partner: str | None = None, *, s3: bool = True) -> dict[str, Any]:
        """Keywords for a `Client` or `AsyncClient` that talks to this sandbox as a partner.

        The first partner by default. Without `s3`, only what REST needs.

        >>> with Sandbox() as sandbox:
        ...     sorted(sandbox.client_settings(s3=False))
        ['api_key', 'environment', 'partner']
        """
        name = next(iter(self._partners)) if partner is None else partner
        settings: dict[str, Any] = {
            "environment": self._url,
            "partner": name,
            "api_key": self._partners[name],
        }
        if s3:
            settings |= {
                "region": self._region,
                "access_key_id": self._access_key_id,
                "secret_access_key": self._secret_access_key,
                "s3_endpoint": self.s3_endpoint,
                "s3_path_style": True,
            }
        return settings

    def loaded(self, partner: str | None = None) -> Loaded:
        """What a partner, by default the first, has loaded so far. Empty for an unknown one."""
        return Loaded(self._native.loaded(self._name(partner)))

    @property
    def loads(self) -> int:
        """How many loads were treated, that is: reached the items."""
        return self._native.loads

    @property
    def requests(self) -> list[Request]:
        """The requests so far, in the order in which they were received; at most the last 10 000."""
        return [Request(**record_of(told, Fault)) for told in self._native.requests()]

    def fail_next(
        self,
        fault: Fault | FaultName,
        *,
        times: int = 1,
        retry_after: int | datetime | None = None,
        delay: float | timedelta | None = None,
        status: int | None = None,
    ) -> None:
        """Scripts a fault for the next load, or the next `times`, that has none yet.

        Faults are used up in the order in which they were scripted; :class:`Fault` lists them and
        their parameters.

        >>> with Sandbox() as sandbox:
        ...     sandbox.fail_next("too_many_requests", retry_after=2)
        ...     sandbox.pending_faults
        [Fault(name='too_many_requests', retry_after=2, delay=None, status=None)]
        """
        if not isinstance(fault, Fault):
            fault = Fault(fault, retry_after, _seconds(delay), status)
        elif (retry_after, delay, status) != (None, None, None):
            raise TypeError("the parameters of a Fault stand in it")
        parameters = {"delay": fault.delay, "status": fault.status}
        if isinstance(fault.retry_after, datetime):
            parameters["retry_at"] = int(fault.retry_after.timestamp())
        else:
            parameters["retry_after"] = fault.retry_after
        self._native.fail_next(fault.name, _given(parameters), times)

    @property
    def fired(self) -> list[Fault]:
        """The faults that have fired, in order."""
        return [fault_of(Fault, told) for told in self._native.fired()]

    @property
    def pending_faults(self) -> list[Fault]:
        """The scripted faults that have not fired yet, in order."""
        return [fault_of(Fault, told) for told in self._native.pending_faults()]

    def reset(self) -> None:
        """Forgets everything: what was loaded, requests, objects, webhooks and faults.

        No webhook is sent any more that was emitted before. Partners and settings stay; so does whether the S3 side is gone and whether its loads wait.
        """
        self._native.reset()

    def objects(self, partner: str | None = None) -> list[StoredObject]:
        """The objects of a partner's bucket now, in the order of their keys."""
        return [StoredObject(**told) for told in self._native.objects(self._name(partner))]

    def object_bytes(self, key: str, partner: str | None = None) -> bytes | None:
        """The bytes of one object, or `None`."""
        return self._native.object_bytes(self._name(partner), key)

    def commits(self, partner: str | None = None) -> dict[str, int]:
        """How many times each key was stored: a key that was stored once has no second copy."""
        return self._native.commits(self._name(partner))

    def open_multipart_uploads(self, partner: str | None = None) -> list[OpenUpload]:
        """The uploads in parts that are neither complete nor given up."""
        return [
            OpenUpload(told["key"], told["upload_id"], tuple(told["parts"]))
            for told in self._native.open_multipart_uploads(self._name(partner))
        ]

    @property
    def s3_loads(self) -> list[S3Load]:
        """The loads of files that had arrived, in order; at most the last 10 000."""
        return [S3Load(**record_of(told)) for told in self._native.s3_loads()]

    @property
    def s3_requests(self) -> list[S3Request]:
        """The requests to the S3 side, in the order in which they ended; at most the last 10 000."""
        return [S3Request(**record_of(told, S3Fault)) for told in self._native.s3_requests()]

    def hold_s3_loads(self, hold: bool = True) -> None:
        """Makes loads wait, or lets them go. One that has begun goes on."""
        self._native.hold_s3_loads(hold)

    def fail_next_s3(
        self,
        fault: S3Fault | S3FaultName,
        *,
        times: int = 1,
        on: S3Operation | None = None,
        region: str | None = None,
        part_number: int | None = None,
        delay: float | timedelta | None = None,
    ) -> None:
        """Scripts a fault for the next request to the S3 side that it concerns.

        With `on`, for the next such operation alone. A request meets one fault: of those that
        concern it, the one that was scripted first.
        """
        if not isinstance(fault, S3Fault):
            fault = S3Fault(fault, region, part_number, _seconds(delay))
        elif (region, part_number, delay) != (None, None, None):
            raise TypeError("the parameters of an S3Fault stand in it")
        parameters = {
            "region": fault.region,
            "part_number": fault.part_number,
            "delay": fault.delay,
        }
        self._native.fail_next_s3(fault.name, _given(parameters), times, on)

    @property
    def fired_s3(self) -> list[S3Fault]:
        """The faults of the S3 side that have fired, in order."""
        return [fault_of(S3Fault, told) for told in self._native.fired_s3()]

    @property
    def pending_s3_faults(self) -> list[S3Fault]:
        """The scripted faults of the S3 side that have not fired yet, in order."""
        return [fault_of(S3Fault, told) for told in self._native.pending_s3_faults()]

    def vanish_s3(self) -> None:
        """Closes the port of the S3 side and resets its connections, until :meth:`restore_s3`."""
        self._native.vanish_s3()

    def restore_s3(self) -> None:
        """Opens the S3 side again, on the same port."""
        self._native.restore_s3()

    def _name(self, partner: str | None) -> str:
        return next(iter(self._partners)) if partner is None else partner


def _seconds(value: float | timedelta | None) -> float | None:
    return value.total_seconds() if isinstance(value, timedelta) else value


def _given(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}
