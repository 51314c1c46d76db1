"""An order to a call under way: go on at this node. It reaches the call as a variable of its channel, signed over the
channel's id, so that only Digitree can give one, and it counts on no other call."""

from __future__ import annotations

import hashlib
import hmac

from ivr.domain.menu.fields import NODE_ID

VARIABLE = "ivr_order"
# A digit that callers' telephones do not have: sent to the channel, it ends the question, and the call looks for its
# order. Pressed by a caller it is no key, like all that a telephone lacks.
KEY = "D"
MAX_CHARS = 200


def encode_order(node: str, once: str, channel_uuid: str, secret: bytes) -> str:
    """`once` is a word by chance, which makes two orders differ."""
    text = f"{node};{once}"
    return f"{text};{_signature(text, channel_uuid, secret)}"


def decode_order(text: str, channel_uuid: str, secret: bytes) -> str | None:
    """The node, or None for what we did not sign for this very channel."""
    if len(text) > MAX_CHARS:
        return None
    body, _, signature = text.rpartition(";")
    if not hmac.compare_digest(signature.encode(), _signature(body, channel_uuid, secret).encode()):
        return None
    node = body.partition(";")[0]
    return node if NODE_ID.fullmatch(node) else None


def _signature(text: str, channel_uuid: str, secret: bytes) -> str:
    signed = f"order;{channel_uuid};{text}".encode(errors="replace")
    return hashlib.blake2b(signed, key=secret[:64], digest_size=16).hexdigest()
