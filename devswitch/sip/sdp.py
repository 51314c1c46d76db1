"""Session descriptions: PCMU or PCMA at 8 kHz, telephone-event, or a refusal. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from aiosipua.sdp import SdpMessage, build_sdp, negotiate_sdp, parse_sdp

from devswitch.media import FRAME_MS, SAMPLE_RATE

CODECS = {0: "PCMU", 8: "PCMA"}
DEFAULT_EVENT_PAYLOAD = 101
MAX_SDP_BYTES = 4096
_MAX_MEDIA = 8
_MAX_LINES = 128
_MAX_FORMATS = 32
_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


class BadSdp(ValueError):
    """A description that cannot be read, or has no media that we support."""


@dataclass(frozen=True)
class Media:
    """The agreed media: the address where the other side listens, and the formats to send.

    host: empty if only an IPv6 address was named; then the signalling's source address is used.
    """

    host: str
    port: int
    payload: int  # 0 PCMU, 8 PCMA
    event_payload: int | None  # RFC 4733; None: keys come in another way
    sends: bool = True  # whether the other side sends
    listens: bool = True


def read_sdp(text: str) -> SdpMessage:
    """Parse a description; BadSdp if it cannot be read, or its size or numbers are unreasonable."""
    if len(text) > MAX_SDP_BYTES or text.count("\n") > _MAX_LINES:
        raise BadSdp("too large")
    if text.count("m=") > _MAX_MEDIA * 2:
        raise BadSdp("too many media")
    try:
        sdp = parse_sdp(text)
    except (ValueError, IndexError, TypeError) as error:
        raise BadSdp(f"cannot be read: {error}") from error
    if len(sdp.media) > _MAX_MEDIA or any(len(media.formats) > _MAX_FORMATS for media in sdp.media):
        raise BadSdp("too many media")
    audio = sdp.audio
    if audio is not None and not _DIRECTIONS & audio.attributes.keys():
        # A connection line for the whole session applies to the audio.
        audio.attributes.update({name: [] for name in _DIRECTIONS & sdp.attributes.keys()})
    return sdp


def read_media(sdp: SdpMessage) -> Media:
    """The audio of an offer or an answer; the first known codec in the other side's order."""
    audio = sdp.audio
    if audio is None or audio.proto != "RTP/AVP":
        raise BadSdp("no plain RTP audio")
    connection = audio.connection or sdp.connection
    if connection is None:
        raise BadSdp("no address")
    try:
        address = ipaddress.ip_address(connection.address)
    except ValueError as error:
        raise BadSdp(f"{connection.address!r} is not an IP address") from error
    if address.is_multicast or not 0 <= audio.port <= 65535:
        raise BadSdp("no address to send to")
    payload = next((codec.payload_type for codec in audio.codecs if _is_ours(codec.payload_type, codec)), None)
    if payload is None or audio.port == 0:
        raise BadSdp("no codec in common")
    # Softphones offer a telephone-event for each clock rate; the one with the audio's rate is used.
    events = [
        codec.payload_type
        for codec in audio.codecs
        if codec.encoding_name.lower() == "telephone-event" and codec.clock_rate == SAMPLE_RATE
    ]
    direction = audio.direction
    on_hold = address.is_unspecified  # the old form (RFC 2543)
    return Media(
        host=str(address) if address.version == 4 else "",
        port=audio.port,
        payload=payload,
        event_payload=next((number for number in events if 96 <= number <= 127), None),
        sends=direction in ("sendrecv", "sendonly"),
        listens=direction in ("sendrecv", "recvonly") and not on_hold,
    )


def _is_ours(payload: int, codec: object) -> bool:
    return CODECS.get(payload) == str(getattr(codec, "encoding_name", "")).upper()


def make_answer(offer: SdpMessage, media: Media, host: str, port: int, version: int = 1) -> SdpMessage:
    """Our answer: one codec, the offer's own number for telephone-event, every other medium refused."""
    answer, _ = negotiate_sdp(
        offer,
        host,
        port,
        supported_codecs=[media.payload],
        dtmf_payload_type=media.event_payload or 0,
        session_id=str(port),
    )
    # The library repeats the offer's.
    audio = next(medium for medium in answer.media if medium.media == "audio")
    audio.attributes["ptime"] = [str(FRAME_MS)]
    answer.origin.session_version = str(int(answer.origin.session_id) + version)
    return answer


def make_offer(host: str, port: int, payloads: tuple[int, ...]) -> SdpMessage:
    """Our offer, codecs in this order, with telephone-event."""
    offer = build_sdp(host, port, payloads[0], CODECS[payloads[0]], dtmf_payload_type=DEFAULT_EVENT_PAYLOAD)
    audio = offer.media[0]
    for payload in payloads[1:]:
        audio.formats.insert(-1, str(payload))
        audio.attributes["rtpmap"].insert(-1, f"{payload} {CODECS[payload]}/8000")
    return offer

