"""Piper models in memory: loaded at the first prompt and kept, up to a small number."""

from __future__ import annotations

import json
import os
from collections import OrderedDict

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from piper import PiperVoice
from piper.config import PiperConfig

from tts.client.errors import SynthesisFailed
from tts.server import audio
from tts.server.letters import letters_joined
from tts.server.phonemes import Phonemizer, split_sentences
from tts.server.voices import Voice

# About 150 MB each.
_MAX_LOADED = 3
# Two already speak ten times faster than a caller listens, and calls run on the same machine.
_THREADS = min(2, os.cpu_count() or 1)
_PAUSE_BETWEEN_SENTENCES_MS = 200


class Models:
    """One text at a time: the caller must serialise `synthesise` (tts.server.engine does)."""

    def __init__(self) -> None:
        self._phonemizer = Phonemizer()
        self._loaded: OrderedDict[tuple[str, str], PiperVoice] = OrderedDict()

    def synthesise(self, text: str, voice: Voice, model_sha256: str) -> audio.Samples:
        """Mono samples at 8 kHz, of no certain level. BadText, SynthesisFailed."""
        model = self._load(voice, model_sha256)
        clusters = sorted(model.config.vowel_clusters or ())
        sentences = self._phonemizer.phonemize(voice.language, letters_joined(text, voice.language), clusters)
        parts: list[audio.Samples] = []
        for phonemes in split_sentences(sentences):
            raw = np.asarray(model.phoneme_ids_to_audio(model.phonemes_to_ids(phonemes)))
            try:
                narrow = audio.resample(raw, model.config.sample_rate)
                sound = audio.trim_silence(narrow, audio.EDGE_MS)
            except audio.SilentAudio:
                continue
            parts += [audio.silence(_PAUSE_BETWEEN_SENTENCES_MS), sound] if parts else [sound]
        if not parts:
            raise SynthesisFailed(f"the model {voice.model} gave no sound")
        return np.concatenate(parts)

    def _load(self, voice: Voice, model_sha256: str) -> PiperVoice:
        key = (voice.model, model_sha256)
        if key in self._loaded:
            self._loaded.move_to_end(key)
            return self._loaded[key]
        try:
            config = json.loads(voice.config_path.read_text(encoding="utf-8"))
            model = PiperVoice(session=_open_session(voice), config=PiperConfig.from_dict(config))
        except Exception as error:  # onnxruntime's errors have no common class
            raise SynthesisFailed(f"the model {voice.model} cannot be loaded: {error}") from error
        self._loaded[key] = model
        while len(self._loaded) > _MAX_LOADED:
            self._loaded.popitem(last=False)
        return model


def _open_session(voice: Voice) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    # A waiting thread would busy-wait on a core that a call could use.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        str(voice.model_path), sess_options=options, providers=["CPUExecutionProvider"]
    )
