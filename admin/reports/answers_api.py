"""/ivr/{id}/answers: what callers keyed at the questions that keep it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import page_json, time_json
from admin.menus.requests import ivr_id
from admin.menus.schema import IVR_ID_PATH
from admin.reports.answers_schema import AnswerCountsSchema, AnswerPageSchema, AnswerQuery, AnswerSpan
from admin.reports.days import zone_of
from ivr.domain.dnc.csv_cells import csv_line, safe_cell
from ivr.domain.reports.answers import CallerAnswer
from ivr.ports.answers import AnswerStore
from ivr.ports.pages import MAX_LIMIT

routes = Routes("reports", IVR_ID_PATH)
_COLUMNS = ("call_id", "started_at", "caller", "version", "node", "variable", "answer")
_CSV = Answer(200, "One line per answer, newest call first, under their names", {"type": "string"}, "text/csv")


@routes(
    "GET",
    "/ivr/<ivr_id>/answers",
    scope="calls",
    query=AnswerQuery,
    answers=(Answer(200, "Answers, newest call first", AnswerPageSchema),),
    problems=(404, 422),
)
def list_answers(call: ApiCall) -> Response:
    """List what callers keyed at the questions with `save`.

    Of each call the last answer to each question; those to secret questions are kept nowhere. They are read from the
    call records: an answer goes with its record, and its caller is gone once they were erased. Test calls are left
    out.
    """
    zone = zone_of(call)
    first, last = call.query.days(zone)
    store = call.service(AnswerStore)
    page = store.list(ivr_id(call), first, last, zone, limit=call.query.limit, cursor=call.query.cursor)
    return json_answer(page_json(page, map(_answer_json, page.items)))


@routes(
    "GET",
    "/ivr/<ivr_id>/answers.csv",
    scope="calls",
    query=AnswerSpan,
    answers=(_CSV,),
    problems=(404, 422),
)
def export_answers(call: ApiCall) -> Response:
    """Download answers as CSV."""
    menu, store, zone = ivr_id(call), call.service(AnswerStore), zone_of(call)
    first, last = call.query.days(zone)
    # Read before the answer begins: an early error is a problem document, not half a file.
    page = store.list(menu, first, last, zone, limit=MAX_LIMIT)

    def lines() -> Iterator[str]:
        shown = page
        yield csv_line(_COLUMNS)
        while True:
            yield "".join(map(_csv_answer, shown.items))
            if shown.next_cursor is None:
                return
            shown = store.list(menu, first, last, zone, limit=MAX_LIMIT, cursor=shown.next_cursor)

    response = Response(lines(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="answers-{menu}-{first}-{last}.csv"'
    return response


@routes(
    "GET",
    "/ivr/<ivr_id>/answers/counts",
    scope="calls",
    query=AnswerSpan,
    answers=(Answer(200, "How many calls gave each answer", AnswerCountsSchema),),
    problems=(404, 422),
)
def count_answers(call: ApiCall) -> Response:
    """Count the answers to each question with `save`: the 20 most frequent ones, and all others together."""
    zone = zone_of(call)
    first, last = call.query.days(zone)
    counts = call.service(AnswerStore).counts(ivr_id(call), first, last, zone)
    return json_answer(
        {
            "first_day": first.isoformat(),
            "last_day": last.isoformat(),
            "tz": zone.key,
            "questions": [
                {
                    "node": each.node,
                    "variable": each.variable,
                    "answered": each.answered,
                    "answers": [{"answer": answer, "calls": calls} for answer, calls in each.answers],
                    "others": each.others,
                }
                for each in counts
            ],
        }
    )


def _answer_json(answer: CallerAnswer) -> dict[str, object]:
    return {name: getattr(answer, name) for name in _COLUMNS} | {"started_at": time_json(answer.started_at)}


def _csv_answer(answer: CallerAnswer) -> str:
    shown = _answer_json(answer)
    return csv_line([safe_cell("" if shown[name] is None else str(shown[name])) for name in _COLUMNS])
