"""The prompt files: `<32 hex>.wav` for speech and uploads, `once-<32 hex>.wav` for what one call hears
(`once_sounds`), `system/<name>.wav` for system prompts in English and `system/<language>/<name>.wav` for those in
other languages, `languages/<language>-<key>.wav` for the sentences in which languages offer themselves, and prompts
made of a question's keys ("Press 1, or 9") by joining spoken fragments.

All are WAV, 8 kHz, mono, 16 bit. Every path returned matches a strict pattern under the prompt directory, so it is
safe in a FreeSWITCH command.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
import wave
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ivr.domain.menu.fields import DTMF_DIGITS
from ivr.domain.menu.language_sentences import SENTENCE_FILE
from ivr.domain.menu.published import ONCE_FILE, PROMPT_FILE
from ivr.domain.system_prompts.languages import ENGLISH, FOLDER, KEYS, LANGUAGES, languages_of

log = logging.getLogger(__name__)

RATE_HZ = 8000
SYSTEM_NAME = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)
_VOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
# The header of a WAV file: a file that is no longer has no sound.
_HEADER_BYTES = 44

_LETTERS = {**{digit: digit for digit in "0123456789"}, "*": "s", "#": "p"}
_PAUSE_MS = 180
_PAUSE_AT_END_MS = 250


class PromptFiles:
    """The prompt directory, shared by every process and by the switch under the same path."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._system = directory / FOLDER

    def path_of(self, file: str) -> Path:
        """The path at which a prompt file is or will be; raises ValueError for a malformed name."""
        if not PROMPT_FILE.fullmatch(file) and not ONCE_FILE.fullmatch(file) and not SENTENCE_FILE.fullmatch(file):
            raise ValueError(f"{file!r} is not the name of a prompt file")
        return self._directory / file

    def exists(self, file: str) -> bool:
        """Whether the file exists and is longer than its header."""
        return _playable(self.path_of(file))

    def keep(self, content: bytes) -> str:
        """Keep the content of a prompt file under a name made of it, and return the name. One that is there already
        counts as new, so that it is not let go as one that nothing plays."""
        path = self.path_of(f"{hashlib.sha256(content).hexdigest()[:32]}.wav")
        if _playable(path):
            os.utime(path)
        else:
            write_whole(path, content)
        return path.name

    def system(self, name: str, language: str = "") -> Path:
        """`goodbye` -> PROMPTS/system/goodbye.wav, in Spanish PROMPTS/system/es/goodbye.wav, whether it was spoken or
        not; in English where Digitree does not speak the language. Raises ValueError for a malformed name."""
        return self._in_folder(next(languages_of(language)), name)

    def find_system(self, name: str, language: str = "") -> Path | None:
        """The same, or None when it was not spoken yet."""
        path = self.system(name, language)
        return path if _playable(path) else None

    def heard_system(self, name: str, language: str) -> Path:
        """What a caller of this language hears: the prompt in English where it was not spoken in theirs."""
        return self.find_system(name, language) or self.system(name)

    def system_languages(self) -> list[str]:
        """Those that the system prompts were spoken in. The opt-out's confirmation stands for all of them."""
        return [code for code in LANGUAGES if _playable(self._in_folder(code, "opted_out"))]

    def _in_folder(self, code: str, name: str) -> Path:
        if not SYSTEM_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a system prompt")
        folder = self._system if code == ENGLISH.language else self._system / code
        return folder / f"{name}.wav"

    def piece(self, voice: str, name: str) -> Path:
        """A recorded piece of spoken variables: PROMPTS/system/spoken/joe/n42.wav; raises ValueError for a malformed
        name."""
        if not _VOICE.fullmatch(voice) or not SYSTEM_NAME.fullmatch(name):
            raise ValueError(f"{voice!r} {name!r} is not the name of a piece")
        return self._system / "spoken" / voice / f"{name}.wav"

    def read(self, file: str) -> bytes | None:
        """The samples of a prompt; None where it has no file of our kind."""
        return _samples(self.path_of(file))

    def digit(self, digit: str) -> bytes | None:
        """The samples of a digit as it is spoken in keys read out; None: it was not spoken yet."""
        return _samples(self.system(digit))

    def keys_prompt(self, keys: Iterable[str], language: str = "") -> Path | None:
        """A prompt that offers these keys, in their order; made when it is first asked for. It is in English where
        this language was not spoken. None when there are no keys, a fragment is missing or the disk is full."""
        chosen = [key for key in dict.fromkeys(keys) if len(key) == 1 and key in DTMF_DIGITS]
        if not chosen:
            return None
        name = KEYS + "".join(_LETTERS[key] for key in chosen)
        for code in languages_of(language):
            path = self._in_folder(code, name)
            if _playable(path):
                return path
            sound = self._join(code, LANGUAGES[code].keys_offered(chosen))
            if sound is None:
                continue
            try:
                write_wav(path, sound)
            except OSError as error:
                log.error("%s cannot be written: %s", path, error)
                return None
            return path
        return None

    def _join(self, code: str, names: list[str]) -> bytes | None:
        parts = []
        for place, name in enumerate(names):
            samples = _samples(self._in_folder(code, name))
            if samples is None:
                return None
            # "Press one, two, or three": a breath before each key but the first, none after "or".
            if place > 1 and not names[place - 1].startswith("or"):
                parts.append(silence(_PAUSE_MS))
            parts.append(samples)
        return b"".join([*parts, silence(_PAUSE_AT_END_MS)])


def mode_in(directory: Path) -> int:
    """The mode of a prompt file: read by those who may read its directory, a switch of another user among them."""
    return 0o600 | directory.stat().st_mode & 0o044


def write_wav(path: Path, samples: bytes) -> None:
    """Write 8 kHz mono 16-bit PCM; no process ever sees a partial file."""
    content = io.BytesIO()
    with wave.open(content, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(samples)
    write_whole(path, content.getvalue())


def write_whole(path: Path, content: bytes) -> None:
    """Write a prompt file; no process ever sees a partial one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with open(temporary, "wb") as raw:
            raw.write(content)
            raw.flush()
            os.fsync(raw.fileno())
        temporary.chmod(mode_in(path.parent))
        if os.geteuid() == 0:  # a command of root's, beside processes that are not
            holder = path.parent.stat()
            os.chown(temporary, holder.st_uid, holder.st_gid)
        os.rename(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def _samples(path: Path) -> bytes | None:
    try:
        with wave.open(str(path), "rb") as sound:
            if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (RATE_HZ, 1, 2):
                return None
            return sound.readframes(sound.getnframes())
    except (OSError, EOFError, wave.Error):
        return None


def silence(ms: int) -> bytes:
    """16-bit samples of this length."""
    return bytes(2 * RATE_HZ * ms // 1000)


def _playable(path: Path) -> bool:
    try:
        return path.stat().st_size > _HEADER_BYTES
    except OSError:
        return False
