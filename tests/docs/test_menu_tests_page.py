"""docs/menu-tests.md: its test is one, and every field of a test is named."""

from __future__ import annotations

import json
import re
from pathlib import Path

from admin.menu_tests.given_schema import GivenAgentModel, GivenAnswerModel, GivenWorld
from admin.menu_tests.schema import ExpectedResult, WrittenTest
from ivr.domain.menu.given import FAILURES

PAGE = (Path(__file__).parents[2] / "docs" / "menu-tests.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def test_the_test_of_the_page_is_one() -> None:
    (example,) = EXAMPLES
    written = WrittenTest.model_validate(json.loads(example))
    assert all(value not in (None, {}, []) for name, value in written.given if name != "random")


def test_the_page_names_every_field() -> None:
    models = (GivenWorld, GivenAnswerModel, GivenAgentModel, ExpectedResult)
    fields = {name for model in models for name in model.model_fields} | {*FAILURES}
    assert [name for name in sorted(fields) if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE] == []
