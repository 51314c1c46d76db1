"""Words and pauses joined to one prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ivr.domain.said.said import Pause, Words
from tts.server import audio


def speak_pieces(
    pieces: Sequence[Words | Pause], synthesise: Callable[[str], audio.Samples], edge_ms: int
) -> NDArray[np.int16]:
    """Pauses between words count from the end of the sound before to the beginning of the one behind; those at the
    ends come to what every prompt has there."""
    first = next(at for at, piece in enumerate(pieces) if isinstance(piece, Words))
    last = next(at for at in range(len(pieces) - 1, -1, -1) if isinstance(pieces[at], Words))
    parts = [
        audio.silence(max(0, piece.ms - 2 * audio.EDGE_MS))
        if isinstance(piece, Pause)
        else _stretch(synthesise(piece.text))
        for piece in pieces[first : last + 1]
    ]
    prompt = audio.make_prompt(np.concatenate(parts), edge_ms)
    before, after = (_silence(side) for side in (pieces[:first], pieces[last + 1 :]))
    return np.concatenate([before, prompt, after]) if before.size or after.size else prompt


def _stretch(sound: audio.Samples) -> audio.Samples:
    return audio.trim_silence(sound, audio.EDGE_MS)


def _silence(pauses: Sequence[Words | Pause]) -> NDArray[np.int16]:
    length = sum(piece.ms for piece in pauses if isinstance(piece, Pause))
    return audio.as_pcm(audio.silence(length))
