"""Kokoro-82M: rendered when a prompt is saved, since it takes longer than a caller would wait.

Its alphabet is that of misaki, its authors' own phonemizer; for the languages it has here, espeak's phonemes are
written in it, by substitutions as in misaki's espeak module (Apache-2.0).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tts.client.errors import SynthesisFailed
from tts.library.kokoro import STYLE_BYTES, STYLE_ROWS
from tts.server.engines import Sentences, Sound
from tts.server.engines.piper import open_session
from tts.server.letters import letters_joined
from tts.server.phonemes import Phonemizer, split_sentences
from tts.server.voices import Voice

_RATE_HZ = 24_000
_EDGE_TOKEN = 0
# The number of the first phoneme of each stretch of the model's alphabet.
_ALPHABET = {
    1: ";:,.!?", 9: "—…\"()“” \u0303ʣʥʦʨᵝꭧAI", 31: "O", 33: "Q", 35: "ST", 39: "W", 41: "Yᵊabcdef",
    50: "hijklmnopqrstuvwxyzɑɐɒæ", 75: "βɔɕç", 80: "ɖðʤə", 85: "ɚɛɜ", 90: "ɟ", 92: "ɡ", 99: "ɥ", 101: "ɨɪʝ",
    110: "ɯɰŋɳɲɴø", 118: "ɸθœ", 123: "ɹ", 125: "ɾɻ", 128: "ʁɽʂʃʈʧ", 135: "ʊʋ", 138: "ʌɣɤ", 142: "χʎ", 147: "ʒʔ",
    156: "ˈˌː", 162: "ʰ", 164: "ʲ", 169: "↓", 171: "→↗↘", 177: "ᵻ",
}  # fmt: skip
_TOKENS = {
    phoneme: first + place for first, phonemes in _ALPHABET.items() for place, phoneme in enumerate(phonemes)
}
# Longer ones first.
_ENGLISH = (
    ("ʔˌn\u0329", "tn"), ("ʔn\u0329", "tn"), ("ʔn", "tn"), ("ʔ", "t"), ("aɪ", "I"), ("aʊ", "W"), ("dʒ", "ʤ"),
    ("eɪ", "A"), ("tʃ", "ʧ"), ("ɔɪ", "Y"), ("ʲ", ""), ("ɚ", "əɹ"), ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɐ", "ə"),
    ("ɬ", "l"), ("\u0303", ""),
)  # fmt: skip
_BRITISH = (("eə", "ɛː"), ("iə", "ɪə"), ("əʊ", "Q"), ("e", "A"))
_AMERICAN = (
    ("oʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""), ("ɾ", "T"), ("e", "A"),
)  # fmt: skip
_OTHERS = (
    ("aɪ", "I"), ("aʊ", "W"), ("dz", "ʣ"), ("dʒ", "ʤ"), ("eɪ", "A"), ("oʊ", "O"), ("əʊ", "Q"), ("ts", "ʦ"),
    ("tʃ", "ʧ"), ("ɔɪ", "Y"),
)  # fmt: skip
# espeak's l and n that are syllables of their own.
_SYLLABIC_L = re.compile(r"əl(?=\W|$)")
_SYLLABIC = re.compile("(\\S)\u0329")


class Kokoro:
    """A Synthesizer. The model is loaded at the first text, about 350 MB, and stays."""

    def __init__(self, phonemizer: Phonemizer) -> None:
        self._phonemizer = phonemizer
        self._session: Any = None
        self._loaded: tuple[Path, int] | None = None

    def synthesise(self, text: str, voice: Voice, rate: float) -> Sound:
        model, style_path = voice.files
        sentences = self._phonemizer.phonemize(voice.language, letters_joined(text, voice.language))
        session, style = self._load(model), _read_style(style_path)
        spoken = Sentences()
        for phonemes in split_sentences(sentences):
            tokens = tokens_of("".join(phonemes), voice.language)
            if tokens:
                given = {
                    "tokens": np.array([[_EDGE_TOKEN, *tokens, _EDGE_TOKEN]], dtype=np.int64),
                    # How a sentence is spoken depends on its length.
                    "style": style[min(len(tokens), STYLE_ROWS) - 1][np.newaxis],
                    "speed": np.array([rate], dtype=np.float32),
                }
                spoken.add(Sound(np.asarray(session.run(None, given)[0], dtype=np.float64).ravel(), _RATE_HZ))
        return spoken.joined(voice.model)

    def _load(self, path: Path) -> Any:
        try:
            key = path, path.stat().st_mtime_ns
            if self._loaded != key:
                self._session, self._loaded = open_session(path), key
        except Exception as error:  # onnxruntime's errors have no common class
            raise SynthesisFailed(f"Kokoro's model cannot be loaded: {error}; add it again") from error
        return self._session


def tokens_of(phonemes: str, language: str) -> list[int]:
    """espeak's phonemes in the model's alphabet; what it does not have is left out."""
    # The phonemizer splits letters from their marks; of these the model has one as a letter.
    written = phonemes.replace("c\u0327", "ç")
    for old, new in _substitutions(language):
        written = written.replace(old, new)
    if language.startswith("en"):
        written = _SYLLABIC_L.sub("ᵊl", written)
    written = _SYLLABIC.sub(r"ᵊ\1", written)
    return [_TOKENS[phoneme] for phoneme in written if phoneme in _TOKENS]


def _substitutions(language: str) -> tuple[tuple[str, str], ...]:
    if not language.startswith("en"):
        return _OTHERS
    return (*_ENGLISH, *(_BRITISH if language.startswith("en-gb") else _AMERICAN))


def _read_style(path: Path) -> NDArray[np.float32]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SynthesisFailed(f"the style {path.name} cannot be read: {error.strerror}") from error
    if len(content) != STYLE_BYTES:
        raise SynthesisFailed(f"the style {path.name} is damaged; add Kokoro again")
    return np.frombuffer(content, dtype="<f4").reshape(STYLE_ROWS, -1)
