"""What a person still has to do about a menu that was brought in, in the words of the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from admin.http.language import t
from admin.http.page import Page
from admin.http.problems import ApiError
from admin.imports.service import source_name

_SHOWN = ("part", "kind", "fate", "why")


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that the menu needs beside itself, and the page on which it is made."""

    label: str
    name: str
    about: str
    address: str
    action: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """`sounds` as GET import has them, each with the `message` of its last fetching. `fetchable`: how many can be
    fetched; `left`: how many things are not done; `by_node`: the lines of nodes that are not what they were, whose
    number is `different`; `nowhere`: lines of parts without a node."""

    system: str
    texts_due: int
    sounds: list[dict[str, Any]]
    fetchable: int
    things: list[Thing]
    left: int
    by_node: dict[str, list[dict[str, str]]]
    nowhere: list[dict[str, str]]

    @property
    def different(self) -> int:
        return len(self.by_node)


def find_brought(page: Page, menu: dict[str, Any]) -> BroughtIn | None:
    """None for a menu that was made here, or whose report was put away."""
    try:
        found = page.api("get_import", ivr_id=menu["id"], quiet=True)
    except ApiError as error:
        if error.status != 404:
            raise
        return None
    messages = _messages(page, menu["id"])
    sounds = [{**each, "message": messages.get(each["audio"])} for each in found["sounds"]]
    things = list(_things(found))
    by_node: dict[str, list[dict[str, str]]] = {}
    nowhere = []
    for line in found["report"]:
        if line["fate"] == "carried" and not line["why"]:
            continue
        if line["node"] in menu["nodes"]:
            by_node.setdefault(line["node"], []).append({name: line[name] for name in _SHOWN})
        elif line["fate"] == "not_carried":
            nowhere.append(line)
    open_things = [each for each in things if not each.is_here]
    open_sounds = [each for each in sounds if not each["is_here"]]
    return BroughtIn(
        source_name(found["source"]),
        found["texts_due"],
        sounds,
        sum(each["fetchable"] for each in open_sounds),
        things,
        len(open_things) + len(open_sounds) + (found["texts_due"] > 0) + (not menu["dids"]),
        by_node,
        nowhere[:20],
    )


def _messages(page: Page, ivr_id: str) -> dict[str, str]:
    """Why recordings could not be fetched, by their names."""
    try:
        job = page.api("get_fetched_sounds", ivr_id=ivr_id, quiet=True)
    except ApiError:
        return {}
    return {each["audio"]: each["message"] for each in job["sounds"] if each["message"]}


def _things(found: dict[str, Any]) -> Iterator[Thing]:
    urls = {each["name"]: f"{each['method']} {each['url']}" for each in found["services"]}
    kinds = (
        ("services", t("Service"), "/ui/services/new", t("Make it")),
        ("agents", t("Agent"), "/ui/agents/new", t("Make it")),
        ("groups", t("People in the group"), "/ui/people", t("Name them")),
        ("hours", t("Opening hours"), "/ui/hours/new", t("Make them")),
        ("channels", t("Channel"), "/ui/channels/new", t("Make it")),
        ("lists", t("List"), "/ui/lists", t("Make it")),
        ("voices", t("Voice"), "/ui/voices", t("Add it")),
    )
    for kind, label, address, action in kinds:
        missing = set(found["missing"][kind])
        for name in found["needs"][kind]:
            about = urls.get(name, "") if kind == "services" else ""
            yield Thing(label, name, about, address, action, name not in missing)
