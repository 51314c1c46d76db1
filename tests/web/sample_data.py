"""A fortnight of a small business's calls, for pictures of the page: made through the API and the stores."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step, new_id
from ivr.domain.dnc.events import OptOut
from ivr.domain.live_calls import encode_live
from ivr.domain.menu.starters import find_starter
from ivr.domain.numbers import E164
from ivr.storage.postgres.stores import PostgresStores

CALLS = 260
LIVE = 7
_MENUS = (
    ("qualifier", "Desert Plumbing", ("+14805550100", "+14805550101")),
    ("switchboard", "Front desk", ("+16025550142",)),
    ("hours", "Mesa showroom", ("+16025550177",)),
    ("opt_out", "Stop calling me", ("+18005550199",)),
    ("qualifier", "Roof repairs, spring", ()),
    ("blank", "Trial", ()),
)
_HOURS: tuple[dict[str, Any], ...] = (
    {
        "name": "office",
        "zone": "America/Phoenix",
        "week": {
            **{day: ["08:00-12:00", "13:00-17:30"] for day in ("mon", "tue", "wed", "thu")},
            "fri": ["08:00-12:00"],
        },
        "overrides": [
            {"date": "2027-08-02", "last_date": "2027-08-13", "open": [], "label": "Summer break"},
            {"date": "2026-12-24", "open": ["08:00-11:00"], "label": "Christmas Eve"},
        ],
        "holidays": [{"country": "US", "subdivision": "AZ", "skip": ["Columbus Day"]}],
    },
    {"name": "emergency", "zone": "America/Phoenix", "week": {"fri": ["17:00-24:00"], "sat": ["00:00-24:00"]}},
    {"name": "night", "zone": "America/Phoenix", "week": {"mon": ["20:00-06:00"]}},
)
_PEOPLE = (
    {"name": "ann", "address": "+14805550133", "groups": ["office", "emergency"]},
    {"name": "ben", "address": "sip:ben@192.0.2.22", "groups": ["office"], "duty": "off"},
    {"name": "cat", "address": "+14805550134", "groups": ["emergency"], "duty": "hours", "hours": "night"},
)
_TRANSFER = (("answered", 0.72), ("no_answer", 0.2), ("busy", 0.08))


@dataclass
class Sample:
    """`menus` as the API gives them, the first with spoken prompts; `call_id` of a call that reached an agent,
    `opted_out` a number on the list."""

    menus: list[dict[str, Any]]
    call_id: str
    opted_out: str


def fill(api: httpx.Client, stores: PostgresStores, speaks: bool = True) -> Sample:
    """Everything a page can show; `speaks`: a speech process makes the prompts of the first menu."""
    chance = random.Random(7)
    menus = [_menu(api, *each) for each in _MENUS]
    for node_id, node in menus[0]["nodes"].items():
        if "text" in node and speaks:
            api.post(f"/ivr/{menus[0]['id']}/audio", json={"node": node_id, "text": node["text"]}).raise_for_status()
    menus[0] = api.get(f"/ivr/{menus[0]['id']}").json()
    for name, user in (("sales", "sales@192.0.2.20:5060"), ("support", "support@192.0.2.21:5060;transport=tcp")):
        api.post("/agents", json={"name": name, "targets": [{"uri": f"sip:{user}"}]}).raise_for_status()
    for hours in _HOURS:
        api.post("/hours", json=hours).raise_for_status()
    api.put("/hours/night/closure", json={"label": "Water in the cellar"}).raise_for_status()
    for name in ("blocked", "customers"):
        api.post("/lists", json={"name": name}).raise_for_status()
    crm = {"name": "crm", "url": "https://crm.example.com/callers", "headers": {"Authorization": "Bearer 7b0f"}}
    api.post("/services", json=crm).raise_for_status()
    office = {"host": "smtp.example.com", "user": "ivr", "password": "5up3r-s3cret", "from": "ivr@example.com",
              "to": "office@example.com, boss@example.com"}  # fmt: skip
    sms = {"account": "AC0123456789abcdef", "token": "5up3r-s3cret", "from": "+14155550100"}
    for name, preset, settings in (
        ("office", "smtp", office),
        ("sms", "twilio", sms),
        ("sales", "slack", {"url": "https://hooks.slack.com/services/T0/B0/x"}),
    ):
        channel = {"name": name, "preset": preset, "settings": settings, "allow_private": True}
        api.post("/channels", json=channel).raise_for_status()
    trunk = {"name": "carrier", "preset": "telnyx", "numbers": ["+14155550100", "+14155550101"], "calls_at_once": 30}
    api.post("/trunks", json=trunk).raise_for_status()
    account = {"name": "account", "preset": "voipms", "registrar": "atlanta1.voip.ms", "username": "100000_menu"}
    api.post("/trunks", json={**account, "password": "5up3r-s3cret"}).raise_for_status()
    blocked = {"numbers": ["+14805550177", "+16025550199"], "days": 30, "note": "threats"}
    for place, person in enumerate(_PEOPLE, 1):
        api.post("/people", json={**person, "place": place}).raise_for_status()
    api.post("/lists/blocked/numbers", json=blocked).raise_for_status()
    api.put("/lists/blocked/numbers/+442079460018", json={}).raise_for_status()
    for name, scopes in (("CRM sync", ["read", "calls"]), ("Nightly export", ["read"])):
        api.post("/keys", json={"name": name, "scopes": scopes}).raise_for_status()
    for name in ("maria", "tom"):
        api.post("/users", json={"name": name, "password": "a password of ten"}).raise_for_status()
    for url, events in (
        ("https://crm.example.com/digitree", ["call.ended", "dnc.added"]),
        ("https://hooks.example.com/ivr?team=west", ["agent.unreachable"]),
    ):
        api.post("/webhooks", json={"url": url, "events": events}).raise_for_status()
    api.patch(f"/ivr/{menus[4]['id']}", json={"name": "Roof repairs, summer"})
    spoken = stores.menus.get(menus[0]["id"]).prompts
    menus[0]["sounds"] = {audio: (prompt.file, prompt.duration_ms) for audio, prompt in spoken.items()}
    last, opted_out = "", ""
    for number in range(CALLS):
        menu = chance.choices(menus[:4], (10, 5, 3, 2))[0]
        record = _call(chance, menu, datetime.now(UTC) - timedelta(minutes=80 * (CALLS - number) + 5))
        stores.calls.ended(record)
        if record.outcome is Outcome.OPTED_OUT:
            _opt_out(stores, record, menu)
            opted_out = record.ani or opted_out
        elif record.outcome is Outcome.TRANSFERRED and menu is menus[0]:
            last = record.call_id
    api.post("/dnc/check", json={"numbers": [opted_out, "+14155550100"]}).raise_for_status()
    return Sample(menus, last, opted_out)


def _menu(api: httpx.Client, starter_id: str, name: str, dids: tuple[str, ...]) -> dict[str, Any]:
    starter = find_starter(starter_id)
    assert starter is not None
    menu: dict[str, Any] = api.post("/ivr", json=starter.document(name)).raise_for_status().json()
    for did in dids:
        menu = api.post(f"/ivr/{menu['id']}/assign", json={"did": did}).raise_for_status().json()
    return menu


def _call(chance: random.Random, menu: dict[str, Any], started_at: datetime) -> CallRecord:
    """Somebody's way through the menu."""
    ani = E164(f"+1{chance.choice((480, 602, 623, 415))}555{chance.randrange(200, 9999):04}")
    did = E164(chance.choice(menu["dids"]))
    path: list[Step] = []
    agent: list[AgentAttempt] = []
    at_ms, node_id, outcome, talk_ms = 0, menu["start"], None, 0
    while outcome is None:
        node = menu["nodes"][node_id]
        if "action" in node:
            path.append(Step(node_id, 1, "action", None, at_ms, 0))
            if node["action"] == "hangup":
                outcome = Outcome.AGENT_UNAVAILABLE if agent else Outcome.HUNG_UP
                at_ms += 3500
            elif node["action"] == "suppress":
                outcome = Outcome.OPTED_OUT
                at_ms += 2500
            else:
                result = chance.choices([each for each, _ in _TRANSFER], [each for _, each in _TRANSFER])[0]
                talk_ms = chance.randrange(20_000, 400_000) if result == "answered" else 0
                name = node.get("agent", "sales")
                agent.append(
                    AgentAttempt(
                        f"sip:{name}@192.0.2.20:5060", result, None, talk_ms or None, agent=name, ring_ms=4200
                    )
                )
                at_ms += 5000 + talk_ms
                if result == "answered":
                    outcome = Outcome.TRANSFERRED
                else:
                    node_id = node["fallback_node"]
            continue
        ms = chance.randrange(1800, 9500)
        # Where nothing was spoken the keys were read out.
        read_out = (f"system/keys-{''.join(node['gather'])}.wav", None)
        heard = menu.get("sounds", {}).get(node.get("audio"), read_out)
        if chance.random() < 0.09:
            path.append(Step(node_id, 1, "hang_up", None, at_ms, ms, *heard))
            outcome = Outcome.CALLER_HUNG_UP
        elif chance.random() < 0.05 and len(path) > 2:
            path.append(Step(node_id, 1, "no_input", None, at_ms, ms, *heard))
            outcome = Outcome.NO_INPUT
        else:
            keys = list(node["gather"])
            key = chance.choices(keys, [5 if place == 0 else 2 for place in range(len(keys))])[0]
            path.append(Step(node_id, 1, "key", key, at_ms, ms, *heard))
            node_id = node["gather"][key]
        at_ms += ms
    return CallRecord(
        call_id=new_id("call"),
        channel_uuid=new_id("channel"),
        did=did,
        did_raw=did,
        ani=ani,
        ani_raw=ani,
        started_at=started_at,
        ivr_id=menu["id"],
        ivr_version=menu["version"],
        ended_at=started_at + timedelta(milliseconds=at_ms),
        duration_ms=at_ms,
        outcome=outcome,
        hangup_cause="NORMAL_CLEARING",
        path=path,
        agent=agent,
        hung_up_by="caller" if outcome is Outcome.CALLER_HUNG_UP else "us",
        dtmf_type="rfc2833",
    )


def _opt_out(stores: PostgresStores, record: CallRecord, menu: dict[str, Any]) -> None:
    question = next(step for step in record.path if step.key)
    stores.dnc.record(
        OptOut(
            event_id=new_id("optout"),
            number=record.ani,
            number_raw=record.ani_raw,
            source="ani",
            pressed_at=record.started_at,
            call_id=record.call_id,
            did=record.did,
            ivr_id=menu["id"],
            ivr_version=menu["version"],
            node=question.node,
            key=question.key,
            ms_into_question=question.ms,
            prompt_text=menu["nodes"][question.node].get("text"),
        )
    )


@contextmanager
def live_calls(redis_url: str, menus: list[dict[str, Any]]) -> Iterator[None]:
    """Some calls are under way as long as this is."""
    from ivr.storage.redis.live_calls import LiveWriter

    chance = random.Random(3)
    now = datetime.now(UTC)
    calls = {}
    for number in range(LIVE):
        menu = menus[number % 3]
        record = _call(chance, menu, now - timedelta(seconds=chance.randrange(5, 90)))
        step = chance.choice(record.path)
        phase = "talking" if menu["nodes"][step.node].get("action") == "transfer" else "asking"
        since_ms = int((now - timedelta(seconds=chance.randrange(1, 5))).timestamp() * 1000)
        calls[record.call_id] = encode_live(record, step.node, phase, since_ms)  # type: ignore[arg-type]
    writer, stop = LiveWriter(redis_url, "sample"), threading.Event()

    def beat() -> None:
        while not stop.is_set():
            writer.tell_all(calls)
            stop.wait(1)

    beating = threading.Thread(target=beat)
    beating.start()
    try:
        yield
    finally:
        stop.set()
        beating.join()
        writer.leave()
        writer.close()
