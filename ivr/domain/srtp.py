"""Encryption of a leg's sound (SRTP, RFC 3711) with keys in the SDP (SDES, RFC 4568)."""

from __future__ import annotations

from typing import Literal, get_args

# off: the leg is clear. optional: clear or encrypted, as the other side can. required: encrypted, or no call.
Srtp = Literal["off", "optional", "required"]
SRTP: tuple[Srtp, ...] = get_args(Srtp)
