"""Loads in the background, by Celery: what may go through later is tried again, the rest is not.

    export QLOWER_ENVIRONMENT=staging QLOWER_PARTNER=acme QLOWER_API_KEY=…
    celery --app tasks worker                       # in examples/python, beside a broker
    python -c 'import tasks; tasks.load.delay("payload.json")'

Errors of the SDK can be pickled, so they come back whole from a worker, with their report. A worker that was forked after
a client was used is fine: the client starts anew in it.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import qlower
from celery import Celery

app = Celery("loads", broker=os.environ.get("CELERY_BROKER_URL", "memory://"))
MOST_RETRIES = 8


@cache
def client() -> qlower.Client:
    """One a process; `QLOWER_*` say with which environment, partner and key."""
    return qlower.Client()


def seconds_to_wait(error: qlower.QlowerError, tries: int) -> float:
    """What the server asked for, or half a minute, one, two, four…"""
    return error.retry_after if error.retry_after is not None else 30.0 * 2**tries


# The task is forgotten when it is done, and not when it begins: one that a killed worker had is given to another.
@app.task(bind=True, max_retries=MOST_RETRIES, acks_late=True)  # type: ignore[untyped-decorator]
def load(self: Any, path: str) -> dict[str, Any]:
    """Sends the payload in a file, and tells what became of it."""
    from pathlib import Path

    try:
        receipt = client().send(Path(path))
    except qlower.QlowerError as error:
        # The client has tried several times by now. A payload with mistakes stays wrong: no retry for that.
        if error.is_retryable:
            wait = seconds_to_wait(error, self.request.retries)
            raise self.retry(exc=error, countdown=wait) from error
        raise
    return {"certainty": str(receipt.certainty), "failed": receipt.reply.failed_count}
