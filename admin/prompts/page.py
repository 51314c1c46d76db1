"""The prompts of a menu: written, spoken, recorded, played. The script prompts.js does so over the API."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from typing import Any

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.menus.choices import choices
from admin.menus.places import place_words
from admin.prompts.service import USD_PER_SECOND
from ivr.domain.menu.kinds import find_kind, targets_of
from ivr.domain.menu.question_fields import DigitTargetsField
from ivr.domain.menu.slots import TEXTS, Slot, slots_of, with_names, with_words
from ivr.domain.problems import pointer
from tts.client.recording_formats import FILE_NAME_ENDINGS

pages = Pages()

# The file types that the browser offers; some phones store sound recordings as video.
_ACCEPT = ",".join(("audio/*", "video/mp4", "video/webm", *(f".{ending}" for ending in FILE_NAME_ENDINGS)))
_OF_PROMPTS = frozenset({"stale_prompt", "key_not_offered", "audio_not_ready", "no_audio"})


@pages("GET", "/menus/<ivr_id>/prompts", scope="read")
def show_prompts(page: Page) -> Response:
    menu = page.api("get_ivr", ivr_id=page.path["ivr_id"])
    voices = choices(page, "list_voices")
    rows = list(_rows(menu))
    if page.can("write") and rows:
        node = rows[0]["node"]
        at = {} if rows[0]["at"] == "audio" else {"at": rows[0]["at"]}
        page.note("speak", body={"node": node, "text": "...", **at}, ivr_id=menu["id"])
        page.note("upload_audio", ivr_id=menu["id"], file=rows[0]["wish"])
    return page.render(
        "prompts.html", menu=menu, voices=voices, rows=rows, usd_per_second=USD_PER_SECOND, accept=_ACCEPT
    )


def free_name(node_id: str, taken: Container[str]) -> str:
    """An audio name for this node that the menu does not use yet."""
    names = (f"{node_id}.wav", *(f"{node_id[:58]}-{count}.wav" for count in range(2, 10_000)))
    return next(name for name in names if name not in taken)


def _rows(menu: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each prompt of a node: every node can play one."""
    prompts = {each["audio"]: each for each in menu["prompts"]}
    for node_id, node in menu["nodes"].items():
        for number, slot in enumerate(slots_of(node)):
            yield _row(menu, node_id, slot, prompts, is_first=number == 0)


def _row(
    menu: dict[str, Any], node_id: str, slot: Slot, prompts: Mapping[str, dict[str, Any]], *, is_first: bool
) -> dict[str, Any]:
    node = menu["nodes"][node_id]
    kind = find_kind(node)
    prompt = prompts.get(slot.audio or "", {})
    named = with_names(node, node_id, prompts)
    wish = next(each.audio for each in slots_of(named) if each.path == slot.path) if slot.at != "audio" else None
    spoken = prompt.get("text") or ""
    # The audio and the text beside it.
    pointers = [pointer("nodes", node_id, field, *slot.path[1:]) for field in (slot.path[0], TEXTS[slot.path[0]])]
    warnings = [each for each in menu["warnings"] if each["code"] in _OF_PROMPTS and each["pointer"] in pointers]
    return {
        "id": node_id if is_first else f"{node_id}-{'-'.join(slot.path)}",
        "node": node_id,
        "at": slot.at,
        "place": place_words(slot),
        "kind": t(kind.label).lower() if kind else t("unknown kind"),
        # Without a prompt callers would hear nothing here.
        "needed": slot.at == "audio" and kind is not None and kind.without_audio is not None,
        "keys": [way.path[-1] for way in targets_of(node) if isinstance(way.field, DigitTargetsField)],
        "audio": slot.audio,
        # The name for a recording of a node without audio.
        "wish": slot.audio or wish or free_name(node_id, prompts),
        # As text: JavaScript would reorder the keys. The page adds the text that is typed.
        "json": json.dumps({name: value for name, value in node.items() if name != "text"}),
        "around": None if slot.at == "audio" else json.dumps(_around(named, slot)),
        "own_text": slot.text or "",
        "text": slot.text if slot.text is not None else spoken,
        "voice": slot.voice or prompt.get("voice") or "",
        "prompt": prompt if prompt.get("state") == "ready" else None,
        "stale": any(each["code"] == "stale_prompt" for each in warnings),
        "warnings": warnings,
    }


def _around(node: Mapping[str, Any], slot: Slot) -> list[str]:
    """The node's JSON before and behind the words of one of its prompts; empty where it has none of its own."""
    if slot.text is None:
        return []
    mark = "\x01"  # no text has a control character
    return json.dumps(with_words(node, slot.path, mark)).split(json.dumps(mark))
