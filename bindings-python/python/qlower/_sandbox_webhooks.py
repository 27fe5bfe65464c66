"""Webhooks of a sandbox: what is emitted, and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Literal, TypeAlias

    from . import _native

    Money: TypeAlias = Decimal | int | float | str
    Moment: TypeAlias = datetime | str
    OrderKind: TypeAlias = Literal["created", "renewed", "properties_added"]
    WebhookEdition: TypeAlias = Literal["current", "2.1"]
    ReleaseOrder: TypeAlias = Literal["as_emitted", "reversed", "shuffled"]
    DeliveryState: TypeAlias = Literal["waiting", "sending", "delivered", "refused", "tried_out"]
    AttemptOutcome: TypeAlias = Literal["answered", "timed_out", "failed"]
    WebhookFaultName: TypeAlias = Literal[
        "missing_signature",
        "malformed_signature",
        "wrong_signature",
        "other_secret",
        "old_time",
        "future_time",
        "altered_body",
        "wrong_api_key",
        "missing_api_key",
        "slow_body",
        "cut_body",
        "hang_up",
        "lost_answer",
    ]


class OrderCustomer(TypedDict, total=False):
    """Who paid, for :meth:`Sandbox.emit_order`."""

    email: str
    first_name: str
    last_name: str
    phone: str


class OrderSubItem(TypedDict, total=False):
    """A line of a product's price, for :meth:`Sandbox.emit_order`."""

    description: str
    quantity: int
    unit_price: Money
    amount: Money


class OrderProduct(TypedDict, total=False):
    """Something that was bought, for :meth:`Sandbox.emit_order`."""

    product_id: str
    product_name: str
    quantity: int
    unit_price: Money
    amount: Money
    sub_items: list[OrderSubItem]


class OrderProperty(TypedDict, total=False):
    """A property that an order covers, for :meth:`Sandbox.emit_order`.

    With an `external_id` alone, one that the partner loaded into the sandbox, by its name there;
    without one, a new one, whose id starts with `qlw_`.
    """

    external_id: str
    name: str


class OrderCoverage(TypedDict, total=False):
    """A year and a property that an order covers, for :meth:`Sandbox.emit_order`."""

    year: int
    property: OrderProperty


class OrderCustomField(TypedDict):
    """A field that the partner had added to the order's form, for :meth:`Sandbox.emit_order`."""

    key: str
    label: str
    value: str


class OrderInvoice(TypedDict, total=False):
    """The invoice, for :meth:`Sandbox.emit_order`."""

    pdf_url: str
    pdf_filename: str
    number: str


class WebhookTarget(TypedDict, total=False):
    """Where an order goes other than to the partner's target, for :meth:`Sandbox.emit_order`."""

    url: str
    secrets: list[str]
    api_key: str
    edition: WebhookEdition


@dataclass(frozen=True, slots=True)
class WebhookFault:
    """A way in which one try to deliver goes wrong; see :meth:`Sandbox.fail_next_webhook`.

    ===================== =====================================================================
    name                  what happens
    ===================== =====================================================================
    `missing_signature`   no signature
    `malformed_signature` a signature without a time
    `wrong_signature`     one in which a digit is wrong
    `other_secret`        one by a secret that nobody agreed to
    `old_time`            a right one, ten seconds older than a receiver takes
    `future_time`         a right one, ten seconds further ahead than a receiver takes
    `altered_body`        a byte of the body is changed after it was signed
    `wrong_api_key`       another key in `X-API-KEY`
    `missing_api_key`     no `X-API-KEY`
    `slow_body`           half of the body, and the rest `delay` seconds later
    `cut_body`            half of the body, and then the connection is closed
    `hang_up`             the connection is closed after `delay` seconds, answered or not
    `lost_answer`         the answer counts for nothing, whatever it was
    ===================== =====================================================================

    Those of a signature concern targets with a secret; those of a key, targets with a key.
    """

    name: WebhookFaultName
    delay: float | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a webhook."""

    at: datetime
    """When it began, by this machine's clock (UTC)."""
    duration: float
    """How many seconds it took."""
    signature: str | None
    """The value of `X-Qlower-Signature` that was sent; each try is signed anew."""
    fault: WebhookFault | None
    """The fault that fired."""
    outcome: AttemptOutcome
    """What it came to."""
    status: int | None
    """The HTTP status, if it was answered."""
    answer: str | None
    """The answer's body, at most its first KiB."""
    error: str | None
    """Why there was no answer, if it failed."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook at one moment: what was emitted, and every try to deliver it."""

    event_id: str | None
    """The event's id, the same for every try and every duplicate; `None` for a ping and raw bytes."""
    event_type: str | None
    """The event's type, such as `order.created`; `None` for raw bytes."""
    order_id: int | None
    """The order's number; `None` for a ping and raw bytes."""
    partner: str
    """Whose webhook it is."""
    url: str
    """Where it goes."""
    copy: int
    """Which duplicate it is; 0 for the first."""
    content_type: str
    """Its `Content-Type`."""
    emitted_at: datetime
    """When it was emitted, by this machine's clock (UTC)."""
    state: DeliveryState
    """`waiting`, `sending`, `delivered`, `refused` (by a status that is not tried again), `tried_out`."""
    next_attempt_at: datetime | None
    """When its next try is due, if it waits for one."""
    attempts: tuple[Attempt, ...]
    """The tries so far, in order."""
    body: bytes
    """The bytes of its body, the same for every try."""

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Webhooks:
    """The part of :class:`Sandbox` that sends webhooks."""

    __slots__ = ("_webhooks",)

    _webhooks: _native.SandboxWebhooks

    def set_webhook(
        self,
        url: str,
        *,
        secrets: Iterable[str] = (),
        api_key: str | None = None,
        edition: WebhookEdition | None = None,
        partner: str | None = None,
    ) -> None:
        """Sets where webhooks go from now on; of one partner, or of all without a target of their own.

        The address is of this machine: `http://` and a loopback address. With several secrets, as
        while one is replaced, each gives a signature.

        >>> from qlower.sandbox import Sandbox
        >>> with Sandbox() as sandbox:
        ...     sandbox.set_webhook("http://127.0.0.1:8000/qlower", secrets=["whsec_acme"])
        """
        self._webhooks.set_webhook(target_json(url, secrets, api_key, edition), partner)

    def emit_order(
        self,
        kind: OrderKind = "created",
        *,
        partner: str | None = None,
        webhook: WebhookTarget | None = None,
        event_id: str | None = None,
        order_id: int | None = None,
        timestamp: Moment | None = None,
        customer: OrderCustomer | None = None,
        total_amount: Money | None = None,
        currency: str | None = None,
        payment_date: Moment | None = None,
        is_subscription: bool | None = None,
        products: Iterable[OrderProduct] | None = None,
        coverage: Iterable[OrderCoverage] | None = None,
        custom_fields: Iterable[OrderCustomField] | None = None,
        invoice: OrderInvoice | None = None,
        duplicates: int = 0,
        duplicates_at_once: int = 0,
    ) -> Delivery:
        """Emits the event of an order, and gives it as it will be sent. Does not wait until it is.

        What is not given has a default: a new id, the next number, now, a customer, a product, and
        the property that the partner loaded first, or a new one. `kind` is `created` (a first
        payment), `renewed` (the next fiscal year) or `properties_added` (`order.created`, of which
        `coverage` holds only the added ones). With `duplicates`, the same event follows so many
        times more, each after the one before was delivered; with `duplicates_at_once`, all leave at
        the same time.

        Raises
        ------
        ValueError
            If there is no target, or for what cannot be written; the text begins with its place.

        >>> from qlower.sandbox import Sandbox
        >>> with Sandbox(webhook_url="http://127.0.0.1:9/") as sandbox:
        ...     sandbox.hold_webhooks()
        ...     emitted = sandbox.emit_order(coverage=[{"property": {"name": "Studio Lyon"}}])
        ...     emitted.event_type, emitted.json()["order"]["total_amount"]
        ('order.created', 315.0)
        """
        order = {
            "kind": kind,
            "partner": partner,
            "webhook": webhook,
            "event_id": event_id,
            "order_id": order_id,
            "timestamp": timestamp,
            "customer": customer,
            "total_amount": total_amount,
            "currency": currency,
            "payment_date": payment_date,
            "is_subscription": is_subscription,
            "products": _listed(products),
            "coverage": _listed(coverage),
            "custom_fields": _listed(custom_fields),
            "invoice": invoice,
            "duplicates": duplicates,
            "duplicates_at_once": duplicates_at_once,
        }
        return _delivery(self._webhooks.emit_order(_written(order)))

    def emit_ping(self) -> Delivery:
        """Emits a ping."""
        return _delivery(self._webhooks.emit_ping())

    def emit_raw(self, body: bytes, content_type: str = "application/json") -> Delivery:
        """Emits any bytes, signed like an event: for tests of what a receiver does with them."""
        return _delivery(self._webhooks.emit_raw(bytes(body), content_type))

    def emit_again(self, event_id: str) -> Delivery:
        """Sends an event once more that was emitted before: the same bytes to the same target."""
        return _delivery(self._webhooks.emit_again(event_id))

    def deliveries(self) -> list[Delivery]:
        """The webhooks so far, in the order in which they were emitted; at most 10 000."""
        return [_delivery(told) for told in self._webhooks.deliveries()]

    def wait_for_deliveries(self, timeout: float | timedelta | None = None) -> list[Delivery]:
        """Waits until every webhook is settled: delivered, or given up.

        In a program with `asyncio`, call it by `asyncio.to_thread`.

        Raises
        ------
        qlower.TimeoutError
            After so many seconds; without any, it waits for ever.
        """
        limit = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        return [_delivery(told) for told in self._webhooks.wait_for_deliveries(limit)]

    def hold_webhooks(self) -> None:
        """Holds webhooks back, until :meth:`release_webhooks`. What is being sent goes on."""
        self._webhooks.hold_webhooks()

    def release_webhooks(
        self, order: ReleaseOrder = "as_emitted", *, seed: int | None = None
    ) -> int:
        """Lets webhooks go again, and first those that are due, in this order.

        Each leaves when the one before was answered. `shuffled` is the same for the same `seed`.
        Says how many these are.
        """
        return self._webhooks.release_webhooks(order, seed)

    def fail_next_webhook(
        self,
        fault: WebhookFault | WebhookFaultName,
        *,
        times: int = 1,
        delay: float | timedelta | None = None,
    ) -> None:
        """Scripts a fault for the next try that it concerns, or the next `times`.

        :class:`WebhookFault` lists them.

        >>> from qlower.sandbox import Sandbox
        >>> with Sandbox() as sandbox:
        ...     sandbox.fail_next_webhook("slow_body", delay=1.5)
        ...     sandbox.pending_webhook_faults
        [WebhookFault(name='slow_body', delay=1.5)]
        """
        if not isinstance(fault, WebhookFault):
            seconds = delay.total_seconds() if isinstance(delay, timedelta) else delay
            fault = WebhookFault(fault, seconds)
        elif delay is not None:
            raise TypeError("the delay of a WebhookFault stands in it")
        self._webhooks.fail_next_webhook(fault.name, fault.delay, times)

    @property
    def fired_webhook_faults(self) -> list[WebhookFault]:
        """The faults of webhooks that have fired, in order."""
        return [WebhookFault(**told) for told in self._webhooks.fired_webhook_faults()]

    @property
    def pending_webhook_faults(self) -> list[WebhookFault]:
        """The scripted faults of webhooks that have not fired yet, in order."""
        return [WebhookFault(**told) for told in self._webhooks.pending_webhook_faults()]


def target_json(
    url: str, secrets: Iterable[str], api_key: str | None, edition: WebhookEdition | None
) -> str:
    listed = [secrets] if isinstance(secrets, str) else list(secrets)
    return _written({"url": url, "secrets": listed, "api_key": api_key, "edition": edition})


def _listed(items: Iterable[Mapping[str, Any]] | None) -> list[Mapping[str, Any]] | None:
    return None if items is None else list(items)


def _written(document: dict[str, Any]) -> str:
    given = {name: value for name, value in document.items() if value is not None}
    return json.dumps(given, default=_plain, allow_nan=False)


def _plain(value: object) -> object:
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot stand in an order")


def _delivery(told: dict[str, Any]) -> Delivery:
    due = told["next_attempt_at"]
    told["emitted_at"] = datetime.fromisoformat(_offset(told["emitted_at"]))
    told["next_attempt_at"] = None if due is None else datetime.fromisoformat(_offset(due))
    told["attempts"] = tuple(_attempt(attempt) for attempt in told["attempts"])
    return Delivery(**told)


def _attempt(told: dict[str, Any]) -> Attempt:
    fault = told["fault"]
    told["at"] = datetime.fromisoformat(_offset(told["at"]))
    told["fault"] = None if fault is None else WebhookFault(**fault)
    return Attempt(**told)


def _offset(text: str) -> str:
    """Python 3.10 reads no `Z`."""
    return text.replace("Z", "+00:00")
