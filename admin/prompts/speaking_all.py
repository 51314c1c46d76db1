"""All texts of a menu spoken in one request, in the background: one after the other, as POST audio does each."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from admin.prompts.service import PromptService
from admin.prompts.speech_board import RUNNING, SpeechBoard
from ivr.domain.errors import IvrError
from tts.client.errors import TtsError

log = logging.getLogger(__name__)

WAITING, SPEAKING, SPOKEN, FAILED = "waiting", "speaking", "spoken", "failed"
_NOT_YET = {"state": WAITING, "message": None, "duration_seconds": None, "cost_usd": None}


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="speech", daemon=True).start()


@dataclass(frozen=True)
class MenuSpeech:
    """`in_background` runs a function without delaying the answer to the request."""

    prompts: PromptService
    board: SpeechBoard
    in_background: Callable[[Callable[[], None]], None] = _in_thread

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
        stored = menus.store.get(ivr_id)
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
            for text in job["texts"]:
                text["state"] = SPEAKING
                self.board.note(ivr_id, job)
                text.update(self._speak(ivr_id, text, actor))
            job.update(state="ended", ended_at=_now())
            self.board.note(ivr_id, job)

    def _speak(self, ivr_id: str, text: dict[str, Any], actor: str) -> dict[str, Any]:
        try:
            done = self.prompts.speak(ivr_id, text["node"], None, None, text["at"], actor=actor)
        except (IvrError, TtsError) as error:
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


def _now() -> str:
    return datetime.now(UTC).isoformat()
