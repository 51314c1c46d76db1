"""All texts of a menu spoken in one request, in the background: one after the other, as POST audio does each."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from admin.prompts.service import PromptService
from admin.prompts.speech_board import INTERRUPTED, RUNNING, SPEAKING, WAITING, SpeechBoard
from ivr.domain.errors import IvrError
from tts.client.errors import TtsError, TtsUnavailable

log = logging.getLogger(__name__)

SPOKEN, FAILED = "spoken", "failed"
# How long a text waits for a speech process that is away.
PATIENCE_S = 60.0
_AWAY = (
    "the speech process has not answered for a minute, so the rest waits. digitree status says how it is; then have "
    "the texts spoken again"
)
_NOT_YET = {"state": WAITING, "message": None, "duration_seconds": None, "cost_usd": None}


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="speech", daemon=True).start()


@dataclass(frozen=True)
class MenuSpeech:
    """`in_background` runs a function without delaying the answer to the request; `pause` waits some seconds."""

    prompts: PromptService
    board: SpeechBoard
    in_background: Callable[[Callable[[], None]], None] = _in_thread
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

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
            "started_at": _now(),
            "ended_at": None,
            "texts": [
                {"node": each.node, "at": each.slot.at, "text": each.slot.text, **_NOT_YET}
                for each in menus.texts_due(stored)
            ],
        }

    def _run(self, ivr_id: str, job: dict[str, Any], claim: str, actor: str) -> None:
        with self.board.claimed(ivr_id, claim):
            job.update(state=self._speak_all(ivr_id, job, actor), ended_at=_now())
            self.board.note(ivr_id, job)

    def _speak_all(self, ivr_id: str, job: dict[str, Any], actor: str) -> str:
        """The state in which the job ends."""
        for text in job["texts"]:
            text["state"] = SPEAKING
            self.board.note(ivr_id, job)
            try:
                text.update(self._speak_patiently(ivr_id, text, actor))
            except TtsUnavailable as error:
                log.error("%s: the rest is not spoken: %s", ivr_id, error)
                text.update(state=FAILED, message=_AWAY)
                return INTERRUPTED
        return "ended"

    def _speak_patiently(self, ivr_id: str, text: dict[str, Any], actor: str) -> dict[str, Any]:
        """Raises TtsUnavailable where the speech process stays away."""
        gives_up_at = self.clock() + PATIENCE_S
        while True:
            try:
                return self._speak(ivr_id, text, actor)
            except TtsUnavailable as error:
                if self.clock() >= gives_up_at:
                    raise
                self.pause(error.retry_after_s)

    def _speak(self, ivr_id: str, text: dict[str, Any], actor: str) -> dict[str, Any]:
        """What came of a text. Raises TtsUnavailable where the speech process itself is away or busy."""
        try:
            done = self.prompts.speak(ivr_id, text["node"], None, None, text["at"], actor=actor)
        except (IvrError, TtsError) as error:
            if type(error) is TtsUnavailable:
                raise
            return {"state": FAILED, "message": str(error)}
        except Exception:
            log.exception("%s: %s of %s could not be spoken", ivr_id, text["at"], text["node"])
            return {"state": FAILED, "message": "an error of the server; its log has the cause"}
        return {
            "state": SPOKEN,
            "message": done.instead_because or None,
            "duration_seconds": done.prompt.duration_ms / 1000,
            "cost_usd": float(done.prompt.cost_usd),
        }


class DraftSpeech(MenuSpeech):
    """All texts of drafts."""


def _now() -> str:
    return datetime.now(UTC).isoformat()
