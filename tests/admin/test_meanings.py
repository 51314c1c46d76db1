"""Every word that owners meet is explained: outcomes, checks of the health page, entries of the audit log, money."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from admin.audit.words import DEEDS, THINGS, action_text, subject_text
from admin.health.service import CheckResult, Readiness
from admin.health.words import PARTS, shown_check
from admin.http.filters import rate, usd
from admin.http.services import Services
from admin.http.words import OUTCOME_MEANINGS, OUTCOMES
from ivr.domain.call_records import Outcome

ROOT = Path(__file__).parents[2]
# What each process or store is called by those who run it.
_TECHNICAL = re.compile(r"postgres|redis|\besl\b|keeper|\btts\b|mod_|DIGITREE_|cache|journal", re.IGNORECASE)


def test_each_outcome_has_one_word_and_one_sentence() -> None:
    assert set(OUTCOMES) == set(OUTCOME_MEANINGS) == set(Outcome)
    assert len({word.english for word in OUTCOMES.values()}) == len(Outcome)
    assert all(text.endswith(".") for text in OUTCOME_MEANINGS.values())


def test_the_documentation_has_the_outcomes_of_the_page() -> None:
    page = (ROOT / "docs/reports.md").read_text()
    rows = [f"| `{name}` | {word.english} | {OUTCOME_MEANINGS[name]} |" for name, word in OUTCOMES.items()]
    assert [row for row in rows if row not in page] == []


def test_each_check_is_said_without_the_name_of_a_process(services: Services) -> None:
    names = {each.name for each in services.get(Readiness).run()}
    assert names == set(PARTS)
    assert not [text for part in PARTS.values() for text in part if _TECHNICAL.search(text)]


@pytest.mark.parametrize(
    ("ok", "detail", "state", "said"),
    [
        (True, "40000 MB are left", "good", "There is room enough."),
        (True, "WARNING: only 90 MB are left", "warn", PARTS["disk"].ill),
        (False, "the disk is full", "bad", PARTS["disk"].ill),
    ],
)
def test_a_check_says_what_its_result_means(ok: bool, detail: str, state: str, said: str) -> None:
    shown = shown_check(CheckResult("disk", ok, detail, 3))
    assert (shown.state, shown.said, shown.detail) == (state, said, detail.removeprefix("WARNING: "))


def test_every_entry_of_the_audit_log_has_words() -> None:
    sources = [*(ROOT / "ivr/storage/postgres").glob("*.py"), *(ROOT / "admin").glob("*/*.py")]
    actions = {
        action
        for path in sources
        for call in re.findall(r"(?:write_audit|audit\.add)\([^)]*\)", path.read_text())
        for action in re.findall(r'"([a-z_]+\.[a-z_]+)"', call)
    }
    assert len(actions) > 50
    parts = [action.split(".") for action in sorted(actions)]
    assert [(thing, deed) for thing, deed in parts if thing not in THINGS or deed not in DEEDS] == []


def test_an_entry_names_its_menu_and_leaves_ids_out() -> None:
    assert action_text("ivr.change") == "menu: changed"
    assert action_text("new_thing.done") == "new thing done"
    names = {"ivr_abc123def": "Desert Plumbing"}
    assert subject_text("ivr_abc123def/audio/welcome.wav", names) == "Desert Plumbing › welcome.wav"
    assert subject_text("session_01a22a337dd3c13326a0", names) == ""
    assert subject_text("person/cat", names) == "cat"
    assert subject_text("+14155550100", names) == "+14155550100"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0.8755", "$0.88"), ("2.12", "$2.12"), ("0", "$0.00"), ("0.0049", "less than a cent"),
        ("-0.001", "less than a cent"), ("1234.5", "$1,234.50"),
    ],
)  # fmt: skip
def test_money_has_two_digits_everywhere(amount: str, shown: str) -> None:
    assert usd(amount) == shown


@pytest.mark.parametrize(("price", "shown"), [("0.008", "$0.008"), ("0.10", "$0.10"), ("2", "$2.00")])
def test_a_price_of_a_minute_is_exact(price: str, shown: str) -> None:
    assert rate(price) == shown
