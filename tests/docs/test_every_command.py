"""Every block of code in the pages is run by a test, or a table says why it is not; all can be parsed at the least.

The run itself is `test_every_command_runs.py`, among the heavy suites.
"""

from __future__ import annotations

import ast
import json
import re

import pytest

from admin.menu_tests.schema import WrittenTest
from ivr.domain.menu.document import parse_menu
from tests.docs.code_blocks import PAGES, ROOT, CodeBlock, all_blocks, blocks_of
from tests.docs.not_run import JSON_TESTED_BY, NOT_RUN, find_reason
from tests.docs.shell_words import bash_complaint, complaints

# What test_every_command_runs.py can run.
RUN = ("sh", "python", "typescript", "http")
INLINE = re.compile(r"`(digitree [a-z][^`\n]*[^` \n]|make [a-z][^`\n]*[^` \n])`")


def test_there_is_code_in_the_pages() -> None:
    assert len(all_blocks()) > 70


@pytest.mark.parametrize("block", [each for each in all_blocks() if each.language == "json"], ids=str)
def test_json_is_json_and_a_test_knows_what_it_means(block: CodeBlock) -> None:
    if find_reason(block):
        return
    json.loads(block.text)
    test = JSON_TESTED_BY.get(block.page)
    assert test, f"{block}: name the test of this page's JSON in JSON_TESTED_BY (tests/docs/not_run.py)"
    assert (ROOT / test).exists()


def test_a_block_in_a_language_that_no_test_runs_has_a_reason() -> None:
    without = [
        f"{each} ({each.language})"
        for each in all_blocks()
        if each.language not in (*RUN, "json") and find_reason(each) is None
    ]
    assert without == [], "name it with a reason in NOT_RUN (tests/docs/not_run.py), or write it so that it runs"


def test_the_table_of_what_is_not_run_names_blocks_that_are_there() -> None:
    gone = [
        (page, begins)
        for page, rows in NOT_RUN.items()
        for begins, _ in rows
        if not any(each.head.startswith(begins) for each in blocks_of(page))
    ]
    assert gone == []


@pytest.mark.parametrize("page", PAGES)
def test_a_shell_can_parse_its_commands_and_ours_have_these_options(page: str) -> None:
    for block in blocks_of(page):
        if block.language == "sh":
            assert bash_complaint(block.text) == "", block
            assert complaints(block.text) == [], block


def test_commands_in_the_text_have_their_options() -> None:
    wrong = [
        f"{page}: `{said}`: {', '.join(found)}"
        for page in PAGES
        for said in INLINE.findall((ROOT / page).read_text(encoding="utf-8"))
        if (found := complaints(said))
    ]
    assert wrong == []


@pytest.mark.parametrize("block", [each for each in all_blocks() if each.language == "python"], ids=str)
def test_python_is_python(block: CodeBlock) -> None:
    ast.parse(block.text)


def test_json_of_menus_and_of_their_tests_means_what_its_page_says() -> None:
    """On pages that have no test of their own."""
    pages = ("docs/people.md", "docs/sounds.md")
    menus = [each for page in pages for each in blocks_of(page) if each.language == "json"]
    assert [str(each) for each in menus if not parse_menu(json.loads(each.text)).nodes] == []
    (test,) = [each for each in blocks_of("README.md") if each.language == "json"]
    assert WrittenTest.model_validate(json.loads(test.text)).script == "1,-,1"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("digitree trunk add x --presets telnyx", "digitree trunk add has no option --presets"),
        ("KEY=1 .venv/bin/digitree cal +1 # 'tis", "digitree has no command cal"),
        ("true && make  runs", "make has no target runs"),
        ("sudo -u digitree DIGITREE_HOME=/x /y/bin/digitree user ad anna", "digitree user has no command ad"),
    ],
)
def test_a_wrong_word_is_found(text: str, complaint: str) -> None:
    assert complaints(text) == [complaint]
