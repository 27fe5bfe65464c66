"""The client for asyncio."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from . import _native
from ._check import Checked, checked
from ._client import telling_of_files
from ._receipt import UploadProgress
from ._settings import Settings, kept
from ._split import Parts, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from types import TracebackType
    from typing import Any, Literal

    from typing_extensions import Self

    from ._batch import Batch
    from ._check import Source
    from ._receipt import Receipt, UploadReceipt, UploadStatus
    from ._split import SentAll

# Checking a text of this size takes the loop's thread less time than another thread would take to begin.
_SHORT = 16_384


class AsyncClient(Settings):
    """Like :class:`qlower.Client`, for asyncio.

    When a task that waits for it is cancelled, so is the request: its connection is closed, and nothing goes on in the
    background. A client belongs to no loop, and may be used in several.

    The parameters are those of :class:`qlower.Client`.

    >>> import asyncio
    >>> import qlower
    >>> async def main():
    ...     async with qlower.AsyncClient("staging", partner="acme") as client:
    ...         return client.environment
    >>> asyncio.run(main())
    Environment('staging')
    """

    __slots__ = ()

    async def send(self, source: Source) -> Receipt:
        """Like :meth:`qlower.Client.send`. Long payloads are checked in another thread."""
        native = self._open()
        receipt: Receipt = await end_of(native.send(await _checked(source), True))
        return receipt

    async def send_all(
        self,
        source: Parts | Source,
        *,
        concurrency: int | None = None,
        on_failure: Literal["stop", "continue"] = "stop",
    ) -> SentAll:
        """Like :meth:`qlower.Client.send_all`."""
        native = self._open()
        parts = source if isinstance(source, Parts) else await asyncio.to_thread(split, source)
        natives = [part._handle for part in parts]
        sent: SentAll = await end_of(native.send_all(natives, concurrency, on_failure, True))
        return sent

    async def upload(
        self,
        source: Source,
        *,
        key: str | None = None,
        resume: bool = False,
        on_progress: Callable[[UploadProgress], object] | None = None,
    ) -> UploadReceipt:
        """Like :meth:`qlower.Client.upload`. ``on_progress`` is called in the loop's thread."""
        native = self._open()
        ready = await _checked(source)
        told = None
        if on_progress is not None:
            told = Told(lambda done, total: on_progress(UploadProgress(done, total)))
        job = native.upload(ready, key, resume, told, True)
        receipt: UploadReceipt = await end_told(job, told)
        return receipt

    async def upload_batch(
        self,
        batch: Batch,
        *,
        on_progress: Callable[[int, UploadProgress], object] | None = None,
    ) -> list[UploadReceipt]:
        """Like :meth:`qlower.Client.upload_batch`. ``on_progress`` is called in another thread."""
        job = batch._handle.upload(self._open(), telling_of_files(on_progress), True)
        receipts: list[UploadReceipt] = await end_of(job)
        return receipts

    async def upload_status(self, receipt: UploadReceipt | dict[str, Any]) -> UploadStatus:
        """Like :meth:`qlower.Client.upload_status`."""
        status: UploadStatus = await end_of(self._open().upload_status(kept(receipt), True))
        return status

    async def wait_for(
        self, receipt: UploadReceipt | dict[str, Any], timeout: float | timedelta
    ) -> UploadStatus:
        """Like :meth:`qlower.Client.wait_for`."""
        status: UploadStatus = await end_of(self._open().wait_for(kept(receipt), timeout, True))
        return status

    async def aclose(self) -> None:
        """Closes the connections."""
        self._handle = None

    async def __aenter__(self) -> Self:
        self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


async def _checked(source: Source) -> Source:
    if isinstance(source, Checked) or hasattr(source, "_file"):
        return source
    if isinstance(source, (str, bytes)) and len(source) <= _SHORT:
        return checked(source)
    return await asyncio.to_thread(checked, source)


async def end_of(job: _native.Job) -> Any:
    """What came of a job. It ends with the task that waits for it."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def end() -> None:
        if not done.done():
            done.set_result(None)

    def wake() -> None:
        # If the loop is closed, nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(end)

    job.on_done(wake)
    try:
        await done
    except BaseException:
        # Cancelled, or thrown away with its loop.
        job.cancel()
        raise
    return job.result()


async def end_told(job: _native.Job, told: Told | None) -> Any:
    """What came of a job that tells how far it has come."""
    if told is None:
        return await end_of(job)
    told.job = job
    try:
        outcome = await end_of(job)
    except Exception:
        told.throw()
        raise
    told.throw()
    return outcome


class Told:
    """Calls a program's callback in the loop's thread. What that raises ends the job."""

    def __init__(self, tell: Callable[..., object]) -> None:
        self.loop = asyncio.get_running_loop()
        self.tell = tell
        self.job: _native.Job | None = None
        self.raised: BaseException | None = None

    def __call__(self, *facts: Any) -> None:
        # If the loop is closed, nobody waits any more.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.call, *facts)

    def call(self, *facts: Any) -> None:
        if self.raised is not None:
            return
        try:
            self.tell(*facts)
        except Exception as error:
            self.raised = error
            if self.job is not None:
                self.job.cancel()

    def throw(self) -> None:
        """Raises what the callback raised."""
        if self.raised is not None:
            raise self.raised
