"""Amazon Polly's `POST /v1/speech` (SynthesizeSpeech), signed with AWS Signature Version 4.

https://docs.aws.amazon.com/polly/latest/dg/API_SynthesizeSpeech.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from tts.client.errors import EngineFailed
from tts.server.engines.remote.request import Engine, Rates, Speak, pcm, ssml

_RATE_HZ = 16_000
_ALGORITHM = "AWS4-HMAC-SHA256"
_PATH = "/v1/speech"


def request(speak: Speak) -> Mapping[str, Any]:
    voice = speak.voice
    body: dict[str, Any] = {
        "Engine": voice.model,
        "OutputFormat": "pcm",
        "SampleRate": str(_RATE_HZ),
        "Text": speak.text,
        "TextType": "text",
        "VoiceId": voice.voice,
    }
    if speak.rate != 1.0:
        body |= {"Text": ssml(speak.text, speak.rate, ""), "TextType": "ssml"}
    content = json.dumps(body).encode()
    key_id, colon, secret = speak.key.partition(":")
    if not colon:
        raise EngineFailed("Polly's key is ACCESS_KEY_ID:SECRET_ACCESS_KEY; add the voice again with it", 30.0)
    url = voice.url.rstrip("/") + _PATH
    headers = signed_headers(url, content, voice.region, key_id, secret, datetime.now(UTC))
    return {"method": "POST", "url": url, "content": content, "headers": headers}


def signed_headers(
    url: str, content: bytes, region: str, key_id: str, secret: str, now: datetime
) -> dict[str, str]:
    """The headers of a signed request without a query."""
    parts = urlsplit(url)
    at = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": "application/json", "host": parts.netloc, "x-amz-date": at}
    names = ";".join(sorted(headers))
    canonical = "\n".join((
        "POST", parts.path, "", *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names,
        hashlib.sha256(content).hexdigest(),
    ))  # fmt: skip
    scope = f"{at[:8]}/{region}/polly/aws4_request"
    to_sign = "\n".join((_ALGORITHM, at, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for each in (at[:8], region, "polly", "aws4_request"):
        key = hmac.digest(key, each.encode(), hashlib.sha256)
    signature = hmac.digest(key, to_sign.encode(), hashlib.sha256).hex()
    credential = f"{_ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": credential}


ENGINE = Engine(request, pcm(_RATE_HZ), Rates(0.5, 2.0))
