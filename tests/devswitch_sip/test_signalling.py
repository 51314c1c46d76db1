"""The development switch does with odd signalling what FreeSWITCH does with it: the same tests, word for word."""

from tests.sip.test_signalling import *  # noqa: F403
