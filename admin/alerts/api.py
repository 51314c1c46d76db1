"""/alerts: what was wrong and when, and who is told of it."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.alerts import schema
from admin.alerts.service import AlertDesk
from admin.http.preconditions import ETAG, IF_MATCH, if_match, quoted, tag_of
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import maybe_time, page_json, time_json
from ivr.domain.alerts.judging import Alert
from ivr.domain.alerts.settings import parse_alert_settings
from ivr.ports.alerts import AlertStore, StoredAlertSettings

routes = Routes("alerts")


@routes(
    "GET",
    "/alerts",
    scope="read",
    query=schema.AlertQuery,
    answers=(Answer(200, "Alerts, newest first", schema.AlertPageSchema),),
    problems=(422,),
)
def list_alerts(call: ApiCall) -> Response:
    """List alerts, also those that were not sent since the same one had been sent shortly before."""
    query = call.query
    page = call.service(AlertStore).list(open_only=query.open, limit=query.limit, cursor=query.cursor)
    return json_answer(page_json(page, map(_alert_json, page.items)))


@routes(
    "GET",
    "/alerts/settings",
    scope="admin",
    answers=(Answer(200, "The settings", schema.AlertSettingsSchema, headers=ETAG),),
)
def get_alert_settings(call: ApiCall) -> Response:
    """Get what is told as an alert, with its thresholds, and to whom."""
    return _answer(call.service(AlertStore).settings())


@routes(
    "PUT",
    "/alerts/settings",
    scope="admin",
    body=Body(schema.PutAlertSettings),
    headers=IF_MATCH,
    answers=(Answer(200, "The settings as they are now", schema.AlertSettingsSchema, headers=ETAG),),
    problems=(*BAD_BODY, 412),
)
def put_alert_settings(call: ApiCall) -> Response:
    """Replace the settings of alerts. A kind or threshold that is left out has its usual value."""
    settings, wanted = parse_alert_settings(call.body.model_dump()), if_match()
    stored = call.service(AlertDesk).put(
        settings, actor=call.actor, check=lambda there: wanted.need(tag_of(_content(there)))
    )
    return _answer(stored)


@routes(
    "POST",
    "/alerts/test",
    scope="admin",
    answers=(Answer(202, "The messages are on their way", schema.SentTestSchema),),
    problems=(422,),
)
def test_alerts(call: ApiCall) -> Response:
    """Send each recipient of alerts a test."""
    return json_answer({"messages": call.service(AlertDesk).test(actor=call.actor)}, 202)


def _content(stored: StoredAlertSettings) -> dict[str, Any]:
    return {**stored.settings.to_json(), "version": stored.version}


def _answer(stored: StoredAlertSettings) -> Response:
    document = {**stored.settings.to_json(), "updated_at": maybe_time(stored.updated_at)}
    return json_answer(document, headers={"ETag": quoted(tag_of(_content(stored)))})


def _alert_json(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.alert_id,
        "kind": alert.kind,
        "subject": alert.subject,
        "detail": alert.detail,
        "began_at": time_json(alert.began_at),
        "ended_at": maybe_time(alert.ended_at),
        "told": alert.told,
    }
