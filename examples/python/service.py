"""A small web service that loads on request: what is wrong comes back item by item, what failed says whether to try again.

    export QLOWER_ENVIRONMENT=staging QLOWER_PARTNER=acme QLOWER_API_KEY=…
    flask --app examples/python/service.py run

`POST /loads` takes `{"properties": [...], "transactions": [...]}`, items under readable names or wire keys. It works
behind gunicorn with `--preload`, too: a client may be made before the workers are forked.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import Any

import qlower
from flask import Flask, request

SECTIONS = ("declarants", "properties", "transactions", "documents")
Answer = tuple[dict[str, Any], int] | tuple[dict[str, Any], int, dict[str, str]]


def create_app(**settings: Any) -> Flask:
    """The service; `settings` are those of the client, and `QLOWER_*` fill the rest."""
    app = Flask(__name__)
    # One for the whole process: it keeps its connections, and may be used by all threads.
    client = qlower.Client(**settings)
    partner = settings.get("partner") or os.environ["QLOWER_PARTNER"]
    api_key = settings.get("api_key") or os.environ["QLOWER_API_KEY"]

    @app.post("/loads")
    def load() -> Answer:
        body = request.get_json()
        unknown = [name for name in body if name not in SECTIONS]
        if unknown:
            return {"error": f"unknown: {', '.join(unknown)}"}, 400
        payload = qlower.Payload(
            partner=partner, api_key=api_key, created_at=datetime.now(timezone.utc), **body
        )
        reply = client.send(payload).reply
        answer = {"accepted": reply.success_count, "failed": reply.failed_count}
        return answer | {"summary": str(reply)}, 200

    @app.errorhandler(qlower.ValidationError)
    def invalid(error: qlower.ValidationError) -> Answer:
        """Nothing was sent; the report says where every mistake is."""
        assert error.report is not None
        return error.report.to_dict(), 422

    @app.errorhandler(qlower.QlowerError)
    def failed(error: qlower.QlowerError) -> Answer:
        """Sending again is harmless: what Qlower knows it does not create again."""
        answer = {"error": str(error), "certainty": str(error.certainty)}
        if not error.is_retryable:
            return answer, 502
        seconds = 30 if error.retry_after is None else int(error.retry_after) + 1
        return answer, 503, {"Retry-After": str(seconds)}

    return app
