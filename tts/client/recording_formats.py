"""Recordings without a header: raw samples, as Asterisk and FreeSWITCH keep them.

The format is known from the file's name (`menu.sln16`), its media type (`audio/PCMU`) or the sender's parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class RawFormat:
    """`codec` is the decoder's own name for it; the samples are of one channel."""

    codec: str
    rate_hz: int


_SLN_RATES_HZ = {
    "sln": 8000,
    "sln11": 11_025,
    "sln12": 12_000,
    "sln16": 16_000,
    "sln22": 22_050,
    "sln24": 24_000,
    "sln32": 32_000,
    "sln44": 44_100,
    "sln48": 48_000,
    "sln96": 96_000,
    "sln192": 192_000,
}
RAW_FORMATS: Mapping[str, RawFormat] = {
    "gsm": RawFormat("gsm", 8000),
    "g722": RawFormat("g722", 16_000),
    "g723": RawFormat("g723_1", 8000),
    "g729": RawFormat("g729", 8000),
    "ulaw": RawFormat("ulaw", 8000),
    "alaw": RawFormat("alaw", 8000),
    "vox": RawFormat("vox", 8000),
    **{name: RawFormat("s16", rate_hz) for name, rate_hz in _SLN_RATES_HZ.items()},
    **{f"l16-{rate_hz}": RawFormat("l16", rate_hz) for rate_hz in _SLN_RATES_HZ.values()},
}
# Formats with a header; the page's file chooser offers them, too.
SELF_DESCRIBING = (
    *("wav", "mp3", "m4a", "aac", "mp4", "webm", "ogg", "opus", "oga", "flac", "aiff", "aif", "caf", "au", "w64"),
    *("3gp", "amr", "awb", "mov", "mka", "mkv", "wma", "ac3", "spx"),
)
_ALIASES = {
    **{"ul": "ulaw", "ulw": "ulaw", "mu": "ulaw", "mulaw": "ulaw", "pcmu": "ulaw", "u": "ulaw"},
    **{"al": "alaw", "alw": "alaw", "pcma": "alaw"},
    **{"slin": "sln", "sln8": "sln", "slin8": "sln", "raw": "sln", "r8": "sln"},
    **{f"slin{name[3:]}": name for name in _SLN_RATES_HZ if name != "sln"},
    **{f"r{khz}": f"sln{khz}" for khz in (16, 24, 32, 48)},
    **{"g723sf": "g723", "g723.1": "g723"},
}
_MEDIA_TYPES = {
    **dict.fromkeys(("audio/basic", "audio/pcmu", "audio/ulaw", "audio/mulaw", "audio/x-mulaw"), "ulaw"),
    **dict.fromkeys(("audio/x-ulaw", "audio/g711-mulaw"), "ulaw"),
    **dict.fromkeys(("audio/pcma", "audio/alaw", "audio/x-alaw", "audio/x-alaw-basic", "audio/g711-alaw"), "alaw"),
    **dict.fromkeys(("audio/gsm", "audio/x-gsm"), "gsm"),
    **dict.fromkeys(("audio/g722", "audio/x-g722"), "g722"),
    **dict.fromkeys(("audio/g723", "audio/g7231"), "g723"),
    "audio/g729": "g729",
}
FILE_NAME_ENDINGS = (*SELF_DESCRIBING, *(name for name in RAW_FORMATS if "-" not in name), "ul", "al")


def named_format(name: str) -> str | None:
    """The key of RAW_FORMATS meant by `gsm`, `.gsm` or `PCMU`; "" for a format with a header."""
    plain = name.strip().lower().removeprefix(".")
    plain = _ALIASES.get(plain, plain)
    if plain in RAW_FORMATS:
        return plain
    return "" if plain in SELF_DESCRIBING else None


def guessed_format(file_name: str, media_type: str, parameters: Mapping[str, str]) -> str:
    """The key of RAW_FORMATS found from a file's name, or else its media type; "" if neither names one."""
    ending = PurePosixPath(file_name.replace("\\", "/")).suffix
    by_name = named_format(ending) if ending else None
    if by_name is not None:
        return by_name
    if media_type.lower() == "audio/l16" and parameters.get("channels", "1") == "1":
        wanted = f"l16-{parameters.get('rate', '8000').strip()}"
        return wanted if wanted in RAW_FORMATS else ""
    return _MEDIA_TYPES.get(media_type.lower(), "")
