"""Piper: models in memory, loaded at the first prompt and kept, up to a small number."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from piper import PiperVoice
from piper.config import PiperConfig, SynthesisConfig

from tts.client.errors import SynthesisFailed
from tts.server.engines import Sentences, Sound
from tts.server.letters import letters_joined
from tts.server.phonemes import Phonemizer, split_sentences
from tts.server.voices import Voice

# About 150 MB each.
_MAX_LOADED = 3
# Two already speak ten times faster than a caller listens, and calls run on the same machine.
_THREADS = min(2, os.cpu_count() or 1)


class Piper:
    """A Synthesizer."""

    def __init__(self, phonemizer: Phonemizer) -> None:
        self._phonemizer = phonemizer
        self._loaded: OrderedDict[tuple[tuple[Path, int], ...], PiperVoice] = OrderedDict()

    def synthesise(self, text: str, voice: Voice, rate: float) -> Sound:
        model = self._load(voice)
        clusters = sorted(model.config.vowel_clusters or ())
        sentences = self._phonemizer.phonemize(voice.language, letters_joined(text, voice.language), clusters)
        pace = SynthesisConfig(length_scale=model.config.length_scale / rate)
        spoken = Sentences()
        for phonemes in split_sentences(sentences):
            raw = np.asarray(model.phoneme_ids_to_audio(model.phonemes_to_ids(phonemes), pace))
            spoken.add(Sound(raw, model.config.sample_rate))
        return spoken.joined(voice.model)

    def _load(self, voice: Voice) -> PiperVoice:
        try:
            # A model exchanged under its name is another one.
            key = tuple((path, path.stat().st_mtime_ns) for path in (voice.model_path, voice.config_path))
        except OSError as error:
            raise SynthesisFailed(f"the model {voice.model} cannot be read: {error}") from error
        if key in self._loaded:
            self._loaded.move_to_end(key)
            return self._loaded[key]
        try:
            config = json.loads(voice.config_path.read_text(encoding="utf-8"))
            model = PiperVoice(session=open_session(voice.model_path), config=PiperConfig.from_dict(config))
        except Exception as error:  # onnxruntime's errors have no common class
            raise SynthesisFailed(f"the model {voice.model} cannot be loaded: {error}") from error
        self._loaded[key] = model
        while len(self._loaded) > _MAX_LOADED:
            self._loaded.popitem(last=False)
        return model


def open_session(model_path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    # A waiting thread would busy-wait on a core that a call could use.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model_path), sess_options=options, providers=["CPUExecutionProvider"])
