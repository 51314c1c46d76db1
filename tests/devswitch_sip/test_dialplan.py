"""The development switch keeps the promises of our FreeSWITCH configuration: the same tests, word for word."""

from tests.sip.test_dialplan import *  # noqa: F403
