"""Links to sounds that expire: whoever has one needs no key. Pure.

    sound_<...>.<until, seconds since 1970>.<signature>
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode

from ivr.domain.sounds import SOUND

# The path of the API below which links lie.
LINKS = "/sounds/links"
_FOR = b"digitree sound link "
_LENGTH = 16


def sign_link(sound: str, until_s: int, secret: bytes) -> str:
    """What stands behind the address of links."""
    return f"{sound}.{until_s}.{_signature(sound, until_s, secret)}"


def find_linked(link: str, now_s: float, secret: bytes) -> str | None:
    """The sound that the link leads to; None for one that has expired, or was not signed with this secret."""
    sound, _, rest = link.partition(".")
    until, _, signature = rest.partition(".")
    if not SOUND.fullmatch(sound) or not (until.isascii() and until.isdecimal() and len(until) <= 12):
        return None
    right = hmac.compare_digest(signature.encode(), _signature(sound, int(until), secret).encode())
    return sound if right and now_s < int(until) else None


def _signature(sound: str, until_s: int, secret: bytes) -> str:
    digest = hmac.digest(secret, _FOR + f"{sound}.{until_s}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:_LENGTH]).decode().rstrip("=")
