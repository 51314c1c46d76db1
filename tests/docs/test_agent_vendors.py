"""The page about agents has every preset."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.domain.agent_presets import AgentPreset
from ivr.domain.agent_vendors import AGENT_PRESETS

PAGE = (Path(__file__).parents[2] / "docs" / "agents.md").read_text()


VENDORS = [each for each in AGENT_PRESETS.values() if each.sources]


@pytest.mark.parametrize("preset", VENDORS, ids=lambda each: each.id)
def test_a_vendor_has_a_line_with_its_address_and_fields(preset: AgentPreset) -> None:
    (line,) = [each for each in PAGE.splitlines() if each.startswith("|") and f"`{preset.uri}`" in each]
    assert all(f"`{field}`" in line for field in preset.settings)
