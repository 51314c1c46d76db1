"""/ivr/{id}/speech: all texts of a menu spoken at once, and how far that is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Response

from admin.http.problems import not_found
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import time_json
from admin.menus.requests import ivr_id
from admin.prompts import schema
from admin.prompts.speaking_all import FAILED, MenuSpeech
from admin.prompts.speech_board import SPEAKING, SPOKEN, WAITING

routes = Routes("audio", schema.PROMPT_PATHS)


@routes(
    "POST",
    "/ivr/<ivr_id>/speech",
    scope="write",
    answers=(
        Answer(
            202,
            "It has begun, or goes on; ask GET for its progress",
            schema.SpeechJobSchema,
            headers={"Location": "its progress"},
        ),
    ),
    problems=(404, 422),
)
def speak_menu(call: ApiCall) -> Response:
    """Speak all texts of a menu.

    Those that have no prompt yet, whose prompt says other words or in another voice, and those that are `outdated`;
    recordings stay. They are spoken one after the other, as by POST audio, each at its price, and become one new
    version together, which calls hear at once. A text that is changed meanwhile stays as it was changed. One that
    cannot be spoken is named, and the rest goes on; texts that no caller hears (`language_not_listed`) are left out.
    While the speech process is away, they wait for it, up to a minute; then the job is `interrupted`, and what is
    spoken by then is the new version. While it runs, this answers how far it is. If the server is stopped meanwhile,
    ask again: nothing is charged twice.
    """
    menu = ivr_id(call)
    job = call.service(MenuSpeech).start(menu, actor=call.actor)
    return json_answer(job_json(job), 202, {"Location": f"/ivr/{menu}/speech"})


@routes(
    "GET",
    "/ivr/<ivr_id>/speech",
    scope="read",
    answers=(Answer(200, "The progress, or what came of it", schema.SpeechJobSchema),),
    problems=(404, 422),
)
def get_menu_speech(call: ApiCall) -> Response:
    """Get the progress of speaking all texts of a menu; known for a day."""
    job = call.service(MenuSpeech).find(ivr_id(call))
    if job is None:
        raise not_found("the texts of this menu were not spoken all at once in the last day", "speech_not_found")
    return json_answer(job_json(job))


def job_json(job: dict[str, Any]) -> dict[str, Any]:
    """A job as the API's JSON, in the shape of SpeechJobSchema."""
    texts = job["texts"]
    states = [each["state"] for each in texts]
    cost = sum((Decimal(str(each["cost_usd"])) for each in texts if each["cost_usd"] is not None), Decimal(0))
    return {
        "ivr_id": job["ivr_id"],
        "state": job["state"],
        "total": len(states),
        "spoken": states.count(SPOKEN),
        "failed": states.count(FAILED),
        "left": states.count(WAITING) + states.count(SPEAKING),
        "cost_usd": float(cost),
        "started_at": _time(job["started_at"]),
        "ended_at": _time(job["ended_at"]),
        "texts": texts,
    }


def _time(moment: str | None) -> str | None:
    return time_json(datetime.fromisoformat(moment)) if moment is not None else None
