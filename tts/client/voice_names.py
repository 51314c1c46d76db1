"""The names of the voices that every installation has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DEFAULT_VOICE = "joe"
ALIASES: Mapping[str, str] = {"rachel": DEFAULT_VOICE}
# Who speaks under an alias, the first that is there: women of US English, Kokoro's best first, then Piper's.
PREFERRED: Mapping[str, Sequence[str]] = {
    "rachel": (
        "af_heart", "af_bella", "af_sarah", "en_US-ljspeech-high", "en_US-kristin-medium", "en_US-ljspeech-medium",
        "en_US-hfc_female-medium", "en_US-amy-medium",
    )
}  # fmt: skip
