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
    """Notes when sound last arrived, and when it last began after a pause."""

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
        """When the key ended: the first of its three packets that say so went out."""
        self.send_event(key)
        while self._to_send.qsize() > 2:
            time.sleep(0.001)
        return time.monotonic()

    def wait_silence(self) -> bool:
        """Until a prompt has been heard and has ended."""
        deadline = time.monotonic() + _PROMPT_S
        while time.monotonic() < deadline:
            if self.last_packet_at and time.monotonic() - self.last_packet_at > _ENDED_S:
                return True
            time.sleep(0.005)
        return False


class Ears:
    """`count` telephones calling `number` again and again until `stop`. `delays_ms` is what they heard."""

    def __init__(self, switch: tuple[str, int], number: str, ani: str, keys: str, count: int) -> None:
        self._switch, self._number, self._ani, self._keys = switch, number, ani, keys
        self._stop = threading.Event()
        self.delays_ms: list[float] = []
        self.calls = 0
        self.unheard = 0
        self._threads = [threading.Thread(target=self._call_on, args=(n,), daemon=True) for n in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when the calls under way have ended."""
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _call_on(self, number: int) -> None:
        self._stop.wait(number * 0.7)
        while not self._stop.is_set():
            try:
                self._call()
            except (Empty, OSError):
                self.unheard += 1

    def _call(self) -> None:
        phone = Ear(self._switch, number=self._ani)
        with phone:
            self.calls += 1
            if phone.dial(self._number) != 200:
                self.unheard += 1
                return
            for key in self._keys:
                if not phone.wait_silence():
                    self.unheard += 1
                    return
                pressed_at = phone.press(key)
                while phone.began_at < pressed_at:
                    if time.monotonic() - pressed_at > 3:
                        self.unheard += 1
                        return
                    time.sleep(0.001)
                self.delays_ms.append((phone.began_at - pressed_at) * 1000)
            phone.far_side_hung_up.wait(5)
