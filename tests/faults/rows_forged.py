"""Text that wants to be a command, a path, a line of a log or of a header: refused or harmless everywhere."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.faults.bench import Bench
from tests.faults.menus import MENU
from tests.faults.site import Site
from tests.faults.verdict import Row, judge
from tests.launcher.running import API_KEY

INJECTED = "INJECTED-LINE"
STRANGER = "+19995550123"


def forged_text(bench: Bench, row: Row) -> None:
    """`${system(...)}`, `../`, line ends and quotes in every string that a client or a caller can set"""
    site = bench.site
    marker = site.home / "pwned"
    evil = _evil(marker)
    said = len(site.running.lines)
    sent = refused = 0
    for status, what in _try_the_api(site, evil):
        sent += 1
        refused += 400 <= status < 500
        row.check(status < 500, f"{what}: {status}")
    _call_a_menu_with_an_evil_name(bench, row, evil)
    calls = _evil_callers(bench, row, evil)
    row.check(not marker.exists(), "A COMMAND WAS RUN")
    row.check(not (site.home.parent / "pwned").exists(), "a path led out of its directory")
    broken = [line for line in site.running.lines[said:] if re.search(rf"\| +{INJECTED}", line)]
    row.check(not broken, f"broken log lines: {broken[:3]}")
    raw = [line for line in site.running.lines[said:] if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line)]
    row.check(not raw, f"control characters in the log: {raw[:3]}")
    strays = [
        path.name for path in site.prompts.iterdir() if not re.fullmatch(r"[0-9a-f]{32}\.wav|system|\..*", path.name)
    ]
    row.check(not strays, f"files of unexpected names: {strays[:5]}")
    row.figures.append(f"{sent} requests, {refused} refused, none failed; {calls} calls")


def _evil(marker: Path) -> list[str]:
    return [
        f"${{system(touch {marker})}}",
        f"$${{system(touch {marker})}}",
        f"{{a=b}}${{api(system touch {marker})}}",
        "../../pwned",
        "..%2f..%2fpwned",
        "/etc/passwd",
        f"x\n{INJECTED}: yes",
        f"x\r\n\r\n{INJECTED}",
        f"x\u2028{INJECTED}",
        "x\x00y\x1b[31m",
        "', call_id = 'x'; drop table call_record; --",
        "<script>alert(1)</script>",
        "a b 'c' \"d\" `e`",
        "\u202eevil\u200b",
        "[x],sofia/gateway/x",
        "+1480%0AInjected-Header%3A%20yes",
        "x" * 5000,
    ]


def _try_the_api(site: Site, evil: list[str]) -> Iterator[tuple[int, str]]:
    """(status, what) of a request for every string in every place."""
    ivr_id = site.ivr_id
    own = str(site.ask("POST", "/ivr", MENU | {"name": "Target"})["id"])
    ask = {"audio": "welcome.wav", "gather": {"1": "end"}}
    end = {"action": "hangup"}

    def menu(**more: Any) -> dict[str, Any]:
        return {"name": "m", "nodes": {"ask": ask, "end": end}, **more}

    for text in evil:
        bodies = {
            "menu name": menu(name=text),
            "start": menu(start=text),
            "node id": menu(nodes={text: ask, "end": end}),
            "key": menu(nodes={"ask": {"gather": {text: "end"}}, "end": end}),
            "target": menu(nodes={"ask": {"gather": {"1": text}}, "end": end}),
            "timeout_node": menu(nodes={"ask": {**ask, "timeout_node": text}, "end": end}),
            "audio": menu(nodes={"ask": {**ask, "audio": text}, "end": end}),
            "audio.wav": menu(nodes={"ask": {**ask, "audio": f"{text}.wav"}, "end": end}),
            "action": menu(nodes={"ask": ask, "end": {"action": text}}),
            "field": menu(**{text: 1}),
        }
        for what, body in bodies.items():
            yield _send(site, "POST", "/ivr", body), f"POST /ivr, {what} {text[:40]!r}"
        for what, path, body in (
            ("did", f"/ivr/{own}/assign", {"did": text}),
            ("node", f"/ivr/{own}/audio", {"node": text, "text": "hello"}),
            ("voice", f"/ivr/{own}/audio", {"node": "welcome", "text": "hello", "voice": text}),
            ("number", "/dnc", {"number": text}),
            ("note", "/dnc", {"number": "+14805550000", "note": text}),
            ("key name", "/keys", {"name": text, "scopes": ["read"]}),
            ("scope", "/keys", {"name": "k", "scopes": [text]}),
        ):
            yield _send(site, "POST", path, body), f"POST {path}, {what} {text[:40]!r}"
        coded = quote(text[:400], safe="")
        for path in (f"/ivr/{coded}", f"/ivr/{ivr_id}/audio/{coded}", f"/dnc/{coded}", f"/calls?did={coded}",
                     f"/calls?cursor={coded}", f"/ivr?limit={coded}", f"/ivr/{ivr_id}/audio/../{coded}"):  # fmt: skip
            yield _send(site, "GET", path), f"GET {path[:60]}"
    # One text is spoken, and what is said is only ever a hash on the disk.
    yield _send(site, "POST", f"/ivr/{own}/audio", {"node": "welcome", "text": evil[0]}), "a text"


def _send(site: Site, method: str, path: str, body: Any = None) -> int:
    connection = http.client.HTTPConnection(site.env["DIGITREE_HTTP"], timeout=60)
    try:
        headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 429:
            return answer.status
        wait_s = int(answer.headers["Retry-After"])
    finally:
        connection.close()
    # So many requests in a minute are too many for one key: the next minute it is.
    time.sleep(wait_s)
    return _send(site, method, path, body)


def _call_a_menu_with_an_evil_name(bench: Bench, row: Row, evil: list[str]) -> None:
    site, did = bench.site, "+14155550177"
    site.make_menu(did, MENU | {"name": f"{evil[0]} {evil[10]} {evil[11]}"[:200]})
    load = bench.callers.load(did, live=8, total=8, speed=4.0, caller_name="x")
    calls = bench.callers.wait_over(load)
    judge(row, site, calls, unbroken=True)
    for call in calls:
        row.check(not any("system(" in command for command in call.commands), f"a command says {call.commands}")


def _evil_callers(bench: Bench, row: Row, evil: list[str]) -> int:
    """Caller names, caller numbers, numbers dialled; returns how many calls."""
    site, callers, total = bench.site, bench.callers, 0
    options: dict[str, Any] = {"live": 2, "total": 2, "speed": 4.0, "scripts": ("opt out", "qualified")}
    named = [callers.load(site.did, caller_name=text, **options) for text in evil]
    forged = [
        callers.load(site.did, overrides={"Caller-Caller-ID-Number": f"{text}\nCaller-Caller-ID-Number: {STRANGER}"},
                     **options)
        for text in evil
    ]  # fmt: skip
    astray = [
        callers.load(site.did, overrides={"Caller-Destination-Number": text}, live=1, total=1, speed=4.0)
        for text in evil
    ]
    for text, load in zip(evil, named, strict=True):
        calls = callers.wait_over(load)
        total += len(calls)
        judge(row, site, calls, unbroken=True)
        for call in calls:
            shown = [command for command in call.commands if text[:20] in command]
            row.check(not shown, f"the caller's name is in a command: {shown}")
    for text, load in zip(evil, forged, strict=True):
        calls = callers.wait_over(load)
        total += len(calls)
        site.wait_flushed([call.uuid for call in calls], [])
        records = {record["channel_uuid"]: record for record in site.records([call.uuid for call in calls])}
        for call in calls:
            record = records.get(call.uuid)
            wanted = "opted_out" if call.script == "opt out" else "transferred"
            row.check(record is not None and record["outcome"] == wanted, f"{text[:30]!r}: {record}")
            row.check(record is None or record["ani"] is None, f"{text[:30]!r} was taken for a number: {record}")
            row.check(not call.violations, f"{text[:30]!r}: {call.violations}")
            shown = [command for command in call.commands if INJECTED in command or "system(" in command]
            row.check(not shown, f"the caller's number is in a command: {shown}")
    for text, load in zip(evil, astray, strict=True):
        (call,) = callers.wait_over(load)
        total += 1
        row.check((call.sip_status, call.answer_ms) == (404, None), f"{text[:30]!r} dialled: {call.sip_status}")
    row.check(site.opt_outs([STRANGER]) == [], "a stranger was put on the do-not-call list")
    return total


def api_fuzzed(bench: Bench, row: Row) -> None:
    """Schemathesis with all checks; oversized, nested and non-UTF-8 bodies; uploads that are no audio"""
    tests = Path(__file__).parents[1] / "admin"
    chosen = [str(tests / name) for name in ("test_schemathesis.py", "test_http.py", "test_audio.py")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen], cwd=tests.parents[1],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    said = done.stdout.strip().splitlines()
    row.figures.append(said[-1] if said else "no output")
    row.check(done.returncode == 0, "\n".join(said[-15:]))
