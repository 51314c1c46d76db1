"""Signatures of outgoing HTTP requests as Standard Webhooks defines them (version 1, symmetric).

A receiver recomputes `webhook-signature` over `webhook-id`, `webhook-timestamp` and the body with its secret; any
Standard Webhooks library does so. A secret is written `whsec_` and base64 of 24 to 64 bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Mapping

PREFIX = "whsec_"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,86}={0,2}", re.ASCII)
TOLERANCE_S = 300
_SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(os.urandom(_SECRET_BYTES)).decode()


def signed_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers that go with `body`; `timestamp` is in seconds since 1970. A retry keeps `message_id`. Raises
    ValueError for a malformed secret."""
    signature = base64.b64encode(_digest(secret, message_id, timestamp, body)).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """The receiver's check; names of `headers` in lower case. A request more than five minutes off is a replay."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdigit()) or abs(now - int(stamp)) > TOLERANCE_S:
        return False
    wanted = base64.b64encode(_digest(secret, message_id, int(stamp), body))
    given = (each.partition(",") for each in headers.get("webhook-signature", "").split(" "))
    return any(version == "v1" and hmac.compare_digest(text.encode(), wanted) for version, _, text in given)


def _digest(secret: str, message_id: str, timestamp: int, body: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not a webhook secret") from error
    return hmac.digest(key, b"%s.%d.%s" % (message_id.encode(), timestamp, body), hashlib.sha256)
