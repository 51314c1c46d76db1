"""Calls: the list with its filters, and one call with every prompt and digit."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response

from admin.calls.days import CHOICES, moments_of
from admin.calls.filters_page import FIELDS, saved_filters
from admin.calls.heard import said_in, words_of
from admin.calls.steps import ShownStep, shown_step
from admin.http.causes import attempt_text, cause_text
from admin.http.filters import seconds
from admin.http.language import t, time_text, translated
from admin.http.listed import place_of
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.http.words import OUTCOMES, options
from admin.menus.picture import Dot, Picture, draw
from admin.prompts.views import prompt_url
from ivr.domain.call_records import BESIDE, utc_now
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.tickets import is_draft
from ivr.ports.menus import MenuStore
from ivr.ports.pages import MOST_COUNTED

pages = Pages()
_SHOWN = 50


@pages("GET", "/calls", scope="calls")
def show_calls(page: Page) -> Response:
    query: dict[str, str] = {}
    found: dict[str, Any] = {"items": [], "next_cursor": None, "previous_cursor": None, "total": 0}
    try:
        query = _filters(page)
        given = {**query, "sort": page.args.get("sort"), "cursor": page.args.get("cursor")}
        found = page.api("list_calls", query={**given, "limit": str(_SHOWN), "total": "true"})
    except ApiError as error:
        if error.status != 422:
            raise
        page = page.refused(error)
    kinds = [("", t("all calls")), ("false", t("without test calls")), ("true", t("test calls only"))]
    return page.render(
        "calls.html",
        found={**found, "at": place_of(page), "limit": _SHOWN},
        outcomes=[("", t("any")), *options(OUTCOMES)],
        names=_menu_names(page),
        kinds=kinds,
        days=translated(CHOICES),
        languages=page.service(MenuStore).languages(),
        csv=f"/calls.csv?{urlencode(query)}",
        most=MOST_COUNTED,
        saved=saved_filters(page),
        fields=FIELDS,
        is_draft=is_draft,
    )


def _filters(page: Page) -> dict[str, str]:
    """What is given of the API's filters, as it takes them; raises ApiError for the field of what is none."""
    args = page.args
    since, until = moments_of(args, page.zone, utc_now())
    query = {
        "did": page.number(args["did"], "/query/did") if args.get("did") else None,
        "ani": page.number(args["ani"], "/query/ani") if args.get("ani") else None,
        **{name: args.get(name) for name in ("ivr_id", "outcome", "search", "test")},
        "language": _code(args.get("language", "")),
        "since": since.isoformat() if since else _moment(page, args.get("since")),
        "until": until.isoformat() if until else _moment(page, args.get("until")),
    }
    return {name: value for name, value in query.items() if value}


def _code(typed: str) -> str:
    """`ES`, `es_mx` -> `es`, `es-MX`."""
    language, _, region = typed.strip().replace("_", "-").partition("-")
    return f"{language.lower()}-{region.upper()}" if region else language.lower()


@pages("GET", "/calls/<call_id>", scope="calls")
def show_call(page: Page) -> Response:
    call = page.api("get_call", call_id=page.path["call_id"])
    stored = _version_of(page, call)
    menu, known = (_menu_of(stored), words_of(stored)) if stored else (None, {})
    nodes = menu["nodes"] if menu else {}
    shown = [shown_step(step, nodes.get(step["node"], {})) for step in call["path"]]
    sounds = [_sounds(step["prompt"]) if page.can("read") else [] for step in call["path"]]
    steps = [
        {
            **step,
            "sounds": heard,
            "shown": each,
            "clock": _clock(call, step["at_ms"]),
            "said": said_in(step["prompt"], known),
        }
        for step, heard, each in zip(call["path"], sounds, shown, strict=True)
    ]
    picture = draw(menu["start"], menu["nodes"], menu["hung_up_node"]) if menu else None
    way = _way(picture, call) if picture else None
    document = json.dumps(menu, ensure_ascii=False) if menu else None
    stops = _stops(steps)
    return page.render(
        "call_record.html",
        call=call,
        steps=steps,
        menu=menu,
        picture=picture,
        way=way,
        document=document,
        stops=stops,
        why=cause_text(None, call["hangup_cause"], "carrier" if call["trunk"] else "other"),
        attempts=[(each, attempt_text(each)) for each in call["agent"]],
        name=_menu_name(page, call, menu),
    )


def _clock(call: dict[str, Any], at_ms: int) -> str:
    """The time of day of a step, which is told in milliseconds since the call's answer."""
    return time_text(datetime.fromisoformat(call["started_at"]) + timedelta(milliseconds=at_ms), "clock")


def _stops(steps: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The nodes on the drawing in the order of the call, each with one note that its card has room for: what came of
    the last visit, and how often the call was there."""
    visits = Counter(step["node"] for step in steps)
    last = {step["node"]: at for at, step in enumerate(steps)}
    return [
        {"node": step["node"], "note": _note(step["shown"], visits[step["node"]]) if last[step["node"]] == at else ""}
        for at, step in enumerate(steps)
    ]


def _note(step: ShownStep, times: int) -> str:
    what = step.note if step.ms is None else t("%(what)s after %(time)s", what=step.note, time=seconds(step.ms))
    return t("%(times)s times, at last: %(what)s", times=times, what=what) if times > 1 else what


@dataclass(frozen=True)
class Way:
    """The path of one call over a menu's picture: a line through its nodes, and their numbers."""

    points: str
    stops: list[tuple[Dot, str]]


def _way(picture: Picture, call: dict[str, Any]) -> Way | None:
    dots = {dot.id: dot for dot in picture.dots}
    nodes = [step["node"] for step in call["path"] if step["node"] in dots]
    entered = [node for n, node in enumerate(nodes) if n == 0 or node != nodes[n - 1]]
    if not entered:
        return None
    numbers: dict[str, list[str]] = {}
    for n, node in enumerate(entered, 1):
        numbers.setdefault(node, []).append(str(n))
    stops = [(dots[node], ",".join(places[:4])) for node, places in numbers.items()]
    return Way(" ".join(f"{dots[node].x:g},{dots[node].y:g}" for node in entered), stops)


def _sounds(prompt: str | None) -> list[str]:
    """Where to listen to each file of a prompt."""
    return [url for file in (prompt or "").split(BESIDE) if (url := prompt_url(file)) is not None]


def _version_of(page: Page, call: dict[str, Any]) -> PublishedMenu | None:
    """The version that the caller heard; None if it is no longer kept."""
    if not call["ivr_id"] or not page.can("read"):
        return None
    return page.service(MenuStore).find_version(call["ivr_id"], call["ivr_version"])


def _menu_name(page: Page, call: dict[str, Any], menu: dict[str, Any] | None) -> str:
    """The menu's name then; its id where that is not known and the viewer wants ids."""
    if menu:
        return str(menu["name"])
    return call["ivr_id"] if page.developer else t("a menu that is not kept any more")


def _menu_of(stored: PublishedMenu) -> dict[str, Any]:
    tree = stored.tree
    return {
        "name": tree.name, "start": tree.start, "hung_up_node": tree.hung_up_node, "nodes": tree.source,
    }  # fmt: skip


def _menu_names(page: Page) -> list[tuple[str, str]]:
    """Menus to choose from."""
    return [(menu["id"], menu["name"]) for menu in page.menus()]


def _moment(page: Page, typed: str | None) -> str | None:
    """The value of a datetime field, in the viewer's zone, in the form that the API takes."""
    if not typed:
        return None
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return typed
    return (moment if moment.tzinfo else moment.replace(tzinfo=page.zone)).isoformat()
