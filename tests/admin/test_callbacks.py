"""/callbacks: worked off by people, and dialled for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from admin.callbacks.service import CallbackDesk
from admin.http.services import Services
from admin.wiring import Stores
from ivr.clients.ringing import CallLost, CallOut
from ivr.domain.errors import StorageUnavailable
from ivr.domain.numbers import E164
from ivr.domain.telephones.endings import UNKNOWN_GATEWAY, SwitchWord
from ivr.domain.telephones.model import code_digest
from ivr.domain.telephones.way_out import where_it_goes
from tests.admin.conftest import Api

MINE, CALLER, OURS = "+14155552671", "+14155552672", "+14155550100"


class Switch:
    """It dials nothing, and ends each call as it is told to."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.end: SwitchWord | Exception = SwitchWord("NORMAL_CLEARING", talked_s=30.0, bridged=True)
        self.unknown = 0

    def ring(self, call: CallOut, told: Callable[[str], object]) -> SwitchWord:
        self.commands.append(call.command())
        if self.unknown >= len(self.commands):
            return SwitchWord(UNKNOWN_GATEWAY)
        told("answered")
        if isinstance(self.end, Exception):
            raise self.end
        return self.end


@pytest.fixture
def switch(services: Services, api: Api, stores: Stores) -> Switch:
    made = Switch()
    desk = services.get(CallbackDesk)
    services._by_class[CallbackDesk] = replace(desk, ringer=made, start=lambda work: work(), pause=lambda _: None)
    api("POST", "/trunks", {"name": "carrier", "hosts": ["a.example.com"], "numbers": [OURS]})
    telephones = stores.postgres.telephones
    telephones.add(E164(MINE), actor="test")
    digest = code_digest(b"x", E164(MINE), "1")
    (carrier,) = stores.postgres.trunks.all()
    telephones.set_code(E164(MINE), digest, where_it_goes(carrier))
    telephones.verify(E164(MINE), digest, actor="test")
    return made


def ask(api: Api, **more: Any) -> str:
    made = api("POST", "/callbacks", {"number": CALLER, "reason": "Support", **more})
    assert made.status_code == 201, made.text
    return str(made.json["id"])


def dial(api: Api, callback: str, person: str = MINE) -> Any:
    return api("POST", f"/callbacks/{callback}/dial", {"person": person, "trunk": "carrier"})


def test_a_call_back_is_worked_off(api: Api) -> None:
    first, second = ask(api, wanted="at noon"), ask(api)
    found = api("GET", "/callbacks?state=open").json["items"]
    wanted = [(each["id"], each["wanted"], each["call_id"]) for each in found]
    assert wanted == [(first, "at noon", None), (second, "", None)]
    done = api("PATCH", f"/callbacks/{first}", {"state": "done", "note": "all well"}).json
    assert (done["state"], done["note"]) == ("done", "all well")
    assert done["settled_by"] is not None
    assert [each["id"] for each in api("GET", "/callbacks?state=open").json["items"]] == [second]
    assert api("GET", f"/callbacks/{first}").json == done
    assert api("PATCH", f"/callbacks/{first}", {"state": "open"}).json["settled_at"] is None


def test_the_person_is_dialled_first_and_then_the_caller(api: Api, switch: Switch) -> None:
    callback = ask(api)
    ring = dial(api, callback)
    assert (ring.status_code, ring.json["purpose"], ring.json["telephone"]) == (201, "callback", MINE)
    (command,) = switch.commands
    called_back = rf"ivr_called_back=carrier[.\w]*/\{CALLER}"
    form = rf"originate .*,{called_back},.*}}sofia/gateway/carrier[.\w]*/\{MINE} call-back XML .*"
    assert re.fullmatch(form, command)
    done = api("GET", f"/callbacks/{callback}").json
    assert (done["state"], done["dialled"], done["result"], done["settled_by"]) == ("done", 1, "they talked", "call")
    again = dial(api, callback)
    assert (again.status_code, again.json["code"]) == (409, "callback_settled")


def test_a_trunk_that_the_switch_does_not_know_yet_is_tried_again(api: Api, switch: Switch) -> None:
    switch.unknown = 2
    callback = ask(api)
    dial(api, callback)
    assert len(switch.commands) == 3
    assert api("GET", f"/callbacks/{callback}").json["state"] == "done"


def test_an_end_that_postgres_does_not_take_is_written_later(
    api: Api, switch: Switch, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = services.get(CallbackDesk)
    write, away = desk.store.ended, [StorageUnavailable("away"), StorageUnavailable("away")]

    def ended(callback_id: str, result: str, *, is_done: bool) -> None:
        if away:
            raise away.pop()
        write(callback_id, result, is_done=is_done)

    def note(ring_id: str, state: str) -> None:
        raise StorageUnavailable("away")

    monkeypatch.setattr(desk.store, "ended", ended)
    monkeypatch.setattr(desk.telephones, "note", note)
    callback = ask(api)
    dial(api, callback)
    assert api("GET", f"/callbacks/{callback}").json["state"] == "done"


@pytest.mark.parametrize(
    ("end", "result"),
    [
        (SwitchWord("NORMAL_CLEARING", talked_s=9.0), "the person answered, and the caller was not reached"),
        (
            SwitchWord("NORMAL_CLEARING", talked_s=9.0, not_bridged="USER_BUSY"),
            "the person answered, and the caller's telephone was busy",
        ),
        (SwitchWord("USER_BUSY", 486), "the telephone is busy (SIP 486)"),
        (CallLost("gone"), "the switch was lost, and how the call ended is not known"),
    ],
)
def test_an_attempt_that_reaches_nobody_leaves_it_open(
    api: Api, switch: Switch, end: SwitchWord | Exception, result: str
) -> None:
    switch.end = end
    callback = ask(api)
    dial(api, callback)
    tried = api("GET", f"/callbacks/{callback}").json
    assert (tried["state"], tried["dialled"], tried["result"]) == ("open", 1, result)


def test_who_has_opted_out_since_they_asked_is_not_called(api: Api, switch: Switch) -> None:
    callback = ask(api)
    api("POST", "/dnc", {"number": CALLER})
    refused = dial(api, callback)
    assert (refused.status_code, refused.json["code"], switch.commands) == (409, "callback_opted_out", [])
    assert dial(api, ask(api)).status_code == 201, "they asked for this call after that"


def test_only_a_verified_telephone_is_rung(api: Api, switch: Switch) -> None:
    refused = dial(api, ask(api), "+14155552673")
    assert (refused.status_code, refused.json["code"]) == (409, "telephone_not_verified")
    assert not switch.commands


def test_a_number_that_is_never_rung_is_refused(api: Api, switch: Switch) -> None:
    made = api("POST", "/callbacks", {"number": "+19005550100"})
    refused = dial(api, made.json["id"]) if made.status_code == 201 else made
    assert refused.status_code == 422
    assert not switch.commands


@pytest.mark.parametrize("name", ["cbk_1", f"cbk_{32 * '0'}"])
def test_there_is_no_such_call_back(api: Api, name: str) -> None:
    for answer in (
        api("GET", f"/callbacks/{name}"), api("PATCH", f"/callbacks/{name}", {"state": "done"}), dial(api, name)
    ):  # fmt: skip
        assert (answer.status_code, answer.json["code"]) == (404, "callback_not_found")
