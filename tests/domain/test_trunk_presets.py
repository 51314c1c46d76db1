"""Presets of trunks: each is a trunk as soon as what it asks for is filled in."""

from __future__ import annotations

import pytest

from ivr.domain.trunks.carriers import PRESETS
from ivr.domain.trunks.document import find_faults
from ivr.domain.trunks.model import EXPIRY_S, Trunk
from ivr.domain.trunks.presets import Preset

TYPED = {
    "registrar": "sip.example.com",
    "username": "100000",
    "hosts": ["pbx.example"],
    "allowed": ["198.51.100.0/24"],
    "password": "typed",
}


def document(preset: Preset, *, without: str = "") -> dict[str, object]:
    typed = {"sealed" if each == "password" else each: TYPED[each] for each in preset.asks if each != without}
    expiry = {"expiry_s": EXPIRY_S} if preset.settings["kind"] == "registration" else {}
    return {**Trunk("t").to_json(), **expiry, **preset.trunk(), **typed}


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_and_what_it_asks_for_are_a_trunk(preset: Preset) -> None:
    assert list(find_faults(document(preset))) == []


@pytest.mark.parametrize(
    ("preset", "field"), [(preset, field) for preset in PRESETS.values() for field in preset.asks],
    ids=lambda each: each if isinstance(each, str) else each.id,
)  # fmt: skip
def test_a_preset_asks_for_nothing_that_a_trunk_does_without(preset: Preset, field: str) -> None:
    assert list(find_faults(document(preset, without=field)))


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_networks_of_a_preset_have_a_source(preset: Preset) -> None:
    assert not preset.networks or preset.sources
    assert all(each.startswith("https://") for each in preset.sources)
    assert preset.steps


def test_a_preset_is_found_by_its_id() -> None:
    assert [each.id for each in PRESETS.values()] == list(PRESETS)
    assert PRESETS["twilio"].to_json()["trunk"]["preset"] == "twilio"
