"""What was keyed, read from FreeSWITCH's reply to a question."""

from __future__ import annotations

import logging
import re
from typing import NamedTuple

from esl_server.switch.session import is_unset
from ivr.domain import orders
from ivr.domain.errors import EslProtocolError

log = logging.getLogger(__name__)

DIGITS = re.compile(r"[0-9]{1,16}", re.ASCII)
ENTRY = re.compile(r"[0-9*#]{1,127}", re.ASCII)
# What RFC 4733 and INFO can carry beside a telephone's twelve keys; F is FreeSWITCH's letter for a hook flash.
EXTRA_DIGITS = "ABCDF"
_DTMF = frozenset("0123456789*#" + EXTRA_DIGITS)
WITHOUT_EXTRA = str.maketrans("", "", EXTRA_DIGITS)


class Keypress(NamedTuple):
    """The reply to a question: the digit (any DTMF) or None, and the milliseconds from asking to reply. Of an entry:
    all its digits, and how many of EXTRA_DIGITS were dropped from among them."""

    digit: str | None
    ms: int
    dropped: int = 0


def read_key(text: str, ms: int) -> Keypress:
    """One key. Raises EslProtocolError for the reply to another command."""
    if text in _DTMF:
        # As `Keypress(text, ms)`, in less time.
        return tuple.__new__(Keypress, (text, ms, 0))
    _require_keyed(text)
    if text and not is_unset(text):
        log.warning("invalid digit: %r", text[:20])
    return Keypress(None, ms)


def read_digits(keyed: str, ms: int) -> Keypress:
    """Several digits; None for anything that is not 1 to 16 decimal digits. EXTRA_DIGITS do not count; one of them is
    returned where nothing else was keyed."""
    digits = keyed.translate(WITHOUT_EXTRA)
    if keyed and not digits:
        return Keypress(keyed[0], ms)
    return Keypress(digits if DIGITS.fullmatch(digits) else None, ms)


def read_entry(keyed: str, ms: int) -> Keypress:
    """Digits, `*` and `#`, one or several. EXTRA_DIGITS do not count; one of them is returned where nothing else was
    keyed, and an order's key whatever else was. Raises EslProtocolError for the reply to another command."""
    _require_keyed(keyed)
    if is_unset(keyed):
        return Keypress(None, ms)
    digits = keyed.translate(WITHOUT_EXTRA)
    if keyed and (orders.KEY in keyed or not digits):
        return Keypress(orders.KEY if orders.KEY in keyed else keyed[0], ms)
    return Keypress(digits if ENTRY.fullmatch(digits) else None, ms, len(keyed) - len(digits))


def _require_keyed(text: str) -> None:
    if text.startswith("+"):
        raise EslProtocolError(f"the reply to another command: {text[:20]!r}")
