"""A file fetched whole or not at all: what is broken off is gone on with, and what is damaged is thrown away."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from tts.library.places import VoiceError

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_PARTIAL = 206
_NOT_SATISFIABLE = 416


@dataclass(frozen=True)
class Wanted:
    """A file of a catalogue. `digest` is hexadecimal, of the hash `algorithm`."""

    url: str
    size_bytes: int
    digest: str
    algorithm: str = "md5"


def open_client() -> httpx.Client:
    return httpx.Client(timeout=_TIMEOUT, follow_redirects=True)


def fetch(client: httpx.Client, wanted: Wanted, part: Path, progress: Callable[[int], None]) -> None:
    """Have the whole file at `part`. A transfer that breaks off leaves there what has come, for the next time.

    VoiceError: it broke off, or what came is not the file that the catalogue names.
    """
    there = part.stat().st_size if part.exists() else 0
    if there > wanted.size_bytes:
        part.unlink()
        there = 0
    if there < wanted.size_bytes:
        _receive(client, wanted, part, there, progress)
    _check(wanted, part)


def fetch_text(client: httpx.Client, url: str, max_bytes: int) -> str:
    """A small file. VoiceError."""
    try:
        with client.stream("GET", url) as response:
            response.raise_for_status()
            content = b""
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > max_bytes:
                    raise VoiceError(f"{url} is larger than {max_bytes} bytes, so it is not the file expected there")
    except httpx.HTTPError as error:
        raise VoiceError(_failure(url, error)) from error
    return content.decode("utf-8", "replace")


def _receive(client: httpx.Client, wanted: Wanted, part: Path, there: int, progress: Callable[[int], None]) -> None:
    headers = {"Range": f"bytes={there}-"} if there else {}
    # The bytes themselves are counted and hashed, so none may be packed on the way.
    headers["Accept-Encoding"] = "identity"
    try:
        with client.stream("GET", wanted.url, headers=headers) as response:
            if response.status_code == _NOT_SATISFIABLE:
                part.unlink()
                raise VoiceError(f"{wanted.url} is shorter than the catalogue says; is the mirror complete?")
            response.raise_for_status()
            goes_on = response.status_code == _PARTIAL
            there = there if goes_on else 0
            with part.open("ab" if goes_on else "wb") as file:
                for chunk in response.iter_raw():
                    file.write(chunk)
                    there += len(chunk)
                    if there > wanted.size_bytes:
                        break
                    progress(there)
    except httpx.HTTPError as error:
        raise VoiceError(_failure(wanted.url, error)) from error


def _check(wanted: Wanted, part: Path) -> None:
    size = part.stat().st_size
    if size < wanted.size_bytes:
        text = f"{wanted.url} broke off after {size:,} of {wanted.size_bytes:,} bytes; the same command goes on there"
        raise VoiceError(text)
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, wanted.algorithm).hexdigest()
    if digest != wanted.digest.lower():
        part.unlink()
        raise VoiceError(f"{wanted.url} is damaged: it is not the file that the catalogue names; try again")


def _failure(url: str, error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"{url} was answered {error.response.status_code}; check DIGITREE_VOICES_URL"
    return f"{url} cannot be fetched ({error or type(error).__name__}); the same command goes on where it broke off"
