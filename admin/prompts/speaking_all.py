"""All texts of a menu spoken in one request, in the background: one after the other, and heard together."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from admin.menus.errors import SavedNotLive
from admin.prompts.held_sounds import HeldSounds
from admin.prompts.service import PromptService, SpokenPrompt
from admin.prompts.speech_board import INTERRUPTED, NOT_YET, RUNNING, SPEAKING, SPOKEN, SpeechBoard
from ivr.domain.errors import IvrError
from tts.client.errors import TtsError, TtsUnavailable

log = logging.getLogger(__name__)

Speak = Callable[[dict[str, Any]], SpokenPrompt]
FAILED = "failed"
# How long a text waits for a speech process that is away.
PATIENCE_S = 60.0
_AWAY = (
    "the speech process has not answered for a minute, so the rest waits. digitree status says how it is; then have "
    "the texts spoken again"
)
_CHANGED = "it was changed while it was spoken, and stays as it was changed; have it spoken again if it is due"
_FAULT = "an error of the server; its log has the cause"


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="speech", daemon=True).start()


@dataclass(frozen=True)
class MenuSpeech:
    """`in_background` runs a function without delaying the answer to the request; `pause` waits some seconds;
    `together`: the texts are written at the end, as one version."""

    prompts: PromptService
    board: SpeechBoard
    in_background: Callable[[Callable[[], None]], None] = _in_thread
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    together: ClassVar[bool] = True

    def start(self, ivr_id: str, *, actor: str) -> dict[str, Any]:
        """Begin to speak what is due; the job, or the one that runs already. Raises MenuNotFound, CacheAway."""
        job = self._new_job(ivr_id)
        claim = self.board.claim(ivr_id)
        if claim is None:
            return self.board.find(ivr_id) or job
        self.board.note(ivr_id, job)
        self.in_background(lambda: self._run(ivr_id, job, claim, actor))
        return job

    def find(self, ivr_id: str) -> dict[str, Any] | None:
        """The last job of the menu, None where there was none in a day. Raises MenuNotFound, CacheAway."""
        self.prompts.menus.store.state(ivr_id)
        return self.board.find(ivr_id)

    def _new_job(self, ivr_id: str) -> dict[str, Any]:
        menus = self.prompts.menus
        stored, _ = self.prompts.holder.get(ivr_id)
        return {
            "ivr_id": ivr_id,
            "state": RUNNING,
            "together": self.together,
            "started_at": _now(),
            "ended_at": None,
            "texts": [
                {"node": each.node, "at": each.slot.at, "text": each.slot.text, **NOT_YET}
                for each in menus.texts_due(stored)
            ],
        }

    def _run(self, ivr_id: str, job: dict[str, Any], claim: str, actor: str) -> None:
        with self.board.claimed(ivr_id, claim):
            job.update(state=self._speak_all(ivr_id, job, actor), ended_at=_now())
            self.board.note(ivr_id, job)

    def _speak_all(self, ivr_id: str, job: dict[str, Any], actor: str) -> str:
        """The state in which the job ends; the menu then has what was spoken."""
        sounds = HeldSounds(self.prompts.menus, ivr_id)

        def speak(text: dict[str, Any]) -> SpokenPrompt:
            aside = replace(self.prompts, holder=sounds.at(text["node"], text["at"]))
            return aside.speak(ivr_id, text["node"], None, None, text["at"], actor=actor)

        state = self._speak_each(ivr_id, job, speak)
        spoken = [text for text in job["texts"] if text["state"] == SPOKEN]
        if spoken:
            _write(sounds, spoken, actor)
        return state

    def _speak_each(self, ivr_id: str, job: dict[str, Any], speak: Speak) -> str:
        for text in job["texts"]:
            text["state"] = SPEAKING
            self.board.note(ivr_id, job)
            try:
                text.update(self._speak_patiently(ivr_id, text, speak))
            except TtsUnavailable as error:
                log.error("%s: the rest is not spoken: %s", ivr_id, error)
                text.update(state=FAILED, message=_AWAY)
                return INTERRUPTED
        return "ended"

    def _speak_patiently(self, ivr_id: str, text: dict[str, Any], speak: Speak) -> dict[str, Any]:
        """Raises TtsUnavailable where the speech process stays away."""
        gives_up_at = self.clock() + PATIENCE_S
        while True:
            try:
                return _spoken(ivr_id, text, speak)
            except TtsUnavailable as error:
                if self.clock() >= gives_up_at:
                    raise
                self.pause(error.retry_after_s)


class DraftSpeech(MenuSpeech):
    """All texts of drafts, of which nobody hears anything: each is written when it is spoken."""

    together = False

    def _speak_all(self, ivr_id: str, job: dict[str, Any], actor: str) -> str:
        def speak(text: dict[str, Any]) -> SpokenPrompt:
            return self.prompts.speak(ivr_id, text["node"], None, None, text["at"], actor=actor)

        return self._speak_each(ivr_id, job, speak)


def _spoken(ivr_id: str, text: dict[str, Any], speak: Speak) -> dict[str, Any]:
    """What came of a text. Raises TtsUnavailable where the speech process itself is away or busy."""
    try:
        done = speak(text)
    except (IvrError, TtsError) as error:
        if type(error) is TtsUnavailable:
            raise
        return {"state": FAILED, "message": str(error)}
    except Exception:
        log.exception("%s: %s of %s could not be spoken", ivr_id, text["at"], text["node"])
        return {"state": FAILED, "message": _FAULT}
    return {
        "state": SPOKEN,
        "message": done.instead_because or None,
        "duration_seconds": done.prompt.duration_ms / 1000,
        "cost_usd": float(done.prompt.cost_usd),
    }


def _write(sounds: HeldSounds, texts: list[dict[str, Any]], actor: str) -> None:
    """Make what was spoken one version; what did not come into it has failed, and costs nothing."""
    try:
        left = sounds.write(actor=actor)
    except SavedNotLive as error:
        for text in texts:
            text.update(state=FAILED, message=str(error))
    except Exception as error:
        log.exception("%s: what was spoken could not be saved", sounds.ivr_id)
        message = str(error) if isinstance(error, IvrError) else _FAULT
        for text in texts:
            text.update({**NOT_YET, "state": FAILED, "message": message})
    else:
        for text in texts:
            if (text["node"], text["at"]) in left:
                text.update({**NOT_YET, "state": FAILED, "message": _CHANGED})


def _now() -> str:
    return datetime.now(UTC).isoformat()
