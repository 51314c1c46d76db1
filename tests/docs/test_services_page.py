"""docs/services.md: its table has the fields of a service, with their ranges and defaults."""

from __future__ import annotations

from pathlib import Path

from admin.services.schema import CreateService
from ivr.domain.service_definition import MAX_SERVICES
from tests.docs.field_tables import bounds, default_of, rows

PAGE = (Path(__file__).parents[2] / "docs" / "services.md").read_text(encoding="utf-8")


def test_the_fields_of_a_service_are_there_with_their_ranges_and_defaults() -> None:
    schema = CreateService.model_json_schema()
    table = rows(PAGE)
    assert set(table) == set(schema["properties"])
    for name, field in schema["properties"].items():
        takes, absent = table[name][1:3]
        assert [each for each in (*bounds(field), *field.get("enum", ())) if each not in takes] == [], name
        assert (absent == "required") == (name in schema["required"]), name
        default = default_of(field)
        assert default in (None, "`{}`") or default == absent, name


def test_the_number_of_services_is_told() -> None:
    assert f"There are {MAX_SERVICES} services at most." in PAGE
