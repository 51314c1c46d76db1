"""The development switch has those who wait hear the hold audio as FreeSWITCH does: the same tests, word for word."""

from tests.sip.test_hold_audio import *  # noqa: F403
