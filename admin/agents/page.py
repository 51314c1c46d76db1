"""Agents: the targets of transfers, and the results of the latest attempts to reach them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

from flask import Response

from admin.http.language import later, t, tn, translated
from admin.http.listed import BulkAction, binned_id, read_list, run_bulk, undo_of
from admin.http.page import Page, Pages
from admin.http.problems import ApiError, fault
from ivr.domain.agents import MAX_TARGETS, SILENT_S, TEL, Agent

pages = Pages()

_LOOKED_AT = 200
_SPARE_ROWS = 2
_NUMBERS = ("ring_timeout_s", "no_progress_timeout_s", "max_talk_s", "silence_timeout_s", "media_timeout_s")
SRTP = (
    ("off", later("no")),
    ("optional", later("if the agent can")),
    ("required", later("always, or there is no call")),
)
TLS_VERIFY = (
    ("name", later("the host that is dialled")),
    ("wildcard", later("a wildcard, *. and the domain of the host")),
)
SENT = (
    ("x", later("X-IVR headers"), later("call, menu, outcome, keys")),
    ("diversion", "Diversion", later("the number dialled")),
    ("user_to_user", "User-to-User", later("our call id (RFC 7433)")),
    ("p_asserted_identity", "P-Asserted-Identity", later("the caller's number, vouched for")),
)
STYLES = (("hyphen", "X-IVR-Call-Id"), ("underscore", later("X-IVR_Call_Id, for those who cannot take hyphens")))
# What the form shows at first.
_BASIC_FIELDS = ("targets", "ring_timeout_s", "max_talk_s")
_BASIC = ("/name", *(f"/{name}" for name in _BASIC_FIELDS))
_PHONE = re.compile(r"(?:tel:)?[+(]?[0-9][0-9 ()./-]{4,30}", re.ASCII)
_EXTENSION = re.compile(rf"{_PHONE.pattern}(?:[,;x#]|ext(?:ension)?)[ .:]*(?:ext=)?[0-9]{{1,8}}", re.ASCII | re.I)
_ADDRESS = re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+", re.ASCII)
# Those of North America and Europe, and the line for lives in crisis.
_EMERGENCY = frozenset({"911", "112", "988", "999"})


@pages("GET", "/agents", scope="read")
def show_agents(page: Page) -> Response:
    found = read_list(page, "list_agents")
    return page.render("agents.html", found=found, attempts=_attempts(page), bulk=_BULK)


@pages("POST", "/agents/bulk", scope="write")
def change_agents(page: Page) -> Response:
    return run_bulk(page, _BULK, "/agents", str)


def _delete(page: Page, name: str) -> str | None:
    page.api("delete_agent", agent=name, query={"force": page.form.get("force")})
    return binned_id(page, name)


_BULK = {
    "delete": BulkAction(
        lambda count: tn("Delete %(num)s agent?", "Delete %(num)s agents?", count),
        lambda count: tn("%(num)s agent was deleted.", "%(num)s agents were deleted.", count),
        _delete,
        lambda: t("Delete"),
        danger=True,
        force=lambda: t("Also those that menus name: their transfers reach the default agent then"),
    ),
}


@pages("GET", "/agents/new", scope="write")
def show_new_agent(page: Page) -> Response:
    chosen = page.form.get("preset") or page.args.get("preset")
    presets = page.api("list_agent_presets", quiet=True)["items"]
    if chosen is None and not page.form:
        return page.render("agent_presets.html", presets=presets)
    return _form(page, None, preset=next((each for each in presets if each["id"] == chosen), None))


@pages("POST", "/agents/new", scope="write")
def create_agent(page: Page) -> Response:
    name = page.form.get("name", "").strip()
    try:
        agent = page.api("create_agent", body={"name": name, **_body(page)}, quiet=True)
    except ApiError as error:
        return show_new_agent(page.refused(error))
    if agent["prepare_secret"]:
        return _form(replace(page, blank=True), agent, agent["prepare_secret"])
    if len(agent["warnings"]) == len(agent["targets"]):
        text = t("%(name)s is saved, but nobody can be rung there yet: its page says why.", name=name)
        return page.redirect("/agents", text)
    return page.redirect("/agents", t("A transfer can name %(name)s now.", name=name))


@pages("GET", "/agents/<agent>", scope="read")
def show_agent(page: Page) -> Response:
    return _form(page, page.api("get_agent", agent=page.path["agent"]))


@pages("POST", "/agents/<agent>", scope="write")
def change_agent(page: Page) -> Response:
    try:
        agent = page.api("patch_agent", agent=page.path["agent"], body=_body(page), quiet=True)
    except ApiError as error:
        return show_agent(page.refused(error))
    if agent["prepare_secret"]:
        return _form(page, agent, agent["prepare_secret"])
    return page.redirect(f"/agents/{page.path['agent']}", t("Saved: it applies from the next call."))


@pages("POST", "/agents/<agent>/ring", scope="write")
def ring_agent(page: Page) -> Response:
    try:
        ring = page.api("ring_agent", agent=page.path["agent"], quiet=True)
    except ApiError as error:
        if error.status == 404:
            raise
        return show_agent(page.refused(error))
    if not page.can("calls"):
        return page.redirect(f"/agents/{page.path['agent']}", t("It is being rung now."))
    return page.redirect(f"/agent-rings/{ring['id']}")


@pages("GET", "/agent-rings/<agent_ring>", scope="calls")
def show_ring(page: Page) -> Response:
    return page.render("agent_ring.html", ring=page.api("get_agent_ring", agent_ring=page.path["agent_ring"]))


@pages("POST", "/agent-rings/<agent_ring>/stop", scope="write")
def stop_ring(page: Page) -> Response:
    page.api("stop_agent_ring", agent_ring=page.path["agent_ring"])
    return page.redirect(f"/agent-rings/{page.path['agent_ring']}")


@pages("POST", "/agents/<agent>/delete", scope="write")
def delete_agent(page: Page) -> Response:
    try:
        page.api("delete_agent", agent=page.path["agent"], query={"force": page.form.get("force")})
    except ApiError as error:
        if error.status != 409:
            raise
        return show_agent(page.refused(error))
    name = page.path["agent"]
    return page.redirect("/agents", t("%(agent)s was deleted.", agent=name), undo_of(page, name))


def _form(
    page: Page, agent: dict[str, Any] | None, made: str | None = None, preset: dict[str, Any] | None = None
) -> Response:
    """The form. `made`: the secret of a prepare URL, which can be shown only now, so the answer is not a redirect."""
    shown = agent or {**_UNCHANGED, **(preset["agent"] if preset else {})}
    return page.render(
        "agent.html",
        agent=agent,
        shown=shown,
        preset=preset,
        made=made,
        rows=_rows(page, shown["targets"]),
        labels=_labels(),
        sent=translated(SENT),
        styles=translated(STYLES),
        ways_of_srtp=translated(SRTP),
        tls_names=translated(TLS_VERIFY),
        attempts=_attempts(page) if agent else {},
        is_advanced=_is_advanced(page, shown),
    )


def _is_advanced(page: Page, shown: dict[str, Any]) -> bool:
    """Whether what stands under Advanced must be seen: a refusal is there, or something that was set."""
    if page.problem is not None and any(not each.pointer.startswith(_BASIC) for each in page.problem.faults):
        return True
    return any(shown[name] != value for name, value in _UNCHANGED.items() if name not in ("name", *_BASIC_FIELDS))


def _body(page: Page) -> dict[str, Any]:
    """The body for POST and PATCH /agents; a password or secret left empty stays as it was."""
    rows = [row for row in _typed_rows(page) if any(row.values())]
    targets = [
        {name: value for name, value in {**row, "uri": _uri(page, row["uri"], index)}.items() if value}
        for index, row in enumerate(rows)
    ]
    numbers = {name: _whole(page.form.get(name, "")) for name in _NUMBERS}
    secret = page.form.get("prepare_secret", "").strip()
    return {
        "targets": targets,
        **numbers,
        "send": page.form_list("send"),
        "header_style": page.form.get("header_style", "hyphen"),
        "codecs": page.form.get("codecs", "").replace(",", " ").split(),
        "prepare_url": page.form.get("prepare_url", "").strip() or None,
        **({"prepare_secret": secret} if secret else {}),
        "may_transfer_to": page.form.get("may_transfer_to", "").replace(",", " ").split(),
        "options_ping": page.form.get("options_ping") == "true",
        "srtp": page.form.get("srtp", "off"),
        "tls_verify": page.form.get("tls_verify", "name"),
    }


def _uri(page: Page, typed: str, index: int) -> str:
    """What people write for a telephone, `(512) 555-0147`, as the API has it."""
    at = f"/targets/{index}/uri"
    if typed.removeprefix(TEL) in _EMERGENCY:
        raise fault(at, "emergency_number", t("emergency numbers are never called; give a telephone of your own"))
    if _EXTENSION.fullmatch(typed):
        text = t("an extension cannot be called; give a number that rings by itself, or a SIP address")
        raise fault(at, "extension", text)
    if _ADDRESS.fullmatch(typed):
        raise fault(at, "no_scheme", t("a SIP address begins with sip: such as sip:%(address)s", address=typed))
    if not _PHONE.fullmatch(typed):
        return typed
    return f"{TEL}{page.number(typed.removeprefix(TEL), at)}"


# An agent as the API makes it where nothing is said.
_UNCHANGED = replace(Agent("", ()), silent_s=SILENT_S).public_json()


def _whole(text: str) -> int | str:
    """A typed number; any other text is returned as it is, for the model to refuse."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _typed_rows(page: Page) -> list[dict[str, str]]:
    columns = ("uri", "username", "password")
    values = [page.form_list(name) for name in columns]
    return [
        {name: value.strip() for name, value in zip(columns, row, strict=True)} for row in zip(*values, strict=False)
    ]


def _rows(page: Page, targets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The addresses as typed or as stored, and some empty lines."""
    rows: list[dict[str, Any]] = [row for row in _typed_rows(page) if any(row.values())] if page.problem else []
    rows = rows or list(targets)
    return rows + [{} for _ in range(min(_SPARE_ROWS, MAX_TARGETS - len(rows)))]


def _labels() -> dict[str, str]:
    """Pointer -> the label of its field, for those that stand in the form at first."""
    numbered = range(MAX_TARGETS)
    addresses = {
        f"/targets/{index}/uri": t("Phone number or SIP address %(number)s", number=index + 1) for index in numbered
    }
    return {"/name": t("Name"), **addresses}


def _attempts(page: Page) -> dict[str, Counter[str]]:
    """The attempts of the latest calls, by agent: result -> how often. Test calls reach no agent."""
    attempts: dict[str, Counter[str]] = {}
    if page.can("calls"):
        for record in page.api("list_calls", query={"limit": str(_LOOKED_AT)}, quiet=True)["items"]:
            for attempt in () if record["test"] else record["agent"]:
                attempts.setdefault(attempt.get("agent") or "", Counter())[attempt["result"]] += 1
    return attempts
