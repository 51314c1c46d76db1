"""The trunk that a call came by, from the channel data."""

from __future__ import annotations

from esl_server.switch.channel_data import ChannelData
from ivr.domain.numbers import E164
from ivr.domain.trunks.model import Trunk
from ivr.domain.trunks.table import TrunkTable

_SENDER = "variable_sip_network_ip"
# Set by mod_sofia to the gateway that the address dialled names, which is the caller's own text: it tells apart only
# trunks that may all have sent the call.
_GATEWAY = "variable_sip_gateway"


def find_trunk(table: TrunkTable, channel: ChannelData, did: E164 | None) -> Trunk | None:
    sender = channel.find(_SENDER)
    return table.find(sender, did, channel.find(_GATEWAY) or "") if sender else None
