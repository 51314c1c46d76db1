"""The requests of the seed page through digitree-client.

`python seed_page.py URL API_KEY` prints the menu's id as the last line. Its types are checked by mypy before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import assert_type

from digitree_client import Digitree, DigitreeError
from digitree_client.models import (
    ActionNode,
    AskLanguageNode,
    Assign,
    CallbackNode,
    EachNode,
    GatherNode,
    GatherNodeGather,
    Menu,
    MessageNode,
    PatchMenu,
    PatchMenuNodes,
    RecordNode,
    RejectNode,
    RequestNode,
    SendDigitsNode,
    SendNode,
    Speak,
    SwitchNode,
    TransferNode,
    WrittenMenu,
    WrittenMenuNodes,
)

Node = (
    ActionNode | AskLanguageNode | CallbackNode | EachNode | GatherNode | MessageNode | RecordNode | RejectNode
    | RequestNode | SendDigitsNode | SendNode | SwitchNode | TransferNode
)

TEXTS = {
    "welcome": "Thanks for calling. Press 1 if you are a licensed plumber, or press 9 to be removed from our list.",
    "has_license": "Great. Press 1 if you serve the Phoenix metro area, or press 2 if you do not.",
}
PLUMBERS = WrittenMenu(
    name="Plumber Qualifier",
    nodes=WrittenMenuNodes({
        "welcome": GatherNode(
            audio="welcome.wav", gather=GatherNodeGather({"1": "has_license", "9": "dnc"}), timeout_node="welcome"
        ),
        "has_license": GatherNode(
            audio="license_check.wav", gather=GatherNodeGather({"1": "service_area", "2": "unqualified"})
        ),
        "service_area": GatherNode(
            audio="area_check.wav", gather=GatherNodeGather({"1": "transfer_ai", "2": "out_of_area"})
        ),
        "transfer_ai": TransferNode(action="transfer"),
        "unqualified": ActionNode(action="hangup", audio="not_qualified.wav"),
        "out_of_area": ActionNode(action="hangup", audio="wrong_area.wav"),
        "dnc": ActionNode(action="suppress"),
    }),
)
CHANGE = PatchMenu(
    nodes=PatchMenuNodes({
        "welcome": GatherNode(
            audio="welcome.wav",
            gather=GatherNodeGather({"1": "has_license", "2": "hours", "9": "dnc"}),
            timeout_node="welcome",
        )
    })
)


def main() -> None:
    with Digitree(sys.argv[1], sys.argv[2]) as digitree:
        made = digitree.menus.create_menu(PLUMBERS)
        assert_type(made, Menu)
        assert (made.status, made.dids) == ("draft", [])
        for node, text in TEXTS.items():
            spoken = digitree.audio.speak(made.id, Speak(node=node, text=text, voice="rachel"))
            assert abs(spoken.cost_usd - 0.01 * spoken.duration_seconds) < 0.0001
        sound = digitree.audio.listen(made.id, "welcome.wav")
        assert sound.startswith(b"RIFF")
        assert digitree.audio.upload_audio(made.id, "wrong_area.wav", sound).warnings == []
        live = digitree.menus.assign_did(made.id, Assign(did="+14155559876"))
        assert (live.status, live.did) == ("live", "+14155559876")
        change(digitree, made.id, live.version)
        print(made.id)


def refusal_of(ask: Callable[[], object]) -> tuple[int, str]:
    try:
        ask()
    except DigitreeError as error:
        return error.status, error.code
    raise AssertionError("it is taken")


def change(digitree: Digitree, ivr_id: str, version: int) -> None:
    assert refusal_of(lambda: digitree.menus.patch_menu(ivr_id, CHANGE, if_match='"1"')) == (412, "version_replaced")
    changed = digitree.menus.patch_menu(ivr_id, CHANGE, if_match=f'"{version}"')
    assert len(changed.nodes.additional_properties) == 7
    assert any("hours" in each.message for each in changed.warnings)
    welcome = digitree.menus.get_menu(ivr_id).nodes["welcome"]
    assert_type(welcome, Node)
    assert isinstance(welcome, GatherNode)
    assert_type(welcome.gather["2"], str)
    assert welcome.gather["2"] == "hours"


if __name__ == "__main__":
    main()
