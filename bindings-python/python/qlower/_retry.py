"""When to try again."""

from __future__ import annotations

from ._data import Data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta


class RetryPolicy(Data):
    """How often, and after which waits, something is tried again.

    Tried again are failures that another try may cure: no connection, a time-out, a connection that broke, and the statuses
    408, 425, 429, 500, 502, 503 and 504. Sending a payload twice does no harm, since Qlower does not create again what exists.
    The wait before a try is drawn evenly between zero and a bound that grows from try to try, so that many clients do not come
    back at the same instant. A ``Retry-After`` is kept.

    What is ``None`` is the default. Times are seconds, or :class:`datetime.timedelta`.

    :param max_attempts: attempts in all, the first one included. Default 4.
    :param base_delay: the upper bound of the first wait. Default half a second.
    :param factor: by how much the bound grows from one wait to the next. Default 2.
    :param max_delay: where the bound stops growing. Default 20 s.
    :param total: the time from the start of the first attempt within which the last one must start. Default 5 minutes.

    >>> from qlower import Client, RetryPolicy
    >>> client = Client("staging", retry=RetryPolicy(max_attempts=10, total=3600))
    """

    __slots__ = ("base_delay", "factor", "max_attempts", "max_delay", "total")

    def __init__(
        self,
        *,
        max_attempts: int | None = None,
        base_delay: float | timedelta | None = None,
        factor: int | None = None,
        max_delay: float | timedelta | None = None,
        total: float | timedelta | None = None,
    ) -> None:
        self.max_attempts = max_attempts
        self.base_delay = base_delay
        self.factor = factor
        self.max_delay = max_delay
        self.total = total

    @classmethod
    def none(cls) -> RetryPolicy:
        """One attempt, no retry."""
        return cls(max_attempts=1)

    def __repr__(self) -> str:
        given = (f"{name}={value!r}" for name, value in self.to_dict().items() if value is not None)
        return f"RetryPolicy({', '.join(given)})"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (self.to_dict(),)


def _restore(given: dict[str, float | int | None]) -> RetryPolicy:
    return RetryPolicy(**given)  # type: ignore[arg-type]
