"""Kokoro-82M as files of DIGITREE_HOME/voices/kokoro: which voices it has, and where they are.

One model speaks them all; each has a style of its own, a file of 510 rows of 256 numbers. Chinese and Japanese are
left out: their phonemes come from no espeak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tts.library.licences import Licence

DIRECTORY = "kokoro"
MODEL = "kokoro-v1.0.int8.onnx"
MODEL_BYTES = 92_361_271
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
STYLE_ROWS = 510
STYLE_BYTES = STYLE_ROWS * 256 * 4
LICENCE = Licence("Apache-2.0", "yes", "https://huggingface.co/hexgrad/Kokoro-82M")
# Raised when phonemes are made otherwise, so that old prompts are not mistaken for new ones.
VERSION = "kokoro 1"

# The first letter of a voice's name is its language, the second says whether a woman or a man speaks.
_LANGUAGES = {"a": "en-us", "b": "en-gb-x-rp", "e": "es", "f": "fr", "h": "hi", "i": "it", "p": "pt-br"}
NAMES = (
    "af_heart", "af_alloy", "af_aoede", "af_bella", "af_jessica", "af_kore", "af_nicole", "af_nova", "af_river",
    "af_sarah", "af_sky", "am_adam", "am_echo", "am_eric", "am_fenrir", "am_liam", "am_michael", "am_onyx", "am_puck",
    "am_santa", "bf_alice", "bf_emma", "bf_isabella", "bf_lily", "bm_daniel", "bm_fable", "bm_george", "bm_lewis",
    "ef_dora", "em_alex", "em_santa", "ff_siwis", "hf_alpha", "hf_beta", "hm_omega", "hm_psi", "if_sara",
    "im_nicola", "pf_dora", "pm_alex", "pm_santa",
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    name: str

    @property
    def language(self) -> str:
        return _LANGUAGES[self.name[0]]

    @property
    def title(self) -> str:
        return f"{self.name[3:].title()}, Kokoro, {'female' if self.name[1] == 'f' else 'male'}"


STYLES = tuple(map(Style, NAMES))


def model_path(voices_dir: Path) -> Path:
    return voices_dir / DIRECTORY / MODEL


def style_path(voices_dir: Path, name: str) -> Path:
    return voices_dir / DIRECTORY / f"{name}.bin"


def installed(voices_dir: Path) -> Sequence[tuple[Style, Path]]:
    """The voices whose files are all there."""
    try:
        if model_path(voices_dir).stat().st_size != MODEL_BYTES:
            return ()
        names = {path.name for path in (voices_dir / DIRECTORY).iterdir()}
    except OSError:
        return ()
    return [(style, style_path(voices_dir, style.name)) for style in STYLES if f"{style.name}.bin" in names]
