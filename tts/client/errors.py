"""What can go wrong with speech, as both sides of the HTTP boundary name it.

Light on purpose: the client raises these in processes that must not load Piper or numpy.
"""

from __future__ import annotations

from collections.abc import Sequence


class TtsError(Exception):
    """Root of the speech errors. `code` is stable and machine-readable; the text is for people."""

    code = "tts_error"
    retryable = False

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


NO_ANSWER = "the speech process does not answer; it is started again by itself, try again in a few seconds"


class VoiceNotFound(TtsError):
    """No such voice; `available` holds the names that would have worked."""

    code = "voice_not_found"

    def __init__(self, voice: str, available: Sequence[str]) -> None:
        super().__init__(f"there is no voice {voice!r}; there are: {', '.join(available)}")
        self.voice = voice
        self.available = tuple(available)


class BadText(TtsError):
    """The text cannot be spoken, and never will be: empty, too long, or nothing in it that makes a sound."""

    code = "bad_text"


class BadRate(BadText):
    """The engine of the voice does not speak at this rate."""

    code = "rate_not_supported"


class BadAudio(TtsError):
    """The recording cannot be used, and never will be; `reason` is for the person who uploaded it."""

    code = "bad_audio"

    @property
    def reason(self) -> str:
        return self.message


class SynthesisFailed(TtsError):
    """A valid voice and text produced no audio: a fault of the speech process or of the model."""

    code = "synthesis_failed"


class TtsUnavailable(TtsError):
    """No answer now; the same request may work in `retry_after_s` seconds."""

    code = "tts_unavailable"
    retryable = True

    def __init__(self, message: str, retry_after_s: float = 2.0, code: str | None = None) -> None:
        super().__init__(message, code)
        self.retry_after_s = retry_after_s


class PromptStoreFull(TtsUnavailable):
    """The disk of the prompts has no room left for one more."""

    code = "prompt_store_full"


class EngineFailed(TtsUnavailable):
    """The engine of a remote voice did not speak: it is away, too slow, refuses the key, or has sent no sound."""

    code = "speech_engine_failed"
