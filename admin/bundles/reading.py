"""What the texts of a bundle say, checked as the same content is in requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from admin.bundles.schema import BundleTexts, PromptInBundle
from admin.http.json_body import parse_json
from admin.http.problems import ApiError
from admin.http.routing import parse_model
from admin.menu_tests import schema
from admin.menu_tests.service import SentTest
from ivr.domain.bundles.parts import MENU, PROMPTS, TESTS, InvalidBundle
from ivr.domain.bundles.unpacking import OpenBundle
from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.document import parse_menu, require_plain_name
from ivr.domain.menu_tests import parse_expected
from ivr.domain.problems import Problem, pointer


@dataclass(frozen=True)
class ReadBundle:
    """`document` is a menu as parse_menu takes it; `prompts` by their audio names."""

    document: Mapping[str, Any]
    prompts: Mapping[str, PromptInBundle]
    tests: tuple[SentTest, ...]


def read_bundle(bundle: OpenBundle, region: str) -> ReadBundle:
    """Raises InvalidBundle. `region`: the country of telephone numbers without one."""
    document, prompts, tests = (_json(bundle, part) for part in (MENU, PROMPTS, TESTS))
    try:
        menu = parse_menu(document)
        require_plain_name(menu)
    except InvalidMenu as error:
        raise InvalidBundle(*(replace(each, pointer=f"/menu{each.pointer}") for each in error.problems)) from None
    try:
        texts = parse_model(BundleTexts, {"prompts": prompts, "tests": tests})
        written = tuple(_written(number, test, region) for number, test in enumerate(texts.tests))
    except ApiError as error:
        raise InvalidBundle(*error.faults) from None
    problems = [*_differences(bundle, texts.prompts), *_same_names(written)]
    if problems:
        raise InvalidBundle(*problems)
    return ReadBundle(menu.to_json(), texts.prompts, written)


def _written(number: int, test: schema.WrittenTest, region: str) -> SentTest:
    try:
        given = test.given.given(region)
    except ApiError as error:
        raise InvalidBundle(
            *(replace(each, pointer=f"/tests/{number}{each.pointer}") for each in error.faults)
        ) from None
    expected = parse_expected(test.expected.model_dump(exclude_none=True))
    return SentTest(test.name, test.script, expected, test.agent, given)


def _json(bundle: OpenBundle, part: str) -> Any:
    try:
        return parse_json(bundle.texts[part])
    except ApiError as error:
        raise InvalidBundle(Problem(pointer(part), error.code, f"{part}: {error.detail}")) from None


def _differences(bundle: OpenBundle, prompts: Mapping[str, PromptInBundle]) -> Iterator[Problem]:
    """Sounds that no prompt has, and prompts without a sound."""
    for audio, prompt in prompts.items():
        if prompt.sound not in bundle.lengths_ms:
            yield Problem(pointer("prompts", audio, "sound"), "sound_missing", f"the sound of {audio} is missing")
    for sound in sorted({*bundle.lengths_ms} - {prompt.sound for prompt in prompts.values()}):
        yield Problem(pointer("prompts", f"{sound}.wav"), "sound_not_used", f"no prompt has the sound {sound}")


def _same_names(tests: tuple[SentTest, ...]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, test in enumerate(tests):
        if test.name in seen:
            yield Problem(pointer("tests", place, "name"), "test_taken", f"two tests are called {test.name}")
        seen.add(test.name)
