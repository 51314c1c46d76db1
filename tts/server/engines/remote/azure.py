"""Azure Speech: `POST /cognitiveservices/v1` with SSML.

https://learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tts.server.engines.remote.request import Engine, Rates, Speak, pcm, ssml


def request(speak: Speak) -> Mapping[str, Any]:
    voice = speak.voice
    attributes = f' version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="{voice.language}"'
    return {
        "method": "POST",
        "url": voice.url,
        "content": ssml(speak.text, speak.rate, attributes, voice.voice).encode(),
        "headers": {
            "Ocp-Apim-Subscription-Key": speak.key,
            "Content-Type": "application/ssml+xml",
            "X-Microsoft-OutputFormat": "raw-24khz-16bit-mono-pcm",
            "User-Agent": "digitree",
        },
    }


ENGINE = Engine(request, pcm(24_000), Rates(0.5, 2.0))
