"""The switch's dialplan: applications in order, `socket` among them, and the last resort when all fail.

As on FreeSWITCH the next action runs if the call is still up when the previous one returns: after a server that dies
or sends `exit` comes the next `socket`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from devswitch.channel import Channel
from ivr.domain.switch_proof import VARIABLE, prove

Action = tuple[str, str]
# Set by the dialplan of a FreeSWITCH with mod_conference.
CONFERENCE = "digitree_conference"
# Set by the call server where an agent may not send the caller on.
SENT_BACK = "ivr_sent_back"
# Before an answer this reaches the carrier as 503, so that it can try its next route.
_REFUSE: tuple[Action, ...] = (("respond", "503 Service Unavailable"),)
_HANG_UP: tuple[Action, ...] = (("hangup", "NORMAL_TEMPORARY_FAILURE"),)
_SIGN: Action = ("playback", "tone_stream://%(150,2850,425)")
_SIGNS = 5


@dataclass(frozen=True)
class Dialplan:
    """actions: tried in order. refuse / apologise: the last resort for a call not yet / already answered. referred:
    for a caller whom the agent sends on; server_lost: where that left them with nobody; after_talk: when a talk that
    went on after a refusal is over; caller_left: when the caller has ended it. secret: by which the switch proves
    itself to the call server; empty: it does not."""

    actions: tuple[Action, ...]
    refuse: tuple[Action, ...] = _REFUSE
    apologise: tuple[Action, ...] = _HANG_UP
    referred: tuple[Action, ...] = ()
    server_lost: tuple[Action, ...] = ()
    after_talk: tuple[Action, ...] = ()
    caller_left: tuple[Action, ...] = ()
    secret: str = field(default="", repr=False)

    def prepare(self, channel: Channel) -> None:
        """Put the proof for the call server on the channel, where there is a secret, and that several can be in a
        talk."""
        if self.secret:
            channel.variables.setdefault(CONFERENCE, "true")
            channel.set(VARIABLE, prove(channel.who.channel_uuid, self.secret))

    def last_resort(self, answered: bool) -> tuple[Action, ...]:
        return self.apologise if answered else self.refuse


def sockets_only(*targets: str, full: bool = True, secret: str = "") -> Dialplan:
    """A `socket` action for each of `host:port` or `host:port|host:port`, and nothing else."""
    return Dialplan(tuple(("socket", f"{target} full" if full else target) for target in targets), secret=secret)


_PREPARED = (
    "digitree_api=true",
    "playback_terminators=none",
    "continue_on_fail=true",
    "hangup_after_bridge=false",
    "sip_copy_custom_headers=false",
    "media_timeout=120000",
    "execute_on_sip_reinvite_note=set ivr_reinvited=true",
)


def digitree_dialplan(targets: str, secret: str, trouble_prompt: str = "") -> Dialplan:
    """The dialplan of dialplan/freeswitch/dialplan.xml for a call to a number."""
    socket: Action = ("socket", f"{targets} full")
    trouble: tuple[Action, ...] = (("playback", trouble_prompt),) if trouble_prompt else ()
    return Dialplan(
        (
            *(("set", variable) for variable in _PREPARED),
            socket,
            socket,
            ("sleep", "2000"),
            socket,
        ),
        apologise=(*(_SIGN, socket) * _SIGNS, *trouble, *_HANG_UP),
        referred=(("unset", SENT_BACK), socket),
        server_lost=(socket,),
        after_talk=(("unset", SENT_BACK), socket, socket),
        caller_left=(("set", "sip_hangup_disposition=recv_bye"), socket),
        secret=secret,
    )
