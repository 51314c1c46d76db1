"""What is known of a trunk just now: whether it is registered, whether its hosts answer, and what was last refused.

FreeSWITCH tells the state of each gateway when asked, and by an event what a registrar or a host replied. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple, get_args

from ivr.domain.tls_verdicts import Verdict
from ivr.domain.trunks.hosts import Host

# incoming: there is nothing to register with and no host to ask.
Standing = Literal["registered", "trying", "refused", "answers", "silent", "incoming", "unknown"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)

# By what mod_sofia calls the state of a registration.
_REGISTRATIONS: Mapping[str, Standing] = {
    "REGED": "registered",
    "UNREGED": "trying",
    "TRYING": "trying",
    "REGISTER": "trying",
    "EXPIRED": "trying",
    "FAILED": "refused",
    "FAIL_WAIT": "refused",
    "TIMEOUT": "refused",
}
_CHALLENGED_AGAIN = 904
_NOT_REACHED = 503
# A certificate is looked at more often (keeper.trunk_certificates).
_DISTRUSTED_S = 90.0
# The better of two hosts counts: calls out go to whichever answers.
_HOSTS: tuple[Standing, ...] = ("answers", "trying", "silent")


class GatewayStatus(NamedTuple):
    """Of one gateway: `state` of its registration (NOREG: none), whether its host is `up`, and whether it was asked
    since it is there."""

    name: str
    state: str
    is_up: bool
    was_asked: bool


class GatewayNews(NamedTuple):
    """A reply that a gateway got: its SIP status, None where there was none, and the words beside it."""

    name: str
    status: int | None
    phrase: str

    @classmethod
    def of_switch(cls, name: str, status: str, phrase: str) -> GatewayNews:
        """As FreeSWITCH tells it; its 904 stands for a digest that was answered by another challenge
        (nua_client.c)."""
        told = int(status) if status.isascii() and status.isdigit() else None
        return cls(name, *((401, "Unauthorized") if told == _CHALLENGED_AGAIN else (told, phrase)))


@dataclass(frozen=True, slots=True)
class Refusal:
    """`status`: of SIP; 408 also stands for no answer. `at`: unix seconds. `verdict`: what is wrong with the
    certificate of `host`, to which nothing is sent then; FreeSWITCH gives 503 for it, or nothing."""

    status: int
    phrase: str
    at: float
    host: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class TrunkState:
    """`since`: unix seconds, when it began to stand so; None: not known."""

    standing: Standing = "unknown"
    since: float | None = None
    refusal: Refusal | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def parse_state(document: Mapping[str, Any]) -> TrunkState:
    """Raises KeyError, TypeError or ValueError."""
    if document["standing"] not in STANDINGS:
        raise ValueError("not a standing")
    refusal = document["refusal"]
    return TrunkState(document["standing"], document["since"], Refusal(**refusal) if refusal else None)


class TrunkStates:
    """The states of all trunks, from what the switch tells of their gateways."""

    def __init__(self, known: Mapping[str, TrunkState] | None = None) -> None:
        self.known: dict[str, TrunkState] = dict(known or {})

    def look(self, trunks: Iterable[str], statuses: Iterable[GatewayStatus], at: float) -> None:
        """All gateways as they stand now; what is no trunk any more is forgotten."""
        found: dict[str, list[GatewayStatus]] = {name: [] for name in trunks}
        for each in statuses:
            found.get(trunk_of(each.name), []).append(each)
        standings = {name: standing_of(each) for name, each in found.items()}
        for name, standing in standings.items():
            if standing == "trying" and self._is_distrusted(name, at):
                standings[name] = "refused"
        self.known = {name: self._stands(name, standing, at) for name, standing in standings.items()}

    def hear(self, news: GatewayNews, at: float) -> None:
        """A refusal is kept until the next one, so that it is known why a trunk was away."""
        name = trunk_of(news.name)
        if news.status == _NOT_REACHED and self._is_distrusted(name, at):
            return  # the same in FreeSWITCH's words
        if name in self.known and news.status is not None and news.status >= 300:
            self.known[name] = replace(self.known[name], refusal=Refusal(news.status, news.phrase[:200], at))

    def distrust(self, name: str, host: Host, verdict: Verdict, at: float) -> None:
        """The certificate of a host has this fault."""
        state = self.known.get(name)
        if state is not None and state.standing not in ("registered", "answers"):
            self.known[name] = replace(state, refusal=Refusal(_NOT_REACHED, "", at, str(host), verdict))

    def _is_distrusted(self, name: str, at: float) -> bool:
        refusal = self.known.get(name, TrunkState()).refusal
        return refusal is not None and refusal.verdict is not None and at - refusal.at < _DISTRUSTED_S

    def lose(self, at: float) -> None:
        """The switch does not answer."""
        self.known = {name: self._stands(name, "unknown", at) for name in self.known}

    def _stands(self, name: str, standing: Standing, at: float) -> TrunkState:
        before = self.known.get(name, TrunkState())
        return before if before.standing == standing else replace(before, standing=standing, since=at)


def trunk_of(gateway: str) -> str:
    """The name of a gateway's trunk (`ivr.domain.trunks.gateways`)."""
    return gateway.partition(".")[0]


def standing_of(gateways: Iterable[GatewayStatus]) -> Standing:
    """A registration counts more than the hosts that calls out go to."""
    hosts: set[Standing] = set()
    for each in gateways:
        if each.state != "NOREG":
            return _REGISTRATIONS.get(each.state, "unknown")
        hosts.add("answers" if each.is_up and each.was_asked else "trying" if each.is_up else "silent")
    return next((each for each in _HOSTS if each in hosts), "incoming")
