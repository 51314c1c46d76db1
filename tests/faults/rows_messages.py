"""Messages to people while the mail server and the API for text messages are away, and workers and keeper die."""

from __future__ import annotations

import json
import socket
from contextlib import suppress

from tests.faults.bench import Bench
from tests.faults.menus import MESSAGES_OUT_MENU
from tests.faults.scripts import MESSAGES_OUT
from tests.faults.site import ESL, KEEPER
from tests.faults.verdict import Row
from tests.helpers import wait_until
from tests.mail_server import Mailbox, mail_server
from tests.service_stub import ServiceStub, answer, serving

MESSAGES_DID = "+14155550106"
# A killed sender's lease of 120 s, and the waits after the first failures.
_SENT_S = 400.0
# A key that is pressed while no process runs counts from when the next one is there.
_AWAY_S = 15.0
_SENT = "messages out, sent"


def messages_away(bench: Bench, row: Row) -> None:
    """SMTP and SMS are away and come back, while workers and the keeper are killed: each message is sent once"""
    site, box = bench.site, Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with serving(answer({}, status="503 x")) as sms:
        names = _make_channels(bench, port, sms)
        ivr_id = site.make_menu(MESSAGES_DID, MESSAGES_OUT_MENU)
        try:
            live = max(4, bench.live // 2)
            with bench.crowd(
                row, did=MESSAGES_DID, scripts=MESSAGES_OUT, live=live, unbroken=False, clock_s=_AWAY_S
            ) as crowd:
                bench.wait_new_calls(crowd)
                site.wait_replaced(ESL, site.kill(ESL), bench.esl_processes)
                bench.wait_new_calls(crowd)
                site.wait_replaced(KEEPER, site.kill(KEEPER), 1)
                bench.wait_new_calls(crowd)
            wanted = {call.number for call in crowd.calls if call.script == _SENT}
            sms.answers = [answer({})]
            with mail_server(port=port, box=box):
                wait_until(lambda: box.mails, _SENT_S, "the first mail is there", poll_s=0.05)
                site.wait_replaced(KEEPER, site.kill(KEEPER), 1)
                with suppress(AssertionError):  # what is missing then is said below
                    wait_until(lambda: wanted <= _mailed(box).keys() & _texted(sms).keys(), _SENT_S, "all are sent")
        finally:
            site.ask("DELETE", f"/ivr/{ivr_id}?force=true")
            for name in names:
                site.ask("DELETE", f"/channels/{name}")
    for what, sent, times in (
        ("mails", _mailed(box), len(box.mails)),
        ("text messages", _texted(sms), len(sms.got)),
    ):
        row.check(wanted == sent.keys(), f"{what}: not sent to {sorted(wanted - sent.keys())}")
        twice = sorted(number for number, ids in sent.items() if len(ids) > 1)
        row.check(not twice, f"{what}: more than one for {twice}")
        row.figures.append(f"{len(sent)} {what}, tried {times} times")


def _make_channels(bench: Bench, port: int, sms: ServiceStub) -> list[str]:
    plain = {"host": "127.0.0.1", "port": port, "security": "none"}
    mail = {**plain, "from": "ivr@example.com", "to": "office@example.com"}
    text = {"key": "KEY1", "from": "+14155550100", "base_url": sms.url.removesuffix("/ask")}
    made = {"office": ("smtp", mail), "sms": ("telnyx", text)}
    for name, (preset, settings) in made.items():
        body = {"name": name, "preset": preset, "settings": settings, "allow_private": True}
        bench.site.ask("POST", "/channels", body)
    return [*made]


def _mailed(box: Mailbox) -> dict[str, set[str]]:
    """The ids of the mails about each caller."""
    found: dict[str, set[str]] = {}
    for mail in list(box.mails):
        found.setdefault(mail.get_content().split()[0], set()).add(str(mail["Message-ID"]))
    return found


def _texted(sms: ServiceStub) -> dict[str, set[str]]:
    """The keys of the text messages to each number, those of refused attempts too."""
    found: dict[str, set[str]] = {}
    for each in list(sms.got):
        found.setdefault(json.loads(each.body)["to"], set()).add(each.headers["idempotency-key"])
    return found
