"""/privacy: what is kept about a caller, and its erasure."""

from __future__ import annotations

from flask import Response

from admin.calls.views import call_json
from admin.dnc.schema import DNC_PATHS
from admin.http.path_numbers import path_number
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import maybe_time
from admin.privacy import schema
from ivr.ports.privacy import Privacy

routes = Routes("privacy", DNC_PATHS)


@routes(
    "GET",
    "/privacy/<entry:number>",
    scope="admin",
    answers=(Answer(200, "All that is kept about this number", schema.AboutCallerSchema),),
    problems=(404, 422),
)
def export_caller(call: ApiCall) -> Response:
    """Show what is kept about a caller.

    Call records, opt-outs, entries of the audit log that name the number, webhook messages, lists of numbers, sounds,
    calls that were ordered, the language that they chose, and how many answers to repeated requests have it.
    """
    about = call.service(Privacy).export(path_number(call, "number"))
    return json_answer(
        {
            "number": about.number,
            "calls": [call_json(record) for record in about.calls],
            "opt_outs": list(about.opt_outs),
            "audit": list(about.audit),
            "messages": list(about.messages),
            "answers": about.answers,
            "outgoing": list(about.outgoing),
            "lists": [{**each, "expires_at": maybe_time(each["expires_at"])} for each in about.lists],
            "sounds": list(about.sounds),
            "language": about.language,
        }
    )


@routes(
    "DELETE",
    "/privacy/<entry:number>",
    scope="admin",
    answers=(Answer(200, "What no longer has the number, and what must keep it", schema.ErasureSchema),),
    problems=(404, 422),
)
def erase_caller(call: ApiCall) -> Response:
    """Erase a caller's number.

    Call records stay, without it; sounds are deleted, within ten minutes also from disk. Opt-outs and the audit log
    keep the number, and so do webhook messages about the do-not-call list until they are delivered. Files of the call
    servers' machines are erased by `digitree privacy erase` there.
    """
    done = call.service(Privacy).erase(path_number(call, "number"), actor=call.actor)
    return json_answer(
        {
            "erased": {
                "calls": done.calls,
                "messages": done.messages,
                "answers": done.answers,
                "lists": done.lists,
                "sounds": done.sounds,
                "outgoing": done.outgoing,
                "languages": done.languages,
            },
            "kept": {"opt_outs": done.opt_outs_kept, "audit": done.audit_kept, "messages": done.messages_kept},
        }
    )
