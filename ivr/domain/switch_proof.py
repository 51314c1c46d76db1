"""How a switch shows the call server that it is ours: a proof on each channel, made of a secret that both know.

The proof is the MD5 of `UUID:SECRET` in hexadecimal. FreeSWITCH's dialplan can make no other keyed hash, and a secret
of 128 bits and more behind a UUID that the sender does not choose gives an attacker nothing to collide or to extend.
The secret itself stays in FreeSWITCH: neither a record of the channel's variables nor a program that listens in our
place learns more than the proof of one channel. A switch that cannot make the proof sends the secret in its place.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

VARIABLE = "digitree_proof"


def prove(channel_uuid: str, secret: str) -> str:
    """The proof of one channel: 32 hexadecimal digits."""
    return _digest(channel_uuid.encode(), secret.encode()).decode()


def _digest(channel_uuid: bytes, secret: bytes) -> bytes:
    return hashlib.md5(b"%b:%b" % (channel_uuid, secret), usedforsecurity=False).hexdigest().encode()


class ProofCheck:
    """Checks proofs against the secrets in force, each of them always and in constant time."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets or not all(secrets):
            raise ValueError("a switch proves itself by a secret that is not empty")
        self._secrets = [secret.encode() for secret in secrets]

    def holds(self, channel_uuid: bytes, proof: bytes) -> bool:
        """Whether `proof` is that of this channel, or the secret itself; both as received."""
        accepted = False
        for secret in self._secrets:
            accepted |= hmac.compare_digest(proof, _digest(channel_uuid, secret))
            accepted |= hmac.compare_digest(proof, secret)
        return accepted
