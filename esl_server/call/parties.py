"""Who calls whom, and by which trunk: what the switch says of a new call, read once."""

from __future__ import annotations

from typing import NamedTuple

from esl_server.switch.call_trunks import find_trunk
from esl_server.switch.carrier_word import BelievedCarriers, verstat_of
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.signalled import caller_of, dialled_of
from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import E164, parse_did
from ivr.domain.tickets import TICKET
from ivr.domain.trunks.model import Trunk
from ivr.domain.verstat import Verstat
from ivr.storage.trunk_source import TrunkSource


class Parties(NamedTuple):
    """The numbers as received are `did_raw` and `ani_raw`; `unread`: why the one dialled could not be read, if so."""

    did: E164 | None
    did_raw: str
    unread: str | None
    ani: E164 | None
    ani_raw: str
    trunk: Trunk | None
    verstat: Verstat | None


def parties_of(channel: ChannelData, trunks: TrunkSource, carriers: BelievedCarriers, region: str) -> Parties:
    """`region`: the country of numbers that come without one, where the call came by no trunk."""
    did_raw = dialled_of(channel)
    did, unread = _read_did(did_raw, region)
    trunk = None
    # A test call came from ourselves.
    if trunks.table and not TICKET.fullmatch(did_raw):
        trunk = find_trunk(trunks.table, channel, did)
        if trunk is not None and trunk.country != region:
            did, unread = _read_did(did_raw, trunk.country)
    ani, ani_raw = caller_of(channel, region, trunk)
    verstat = verstat_of(channel, carriers, ani, region, trunk)
    return Parties(did, did_raw, unread, ani, ani_raw, trunk, verstat)


def _read_did(raw: str, region: str) -> tuple[E164 | None, str | None]:
    try:
        return parse_did(raw, region), None
    except InvalidNumber as error:
        return None, str(error)
