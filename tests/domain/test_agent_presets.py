"""Presets of agents: each is an agent as soon as its address is filled in, and not before."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from admin.agents.schema import CreateAgent
from ivr.domain.agent_presets import AgentPreset
from ivr.domain.agent_vendors import AGENT_PRESETS
from ivr.domain.sip_options import find_peer
from ivr.domain.tls_verdicts import wanted_name

presets = pytest.mark.parametrize("preset", AGENT_PRESETS.values(), ids=AGENT_PRESETS)


def filled_in(uri: str) -> str:
    return re.sub(r"<[a-z ]+>", "filled-in", uri)


@presets
def test_a_preset_is_an_agent_once_its_address_is_filled_in(preset: AgentPreset) -> None:
    (target,) = preset.agent()["targets"]
    made = CreateAgent(name="a", **{**preset.agent(), "targets": [{"uri": filled_in(target["uri"])}]})
    assert made.model_fields_set == {"name", "targets", *preset.settings}


@presets
def test_an_address_in_which_something_is_missing_is_refused(preset: AgentPreset) -> None:
    with pytest.raises(ValidationError, match="targets"):
        CreateAgent(name="a", **preset.agent())


@presets
def test_sound_is_encrypted_only_where_the_keys_are(preset: AgentPreset) -> None:
    peer = find_peer(filled_in(preset.uri))
    assert peer is not None
    assert peer.transport == "tls" or not {"srtp", "tls_verify"} & preset.settings.keys()
    if preset.settings.get("tls_verify") == "wildcard":
        assert wanted_name(peer.host, "wildcard").startswith("*.")


@presets
def test_what_is_said_of_a_vendor_has_a_source(preset: AgentPreset) -> None:
    assert preset.steps
    assert bool(preset.sources) == (preset.id != "generic")
    assert all(each.startswith("https://") for each in preset.sources)
    assert AGENT_PRESETS[preset.to_json()["id"]] is preset
