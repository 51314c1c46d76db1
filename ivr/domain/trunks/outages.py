"""When a trunk is away, and when it is back: the events of it, from how it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from ivr.domain.trunks.state import Standing, TrunkState
from ivr.domain.webhooks import WebhookEvent, WebhookNote

# A registration is tried anew every half a minute, hosts are asked twice a minute: what is shorter is no outage.
AWAY_S = 60.0

_AWAY: tuple[Standing, ...] = ("refused", "silent")
_BACK: tuple[Standing, ...] = ("registered", "answers", "incoming")


class Outages:
    """What stands otherwise (`trying`, or the switch does not say) begins no outage and ends none."""

    def __init__(self) -> None:
        # Unix seconds since when a trunk is away, and the trunks whose absence was told.
        self._since: dict[str, float] = {}
        self._told: set[str] = set()

    def look(self, known: Mapping[str, TrunkState], at: float) -> list[WebhookNote]:
        """The events since the last look. `at`: unix seconds. One that was told before this process began is made
        again with the same id."""
        for name in self._since.keys() - known.keys():
            self._end(name)
        return [note for name, state in known.items() if (note := self._note(name, state, at)) is not None]

    def _note(self, name: str, state: TrunkState, at: float) -> WebhookNote | None:
        if state.standing in _AWAY:
            since = self._since.setdefault(name, at if state.since is None else state.since)
            if name in self._told or at - since < AWAY_S:
                return None
            self._told.add(name)
            refusal = state.refusal
            status, phrase = (refusal.status, refusal.phrase) if refusal else (None, None)
            why = {"standing": state.standing, "status": status, "phrase": phrase}
            return _note("trunk.away", name, since, why)
        if state.standing in _BACK and name in self._since:
            was_told, since = name in self._told, self._since[name]
            self._end(name)
            if was_told:
                return _note("trunk.back", name, since, {"standing": state.standing, "back_at": _moment(at)})
        return None

    def _end(self, name: str) -> None:
        del self._since[name]
        self._told.discard(name)


def _note(event: WebhookEvent, trunk: str, since: float, more: Mapping[str, object]) -> WebhookNote:
    data = {"trunk": trunk, "since": _moment(since), **more}
    message_id = f"msg_{event.replace('.', '_')}_{trunk}_{int(since)}"
    return WebhookNote(message_id, event, trunk, data=data, order_key=f"trunk {trunk}")


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
