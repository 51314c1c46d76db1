"""The development switch takes the first keys as FreeSWITCH takes them: the same tests, word for word."""

from tests.sip.test_first_keys import *  # noqa: F403
