"""The recipes for other systems: the bridge against servers that ask what HubSpot and Salesforce document, and the
workflow of n8n, whose code that checks our signature is run by Node."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ivr.domain.signing import new_secret, signed_headers
from tests.docs.crm_servers import HUBSPOT_TOKEN, ID, SECRET, Crm, serving

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
WORKFLOW = json.loads((RECIPES / "n8n-events-of-calls.json").read_text())
SERVICE_SECRET = new_secret()
ANN, NOBODY = "+14805551234", "+14805551299"


@contextmanager
def bridge_to(crm: Crm) -> Iterator[str]:
    """Its address. It runs as readers run it, from the command line."""
    env = {
        "SERVICE_SECRET": f"{new_secret()} {SERVICE_SECRET}", "BRIDGE": "127.0.0.1:0", "no_proxy": "*",
        "HUBSPOT_URL": crm.url, "HUBSPOT_TOKEN": HUBSPOT_TOKEN,
        "SALESFORCE_URL": crm.url, "SALESFORCE_CLIENT_ID": ID, "SALESFORCE_CLIENT_SECRET": SECRET,
    }  # fmt: skip
    command = [sys.executable, str(RECIPES / "crm_bridge.py")]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield "http://" + process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def crm() -> Iterator[Crm]:
    with serving(Crm()) as running:
        yield running


@pytest.fixture(scope="module")
def bridge(crm: Crm) -> Iterator[str]:
    with bridge_to(crm) as address:
        yield address


@pytest.fixture(autouse=True)
def _only_ann(crm: Crm) -> None:
    crm.contacts = {ANN: ("Ann", "Hill")}
    crm.asked.clear()


def ask(bridge: str, path: str, sent: Any, secret: str = SERVICE_SECRET) -> tuple[int, Any]:
    """As a `request` node asks."""
    body = json.dumps({**sent, "call_id": "call_1", "service": "crm"}).encode()
    headers = signed_headers(secret, "ask_1", int(time.time()), body)
    answer = httpx.post(bridge + path, content=body, headers=headers, trust_env=False, timeout=60)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("system", "number"), [("hubspot", "501"), ("salesforce", "003000000000001")], ids=["hubspot", "salesforce"]
)
class TestBridge:
    def test_a_contact_is_found_by_the_callers_number(self, bridge: str, system: str, number: str) -> None:
        known = {"known": True, "contact": {"id": number, "first": "Ann", "last": "Hill"}}
        assert ask(bridge, f"/{system}/find", {"caller": ANN}) == (200, known)
        assert ask(bridge, f"/{system}/find", {"caller": NOBODY}) == (200, {"known": False})

    def test_an_unknown_caller_becomes_one_contact_however_often_it_is_asked(
        self, bridge: str, crm: Crm, system: str, number: str
    ) -> None:
        made = ask(bridge, f"/{system}/create", {"caller": NOBODY, "last": "Moss"})
        assert made == (200, {"known": True, "contact": {"id": number, "first": "", "last": "Moss"}})
        assert ask(bridge, f"/{system}/create", {"caller": NOBODY, "last": "Moss"}) == made
        assert crm.contacts[NOBODY] == (None, "Moss")
        assert len([each for each in crm.asked if each.endswith(("/objects/contacts", "/sobjects/Contact"))]) == 1

    @pytest.mark.parametrize("caller", [None, "", "' OR Name != '", "anonymous"])
    def test_what_is_no_number_is_never_asked_for(
        self, bridge: str, crm: Crm, system: str, number: str, caller: str | None
    ) -> None:
        assert ask(bridge, f"/{system}/find", {"caller": caller})[0] == 400
        assert crm.asked == []

    def test_only_our_own_requests_are_answered(self, bridge: str, crm: Crm, system: str, number: str) -> None:
        assert ask(bridge, f"/{system}/find", {"caller": ANN}, new_secret())[0] == 401
        assert crm.asked == []


def test_a_token_that_expired_is_fetched_again(bridge: str, crm: Crm) -> None:
    ask(bridge, "/salesforce/find", {"caller": ANN})
    before = crm.tokens
    ask(bridge, "/salesforce/find", {"caller": ANN})
    assert crm.tokens == before
    crm.expire()
    assert ask(bridge, "/salesforce/find", {"caller": ANN})[0] == 200
    assert crm.tokens == before + 1


def test_the_workflow_leads_from_its_webhook_to_every_node() -> None:
    nodes = {each["name"]: each for each in WORKFLOW["nodes"]}
    assert len(nodes) == len(WORKFLOW["nodes"]) == len({each["id"] for each in nodes.values()})
    seen, waiting = set(), ["Digitree"]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        ways = WORKFLOW["connections"].get(name, {"main": []})["main"]
        waiting += [each["node"] for way in ways for each in way]
    assert seen == set(nodes)
    assert nodes["Digitree"]["parameters"]["options"] == {"rawBody": True}


NODE = """
const { jsCode, item, body, secret } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const helpers = { getBinaryDataBuffer: async (index, name) => name === 'data' && Buffer.from(body) };
const run = new (Object.getPrototypeOf(async function () {}).constructor)('$input', '$env', 'require', jsCode);
run.call({ helpers }, { first: () => item }, { DIGITREE_WEBHOOK_SECRET: secret }, require)
  .then((made) => console.log(JSON.stringify(made)))
  .catch((error) => { console.log(error.message); process.exitCode = 1; });
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
@pytest.mark.parametrize("case", ["signed", "forged", "old", "other secret", "no secret"])
def test_the_workflow_takes_signed_messages_alone(case: str) -> None:
    secret = new_secret()
    message = {"type": "dnc.added", "timestamp": "2026-11-30T07:00:00Z", "data": {"number": ANN, "seq": 4}}
    body = json.dumps(message)
    stamp = int(time.time()) - (3600 if case == "old" else 0)
    headers = signed_headers(secret, "msg_1", stamp, body.encode())
    if case == "forged":
        body = body.replace(ANN, NOBODY)
    known = {"other secret": new_secret(), "no secret": ""}.get(case, secret)
    (code,) = [each["parameters"]["jsCode"] for each in WORKFLOW["nodes"] if each["type"].endswith(".code")]
    given = {"jsCode": code, "item": {"json": {"headers": headers}}, "body": body, "secret": known}
    done = subprocess.run(
        ["node", "-e", NODE], input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False
    )
    if case == "signed":
        (made,) = json.loads(done.stdout)
        expected = {"message_id": "msg_1", "type": "dnc.added", "timestamp": message["timestamp"]}
        assert made == {"json": {**expected, "number": ANN, "seq": 4}}
    else:
        assert (done.returncode, done.stdout.strip()) == (1, "This message is not from our Digitree.")
