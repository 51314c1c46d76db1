"""The speech process as its clients call it: typed answers, typed errors, nothing of Piper or numpy.

It knows its clients by a token that both derive from DIGITREE_SECRET: any user of the machine can reach its port.

Safe to share between threads and between greenlets (gevent, patched before this is imported).
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar

import httpx

from tts.client.errors import (
    NO_ANSWER,
    BadAudio,
    BadRate,
    BadText,
    EngineFailed,
    PromptStoreFull,
    SynthesisFailed,
    TtsError,
    TtsUnavailable,
    VoiceNotFound,
)
from tts.client.limits import LONGEST_WAIT_S, MAX_UPLOAD_BYTES, UPLOAD_TOO_LARGE
from tts.client.naming import PROMPT_FILE
from tts.client.results import Recording, RecordingWarning, Speech, SpeechWarning, VoiceInfo

__all__ = [
    "BadAudio",
    "BadText",
    "Recording",
    "Speech",
    "SynthesisFailed",
    "TtsClient",
    "TtsError",
    "TtsUnavailable",
    "VoiceInfo",
    "VoiceNotFound",
    "speech_token",
]

_CONNECT_TIMEOUT_S = 2.0
_CHUNK_BYTES = 1 << 16
# It is asked by plain HTTP, and reading the certificates of the system takes 20 ms.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_Answer = TypeVar("_Answer", Speech, Recording, VoiceInfo)


def speech_token(secret: str) -> str:
    """The token by which the speech process knows its clients, derived from DIGITREE_SECRET."""
    return hmac.digest(secret.encode(), b"digitree speech", hashlib.sha256).hex()


class TtsClient:
    """`base_url` such as http://127.0.0.1:8086; `secret` is called when it is needed; `timeout_s` is how long to wait
    for the next bytes. A prompt has LONGEST_WAIT_S besides, for those that were asked for before it."""

    def __init__(self, base_url: str, secret: Callable[[], str], timeout_s: float = 60.0) -> None:
        self._secret = secret
        self._at_work = httpx.Timeout(timeout_s + LONGEST_WAIT_S, connect=min(timeout_s, _CONNECT_TIMEOUT_S))
        self._http = httpx.Client(
            base_url=base_url,
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_TIMEOUT_S)),
            auth=self._add_token,
            # A proxy from the environment must not be used for loopback.
            trust_env=False,
            verify=_NO_TLS,
        )

    def speak(
        self, text: str, voice: str, fragment: bool = False, *, rate: float = 1.0, in_call: bool = False
    ) -> Speech:
        """The prompt of a text, made if it does not exist yet. A fragment is a word that is joined to others. `rate`:
        2 is twice as fast as the voice speaks by itself. `in_call`: a caller waits for it, so a voice that takes long
        is replaced by one that does not.

        VoiceNotFound, BadText, SynthesisFailed, TtsUnavailable.
        """
        said: dict[str, Any] = {"text": text, "voice": voice, "fragment": fragment}
        if rate != 1.0:
            said["rate"] = rate
        if in_call:
            said["in_call"] = True
        answer = self._request("POST", "/speak", json=said, timeout=self._at_work)
        return _read(Speech, _with_warnings(answer, SpeechWarning))

    def want_pieces(self, voice: str) -> bool:
        """Have the pieces of spoken variables made in this voice, if some are missing; does not wait for them. False
        where the voice speaks no English. VoiceNotFound, TtsUnavailable."""
        return self._request("POST", "/pieces", json={"voice": voice}).get("made") is True

    def want_system_prompts(self) -> list[str]:
        """Have the system prompts made in every language that a voice of this machine speaks, where some are missing;
        does not wait for them. The languages but English that have them or are getting them. TtsUnavailable."""
        languages = self._request("POST", "/system-prompts", json={}).get("languages")
        return [str(each) for each in languages] if isinstance(languages, list) else []

    def convert(self, recording: bytes | BinaryIO, raw_format: str = "", *, keep_silence: bool = False) -> Recording:
        """The prompt of a recording. `raw_format` is a key of RAW_FORMATS where the file has no header;
        `keep_silence`: nothing is cut off, and a silent recording is accepted. BadAudio, TtsUnavailable.
        """
        content = recording if isinstance(recording, bytes) else _bounded(recording)
        if isinstance(content, bytes) and len(content) > MAX_UPLOAD_BYTES:
            raise _too_large()
        said = {"raw_format": raw_format, "keep_silence": "yes" if keep_silence else ""}
        answer = self._request("PUT", "/convert", content=content, params=said, timeout=self._at_work)
        return _read(Recording, _with_warnings(answer, RecordingWarning))

    def voices(self) -> list[VoiceInfo]:
        """Every name that `speak` accepts. TtsUnavailable."""
        items = self._request("GET", "/voices").get("items")
        return [_read(VoiceInfo, item) for item in items] if isinstance(items, list) else []

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add_token(self, request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {speech_token(self._secret())}"
        return request

    def _request(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **body)
        except httpx.TransportError as error:
            raise TtsUnavailable(NO_ANSWER) from error
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if response.status_code == 200 and isinstance(answer, dict):
            return answer
        raise _error_of(response.status_code, answer if isinstance(answer, dict) else {})


def _bounded(stream: BinaryIO) -> Iterator[bytes]:
    size = 0
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > MAX_UPLOAD_BYTES:
            raise _too_large()
        yield chunk


def _too_large() -> BadAudio:
    return BadAudio(UPLOAD_TOO_LARGE, "audio_too_large")


def _error_of(status: int, answer: dict[str, Any]) -> TtsError:
    code, message = str(answer.get("code", "")), str(answer.get("message", f"HTTP status {status}"))
    if status == 413:
        return _too_large()
    if status == 422 and code == VoiceNotFound.code:
        return VoiceNotFound(str(answer.get("voice")), [str(name) for name in answer.get("available", [])])
    if status == 422 and (code == BadAudio.code or code.startswith("audio_")):
        return BadAudio(message, code)
    if status == 422 and code == BadRate.code:
        return BadRate(message)
    if status == 422:
        return BadText(message, code)
    if status == 500 and code:
        return SynthesisFailed(message, code)
    kinds = {kind.code: kind for kind in (PromptStoreFull, EngineFailed)}
    return kinds.get(code, TtsUnavailable)(message, float(answer.get("retry_after_s", 2.0)))


def _with_warnings(answer: dict[str, Any], kind: type[RecordingWarning] | type[SpeechWarning]) -> dict[str, Any]:
    try:
        return {**answer, "warnings": tuple(kind(**each) for each in answer.get("warnings", ()))}
    except TypeError as error:
        raise TtsUnavailable("what answers there is not our speech process") from error


def _read(kind: type[_Answer], answer: dict[str, Any]) -> _Answer:
    try:
        result = kind(**answer)
    except TypeError as error:
        raise TtsUnavailable("what answers there is not our speech process") from error
    if not isinstance(result, VoiceInfo) and not PROMPT_FILE.match(result.file):
        raise TtsUnavailable(f"the speech process named a file {result.file!r}")
    return result
