"""The talk in which an assistant builds the menu of docs/assistants.md: said by a person, done by tools. What it
records is the page's part, with the names in place of those that change from run to run."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

from assistants.marking import OTHERS
from tests.admin.pages import PAGE_DID, PAGE_TREE, WELCOME_TEXT
from tests.assistants.clients import Assistant, ToolRefused

TEXTS = {
    "welcome": WELCOME_TEXT,
    "has_license": "Great. Press 1 if you serve the Phoenix metro area, or press 2 if you do not.",
    "service_area": "Press 1 if you can take jobs this week, or press 2 if you cannot.",
    "unqualified": "We only work with licensed plumbers. Goodbye.",
    "out_of_area": "We will call you when we come to your area. Goodbye.",
}
_NAMES = (
    (re.compile(r"ivr_[a-z0-9]{12}"), "ivr_abc123"),
    (re.compile(r"call_[0-9a-z]{20,}"), "call_01"),
    (re.compile(r"test_[0-9a-f]{16}"), "test_01"),
    (re.compile(r"confirm\.[0-9a-f.]+"), "confirm.1796022929.61c6…"),
    (re.compile(r"\+1480555\d{4}"), "+14805551234"),
)


def spoken_menu() -> dict[str, Any]:
    """The menu of the page with the words of each prompt."""
    nodes = PAGE_TREE["nodes"].items()
    said = {name: {**node, "text": TEXTS[name]} if name in TEXTS else node for name, node in nodes}
    return {**PAGE_TREE, "nodes": said}


class Transcript:
    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.lines: list[str] = []
        self.called: set[str] = set()
        self._nodes: dict[str, Any] = {}

    def says(self, words: str) -> None:
        """What the person tells the assistant."""
        wrapped = textwrap.wrap(words, 114, break_on_hyphens=False)
        self.lines += [*(f"> {line}" for line in wrapped), ""]

    async def call(self, tool: str, /, *shown: str, **arguments: Any) -> Any:
        """Call a tool; `shown` are the fields of the answer that the page shows, as paths with dots; none: the call
        is not shown."""
        answer = await self.assistant(tool, **arguments)
        self.called.add(tool)
        if shown:
            kept: dict[str, Any] = {}
            for path in shown:
                _put(kept, answer, path.split("."))
            self.lines += [f"`{tool}`", "", *_block(self._short(arguments)), *_block(kept)]
        return answer

    async def refused(self, tool: str, /, **arguments: Any) -> None:
        """A call that is refused, with the sentences that say why."""
        try:
            await self.assistant(tool, **arguments)
        except ToolRefused as error:
            shown = _block(self._short(arguments))
            self.lines += [f"`{tool}`", "", *shown, "```text", *_lines(str(error)), "```", ""]
        else:
            raise AssertionError(f"{tool} did it")

    def _short(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """With dots in place of the nodes that were shown before."""
        if "menu" not in arguments:
            return arguments
        menu, shown = arguments["menu"], self._nodes
        self._nodes = menu["nodes"]
        nodes = {name: "\u2026" if shown.get(name) == node else node for name, node in menu["nodes"].items()}
        return {**arguments, "menu": {**menu, "nodes": nodes}}

    def text(self) -> str:
        text = "\n".join(self.lines)
        for pattern, name in _NAMES:
            text = pattern.sub(name, text)
        return text.strip()


def _put(kept: dict[str, Any], answer: Any, path: list[str]) -> None:
    name, *rest = path
    if not rest:
        kept[name] = answer[name]
    elif isinstance(answer[name], list):
        rows = kept.setdefault(name, [{} for _ in answer[name]])
        for row, each in zip(rows, answer[name], strict=True):
            if rest[0] in each:
                _put(row, each, rest)
    else:
        _put(kept.setdefault(name, {}), answer[name], rest)


def _block(value: Any) -> list[str]:
    return ["```json", _written(value), "```", ""]


def _lines(text: str) -> list[str]:
    return [part for line in text.splitlines() for part in textwrap.wrap(line, 116, break_on_hyphens=False)]


def _written(value: Any, indent: str = "") -> str:
    """JSON with short things on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) <= 110 or not value or not isinstance(value, dict | list):
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        inner = [f"{deeper}{json.dumps(name)}: {_written(each, deeper)}" for name, each in value.items()]
        return "{\n" + ",\n".join(inner) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _written(each, deeper) for each in value) + f"\n{indent}]"


async def build(talk: Transcript) -> str:
    """From the wish to a live number; the menu's id."""
    talk.says(
        "Build the plumber qualifier: ask whether the caller is a licensed plumber, then whether they serve the "
        "Phoenix metro area, then whether they can take jobs this week. Whoever answers yes three times gets the "
        "agent. 9 takes them off our list."
    )
    await talk.call("menu_help", section="Question")
    made = await talk.call("create_menu", "ivr_id", "status", "version", "dids", menu=PAGE_TREE)
    ivr_id = str(made["ivr_id"])
    wrong = spoken_menu()
    wrong["nodes"]["welcome"] = {**wrong["nodes"]["welcome"], "gather": {"one": "has_license", "9": "dnc"}}
    await talk.refused("save_draft", ivr_id=ivr_id, menu=wrong)
    await talk.call("save_draft", "ivr_id", "revision", ivr_id=ivr_id, menu=spoken_menu())
    await talk.call("check_menu", "warnings.node", "warnings.code", ivr_id=ivr_id)
    talk.says("Speak it, and try what a plumber hears who is licensed and serves Phoenix, but has no time.")
    await talk.call("speak_draft", "state", "total", "spoken", "failed", ivr_id=ivr_id)
    await talk.call("call_menu", "outcome", "steps.node", "steps.key", "steps.result", "steps.heard", "effects",
                    ivr_id=ivr_id, script="1,1,2")  # fmt: skip
    await talk.call("add_menu_test", "id", ivr_id=ivr_id, name="9 opts out", script="9", expected={"opted_out": True})
    await talk.call("run_menu_tests", "passed", "failed", ivr_id=ivr_id, draft=True)
    talk.says("Good. Publish it.")
    shown = await talk.call("publish_draft", "done", "would.publish.revision", "would.publish.summary",
                            "would.publish.dids", "would.publish.warnings", "would.publish.unspoken", "confirmation",
                            ivr_id=ivr_id, require_tests=True)  # fmt: skip
    talk.says("Yes, do it.")
    await talk.call("publish_draft", "done", "menu_now.version", "menu_now.dids", ivr_id=ivr_id, require_tests=True,
                    confirmation=shown["confirmation"])  # fmt: skip
    talk.says(f"And lead {PAGE_DID} to it.")
    shown = await talk.call("assign_number", "done", "would.assign.did", "would.assign.name",
                            "would.assign.leads_now_to", "would.assign.unspoken", "confirmation", ivr_id=ivr_id,
                            did=PAGE_DID)  # fmt: skip
    talk.says("Yes.")
    await talk.call("assign_number", "done", "menu_now.status", "menu_now.dids", ivr_id=ivr_id, did=PAGE_DID,
                    confirmation=shown["confirmation"])  # fmt: skip
    return ivr_id


async def read_call(talk: Transcript, ivr_id: str, number: str) -> None:
    """What the assistant tells of a call that has been."""
    talk.says("I called it, as a plumber with a licence and time. What came of it?")
    calls = await talk.call("list_calls", "items.id", "items.did", "items.ani", "items.outcome", ivr_id=ivr_id,
                            ani=number, test=False)  # fmt: skip
    await talk.call("get_call", "outcome", "did", "ani", "path.node", "path.result", "path.key", "agent.result",
                    call_id=calls["items"][0]["id"])  # fmt: skip
    await talk.call("get_funnel", "calls", "nodes.node", "nodes.entered", ivr_id=ivr_id)


async def use_the_rest(talk: Transcript, ivr_id: str) -> None:
    """Every tool that the talk has not needed."""
    await talk.call("list_menus", search="Plumber")
    menu = (await talk.call("get_menu", ivr_id=ivr_id))["menu"][OTHERS]
    draft = await talk.call("save_draft", ivr_id=ivr_id, menu={**menu, "name": "Plumbers"})
    await talk.call("get_draft", ivr_id=ivr_id)
    await talk.call("check_menu", ivr_id=ivr_id, menu=menu)
    await talk.call("diff_draft", ivr_id=ivr_id)
    spoken = await talk.call("speak_prompt", ivr_id=ivr_id, node="unqualified", text="Goodbye.")
    await talk.call("hear_prompt", ivr_id=ivr_id, audio="not_qualified.wav")
    assert talk.assistant.sounds
    await talk.call("discard_draft", ivr_id=ivr_id, revision=spoken["revision"])
    assert spoken["revision"] > draft["revision"]
    for tool in ("list_versions", "list_menu_tests"):
        await talk.call(tool, ivr_id=ivr_id)
    for tool in ("list_numbers", "list_voices", "list_live_calls"):
        await talk.call(tool)
    await talk.call("check_opt_out", number=PAGE_DID)
    shown = await talk.call("unassign_number", ivr_id=ivr_id, did=PAGE_DID)
    await talk.call("unassign_number", ivr_id=ivr_id, did=PAGE_DID, confirmation=shown["confirmation"])
