"""What the telephone network reports is said in words: one table over SIP codes and the switch's hangup causes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.http.causes import CAUSES, SENTENCES, SIP, attempt_text, cause_text, coded, plain
from admin.http.filters import seconds


@pytest.mark.parametrize(
    ("status", "cause", "who", "rang_ms", "said"),
    [
        (486, "USER_BUSY", "carrier", None, "The carrier said busy."),
        (None, "NO_ANSWER", "carrier", 30_200, "Nobody answered within 30 s."),
        (480, "NO_ANSWER", "agent", 20_000, "Nobody answered within 20 s."),
        (480, "NORMAL_UNSPECIFIED", "agent", None, "The agent's server cannot reach it."),
        (404, "UNALLOCATED_NUMBER", "carrier", None, "The number does not exist."),
        (401, "MANDATORY_IE_MISSING", "carrier", None,
         "The carrier asked for a user name and a password and did not take ours."),
        (None, "NORMAL_CLEARING", "other", None, ""),
        (None, None, "other", None, ""),
        (None, "SOMETHING_NEW", "other", None, "Why it ended is not known to this program."),
        (499, None, "carrier", None,
         "The carrier refused the call, for a reason that this program does not know."),
    ],
)  # fmt: skip
def test_a_cause_is_said_by_whoever_reports_it(
    status: int | None, cause: str | None, who: Any, rang_ms: int | None, said: str
) -> None:
    assert cause_text(status, cause, who, rang_ms) == said


def test_every_cause_has_a_sentence_and_every_sentence_a_cause() -> None:
    assert {*SIP.values(), *CAUSES.values()} == set(SENTENCES)


@given(
    st.none() | st.integers(100, 699),
    st.none() | st.sampled_from(sorted(CAUSES)) | st.text(max_size=20),
    st.sampled_from(["carrier", "agent", "other"]),
)
def test_no_code_is_in_any_sentence(status: int | None, cause: str | None, who: Any) -> None:
    said = cause_text(status, cause, who)
    assert "%(" not in said
    assert not any(letter.isdigit() or letter == "_" for letter in said)


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        ({"result": "answered", "cause": "NORMAL_CLEARING"}, ""),
        ({"result": "busy", "cause": "USER_BUSY", "sip_status": 486, "uri": "tel:+14155550100"},
         "The carrier said busy."),
        ({"result": "no_answer", "cause": "NO_ANSWER", "ring_ms": 20_000}, "Nobody answered within 20 s."),
        ({"result": "refused", "cause": "no_way_out"},
         "It was not called: no trunk makes calls out, or its trunk is away."),
        ({"result": "refused", "cause": "destination_refused"}, "It was not called: such numbers are not rung."),
        ({"result": "unreachable", "cause": "PROGRESS_TIMEOUT", "tls": "expired"}, ""),
    ],
)  # fmt: skip
def test_an_attempt_that_failed_says_why(attempt: dict[str, Any], said: str) -> None:
    nothing = {"cause": None, "sip_status": None, "uri": "sip:a@192.0.2.1", "ring_ms": None, "tls": None}
    assert attempt_text({**nothing, **attempt}) == said


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("The carrier said busy (486).", "The carrier said busy."),
        ("it was refused (SIP 403 Not allowed)", "it was refused"),
        ("carrier refused with 403: the address is unknown", "carrier refused: the address is unknown"),
        ("it could not be made (CHAN_NOT_IMPLEMENTED)", "it could not be made"),
        ("nobody answered within 30 seconds", "nobody answered within 30 seconds"),
        ("Ann (sales) is busy (about 5 min).", "Ann (sales) is busy (about 5 min)."),
    ],
)
def test_codes_in_brackets_are_left_out_for_owners(said: str, shown: str) -> None:
    assert plain(said) == shown


def test_a_code_stands_in_brackets_before_the_full_stop() -> None:
    assert coded("It is busy.", 486) == "It is busy (486)."
    assert coded("It is busy.", None) == "It is busy."


@pytest.mark.parametrize(
    ("ms", "shown"), [(None, "–"), (0, "0.0 s"), (400, "0.4 s"), (12_345, "12.3 s"), (245_000, "4 min 5 s")]
)
def test_a_length_is_in_seconds(ms: int | None, shown: str) -> None:
    assert seconds(ms) == shown
