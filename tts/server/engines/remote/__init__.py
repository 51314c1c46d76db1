"""Voices of a server elsewhere: one request for each text, bounded in time and size."""

from __future__ import annotations

import logging
from collections.abc import Callable

import httpx

from tts.client.errors import BadRate, EngineFailed
from tts.library.remote_voices import RemoteVoice
from tts.server.engines import Sound
from tts.server.engines.remote import azure, elevenlabs, openai, polly
from tts.server.engines.remote.request import Engine, Rates, Speak
from tts.server.voices import Voice

# A request to the API waits for a text's turn and for its making; with both it must end before its client's patience.
_TIMEOUT = httpx.Timeout(45.0, connect=5.0)
_MAX_AUDIO_BYTES = 20_000_000
_MAX_COMPLAINT_CHARACTERS = 200
_SERVER_AT_FAULT = 500
_TOO_MANY = 429
_RETRY_S = 30.0

_ENGINES: dict[str, Engine] = {
    "openai": openai.ENGINE,
    "elevenlabs": elevenlabs.ENGINE,
    "azure": azure.ENGINE,
    "polly": polly.ENGINE,
}

log = logging.getLogger(__name__)


class Remote:
    """A Synthesizer."""

    def __init__(self, find_key: Callable[[str], str | None]) -> None:
        self._find_key = find_key
        # Redirects are not followed: the key goes where the owner said, and nowhere else.
        self._http = httpx.Client(timeout=_TIMEOUT)

    def synthesise(self, text: str, voice: Voice, rate: float) -> Sound:
        if voice.remote is None:
            raise EngineFailed(f"{voice.id} is spoken by no server elsewhere", _RETRY_S)
        engine = _ENGINES[voice.remote.engine]
        _check_rate(rate, engine.rates, voice.id)
        speak = Speak(text, voice.remote, rate, self._key_of(voice.id, voice.remote))
        return engine.read(self._ask(voice.id, engine, speak))

    def _key_of(self, name: str, remote: RemoteVoice) -> str:
        if not remote.sealed_key:
            return ""
        key = self._find_key(remote.sealed_key)
        if key is None:
            text = f"the key of the voice {name} cannot be opened: add the voice again with its key"
            raise EngineFailed(text, _RETRY_S)
        return key

    def _ask(self, name: str, engine: Engine, speak: Speak) -> bytes:
        try:
            with self._http.stream(**engine.request(speak)) as response:
                content = _read_bounded(response)
        except httpx.HTTPError as error:
            host, why = httpx.URL(speak.voice.url).host, error or type(error).__name__
            raise EngineFailed(f"{host} does not speak for {name}: {why}", _RETRY_S) from error
        if not response.is_success:
            raise EngineFailed(_complaint(name, response.status_code, content), _RETRY_S)
        if not content:
            raise EngineFailed(f"the engine of {name} sent no sound", _RETRY_S)
        return content


def _check_rate(rate: float, rates: Rates, name: str) -> None:
    if not rates.slowest <= rate <= rates.fastest:
        text = f"the engine of {name} speaks at rates of {rates.slowest:g} to {rates.fastest:g}, not at {rate:g}"
        raise BadRate(text)


def _read_bounded(response: httpx.Response) -> bytes:
    content = b""
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > _MAX_AUDIO_BYTES:
            raise EngineFailed(f"the engine sent more than {_MAX_AUDIO_BYTES // 1_000_000} MB", _RETRY_S)
    return content


def _complaint(name: str, status: int, content: bytes) -> str:
    log.warning("the engine of %s answered %d: %s", name, status, content[:1000].decode("utf-8", "replace"))
    if status in (401, 403):
        return f"the engine of {name} refuses its key ({status}): add the voice again with the right one"
    if status == _TOO_MANY:
        return f"the engine of {name} takes no more now ({status}): its quota is spent, or too much was asked at once"
    if status >= _SERVER_AT_FAULT:
        return f"the engine of {name} has a fault of its own ({status}); try again later"
    said = " ".join(content.decode("utf-8", "replace").split())[:_MAX_COMPLAINT_CHARACTERS]
    return f"the engine of {name} refuses the request ({status}): {said}"
