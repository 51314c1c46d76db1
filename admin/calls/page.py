"""Calls: the list with its filters, and one call with every prompt and digit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response

from admin.calls.days import CHOICES, moments_of
from admin.calls.filters_page import FIELDS, saved_filters
from admin.calls.steps import ShownStep, shown_step
from admin.http.filters import seconds
from admin.http.language import t, translated
from admin.http.listed import place_of
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.http.words import OUTCOMES, options
from admin.menus.picture import Dot, Picture, draw
from admin.prompts.views import prompt_url
from ivr.domain.call_records import BESIDE, utc_now
from ivr.domain.menu.language_sentences import find_sentence
from ivr.domain.system_prompts.languages import find_text
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
    menu = _menu_of(page, call)
    nodes = menu["nodes"] if menu else {}
    shown = [shown_step(step, nodes.get(step["node"], {})) for step in call["path"]]
    sounds = [_sounds(step["prompt"]) if page.can("read") else [] for step in call["path"]]
    steps = [
        {**step, "sounds": heard, "shown": each, "said": _said(step["prompt"] or "")}
        for step, heard, each in zip(call["path"], sounds, shown, strict=True)
    ]
    picture = draw(menu["start"], menu["nodes"], menu["hung_up_node"]) if menu else None
    way = _way(picture, call) if picture else None
    document = json.dumps(menu, ensure_ascii=False) if menu else None
    stops = [{"node": step["node"], "note": _note(step["at_ms"], step["shown"])} for step in steps]
    return page.render(
        "call_record.html",
        call=call,
        steps=steps,
        menu=menu,
        picture=picture,
        way=way,
        document=document,
        stops=stops,
    )


def _note(at_ms: int, step: ShownStep) -> str:
    """The note on a node of the drawing: when the call reached it, what came of it and after how long."""
    after = "" if step.ms is None else f" after {seconds(step.ms)}"
    return f"at {seconds(at_ms)}: {step.note}{after}"


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


def _said(prompt: str) -> str:
    """The words of a prompt's files that are Digitree's own."""
    return " ".join(text for file in prompt.split(BESIDE) if (text := find_text(file) or find_sentence(file)))


def _menu_of(page: Page, call: dict[str, Any]) -> dict[str, Any] | None:
    """The version that the caller heard; None if it is no longer kept."""
    if not call["ivr_id"] or not page.can("read"):
        return None
    stored = page.service(MenuStore).find_version(call["ivr_id"], call["ivr_version"])
    if stored is None:
        return None
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
