"""A carrier's verdict on the caller's number, from the channel data, where the carrier's word counts.

mod_sofia keeps the first address of P-Asserted-Identity as it came where the profile says so (`p-asserted-id-parse`:
verbatim), else its number alone; From and headers that begin with X- it always keeps. It decodes `%3B` behind a
number, and what follows is then a parameter like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address

from esl_server.switch.channel_data import ChannelData
from ivr.domain.identity import tokens_of
from ivr.domain.numbers import E164
from ivr.domain.trunks.model import Trunk
from ivr.domain.verstat import Told, Verstat, find_verstat
from ivr.settings import Network

_SENDER = "variable_sip_network_ip"
# From, but for what stands behind the number, and the number with that.
_FROM, _FROM_NUMBER = "variable_sip_full_from", "variable_sip_from_user"
_ASSERTED = "variable_sip_P-Asserted-Identity"
# All headers of that name.
_IDENTITY = "variable_sip_identity"
_TWILIO, _PLIVO = "variable_sip_h_X-Twilio-VerStat", "variable_sip_h_X-Plivo-Stir-Verification"


class BelievedCarriers:
    """The senders of calls whose verdicts count: those in these networks, and trunks that are to be believed."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = networks
        self._is_known = lru_cache(maxsize=256)(self._is_in_networks)

    def believes(self, channel: ChannelData, trunk: Trunk | None = None) -> bool:
        if trunk is not None and trunk.trust_verstat:
            return True
        return bool(self._networks) and self._is_known(channel.find(_SENDER) or "")

    def _is_in_networks(self, sender: str) -> bool:
        try:
            address = ip_address(sender)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def identity_of(channel: ChannelData) -> list[str]:
    """The signatures of the caller's number, as received."""
    return tokens_of(channel.find(_IDENTITY) or "")


def verstat_of(
    channel: ChannelData, carriers: BelievedCarriers, caller: E164 | None, region: str, trunk: Trunk | None = None
) -> Verstat | None:
    """None for a caller without a number, of whom nothing can be said, and where no carrier's word counts."""
    if caller is None or not carriers.believes(channel, trunk):
        return None
    asserted, stated, number, twilio, plivo = (
        channel.find(name) or "" for name in (_ASSERTED, _FROM, _FROM_NUMBER, _TWILIO, _PLIVO)
    )
    if ";" in number:
        stated = f"{stated}, <{number}>"
    return find_verstat(Told(asserted, stated, twilio, plivo), caller, region)
