"""A mirror of Piper's catalogue with voices of a few bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.tts.web_servers import Answer, Asked, WebServer, web_server

CARD = """# Model card for {name} (medium)

* Language: en_US (English, United States)

## Dataset

* URL: https://example.com/{name}
* License: {licence}

## Training

{training}
"""
CONFIG = {"audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"}, "phoneme_type": "espeak"}


@dataclass
class Mirror:
    """`damaged`: paths of files whose bytes are others than the catalogue says; `cut`: path -> after how many bytes
    the connection ends, once."""

    server: WebServer
    files: dict[str, bytes] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    cut: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    def add(self, key: str, licence: str = "CC0", training: str = "Trained from scratch.", size: int = 5000) -> None:
        language, name, quality = key.split("-")
        at = f"{language[:2]}/{language}/{name}/{quality}"
        files = {
            f"{at}/{key}.onnx": key.encode() * (size // len(key)),
            f"{at}/{key}.onnx.json": json.dumps(CONFIG).encode(),
            f"{at}/MODEL_CARD": CARD.format(name=name, licence=licence, training=training).encode(),
        }
        facts = {path: {"size_bytes": len(content), "md5_digest": _md5(content)} for path, content in files.items()}
        index = json.loads(self.files.get("voices.json", b"{}"))
        index[key] = {
            "key": key,
            "name": name,
            "language": {"code": language, "name_english": "English", "country_english": "United States"},
            "quality": quality,
            "num_speakers": 1,
            "files": facts,
        }
        self.files |= {**files, "voices.json": json.dumps(index).encode()}

    def answer(self, asked: Asked) -> Answer:
        path = asked.path.lstrip("/")
        if path not in self.files:
            return Answer(b"no such file", 404)
        content = self.files[path]
        if path in self.damaged:
            content = content[:-1] + b"?"
        first = int(asked.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        return Answer(content[first:], 206 if first else 200, cut_at=self.cut.pop(path, None))


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@contextmanager
def open_mirror() -> Iterator[Mirror]:
    mirror: Mirror
    with web_server(lambda asked: mirror.answer(asked)) as server:
        mirror = Mirror(server)
        yield mirror
