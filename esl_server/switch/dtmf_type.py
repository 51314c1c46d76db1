"""How a caller's digits arrive: as telephone-event, as SIP INFO, or as tones only.

FreeSWITCH negotiates late, so the first question asks for it. It says `info` of every caller without telephone-event,
and takes INFO and tones from them: the source of the last digit tells which.
"""

from __future__ import annotations

from esl_server.switch import commands
from esl_server.switch.session import Session, is_unset
from ivr.domain import orders

ASK_DTMF_TYPE = commands.getvar("dtmf_type")
_TYPES = frozenset({"rfc2833", "info", "none"})
# How long the report of a digit's source is waited for at the end of a call.
_SOURCE_S = 2.0


class DtmfType:
    """`told` is what FreeSWITCH says: rfc2833, info or none; None: not known (yet)."""

    __slots__ = ("_session", "_source_follows", "_sources_reported", "told")

    def __init__(self, session: Session, told: str | None) -> None:
        self._session = session
        self.told: str | None = None
        self.note(told)
        # Whether FreeSWITCH was asked to report each digit's source, and whether the caller pressed one since.
        self._sources_reported = False
        self._source_follows = False

    def note(self, told: str | None) -> None:
        """What FreeSWITCH replied; anything else leaves it as it was."""
        if told in _TYPES:
            self.told = told

    @property
    def known(self) -> str | None:
        """With `info` told apart from tones by the source of the last digit."""
        if self.told == "info" and self._session.digit_source == b"INBAND_AUDIO":
            return "none"
        return self.told

    def sources_are_reported(self) -> None:
        """From now on FreeSWITCH reports the source of each digit."""
        self._sources_reported = True

    def note_reply(self, keyed: str) -> None:
        """The reply to a question: a digit in it has a source, whose report follows."""
        if self._sources_reported and keyed != orders.KEY and not is_unset(keyed):
            self._source_follows = True

    def await_source(self) -> None:
        """FreeSWITCH sends events from a queue of their own, so the source may come after the replies to what was
        asked later."""
        if self._source_follows and self.told == "info":
            self._session.await_digit_source(_SOURCE_S)
