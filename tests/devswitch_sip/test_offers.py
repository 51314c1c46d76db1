"""The development switch does with odd offers what FreeSWITCH does with them: the same tests, word for word."""

from tests.sip.test_offers import *  # noqa: F403
