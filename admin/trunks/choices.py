"""What the fields of a trunk may be, as pairs of value and words for people."""

from __future__ import annotations

from admin.http.language import later

KINDS = (
    ("address", later("It sends calls from addresses that we know")),
    ("registration", later("We register with it by user name and password")),
)
TRANSPORTS = (("udp", "UDP"), ("tcp", "TCP"), ("tls", later("TLS (encrypted)")))
SRTP = (
    ("off", later("off")),
    ("optional", later("if the other side has it")),
    ("required", later("always; others are refused")),
)
LOOKUPS = (("order", later("one after the other")), ("srv", later("by the SRV records of its name")))
NUMBER_FORMS = (
    ("e164", later("+1 415 555 0100, with + and country code")),
    ("digits", later("1 415 555 0100, with country code")),
    ("national", later("415 555 0100, as dialled within the country")),
)
DIALLED_IN = (("request_uri", later("in the request")), ("to", later("in the To header")))
DTMF = (
    ("rfc4733", later("RTP events (RFC 4733, usual)")),
    ("info", "SIP INFO"),
    ("inband", later("tones in the audio")),
)
