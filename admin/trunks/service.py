"""Trunks: laid over their presets, checked as a whole, with a sealed password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.domain.numbers import parse_e164
from ivr.domain.problems import Problem
from ivr.domain.trunks.carriers import PRESETS
from ivr.domain.trunks.document import find_faults, parse_trunk
from ivr.domain.trunks.errors import InvalidTrunk
from ivr.domain.trunks.model import EXPIRY_S, Trunk
from ivr.ports.checks import accept
from ivr.ports.trunks import StoredTrunk, TrunkStore
from ivr.secrets import Sealer

Check = Callable[[Trunk], object]
_OF_REGISTRATIONS = ("registrar", "expiry_s", "outbound_proxy")
_OF_CREDENTIALS = ("auth_username", "realm", "sealed")


@dataclass(frozen=True)
class TrunkDesk:
    """`region`: the country of a trunk for which none is given."""

    store: TrunkStore
    sealer: Sealer
    region: str

    def create(self, name: str, body: Mapping[str, Any], *, actor: str) -> StoredTrunk:
        """Create a trunk from the fields given in a body of admin.trunks.schema. Raises InvalidTrunk, TrunkTaken,
        NumberOnOtherTrunk, TooManyTrunks."""
        chosen = body.get("preset")
        if chosen is not None and chosen not in PRESETS:
            known = ", ".join(PRESETS)
            raise InvalidTrunk([Problem("/preset", "unknown_preset", f"there is no such preset; known: {known}")])
        settings = PRESETS[chosen].trunk() if chosen is not None else {}
        base = {**Trunk(name).to_json(), "country": self.region, **settings}
        return self.store.create(self._laid_over(name, base, body), actor=actor)

    def patch(self, name: str, body: Mapping[str, Any], *, actor: str, check: Check = accept) -> StoredTrunk | None:
        """Replace the fields in `body`; None when there is no such trunk. `check` may refuse the trunk that is there
        by an exception. Raises InvalidTrunk, NumberOnOtherTrunk."""

        def change(trunk: Trunk) -> Trunk:
            check(trunk)
            return self._laid_over(name, trunk.to_json(), body)

        return self.store.edit(name, change, actor=actor)

    def delete(self, name: str, *, actor: str, check: Check = accept) -> bool:
        """False when there is no such trunk."""
        return self.store.delete(name, actor=actor, check=check)

    def _laid_over(self, name: str, known: Mapping[str, Any], body: Mapping[str, Any]) -> Trunk:
        given = {field: value for field, value in body.items() if field not in ("name", "password")}
        password = body.get("password")
        if "password" in body:
            given["sealed"] = password
        document = {**known, **given}
        if document["kind"] == "address":
            _clear(document, _OF_REGISTRATIONS, given)
        elif document["expiry_s"] is None:
            document["expiry_s"] = EXPIRY_S
        if document["username"] is None:
            _clear(document, _OF_CREDENTIALS, given)
        faults = list(find_faults(document))
        if faults:
            raise InvalidTrunk(faults)
        if password is not None:
            document["sealed"] = self.sealer.seal(password)
        # Hosts and networks come to their one form in being parsed; numbers are stored in theirs.
        document["numbers"] = [parse_e164(each) for each in document["numbers"]]
        return parse_trunk(name, document)


def _clear(document: dict[str, Any], fields: tuple[str, ...], given: Mapping[str, Any]) -> None:
    document.update({field: None for field in fields if field not in given})
