"""Every value that a page can show has a word, and the same one everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

import pytest

from admin.agents.page import SENT, STYLES
from admin.dnc.schema import SuppressionSummarySchema
from admin.http import words
from admin.http.words import Word
from esl_server.agents.dialling import attempt_result
from ivr.domain.agents import HeaderStyle, Sent
from ivr.domain.alerts.settings import AlertKind
from ivr.domain.call_records import AttemptResult, HungUpBy, Ignored, Outcome, StepResult
from ivr.domain.dnc.events import EventKind, ListScope, Source
from ivr.domain.hours.model import Word as HoursWord
from ivr.domain.live_calls import LivePhase
from ivr.domain.outgoing.model import RESULTS, OrderState
from ivr.domain.reports.mailed import Every
from ivr.domain.roles import Role, Scope, ShownRole
from ivr.domain.services import Failure
from ivr.domain.telephones.model import RingResult, RingState
from ivr.domain.tickets import AgentBehaviour
from ivr.domain.trunks.state import STANDINGS
from ivr.domain.verstat import VERSTATS
from ivr.domain.webhooks import DeliveryState, WebhookEvent
from ivr.ports.menus import MenuStatus

TABLES = (
    (words.OUTCOMES, tuple(Outcome)),
    (words.STEP_RESULTS, get_args(StepResult)),
    (words.IGNORED, get_args(Ignored)),
    (words.HUNG_UP_BY, get_args(HungUpBy)),
    (words.ATTEMPT_RESULTS, get_args(AttemptResult)),
    (words.LIVE_PHASES, get_args(LivePhase)),
    (words.TEST_PHASES, get_args(LivePhase)),
    (words.AGENT_BEHAVIOURS, get_args(AgentBehaviour)),
    (words.RING_STATES, get_args(RingState)),
    (words.RING_RESULTS, get_args(RingResult)),
    (words.ORDER_STATES, get_args(OrderState)),
    (words.ORDER_RESULTS, RESULTS),
    (words.WEBHOOK_EVENTS, get_args(WebhookEvent)),
    (words.DELIVERY_STATES, get_args(DeliveryState)),
    (words.OPT_OUT_SOURCES, get_args(Source)),
    (words.VERSTATS, VERSTATS),
    (words.TRUNK_STANDINGS, STANDINGS),
    (words.EVENT_KINDS, get_args(EventKind)),
    (words.LIST_SCOPES, get_args(ListScope)),
    (words.MENU_STATUSES, get_args(MenuStatus)),
    (words.ENTRY_STATES, get_args(SuppressionSummarySchema.model_fields["state"].annotation)),
    (words.HOURS, get_args(HoursWord)),
    (words.SERVICE_FAILURES, get_args(Failure)),
    (words.SCOPES, get_args(Scope)),
    (words.ROLES, get_args(ShownRole)),
    (words.EVERY, get_args(Every)),
    (words.ALERT_KINDS, get_args(AlertKind)),
    (words.ALERT_MEANINGS, get_args(AlertKind)),
    (words.ROLE_MEANINGS, get_args(Role)),
)
TONES = {"", "good", "warn", "bad", "accent", "opted-out"}
PAGES = Path(words.__file__).parent.parent


@pytest.mark.parametrize(("table", "values"), TABLES)
def test_each_value_has_a_word_and_no_word_lacks_its_value(table: Mapping[str, Word], values: Iterable[str]) -> None:
    assert set(table) == set(values)
    for word in table.values():
        assert word.text.strip()
        assert word.tone in TONES
    assert len({word.text for word in table.values()}) == len(table)


def test_each_header_that_an_agent_can_be_sent_has_a_label() -> None:
    assert {value for value, _, _ in SENT} == set(get_args(Sent))
    assert {value for value, _ in STYLES} == set(get_args(HeaderStyle))


@pytest.mark.parametrize("disposition", ["SUCCESS", "USER_BUSY", "NO_ANSWER", "CALL_REJECTED", "never heard of"])
def test_the_result_of_an_attempt_is_one_that_has_a_word(disposition: str) -> None:
    assert attempt_result(disposition, None) in words.ATTEMPT_RESULTS
    assert attempt_result(disposition, "MEDIA_TIMEOUT") in words.ATTEMPT_RESULTS


def test_a_value_of_a_newer_version_is_shown_as_it_is() -> None:
    assert words.word_of(words.OUTCOMES, "won_the_lottery") == Word("won the lottery")


def test_no_template_has_a_table_of_words_of_its_own() -> None:
    values = {str(value) for _, each in TABLES for value in each if "_" in str(value) or "." in str(value)}
    for template in PAGES.glob("*/templates/*.html"):
        for table in re.findall(r"\{\"[a-z_.]+\": \"[^}]*\}", template.read_text()):
            assert not values & set(re.findall(r'"([a-z_.]+)":', table)), f"{template.name}: {table}"
