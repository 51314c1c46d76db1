"""A switch for tests of calls to telephones: it dials nothing, and ends each call as it is told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from admin.http.services import Services
from admin.telephones.service import TelephoneDesk
from ivr.clients.ringing import CallOut
from ivr.domain.telephones.dial_string import Dialled
from ivr.domain.telephones.endings import SwitchWord
from ivr.domain.telephones.model import RingLimits


class NoSwitch:
    """`dialled`: the calls so far; `ends`: how the next ones end, or why they cannot be made; the last one again and
    again. `told`: what it tells of meanwhile."""

    def __init__(self) -> None:
        self.dialled: list[Dialled] = []
        self.hung_up: list[str] = []
        self.ends: list[SwitchWord | Exception] = [SwitchWord("USER_BUSY", 486, "Busy Here")]
        self.told: tuple[str, ...] = ()

    def ring(self, call: CallOut, told: Callable[[str], object]) -> SwitchWord:
        call.command()
        assert isinstance(call, Dialled)
        self.dialled.append(call)
        for state in self.told:
            told(state)
        end = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        if isinstance(end, Exception):
            raise end
        return end

    def hang_up(self, channel_uuid: str) -> bool:
        self.hung_up.append(channel_uuid)
        return True


def put_in(services: Services, switch: NoSwitch, limits: RingLimits | None = None, later: bool = False) -> None:
    """Have it ring in place of the real one: at once, in the request itself; `later`: never."""
    desk = services.get(TelephoneDesk)

    def start(work: Callable[[], None]) -> None:
        if not later:
            work()

    services._by_class[TelephoneDesk] = replace(
        desk,
        ringer=switch,
        hang_up_channel=switch.hang_up,
        start=start,
        pause=lambda seconds: None,
        limits=limits or desk.limits,
    )
