"""Writes a bundle. The parts lie in it uncompressed, so that no version of a compressor changes its bytes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any

from ivr.domain.bundles.parts import FORMAT, MANIFEST, MENU, PROMPTS, SOUND, TESTS, needs_of, sound_part

_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o100600


def pack(
    out: IO[bytes],
    document: Mapping[str, Any],
    prompts: Mapping[str, Mapping[str, Any]],
    tests: Sequence[Mapping[str, Any]],
    read: Callable[[str], bytes],
) -> None:
    """`prompts`: audio name -> JSON with the SHA-256 of its `sound`, whose content `read` gives."""
    texts = {
        MENU: _text(document, sort=False),
        PROMPTS: _text(prompts),
        TESTS: _text(sorted(tests, key=lambda test: str(test["name"]))),
    }
    sounds = sorted({str(prompt["sound"]) for prompt in prompts.values()})
    hashes = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
    hashes |= {sound_part(sha256): sha256 for sha256 in sounds}
    manifest = {"format": FORMAT, "needs": needs_of(document, prompts).to_json(), "parts": hashes}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        _write(archive, [(MANIFEST, _text(manifest)), *texts.items()])
        _write(archive, ((sound_part(sha256), read(sha256)) for sha256 in sounds))


def sounds_in(parts: Iterable[str]) -> list[str]:
    """The SHA-256 of each sound among these parts."""
    return [found["sha256"] for found in map(SOUND.fullmatch, parts) if found]


def _write(archive: zipfile.ZipFile, parts: Iterable[tuple[str, bytes]]) -> None:
    for name, content in parts:
        entry = zipfile.ZipInfo(name, _TIME)
        entry.create_system = _UNIX
        entry.external_attr = _MODE << 16
        archive.writestr(entry, content)


def _text(value: Any, *, sort: bool = True) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=sort) + "\n").encode()
