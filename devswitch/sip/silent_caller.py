"""A caller who says nothing and hears nothing, by whom the switch itself begins a call: a test that rings an agent.

FreeSWITCH calls itself for it. Here nobody is called: the call has a leg whose sound goes nowhere.
"""

from __future__ import annotations

from dataclasses import replace

from devswitch.dialplan import Dialplan
from devswitch.sip.mixing import Mixer
from devswitch.sip.rtp import RtpLeg
from devswitch.switch import CallSetup

# As FreeSWITCH has the caller in the dialplan.
_ANONYMOUS = "anonymous"


class SilentCaller:
    """What whoever is dialled needs of their caller's leg (devswitch.sip.dialer.CallerLeg)."""

    payload = 0

    def __init__(self, rtp: RtpLeg) -> None:
        self.rtp = rtp
        self.mixer = Mixer()


def answered(dialplan: Dialplan) -> Dialplan:
    """For a caller who is there already."""
    return replace(dialplan, actions=(("answer", ""), *dialplan.actions))


def silent_setup(ticket: str, channel_uuid: str) -> CallSetup:
    return CallSetup(ticket, _ANONYMOUS, channel_uuid=channel_uuid)
