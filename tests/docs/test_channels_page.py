"""docs/channels.md: its tables have the fields of a channel, every preset with its settings, and every state and
failure of a message."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from admin.channels.schema import CreateChannel
from ivr.domain.channels.definition import MAX_CHANNELS
from ivr.domain.channels.message import ChannelFailure, MessageState
from ivr.domain.channels.presets import PRESETS
from tests.docs.field_tables import bounds, default_of, rows

PAGE = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")


def test_the_fields_of_a_channel_are_there_with_their_ranges_and_defaults() -> None:
    schema = CreateChannel.model_json_schema()
    table = {name: cells for name, cells in rows(PAGE).items() if name in schema["properties"]}
    assert set(table) == set(schema["properties"])
    for name, field in schema["properties"].items():
        takes, absent = table[name][1:3]
        assert [each for each in (*bounds(field), *field.get("enum", ())) if each not in takes] == [], name
        assert (absent == "required") == (name in schema["required"]), name
        default = default_of(field)
        assert default in (None, "`{}`") or default == absent, name


def test_every_preset_is_there_with_each_of_its_settings() -> None:
    described = dict(re.findall(r"^\| `([a-z_]+)` \| (?:mail|text messages|words to a chat) \| (.*) \|$", PAGE, re.M))
    assert list(described) == list(PRESETS)
    for preset in PRESETS.values():
        assert [each.name for each in preset.fields if f"`{each.name}`" not in described[preset.id]] == [], preset.id


def test_every_state_and_every_failure_is_there() -> None:
    for word in (*get_args(MessageState), *get_args(ChannelFailure)):
        assert re.search(rf"^\| `{word}` \| \w", PAGE, re.M), word
    assert f"There are {MAX_CHANNELS} channels at most." in PAGE
