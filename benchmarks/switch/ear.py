"""Telephones that listen: how long from the end of a key to the first sound of the next prompt, from the RTP itself.

Each calls the menu, waits until a prompt has ended (no sound arrives any more), presses, and listens for the first
packet of the next one. SIPp's callers press in mid-prompt; this is what a patient caller hears.
"""

from __future__ import annotations

import threading
import time
from queue import Empty

from tests.sip.phone import Phone

# Packets come every 20 ms while a prompt plays.
_ENDED_S = 0.12
_PROMPT_S = 12.0


class Ear(Phone):
    """Records when sound last arrived, and when it last began after a pause."""

    last_packet_at = 0.0
    began_at = 0.0

    def _hear(self) -> None:
        self._rtp.settimeout(0.1)
        while not self._ended.is_set():
            try:
                packet = self._rtp.recv(2048)
            except TimeoutError:
                continue
            if packet[1] & 0x7F == 0:
                now = time.monotonic()
                if now - self.last_packet_at > _ENDED_S / 2:
                    self.began_at = now
                self.last_packet_at = now

    def press(self, key: str) -> float:
        """When the key ended: the first of its three packets that say so went out, or the INFO."""
        if not self.telephone_event:
            pressed_at = time.monotonic()
            self.send_info(key)
            return pressed_at
        self.send_event(key)
        while self._to_send.qsize() > 2:
            time.sleep(0.001)
        return time.monotonic()

    def wait_silence(self) -> bool:
        """Wait until a prompt has been heard and has ended."""
        deadline = time.monotonic() + _PROMPT_S
        while time.monotonic() < deadline:
            if self.last_packet_at and time.monotonic() - self.last_packet_at > _ENDED_S:
                return True
            time.sleep(0.005)
        return False


class Ears:
    """Telephones that call `number` one after the other, `rate` a second, from `start` until `stop`; every second one
    presses by SIP INFO. `delays_ms` is what they heard, by RFC 4733 and by INFO; `answered_s` the length of those
    `calls` that went well, from the answer to the far side's BYE; `unheard` counts the others."""

    def __init__(self, switch: tuple[str, int], number: str, ani: str, keys: str, rate: float) -> None:
        self._switch, self._number, self._ani, self._keys, self._rate = switch, number, ani, keys, rate
        self._stop = threading.Event()
        self._clock = threading.Thread(target=self._start_calls, daemon=True)
        self._calls: list[threading.Thread] = []
        self.delays_ms: dict[str, list[float]] = {"rfc4733": [], "info": []}
        self.answered_s: list[float] = []
        self.unheard = 0

    @property
    def calls(self) -> int:
        return len(self.answered_s)

    def start(self) -> None:
        self._clock.start()

    def stop(self) -> None:
        """Start no more calls, and wait for the end of those under way."""
        self._stop.set()
        self._clock.join()
        for thread in self._calls:
            thread.join(60)

    def _start_calls(self) -> None:
        began = time.monotonic()
        while not self._stop.wait(max(0.0, began + len(self._calls) / self._rate - time.monotonic())):
            by_event = len(self._calls) % 2 == 0
            self._calls.append(threading.Thread(target=self._call, args=(by_event,), daemon=True))
            self._calls[-1].start()

    def _call(self, by_event: bool) -> None:
        try:
            with Ear(self._switch, number=self._ani, telephone_event=by_event) as phone:
                is_heard = self._press_keys(phone, self.delays_ms["rfc4733" if by_event else "info"])
        except (Empty, OSError):
            is_heard = False
        self.unheard += not is_heard

    def _press_keys(self, phone: Ear, delays_ms: list[float]) -> bool:
        if phone.dial(self._number) != 200:
            return False
        answered_at = time.monotonic()
        for key in self._keys:
            if not phone.wait_silence():
                return False
            pressed_at = phone.press(key)
            while phone.began_at < pressed_at:
                if time.monotonic() - pressed_at > 3:
                    return False
                time.sleep(0.001)
            delays_ms.append((phone.began_at - pressed_at) * 1000)
        if not phone.far_side_hung_up.wait(10):
            return False
        self.answered_s.append(time.monotonic() - answered_at)
        return True
