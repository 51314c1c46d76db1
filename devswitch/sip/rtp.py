"""One leg's RTP: its socket, the address that it accepts, and the sound that it sends.

Packets are accepted from one address only: the first to send from the host that is named in the session description
or sent the SIP (symmetric RTP; a NAT changes the port). Everything else is dropped and logged once.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Iterator
from typing import cast

from aiortp.codecs import get_codec
from aiortp.dtmf import DtmfEvent
from aiortp.packet import RtpPacket, is_rtcp

from devswitch.media import FRAME_SAMPLES
from devswitch.sip.keys import EventKeys, events_of
from devswitch.sip.pacer import Pacer
from devswitch.sip.sdp import Media
from devswitch.sip.srtp import Crypto, SecureRtp

log = logging.getLogger(__name__)

# An audio packet of 60 ms is 492 bytes; no packet of a call is larger than this.
_MAX_PACKET_BYTES = 1024
_COMFORT_NOISE = 13


def _translation(source: int, target: int) -> bytes:
    return get_codec(target).encode(get_codec(source).decode(bytes(range(256))))


_TRANSLATIONS = {(0, 8): _translation(0, 8), (8, 0): _translation(8, 0)}


def _quiet(payload_type: int) -> bytes:
    """The byte values of a codec that are silence or almost silence."""
    samples = memoryview(get_codec(payload_type).decode(bytes(range(256)))).cast("h")
    return bytes(code for code, sample in enumerate(samples) if abs(sample) <= _QUIET_LEVEL)


_QUIET_LEVEL = 100
_QUIET = {payload_type: _quiet(payload_type) for payload_type in (0, 8)}


class RtpLeg(asyncio.DatagramProtocol):
    """One leg's RTP, bound with `open_leg`, in use from `agree` on. All in SIP's thread."""

    def __init__(self, pacer: Pacer, on_key: Callable[[str], None]) -> None:
        self.media: Media | None = None
        self.port = 0
        self.last_heard_s: float | None = None  # on the loop's clock
        self.has_sounded = False  # anything but silence has come
        self.foreign_packets = 0  # packets from elsewhere, dropped
        self.garbage = 0  # packets that are not RTP of this call
        self.on_sound: Callable[[bytes, int], None] | None = None  # payload bytes and codec, while not bridged
        self.on_heard: Callable[[bytes, int], None] | None = None  # the same, while it is recorded
        self.on_mixed: Callable[[bytes, int], None] | None = None  # the same, in a talk of several
        self._pacer = pacer
        self._on_key = on_key
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None
        self._hosts: frozenset[str] = frozenset()
        self._remote: tuple[str, int] | None = None
        self._is_latched = False
        self._secure: SecureRtp | None = None
        self._keys = EventKeys()
        self._playlist: deque[Iterator[bytes]] = deque()
        self._displacing: Iterator[bytes] = iter(())
        self._events: deque[DtmfEvent | None] = deque()
        self._event_at: int | None = None
        self._partner: RtpLeg | None = None
        self._ssrc = random.getrandbits(32)
        self._sequence = random.getrandbits(16)
        self._epoch_s = self._loop.time()
        self._timestamp = random.getrandbits(32)
        self._talking = False
        self._relay_offset: int | None = None

    # -- life --------------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def agree(self, media: Media, signalling_host: str, ours: Crypto | None = None) -> None:
        """Apply the negotiated media, at first or after a re-INVITE. A new address is learnt again. `ours`: the key
        that we encrypt with, where the other side has one."""
        known = self.media
        if known is None or (known.host, known.port) != (media.host, media.port):
            # Softphones on a machine with IPv6 name their IPv6 address but listen on both.
            host = media.host or signalling_host
            self._hosts = frozenset({host, signalling_host})
            self._remote = (host, media.port)
            self._is_latched = False
        if media.crypto is None or ours is None:
            self._secure = None
        elif self._secure is None:
            self._secure = SecureRtp(ours, media.crypto)
        else:
            self._secure.change(ours, media.crypto)
        self.media = media

    def close(self) -> None:
        self.stop()
        self.bridge(None)
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    # -- out ---------------------------------------------------------------------------------------------------------

    def play(self, frames: Iterator[bytes]) -> None:
        """Queue frames of the agreed codec after those that are playing."""
        self._playlist.append(frames)
        self._pacer.join(self)

    def displace(self, frames: Iterator[bytes]) -> None:
        """Send these in place of all sound, played or relayed, until they are used up; when nothing else is sent,
        neither are they."""
        self._displacing = frames

    def send_keys(self, keys: str) -> None:
        """Queue keys as events, in place of the frames that play meanwhile."""
        self._events.extend(events_of(keys))

    def stop(self) -> None:
        """Silence from the next frame on."""
        self._playlist.clear()
        self._pacer.leave(self)
        self._talking = False

    def _next_frame(self) -> bytes | None:
        while self._playlist:
            frame = next(self._playlist[0], None)
            if frame is not None:
                return next(self._displacing, frame)
            self._playlist.popleft()
        self._talking = False
        return None

    def send_frame(self) -> bool:
        frame = self._next_frame()
        if frame is None:
            return False
        media = self.media
        event = self._events.popleft() if self._events else None
        if event is not None and media is not None and media.event_payload is not None:
            self._send_event(event, media.event_payload)
        elif media is not None and media.listens:
            self._event_at = None
            if not self._talking:
                # Sound resumes: the timestamp advances by the length of the gap.
                elapsed_frames = round((self._loop.time() - self._epoch_s) * 50)
                self._epoch_s = self._loop.time()
                self._timestamp += max(1, elapsed_frames) * FRAME_SAMPLES
            else:
                self._epoch_s = self._loop.time()
                self._timestamp += FRAME_SAMPLES
            self._send(media.payload, frame, self._timestamp, marker=not self._talking)
            self._talking = True
        return True

    def _send_event(self, event: DtmfEvent, payload_type: int) -> None:
        """All packets of one event have the timestamp of its first (RFC 4733)."""
        if self._event_at is None:
            self._event_at = self._timestamp + FRAME_SAMPLES
        self._timestamp += FRAME_SAMPLES
        marker = event.duration == FRAME_SAMPLES
        self._send(payload_type, event.serialize(), self._event_at, marker=marker)

    def skip_frame(self) -> bool:
        # The other end's playout time for it has passed, too.
        self._timestamp += FRAME_SAMPLES
        return self._next_frame() is not None

    def _send(self, payload_type: int, payload: bytes, timestamp: int, marker: bool) -> None:
        if self._transport is None or self._remote is None:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        packet = RtpPacket(payload_type, int(marker), self._sequence, timestamp & 0xFFFFFFFF, self._ssrc, payload)
        data = packet.serialize()
        self._transport.sendto(data if self._secure is None else self._secure.seal(data), self._remote)

    # -- in ----------------------------------------------------------------------------------------------------------

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.media is None or not self._is_theirs(addr):
            self.foreign_packets += 1
            if self.foreign_packets == 1:
                log.warning("RTP from %s:%d, which is not the negotiated address: dropped", *addr)
            return
        if len(data) > _MAX_PACKET_BYTES or is_rtcp(data):
            return
        try:
            packet = RtpPacket.parse(data if self._secure is None else self._secure.open(data))
        except ValueError:
            self.garbage += 1
            if self.garbage == 1:
                log.warning("not RTP from %s:%d: dropped", *addr)
            return
        self._remote, self._is_latched = addr, True
        self.last_heard_s = self._loop.time()
        self._take(packet, self.media)

    def _is_theirs(self, addr: tuple[str, int]) -> bool:
        return addr == self._remote if self._is_latched else addr[0] in self._hosts

    def _take(self, packet: RtpPacket, media: Media) -> None:
        if packet.payload_type == media.event_payload:
            key = self._keys.feed(packet.payload, packet.ssrc, packet.timestamp)
            if key:
                self._on_key(key)
            if self._partner is not None and self._partner is not self:
                self._partner.relay_event(packet)
        elif packet.payload_type in (0, 8):
            if not self.has_sounded:
                loud = packet.payload.translate(None, _QUIET[packet.payload_type])
                self.has_sounded = 2 * len(loud) > len(packet.payload)
            if self._partner is not None:
                self._partner.relay_sound(packet)
            if self.on_sound is not None:
                self.on_sound(packet.payload, packet.payload_type)
            for hear in (self.on_heard, self.on_mixed):
                if hear is not None:
                    hear(packet.payload, packet.payload_type)
        elif packet.payload_type != _COMFORT_NOISE:
            self.garbage += 1

    def error_received(self, exc: Exception) -> None:
        # The other side's port is closed; its BYE or the media time-out will end the call.
        log.debug("RTP: %s", exc)

    # -- bridged -----------------------------------------------------------------------------------------------------

    def bridge(self, partner: RtpLeg | None) -> None:
        """Relay what arrives here to the partner (one way; None ends it). Its own partner: an echo of sound."""
        if self._partner is not None:
            self._partner.end_relay()
        self._partner = partner

    def end_relay(self) -> None:
        """Continue the timestamps of the relayed sound with the next sound that is played."""
        self._relay_offset = None
        self._epoch_s = self._loop.time()
        self._talking = False

    def relay_sound(self, packet: RtpPacket) -> None:
        media = self.media
        if media is None or not media.listens:
            return
        payload = packet.payload
        if packet.payload_type != media.payload:
            payload = payload.translate(_TRANSLATIONS[(packet.payload_type, media.payload)])
        self._relay(media.payload, next(self._displacing, payload), packet)

    def relay_event(self, packet: RtpPacket) -> None:
        if self.media is not None and self.media.event_payload is not None:
            self._relay(self.media.event_payload, packet.payload, packet)

    def _relay(self, payload_type: int, payload: bytes, packet: RtpPacket) -> None:
        if self._relay_offset is None:
            self._relay_offset = self._timestamp + FRAME_SAMPLES - packet.timestamp
        timestamp = (packet.timestamp + self._relay_offset) & 0xFFFFFFFF
        self._timestamp = timestamp
        self._send(payload_type, payload, timestamp, bool(packet.marker))


async def open_leg(host: str, pacer: Pacer, on_key: Callable[[str], None], ports: range | None = None) -> RtpLeg:
    """A leg on a port chosen by the operating system, or on the first free even one of `ports`. OSError if none."""
    loop = asyncio.get_running_loop()
    if ports is None:
        _, leg = await loop.create_datagram_endpoint(lambda: RtpLeg(pacer, on_key), local_addr=(host, 0))
        return leg
    numbers = [port for port in ports if port % 2 == 0]
    start = random.randrange(len(numbers)) if numbers else 0  # noqa: S311 (to spread, no secret)
    for port in numbers[start:] + numbers[:start]:
        try:
            _, leg = await loop.create_datagram_endpoint(lambda: RtpLeg(pacer, on_key), local_addr=(host, port))
        except OSError:
            continue
        return leg
    raise OSError("no RTP port is free")
