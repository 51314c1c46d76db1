"""What digitree-client adds to the API: errors, pages, repeated requests, webhooks, drafts, asyncio.

`python comforts.py URL API_KEY WEBHOOK_JSON` prints the name of each function that held. The JSON has `secret`,
`headers`, `body` and `now_s` of a delivered webhook.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, assert_type

from digitree_client import AsyncDigitree, Digitree, DigitreeError, WebhookRefused, each, each_async, read_webhook
from digitree_client.models import (
    ActionNode,
    AddSuppression,
    GatherNode,
    GatherNodeGather,
    MenuSummary,
    PingMessage,
    WrittenMenu,
    WrittenMenuNodes,
)

URL, KEY, WEBHOOK = sys.argv[1:4]
END = WrittenMenuNodes({"bye": ActionNode(action="hangup")})


def refusal_of(ask: Callable[[], object]) -> DigitreeError:
    try:
        ask()
    except DigitreeError as error:
        return error
    raise AssertionError("it is taken")


def a_refusal_names_each_fault(digitree: Digitree) -> None:
    bad = WrittenMenuNodes({"a": GatherNode(gather=GatherNodeGather({"x": "a"}), timeout_s=0)})
    error = refusal_of(lambda: digitree.menus.create_menu(WrittenMenu(name="", nodes=bad)))
    assert error.status == 422, error
    assert {each.pointer for each in error.faults} >= {"/name", "/nodes/a/timeout_s"}, error.faults
    assert all(each.code and each.message for each in error.faults)
    assert refusal_of(Digitree(URL, "no-such-key").menus.list_menus).status == 401


def pages_are_one_list(digitree: Digitree) -> None:
    made = [digitree.menus.create_menu(WrittenMenu(name=f"Page {number}", nodes=END)).id for number in range(5)]
    menus = each(digitree.menus.list_menus, search="Page", limit=2, sort="name")
    names = []
    for menu in menus:
        assert_type(menu, MenuSummary)
        names.append(menu.name)
    assert names == [f"Page {number}" for number in range(5)]
    for ivr_id in made:
        digitree.menus.delete_menu(ivr_id)


def a_lost_request_is_sent_again_with_its_key(_digitree: Digitree) -> None:
    keys: list[str | None] = []

    class Unreliable(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            keys.append(self.headers["Idempotency-Key"])
            if len(keys) == 1:
                self.close_connection = True
                return
            status, body = (503, b"{}") if len(keys) == 2 else (422, b'{"broken": true}')
            self.send_response(status)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Unreliable) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        digitree = Digitree(f"http://127.0.0.1:{server.server_port}", KEY)
        error = refusal_of(lambda: digitree.do_not_call.add_dnc(AddSuppression("+14805550101")))
        assert (error.status, error.code) == (422, "")
        server.shutdown()
    assert len(keys) == 3
    assert keys[0]
    assert len(set(keys)) == 1


def a_repeated_post_is_done_once(digitree: Digitree) -> None:
    menu = WrittenMenu(name="Once", nodes=END)
    first = digitree.menus.create_menu(menu, idempotency_key="once-1")
    assert digitree.menus.create_menu(menu, idempotency_key="once-1").id == first.id
    digitree.menus.delete_menu(first.id)


def a_draft_is_heard_by_nobody_until_it_is_published(digitree: Digitree) -> None:
    made = digitree.menus.create_menu(WrittenMenu(name="Drafted", nodes=END))
    changed = WrittenMenuNodes({"bye": ActionNode(action="hangup", text="Goodbye.")})
    draft = digitree.menus.put_draft(made.id, WrittenMenu(name="Drafted", nodes=changed), if_none_match="*")
    assert draft.nodes.to_dict() == changed.to_dict()
    assert digitree.menus.get_menu(made.id).nodes.to_dict() == END.to_dict()
    published = digitree.menus.publish_draft(made.id)
    assert published.version == made.version + 1
    assert digitree.menus.get_menu(made.id).nodes.to_dict() == changed.to_dict()
    digitree.menus.delete_menu(made.id)


def a_webhook_is_believed_only_with_its_signature(_digitree: Digitree) -> None:
    given: dict[str, Any] = json.loads(Path(WEBHOOK).read_text())
    body = given["body"].encode()
    message = read_webhook(given["secret"], given["headers"], body, now_s=given["now_s"])
    assert (message.type, type(message.data)) == ("ping", PingMessage)
    assert message.id.startswith("msg_")
    spoiled: tuple[Callable[[], object], ...] = (
        lambda: read_webhook("whsec_" + "A" * 43 + "=", given["headers"], body, now_s=given["now_s"]),
        lambda: read_webhook(given["secret"], given["headers"], body + b" ", now_s=given["now_s"]),
        lambda: read_webhook(given["secret"], given["headers"], body, now_s=given["now_s"] + 301),
        lambda: read_webhook(given["secret"], {}, body, now_s=given["now_s"]),
    )
    for read in spoiled:
        try:
            read()
            raise AssertionError("it is believed")
        except WebhookRefused:
            pass


def all_of_it_is_there_for_asyncio(_digitree: Digitree) -> None:
    async def ask() -> None:
        async with AsyncDigitree(URL, KEY) as digitree:
            made = await digitree.menus.create_menu(WrittenMenu(name="Async", nodes=END))
            names = [menu.name async for menu in each_async(digitree.menus.list_menus, search="Async", limit=1)]
            assert names == ["Async"]
            await digitree.menus.delete_menu(made.id)
            (answer,) = await asyncio.gather(digitree.menus.get_menu(made.id), return_exceptions=True)
            assert isinstance(answer, DigitreeError)
            assert answer.status == 404

    asyncio.run(ask())


def main() -> None:
    with Digitree(URL, KEY) as digitree:
        for held in (
            a_refusal_names_each_fault,
            pages_are_one_list,
            a_lost_request_is_sent_again_with_its_key,
            a_repeated_post_is_done_once,
            a_draft_is_heard_by_nobody_until_it_is_published,
            a_webhook_is_believed_only_with_its_signature,
            all_of_it_is_there_for_asyncio,
        ):
            held(digitree)
            print(held.__name__)


if __name__ == "__main__":
    main()
