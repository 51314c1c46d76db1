"""What the fields of a trunk may be, as pairs of value and words for people."""

from __future__ import annotations

KINDS = (
    ("address", "It sends calls from addresses that we know"),
    ("registration", "We register with it by user name and password"),
)
TRANSPORTS = (("udp", "UDP"), ("tcp", "TCP"), ("tls", "TLS (encrypted)"))
SRTP = (("off", "off"), ("optional", "if the other side has it"), ("required", "always; others are refused"))
LOOKUPS = (("order", "one after the other"), ("srv", "by the SRV records of its name"))
NUMBER_FORMS = (
    ("e164", "+1 415 555 0100, with + and country code"),
    ("digits", "1 415 555 0100, with country code"),
    ("national", "415 555 0100, as dialled within the country"),
)
DIALLED_IN = (("request_uri", "in the request"), ("to", "in the To header"))
DTMF = (("rfc4733", "RTP events (RFC 4733, usual)"), ("info", "SIP INFO"), ("inband", "tones in the audio"))
