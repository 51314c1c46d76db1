"""Time stamps of RFC 3161: a server's signed word that some bytes existed at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from ivr.clients.outbound_http import Outbound, OutboundError

_TYPE = "application/timestamp-query"


class TimeStampError(Exception):
    """There is no time stamp, or it is not one of these bytes; the text says why."""


@dataclass(frozen=True, slots=True)
class TimeStampServer:
    url: str
    outbound: Outbound

    def stamp(self, data: bytes) -> bytes:
        """The server's answer (DER) for the SHA-256 of `data`. Raises TimeStampError. That it fits the request is
        checked; the server's certificate is not, see verify_stamp."""
        request = TimestampRequestBuilder(data=data, hash_algorithm=HashAlgorithm.SHA256).build()
        try:
            reply = self.outbound.post(self.url, request.as_bytes(), {"Content-Type": _TYPE})
        except OutboundError as error:
            raise TimeStampError(str(error)) from error
        if reply.status != 200:
            raise TimeStampError(f"status {reply.status}")
        try:
            answer = decode_timestamp_response(reply.body)
            granted = PKIStatus(answer.status) in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)
            fits = granted and (
                answer.tst_info.message_imprint.message == request.message_imprint.message
                and answer.tst_info.nonce in (None, request.nonce)
            )
        except ValueError as error:
            raise TimeStampError(f"no time stamp: {error}") from error
        if not fits:
            raise TimeStampError("the answer is not for these bytes" if granted else "the server refused")
        return reply.body


def verify_stamp(answer: bytes, data: bytes, roots: Path) -> datetime:
    """When the server stamped `data`, by its own word. `roots` is a PEM file of the certificates that are believed.
    Raises TimeStampError, and OSError or ValueError for a file without certificates."""
    builder = VerifierBuilder()
    for root in load_pem_x509_certificates(roots.read_bytes()):
        builder = builder.add_root_certificate(root)
    try:
        response = decode_timestamp_response(answer)
        builder.build().verify_message(response, data)
        return response.tst_info.gen_time
    except (VerificationError, ValueError) as error:
        raise TimeStampError(str(error)) from error
