"""/audit: the log of changes."""

from __future__ import annotations

from flask import Response

from admin.audit import schema
from admin.audit.views import audit_json
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import page_json
from ivr.ports.audit import AuditLog

routes = Routes("keys")


@routes(
    "GET",
    "/audit",
    scope="admin",
    query=schema.AuditQuery,
    answers=(Answer(200, "Changes, newest first", schema.AuditPageSchema),),
    problems=(422,),
)
def list_audit(call: ApiCall) -> Response:
    """List changes: who changed what, before and after.

    A page with large menus has fewer entries than `limit`.
    """
    query = call.query
    page = call.service(AuditLog).list(
        subject=query.subject, actor=query.actor, action=query.action, limit=query.limit, cursor=query.cursor
    )
    return json_answer(page_json(page, map(audit_json, page.items)))
