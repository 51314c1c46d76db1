"""OpenAI's `POST /v1/audio/speech`, which many servers of one's own have, too.

https://platform.openai.com/docs/api-reference/audio/createSpeech
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tts.client.errors import BadAudio, EngineFailed
from tts.client.naming import SAMPLE_RATE_HZ
from tts.server.engines import Sound
from tts.server.engines.remote.request import Engine, Rates, Speak
from tts.server.uploads import decode_upload, temporary_upload


def request(speak: Speak) -> Mapping[str, Any]:
    voice = speak.voice
    body = {"model": voice.model, "input": speak.text, "voice": voice.voice, "response_format": "wav"}
    if speak.rate != 1.0:
        body["speed"] = speak.rate  # type: ignore[assignment]
    headers = {"Authorization": f"Bearer {speak.key}"} if speak.key else {}
    return {"method": "POST", "url": voice.url, "json": body, "headers": headers}


def read(content: bytes) -> Sound:
    """Of any container: some servers send MP3 whatever was asked for, and a WAV's header may not know its length."""
    with temporary_upload() as file:
        file.write(content)
        file.flush()
        try:
            return Sound(decode_upload(file).samples, SAMPLE_RATE_HZ)
        except BadAudio as error:
            raise EngineFailed(f"what the engine sent is no sound: {error}", 30.0) from error


ENGINE = Engine(request, read, Rates(0.25, 4.0))
