"""The recordings that a menu played elsewhere, got from where they are or out of the file that it came in: in the
background, one after the other, and put into the menu together as one version.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, BinaryIO, Protocol, cast

from admin.imports.service import BroughtSound, ImportDesk
from admin.menus.errors import CacheAway
from admin.prompts.service import MAX_PROMPTS, PromptService
from admin.prompts.speech_board import FETCHED, FETCHING, RUNNING, WAITING, SpeechBoard
from ivr.clients.downloads import Downloaded, DownloadFailed, Downloads
from ivr.domain.errors import IvrError
from ivr.domain.imports.report import Imported
from ivr.ports.menus import Prompt, StoredMenu
from tts.client.errors import TtsError
from tts.client.recording_formats import guessed_format

log = logging.getLogger(__name__)

ENDED, FAILED = "ended", "failed"
# What has not begun after this time is left for the next request.
WHOLE_S = 900.0
# How long a request waits for the sounds of its own file; what takes longer goes on behind its answer.
_AWAITED_S = 20.0
_IN_MEMORY_BYTES = 512 * 1024
_NOT_IN_TIME = "it was not its turn within 15 minutes; fetch again what is missing"
_IN_THE_MEANTIME = "the menu had it by the time it was here, and keeps what it has"
_TOO_MANY = f"a menu may have {MAX_PROMPTS:,} prompts"
_FAULT = "an error of the server; its log has the cause"


class Recordings(Protocol):
    """Where recordings are got from."""

    def fetch(self, source: str, out: IO[bytes], /) -> Downloaded:
        """The recording into `out`. Raises DownloadFailed."""


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """Recordings that came with the menu, by what they are there."""

    contents: Mapping[str, bytes]

    def fetch(self, source: str, out: IO[bytes], /) -> Downloaded:
        out.write(self.contents[source])
        return Downloaded("", "", {})


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="sounds", daemon=True).start()


@dataclass(frozen=True)
class ImportSounds:
    """`in_background` runs a function without delaying the answer to the request."""

    desk: ImportDesk
    prompts: PromptService
    downloads: Downloads
    board: SpeechBoard
    in_background: Callable[[Callable[[], None]], None] = _in_thread
    clock: Callable[[], float] = time.monotonic

    def start(self, ivr_id: str, *, actor: str) -> dict[str, Any]:
        """Begin to fetch what the menu lacks; the job, or the one that runs already. Raises MenuNotFound,
        ImportNotFound, CacheAway."""
        sounds = [each for each in self.desk.get(ivr_id).sounds if each.fetchable]
        return self._start(ivr_id, sounds, self.downloads, actor)

    def take(self, ivr_id: str, imported: Imported, *, actor: str) -> dict[str, Any] | None:
        """Make the sounds that came with a menu its uploads; the job, which has ended unless it takes long. None:
        none came with it."""
        sounds: list[BroughtSound] = []
        contents: dict[str, bytes] = {}
        for wanted in imported.sounds:
            if wanted.audio in imported.contents:
                source = wanted.to_json()["source"]
                sounds.append(BroughtSound(wanted.audio, source, fetchable=False, is_here=False))
                contents[source] = imported.contents[wanted.audio]
        if not sounds:
            return None
        ended = threading.Event()
        try:
            job = self._start(ivr_id, sounds, _Unpacked(contents), actor, ended.set)
        except CacheAway as error:
            job = _new_job(ivr_id, sounds)
            job.update(state=ENDED, ended_at=_now())
            for sound in job["sounds"]:
                sound.update(state=FAILED, message=str(error))
            return job
        ended.wait(_AWAITED_S)
        return job

    def find(self, ivr_id: str) -> dict[str, Any] | None:
        """The last job of the menu, None where there was none in a day. Raises MenuNotFound, CacheAway."""
        self.prompts.menus.store.state(ivr_id)
        return self.board.find(ivr_id)

    def _start(
        self,
        ivr_id: str,
        sounds: Sequence[BroughtSound],
        recordings: Recordings,
        actor: str,
        at_end: Callable[[], None] = lambda: None,
    ) -> dict[str, Any]:
        job = _new_job(ivr_id, sounds)
        claim = self.board.claim(ivr_id)
        if claim is None:
            return self.board.find(ivr_id) or job
        self.board.note(ivr_id, job)

        def run() -> None:
            try:
                with self.board.claimed(ivr_id, claim):
                    self._run(ivr_id, job, recordings, actor)
            finally:
                at_end()

        self.in_background(run)
        return job

    def _run(self, ivr_id: str, job: dict[str, Any], recordings: Recordings, actor: str) -> None:
        ends_at = self.clock() + WHOLE_S
        made: list[Prompt] = []
        for sound in job["sounds"]:
            if self.clock() >= ends_at:
                sound.update(state=FAILED, message=_NOT_IN_TIME)
                continue
            sound["state"] = FETCHING
            self.board.note(ivr_id, job)
            prompt = self._get(ivr_id, sound, recordings)
            if prompt is not None:
                made.append(prompt)
        if made:
            self._write(ivr_id, job, made, actor)
        job.update(state=ENDED, ended_at=_now())
        self.board.note(ivr_id, job)

    def _get(self, ivr_id: str, sound: dict[str, Any], recordings: Recordings) -> Prompt | None:
        try:
            with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
                got = recordings.fetch(sound["source"], cast(IO[bytes], file))
                file.seek(0)
                raw_format = guessed_format(got.name, got.media_type, got.parameters)
                prompt, _ = self.prompts.convert(ivr_id, sound["audio"], cast(BinaryIO, file), raw_format)
        except (DownloadFailed, TtsError, IvrError) as error:
            sound.update(state=FAILED, message=str(error))
        except Exception:
            log.exception("%s: %s could not be fetched", ivr_id, sound["audio"])
            sound.update(state=FAILED, message=_FAULT)
        else:
            sound.update(state=FETCHED, duration_seconds=prompt.duration_ms / 1000)
            return prompt
        return None

    def _write(self, ivr_id: str, job: dict[str, Any], made: Sequence[Prompt], actor: str) -> None:
        """Make what is here one version; what was uploaded meanwhile stays."""
        left: dict[str, str] = {}

        def change(stored: StoredMenu) -> tuple[Mapping[str, Any], Sequence[Prompt]]:
            left.clear()
            files = self.prompts.prompts
            there = {audio for audio, each in stored.prompts.items() if files.exists(each.file)}
            room = MAX_PROMPTS - len(stored.prompts)
            kept: list[Prompt] = []
            for prompt in made:
                new = prompt.audio not in stored.prompts
                if prompt.audio in there:
                    left[prompt.audio] = _IN_THE_MEANTIME
                elif new and room <= 0:
                    left[prompt.audio] = _TOO_MANY
                else:
                    room -= new
                    kept.append(prompt)
            return stored.document, kept

        menus = self.prompts.menus
        try:
            menus.publish(menus.store.put_prompts(ivr_id, change, actor=actor))
        except Exception as error:
            log.exception("%s: what was fetched could not be saved", ivr_id)
            message = str(error) if isinstance(error, IvrError) else _FAULT
            left.update(dict.fromkeys((prompt.audio for prompt in made), message))
        for sound in job["sounds"]:
            if sound["audio"] in left:
                sound.update(state=FAILED, message=left[sound["audio"]], duration_seconds=None)


def _new_job(ivr_id: str, sounds: Sequence[BroughtSound]) -> dict[str, Any]:
    return {
        "ivr_id": ivr_id,
        "state": RUNNING,
        "together": True,
        "started_at": _now(),
        "ended_at": None,
        "sounds": [
            {"audio": each.audio, "source": each.source, "state": WAITING, "message": None, "duration_seconds": None}
            for each in sounds
            if not each.is_here
        ],
    }


def _now() -> str:
    return datetime.now(UTC).isoformat()
