"""The development switch lets the same numbers through as our FreeSWITCH configuration: the same tests."""

from tests.sip.test_number_forms import *  # noqa: F403
