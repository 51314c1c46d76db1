"""What every reader of recordings yields: blocks of samples, and warnings about a file that can still be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

BLOCK_SAMPLES = 1 << 14
# A codec pads its last frame.
CODEC_PADDING_S = 0.25
NO_KNOWN_FORMAT = (
    "this is no audio file of a known format; raw telephone samples are known by their name, such as menu.ulaw or "
    "menu.sln16, or by ?format="
)


class Refused(Exception):
    """Why this recording cannot be taken, for the person who uploaded it."""


class NotThisKind(Refused):
    """This reader does not know the format; another one may."""


@dataclass(frozen=True)
class Limits:
    """The limits for one recording, and the format it is converted to."""

    max_duration_s: int
    max_rate_hz: int
    max_channels: int
    rate_hz: int
    min_rate_hz: int = 4000

    def check(self, rate_hz: int, channels: int) -> None:
        """Refused if the recording is outside them."""
        if not self.min_rate_hz <= rate_hz <= self.max_rate_hz:
            taken = f"recordings with {self.min_rate_hz} to {self.max_rate_hz} are taken"
            raise Refused(f"it has {rate_hz} samples a second; {taken}")
        if not 1 <= channels <= self.max_channels:
            raise Refused(f"it has {channels} channels; {self.max_channels} are taken at most")

    def check_duration(self, seconds: float) -> None:
        """Refused if it lasts longer than any prompt may."""
        if seconds > self.max_duration_s + CODEC_PADDING_S:
            raise Refused(f"it lasts longer than {self.max_duration_s} seconds, which is the most that is taken")


@dataclass
class Warnings:
    """Pairs of a stable code and a sentence, each code once."""

    items: dict[str, str] = field(default_factory=dict)

    def add(self, code: str, message: str) -> None:
        self.items.setdefault(code, message)


class Source(Protocol):
    """A recording that can be read from its beginning any number of times."""

    def blocks(self, warnings: Warnings) -> Iterator[tuple[int, Any]]:
        """(samples a second, float32 array of frames by channels); Refused where it cannot be read."""
        ...


def cut_short(said_s: float, there_s: float) -> str:
    """The warning about a file that ends too early."""
    return f"the file says that it lasts {said_s:.1f} s, and {there_s:.1f} s are there: it seems to be cut short"
