"""Session descriptions: PCMU or PCMA at 8 kHz, telephone-event, keys of SRTP, or a refusal. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aiosipua.sdp import MediaDescription, SdpMessage, build_sdp, negotiate_sdp, parse_sdp

from devswitch.media import FRAME_MS, SAMPLE_RATE
from devswitch.sip.srtp import Crypto, LegKeys, read_crypto

CODECS = {0: "PCMU", 8: "PCMA"}
DEFAULT_EVENT_PAYLOAD = 101
MAX_SDP_BYTES = 4096
_MAX_MEDIA = 8
_MAX_LINES = 128
_MAX_FORMATS = 32
_CLEAR, _SECURE = "RTP/AVP", "RTP/SAVP"
_CRYPTO = "crypto"
_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


class BadSdp(ValueError):
    """A description that cannot be read, or has no media that we support."""


@dataclass(frozen=True)
class Media:
    """The agreed media: the address where the other side listens, and the formats to send.

    host: empty if only an IPv6 address was named; then the signalling's source address is used. crypto: what the
    other side encrypts with; None: nothing.
    """

    host: str
    port: int
    payload: int  # 0 PCMU, 8 PCMA
    event_payload: int | None  # RFC 4733; None: keys come in another way
    sends: bool = True  # whether the other side sends
    listens: bool = True
    crypto: Crypto | None = None


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
    for audio in sdp.media:
        if audio.media == "audio" and not _DIRECTIONS & audio.attributes.keys():
            # A direction of the whole session applies to the audio.
            audio.attributes.update({name: [] for name in _DIRECTIONS & sdp.attributes.keys()})
    return sdp


def read_media(sdp: SdpMessage, *, clear: bool = True) -> Media:
    """The first audio of an offer or an answer that we can do, unless it may be clear the first encrypted one, and
    in it the first known codec in the other side's order."""
    audio = next((each for each in _audio_of(sdp) if clear or _crypto_of(each) is not None), None)
    if audio is None:
        raise BadSdp("no RTP audio, or none that is encrypted in a way that we know")
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
        crypto=_crypto_of(audio),
    )


def _crypto_of(audio: MediaDescription) -> Crypto | None:
    """Keys in RTP/AVP count as none: FreeSWITCH could not answer them."""
    return read_crypto(audio.attributes.get(_CRYPTO, ())) if audio.proto == _SECURE else None


def _audio_of(sdp: SdpMessage) -> list[MediaDescription]:
    """All that we can do."""
    found = [each for each in sdp.media if each.media == "audio" and each.port]
    return [each for each in found if each.proto == _CLEAR or _crypto_of(each) is not None]


def _is_ours(payload: int, codec: object) -> bool:
    return CODECS.get(payload) == str(getattr(codec, "encoding_name", "")).upper()


def match_keys(keys: LegKeys, media: Media) -> Crypto | None:
    """Our key to theirs. BadSdp where the sound would be clear and must not be, or the other way round."""
    try:
        return keys.match(media.crypto)
    except ValueError as error:
        raise BadSdp(str(error)) from error


def make_answer(
    offer: SdpMessage, media: Media, host: str, port: int, version: int = 1, ours: Crypto | None = None
) -> SdpMessage:
    """Our answer: one codec, the offer's own number for telephone-event, every other medium refused. `ours`: the key
    that we encrypt with."""
    chosen = next(each for each in _audio_of(offer) if _crypto_of(each) == media.crypto)
    answer, _ = negotiate_sdp(
        replace(offer, media=[chosen]),
        host,
        port,
        supported_codecs=[media.payload],
        dtmf_payload_type=media.event_payload or 0,
        session_id=str(port),
    )
    # The library repeats the offer's.
    audio = answer.media[0]
    audio.attributes["ptime"] = [str(FRAME_MS)]
    if ours is not None:
        audio.attributes[_CRYPTO] = [str(ours)]
    answer.media = [audio if each is chosen else replace(each, port=0, attributes={}) for each in offer.media]
    answer.origin.session_version = str(int(answer.origin.session_id) + version)
    return answer


def make_offer(
    host: str, port: int, payloads: tuple[int, ...], keys: Sequence[Crypto] = (), *, clear: bool = True
) -> SdpMessage:
    """Our offer, codecs in this order, with telephone-event; encrypted by one of `keys`, and clear unless it must be
    encrypted."""
    offer = build_sdp(host, port, payloads[0], CODECS[payloads[0]], dtmf_payload_type=DEFAULT_EVENT_PAYLOAD)
    audio = offer.media[0]
    for payload in payloads[1:]:
        audio.formats.insert(-1, str(payload))
        audio.attributes["rtpmap"].insert(-1, f"{payload} {CODECS[payload]}/8000")
    if keys:
        secure = replace(audio, proto=_SECURE, attributes={**audio.attributes, _CRYPTO: [str(each) for each in keys]})
        offer.media = [secure, audio] if clear else [secure]
    return offer

