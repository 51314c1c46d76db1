"""ElevenLabs' `POST /v1/text-to-speech/{voice_id}`.

https://elevenlabs.io/docs/api-reference/text-to-speech/convert
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tts.server.engines.remote.request import Engine, Rates, Speak, pcm

_RATE_HZ = 24_000


def request(speak: Speak) -> Mapping[str, Any]:
    voice = speak.voice
    body: dict[str, Any] = {"text": speak.text, "model_id": voice.model}
    if speak.rate != 1.0:
        body["voice_settings"] = {"speed": speak.rate}
    return {
        "method": "POST",
        "url": f"{voice.url.rstrip('/')}/{quote(voice.voice, safe='')}",
        "params": {"output_format": f"pcm_{_RATE_HZ}"},
        "json": body,
        "headers": {"xi-api-key": speak.key},
    }


ENGINE = Engine(request, pcm(_RATE_HZ), Rates(0.7, 1.2))
