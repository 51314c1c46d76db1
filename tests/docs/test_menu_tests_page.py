"""docs/menu-tests.md: its test is one, and every field of a test is named."""

from __future__ import annotations

import json
import re
from pathlib import Path

from admin.menu_tests.given_schema import GivenAgentBody, GivenAnswerBody, GivenWorld
from admin.menu_tests.schema import ExpectedResult, WrittenTest
from ivr.domain.menu.given import FAILURES
from ivr.domain.menu_tests import MAX_TESTS
from ivr.domain.tickets import AGENT_BEHAVIOURS
from tests.docs.field_tables import bounds, rows

PAGE = (Path(__file__).parents[2] / "docs" / "menu-tests.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def test_the_test_of_the_page_is_one() -> None:
    (example,) = EXAMPLES
    written = WrittenTest.model_validate(json.loads(example))
    assert all(value not in (None, {}, []) for name, value in written.given if name != "random")


def test_the_page_names_every_field() -> None:
    models = (GivenWorld, GivenAnswerBody, GivenAgentBody, ExpectedResult)
    fields = {name for model in models for name in model.model_fields} | {*FAILURES}
    assert [name for name in sorted(fields) if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE] == []


def test_the_fields_of_a_test_are_there_with_their_ranges() -> None:
    table = rows(PAGE)
    schema = WrittenTest.model_json_schema()
    assert set(table) == set(schema["properties"])
    for name in ("name", "script"):
        assert [each for each in bounds(schema["properties"][name]) if each not in table[name][1]] == []
    assert [word for word in AGENT_BEHAVIOURS if f"`{word}`" not in table["agent"][1]] == []
    assert f"A menu has {MAX_TESTS} tests at most." in PAGE
