"""Signed heads of chains, which prove a chain to somebody who does not believe the database.

A head says that event `seq` of a chain has this hash, and so that no event before it was changed. It is signed with
Ed25519 by a key that is not in the database: who can write the database can compute a whole new chain, and set its
head back, but cannot sign it. A head that was written down elsewhere shows both.

The signed bytes are the canonical JSON (RFC 8785) of `at`, `chain`, `format`, `hash` and `seq`. This rule never
changes; another rule would be another `format`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FORMAT = 1
AUDIT_CHAIN = "audit"
_LIST_CHAIN = "dnc/"


def chain_of_list(list_id: str) -> str:
    """The name of a do-not-call list's chain."""
    return _LIST_CHAIN + list_id


@dataclass(frozen=True, slots=True)
class SignedHead:
    """`chain` is `dnc/LIST` or `audit`. `hash` has 64 hex digits, `at` is UTC as ISO 8601, `key` (the public key, 32
    bytes) and `signature` (64 bytes) are base64."""

    chain: str
    seq: int
    hash: str
    at: str
    key: str
    signature: str

    def statement(self) -> bytes:
        """The bytes that are signed."""
        return _statement(self.chain, self.seq, self.hash, self.at)

    def is_genuine(self) -> bool:
        """Whether the signature is that of `key`. Whose key it is, is another question."""
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.key, validate=True))
            key.verify(base64.b64decode(self.signature, validate=True), self.statement())
        except (InvalidSignature, ValueError):
            return False
        return True

    def to_line(self) -> str:
        """The head as a line of a witness file, without a line feed."""
        return json.dumps(asdict(self), separators=(",", ":"))


def head_from_line(line: str) -> SignedHead:
    """Raises ValueError for a line that is not a signed head; checks no signature."""
    document: Any = json.loads(line)
    if not isinstance(document, dict):
        raise ValueError("not a signed head")
    return head_from_json(document)


def head_from_json(document: Mapping[str, Any]) -> SignedHead:
    """Raises ValueError."""
    texts = [document.get(name) for name in ("chain", "hash", "at", "key", "signature")]
    seq = document.get("seq")
    if type(seq) is not int or not all(isinstance(text, str) for text in texts):
        raise ValueError("not a signed head")
    chain, hash_, at, key, signature = map(str, texts)
    return SignedHead(chain, seq, hash_, at, key, signature)


class HeadSigner:
    """Signs heads; `seed` has 32 bytes and is the private key."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = base64.b64encode(self._private.public_key().public_bytes_raw()).decode()

    def sign(self, chain: str, seq: int, hash_: str, at: datetime) -> SignedHead:
        """`at` has a time zone."""
        text = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        signature = base64.b64encode(self._private.sign(_statement(chain, seq, hash_, text))).decode()
        return SignedHead(chain, seq, hash_, text, self.key, signature)


def _statement(chain: str, seq: int, hash_: str, at: str) -> bytes:
    document = {"at": at, "chain": chain, "format": FORMAT, "hash": hash_, "seq": seq}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A hash known from outside the chain. `noted` says how, as in `signed at 2026-03-09T12:00:00Z`. `at`, where it
    is known: later events were written after it."""

    seq: int
    hash: str
    noted: str
    at: datetime | None = None


class AnchorCheck:
    """Holds a chain against its anchors, event by event in the order of `seq`."""

    def __init__(self, anchors: Iterable[Anchor]) -> None:
        self._by_seq: dict[int, list[Anchor]] = {}
        for anchor in anchors:
            if anchor.seq > 0:
                self._by_seq.setdefault(anchor.seq, []).append(anchor)
        self._right = 0

    def find_fault(self, seq: int, hash_: str) -> str | None:
        """What is wrong with an event whose own hash is right, or None."""
        for anchor in self._by_seq.get(seq, ()):
            if anchor.hash != hash_:
                since = f"after event {self._right}" if self._right else "from its first event"
                return (
                    f"event {seq} does not have the hash that was {anchor.noted}:"
                    f" the chain was computed again, or cut off and continued, {since}"
                )
            self._right = seq
        return None

    def find_cut(self, last_seq: int) -> str | None:
        """What is missing after the last event, or None."""
        beyond = [seq for seq in self._by_seq if seq > last_seq]
        if not beyond:
            return None
        anchor = self._by_seq[max(beyond)][0]
        return f"the end was cut off: event {anchor.seq} was {anchor.noted}, {last_seq} are there"
