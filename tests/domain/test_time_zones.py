"""Which names are those of time zones."""

from __future__ import annotations

import pytest

from ivr.domain.time_zones import find_zone, zone_names


@pytest.mark.parametrize("name", ["America/New_York", "UTC", "Europe/Berlin"])
def test_a_zone_is_found_by_its_name(name: str) -> None:
    zone = find_zone(name)
    assert zone is not None
    assert zone.key == name


@pytest.mark.parametrize("name", ["Factory", "localtime", "Mars/Base", "", "../etc/passwd"])
def test_what_is_the_zone_of_no_place_is_none(name: str) -> None:
    assert find_zone(name) is None
    assert name not in zone_names()
