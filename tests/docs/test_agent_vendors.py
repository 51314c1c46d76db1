"""The pages about agents have every preset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ivr.domain.agent_presets import AgentPreset
from ivr.domain.agent_vendors import AGENT_PRESETS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "agents.md").read_text()
BY_VENDOR = (DOCS / "agents-by-vendor.md").read_text()


VENDORS = [each for each in AGENT_PRESETS.values() if each.sources]


@pytest.mark.parametrize("preset", VENDORS, ids=lambda each: each.id)
def test_a_vendor_has_a_line_with_its_address_and_fields(preset: AgentPreset) -> None:
    (line,) = [each for each in PAGE.splitlines() if each.startswith("|") and f"`{preset.uri}`" in each]
    assert all(f"`{field}`" in line for field in preset.settings)


@pytest.mark.parametrize("preset", VENDORS, ids=lambda each: each.id)
def test_the_page_by_vendor_says_what_the_preset_says(preset: AgentPreset) -> None:
    section = BY_VENDOR.partition(f"\n## {preset.title}\n")[2].partition("\n## ")[0]
    said = (f"`{preset.id}`", f"`{preset.uri}`", preset.reads, preset.answers, preset.checked.isoformat())
    fields = [f"`{name}`: `{json.dumps(value)}`" for name, value in preset.settings.items()]
    wanted = (*said, *fields, *preset.codecs, *preset.steps, *preset.sources)
    assert [each for each in wanted if each not in section] == []
