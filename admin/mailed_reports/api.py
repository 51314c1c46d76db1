"""/mailed-reports: reports of a day, a week or a month that go out by mail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Response

from admin.http.models import ShortListQuery
from admin.http.preconditions import ETAG, IF_MATCH, if_match, quoted, tag_of
from admin.http.problems import fault, invalid, not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.short_lists import page_of
from admin.http.views import maybe_time, page_json, time_json
from admin.mailed_reports import schema
from admin.system_mail.service import SystemMailer
from ivr.domain.call_records import new_id
from ivr.domain.channels.mail_addresses import ADDRESS_RULE, is_address
from ivr.domain.channels.message import Message
from ivr.domain.problems import Problem
from ivr.domain.reports.mailed import MailedReport
from ivr.ports.mailed_reports import MailedReportStore, StoredMailedReport
from ivr.ports.users import UserStore

routes = Routes("mailed reports", schema.MAILED_REPORT_PATHS)

_OF_ONE = ("get_mailed_report", "put_mailed_report", "delete_mailed_report", "send_mailed_report")
_THIS = {operation: {"report_id": "$response.body#/id"} for operation in _OF_ONE}


@routes(
    "POST",
    "/mailed-reports",
    scope="admin",
    body=Body(schema.PutMailedReport),
    answers=(
        Answer(
            201, "The report", schema.MailedReportSchema, headers={"Location": "the report", **ETAG}, links=_THIS
        ),
    ),
    problems=BAD_BODY,
)
def create_mailed_report(call: ApiCall) -> Response:
    """Have a report mailed each day, week or month.

    It has the number of calls, how many of them an agent answered, the share of callers led to an agent, the
    opt-outs, the cost and the money saved, each beside the period before. It goes by the channel of PUT /system-mail.
    """
    stored = call.service(MailedReportStore).create(_report(call, new_id("report")), actor=call.actor)
    return _answer(stored, 201, Location=f"/mailed-reports/{stored.report.report_id}")


@routes(
    "GET",
    "/mailed-reports",
    scope="admin",
    query=ShortListQuery,
    answers=(Answer(200, "The reports, the oldest first", schema.MailedReportListSchema),),
    problems=(422,),
)
def list_mailed_reports(call: ApiCall) -> Response:
    """List the reports that are mailed."""
    page = page_of(call.service(MailedReportStore).list(), call.query, lambda each: (each.report.report_id,))
    return json_answer(page_json(page, map(_report_json, page.items)))


@routes(
    "GET",
    "/mailed-reports/<report_id>",
    scope="admin",
    answers=(Answer(200, "The report", schema.MailedReportSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_mailed_report(call: ApiCall) -> Response:
    """Get a report that is mailed."""
    return _answer(_required(call.service(MailedReportStore).find(_id(call))))


@routes(
    "PUT",
    "/mailed-reports/<report_id>",
    scope="admin",
    body=Body(schema.PutMailedReport),
    headers=IF_MATCH,
    answers=(Answer(200, "The report as it is now", schema.MailedReportSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 412),
)
def put_mailed_report(call: ApiCall) -> Response:
    """Replace a report that is mailed."""
    report = _report(call, _id(call))
    return _answer(_required(call.service(MailedReportStore).replace(report, actor=call.actor, check=_check())))


@routes(
    "DELETE",
    "/mailed-reports/<report_id>",
    scope="admin",
    headers=IF_MATCH,
    answers=(Answer(204, "It is mailed no more"),),
    problems=(404, 412, 422),
)
def delete_mailed_report(call: ApiCall) -> Response:
    """Mail a report no more."""
    if not call.service(MailedReportStore).delete(_id(call), actor=call.actor, check=_check()):
        raise _no_report()
    return Response(status=204)


@routes(
    "POST",
    "/mailed-reports/<report_id>/send",
    scope="admin",
    answers=(Answer(202, "The mails are on their way", schema.SentReportSchema),),
    problems=(404, 422),
)
def send_mailed_report(call: ApiCall) -> Response:
    """Mail a report now, on the latest period that is over. Those that are due go out all the same."""
    store, mailer = call.service(MailedReportStore), call.service(SystemMailer)
    report = _required(store.find(_id(call))).report

    def seal(message: Message) -> str:
        return mailer.sealer.seal(json.dumps(message.to_json()))

    return json_answer({"mails": store.send_now(report, seal, mailer.url, actor=call.actor)}, 202)


def _report(call: ApiCall, report_id: str) -> MailedReport:
    """Raises ApiError 422 for what is no address, for a user that is none, and where nobody would get it."""
    body, users = call.body, call.service(UserStore)
    wrong = [
        Problem(f"/addresses/{n}", "invalid_address", ADDRESS_RULE)
        for n, each in enumerate(body.addresses)
        if not is_address(each)
    ]
    wrong += [
        Problem(f"/users/{n}", "no_user", "there is no such user")
        for n, each in enumerate(body.users)
        if users.find(each) is None
    ]
    if wrong:
        raise invalid(*wrong)
    if not body.addresses and not body.users:
        raise fault("/addresses", "nobody", "nobody would get this; give an address or a user")
    return MailedReport(report_id, body.every, body.hour, tuple(body.addresses), tuple(body.users))


def _check() -> Callable[[MailedReport], None]:
    wanted = if_match()
    return lambda report: wanted.need(tag_of(report.to_json()))


def _answer(stored: StoredMailedReport, status: int = 200, **headers: str) -> Response:
    tag = quoted(tag_of(stored.report.to_json()))
    return json_answer(_report_json(stored), status, {"ETag": tag, **headers})


def _report_json(stored: StoredMailedReport) -> dict[str, Any]:
    return {
        "id": stored.report.report_id,
        **stored.report.to_json(),
        "created_at": time_json(stored.created_at),
        "last_sent_at": maybe_time(stored.last_sent_at),
    }


def _id(call: ApiCall) -> str:
    report_id = call.path["report_id"]
    if not (report_id.isascii() and report_id.isprintable()):
        raise _no_report()
    return report_id


def _required(stored: StoredMailedReport | None) -> StoredMailedReport:
    if stored is None:
        raise _no_report()
    return stored


def _no_report() -> Exception:
    return not_found("there is no such report by mail", "mailed_report_not_found")
