"""The prompts of a menu: written, spoken, recorded, played. The script prompts.js does so over the API."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from typing import Any

from flask import Response

from admin.http.page import Page, Pages
from admin.menus.editor_page import choices
from admin.prompts.service import USD_PER_SECOND
from ivr.domain.menu.kinds import find_kind, targets_of
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
        page.note("speak", body={"node": node, "text": "..."}, ivr_id=menu["id"])
        page.note("upload_audio", ivr_id=menu["id"], file=rows[0]["wish"])
    return page.render(
        "prompts.html", menu=menu, voices=voices, rows=rows, usd_per_second=USD_PER_SECOND, accept=_ACCEPT
    )


def free_name(node_id: str, taken: Container[str]) -> str:
    """An audio name for this node that the menu does not use yet."""
    names = (f"{node_id}.wav", *(f"{node_id[:58]}-{count}.wav" for count in range(2, 10_000)))
    return next(name for name in names if name not in taken)


def _rows(menu: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row per node: every node can play a prompt."""
    prompts = {each["audio"]: each for each in menu["prompts"]}
    for node_id, node in menu["nodes"].items():
        kind = find_kind(node)
        prompt = prompts.get(node.get("audio"), {})
        spoken = prompt.get("text") or ""
        warnings = [each for each in menu["warnings"] if each["node"] == node_id and each["code"] in _OF_PROMPTS]
        yield {
            "node": node_id,
            "kind": kind.label.lower() if kind else "unknown kind",
            # Without a prompt callers would hear nothing here.
            "needed": kind is not None and kind.without_audio is not None,
            "keys": [way.path[-1] for way in targets_of(node) if len(way.path) > 1],
            "audio": node.get("audio"),
            # The name for a recording of a node without audio.
            "wish": node.get("audio") or free_name(node_id, prompts),
            # As text: JavaScript would reorder the keys. The page adds the text that is typed.
            "json": json.dumps({name: value for name, value in node.items() if name != "text"}),
            "own_text": node.get("text", ""),
            "text": node.get("text", spoken),
            "voice": node.get("voice") or prompt.get("voice") or "",
            "prompt": prompt if prompt.get("state") == "ready" else None,
            "stale": any(each["code"] == "stale_prompt" for each in warnings),
            "warnings": warnings,
        }
