"""Webhooks: verified, read, handled once, and answered so that nothing is lost.

>>> from qlower import webhook
>>> body = b'{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00"}'
>>> header = webhook.sign(body, "whsec_acme", now=1_786_000_000)
>>> webhook.verify(body, header, "whsec_acme", now=1_786_000_010).timestamp
1786000000
"""

from __future__ import annotations

from ._webhook_verify import TOLERANCE_SECONDS, Verified, sign, verify, verify_basic

__all__ = ["TOLERANCE_SECONDS", "Verified", "sign", "verify", "verify_basic"]
