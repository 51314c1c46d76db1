"""Our own processes die, or are replaced."""

from __future__ import annotations

import http.client
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from tests.faults.bench import Bench, now
from tests.faults.menus import MESSAGES_MENU
from tests.faults.scripts import MESSAGES
from tests.faults.site import ADMIN, ESL, TTS, Site, tone
from tests.faults.verdict import Row
from tests.helpers import wait_until

MESSAGES_DID = "+14155551700"
# A caller's own times may differ by as long as nobody was there.
_AWAY_S = 10.0


def kill_one_esl(bench: Bench, row: Row) -> None:
    """SIGKILL one ESL process"""
    site = bench.site
    with bench.crowd(row, clock_s=_AWAY_S) as crowd:
        victim = site.pids(ESL)[0]
        os.kill(victim, signal.SIGKILL)
        site.wait_replaced(ESL, [victim], 2)
        bench.wait_new_calls(crowd)
    _count_take_overs(row, crowd.records, at_least=bench.live // 10)


def kill_all_esl(bench: Bench, row: Row) -> None:
    """SIGKILL all ESL processes at once"""
    site = bench.site
    with bench.crowd(row, clock_s=_AWAY_S) as crowd:
        site.wait_replaced(ESL, site.kill(ESL), 2)
        bench.wait_new_calls(crowd)
    _count_take_overs(row, crowd.records, at_least=bench.live // 5)


def kill_one_then_all_esl(bench: Bench, row: Row) -> None:
    """SIGKILL one ESL process, then all: some calls lose two workers"""
    site = bench.site
    with bench.crowd(row, clock_s=_AWAY_S) as crowd:
        victim = site.pids(ESL)[0]
        os.kill(victim, signal.SIGKILL)
        site.wait_replaced(ESL, [victim], 2)
        bench.callers.wait_started(crowd.load, max(3, bench.live // 20))
        site.wait_replaced(ESL, site.kill(ESL), 2)
        bench.wait_new_calls(crowd)
    _count_take_overs(row, crowd.records, at_least=bench.live // 5)


def kill_one_esl_in_messages(bench: Bench, row: Row) -> None:
    """SIGKILL one ESL process while callers hear messages that continue by themselves"""
    site = bench.site
    files = site.prompt_files(site.make_menu(MESSAGES_DID, MESSAGES_MENU, prompt_ms=2500))
    messages = {node: Path(files[f"{node}.wav"]).stem for node in ("hello", "notice")}
    with bench.crowd(row, did=MESSAGES_DID, scripts=MESSAGES, clock_s=_AWAY_S) as crowd:
        bench.wait_new_calls(crowd)
        killed_at, (victim, *_) = now(), site.pids(ESL)
        os.kill(victim, signal.SIGKILL)
        site.wait_replaced(ESL, [victim], 2)
        bench.wait_new_calls(crowd)
    met = again = 0
    for call in crowd.calls:
        record = crowd.records.get(call.uuid)
        if record is None or call.answer_ms is None:
            continue
        heard = {node: call.prompts.count(name) for node, name in messages.items()}
        played = [step for step in record["path"] if step["result"] == "played"]
        row.check(all(heard[step["node"]] for step in played), f"{call.number} heard {heard} times, kept as {played}")
        row.check(call.connections > 1 or max(heard.values()) == 1, f"{call.number} heard a message again: {heard}")
        into_call_ms = 1000 * (killed_at - call.began_at) - call.answer_ms
        in_message = any(0 <= into_call_ms - step["at_ms"] < step["ms"] for step in played)
        met += call.connections > 1 and in_message
        again += max(heard.values()) > 1
    row.figures.append(f"{met} callers were in a message, {again} heard it from its beginning again")
    row.check(met >= bench.live // 20, f"only {met} calls met the fault in a message")


def _count_take_overs(row: Row, records: dict[str, dict], at_least: int) -> None:
    taken = [record["take_overs"] for record in records.values() if record["take_overs"]]
    row.figures.append(f"{len(taken)} calls taken over, {sum(count > 1 for count in taken)} of them twice")
    row.check(len(taken) >= at_least, f"only {len(taken)} calls met the fault")


def reload_with_new_version(bench: Bench, row: Row) -> None:
    """Rolling restart with a new version of the menu at the same time"""
    site = bench.site
    # The other ending each time: what is heard tells the version.
    stored = site.ask("GET", f"/ivr/{site.ivr_id}")
    before = stored["nodes"]["unqualified"]["audio"]
    after = "bye_two.wav" if before == "bye.wav" else "bye.wav"
    site.upload(site.ivr_id, after, tone(800, 500 if after == "bye_two.wav" else 450))
    old_version = site.version()
    processes = site.pids(ESL)
    with bench.crowd(row, unbroken=True) as crowd:
        said = len(site.running.lines)
        asked_at = now()
        reload = threading.Thread(target=site.running.digitree, args=("reload",))
        reload.start()
        patch = {"nodes": {"unqualified": {"action": "hangup", "audio": after}}}
        new_version = int(site.ask("PATCH", f"/ivr/{site.ivr_id}", patch)["version"])
        live_at = now()
        reload.join(30)
        site.running.wait_for_line(r"reload: 2 processes replaced", 60, after=said)
        bench.wait_new_calls(crowd)
    files = {audio: Path(file).stem for audio, file in site.prompt_files().items()}
    for call in crowd.calls:
        record = crowd.records.get(call.uuid)
        if record is None:
            continue
        version = record["ivr_version"]
        if call.began_at < asked_at:
            row.check(version == old_version, f"{call.number} began before the change and had version {version}")
        if call.began_at > live_at:
            row.check(version == new_version, f"{call.number} began after the change and had version {version}")
        if record["outcome"] == "hung_up":
            wanted = files[before if version == old_version else after]
            row.check(call.prompts[-1] == wanted, f"{call.number} of version {version} heard {call.prompts[-1]}")
    row.check(set(processes).isdisjoint(site.pids(ESL)), "an old process goes on with new calls")
    row.figures.append(f"versions {old_version} and {new_version}")
    site.wait_replaced(ESL, processes, 2)


def kill_admin_in_patches(bench: Bench, row: Row) -> None:
    """SIGKILL the admin app in the middle of PATCHes, again and again"""
    site = bench.site
    menus = [site.make_menu(f"+1415555{20 + number:02}00", _numbered(0)) for number in range(2)]
    stop = threading.Event()
    answered = dict.fromkeys(menus, 0)
    sent = dict(answered)
    cut_off = []

    def patch(ivr_id: str) -> None:
        while not stop.is_set():
            number = sent[ivr_id] = sent[ivr_id] + 1
            try:
                status, _ = site.running.api("PATCH", f"/ivr/{ivr_id}", _numbered(number))
            except (OSError, http.client.HTTPException) as error:
                cut_off.append(error)
                continue
            if status == 200:
                answered[ivr_id] = number
            elif status == 429:
                stop.wait(1)

    kills = 1 if bench.quick else 6
    with bench.crowd(row, unbroken=True) as crowd:
        writers = [threading.Thread(target=patch, args=(ivr_id,)) for ivr_id in menus]
        for writer in writers:
            writer.start()
        for _ in range(kills):
            enough = sum(answered.values()) + 10
            site.wait_replaced(ADMIN, site.kill(ADMIN), 1)
            # The next one dies when this one has answered some requests.
            _wait(lambda enough=enough: sum(answered.values()) >= enough, row)  # type: ignore[misc]
        stop.set()
        for writer in writers:
            writer.join(60)
        bench.wait_new_calls(crowd)
    site.wait_ready()
    for ivr_id in menus:
        _look_at_numbered(row, site, ivr_id, answered[ivr_id], sent[ivr_id])
    row.figures.append(f"{kills} kills, {sum(sent.values())} PATCHes sent, {len(cut_off)} of them cut off")
    if not bench.quick:
        row.check(bool(cut_off), "no PATCH was cut off")


def _numbered(number: int) -> dict:
    """A menu all of whose parts say the same number."""
    return {
        "name": f"number {number}",
        "nodes": {
            "ask": {"audio": f"ask_{number}.wav", "gather": {"1": "go"}, "timeout_s": 1 + number % 50},
            "go": {"action": "hangup", "audio": f"go_{number}.wav"},
        },
    }


def _look_at_numbered(row: Row, site: Site, ivr_id: str, answered: int, sent: int) -> None:
    stored = site.ask("GET", f"/ivr/{ivr_id}")
    number = int(stored["name"].split()[1])
    wanted = _numbered(number)
    row.check(stored["nodes"] == wanted["nodes"], f"{ivr_id} is half of one and half of another: {stored}")
    row.check(answered <= number <= sent, f"{ivr_id} is at {number}, answered {answered}, sent {sent}")
    cached = site.cached(ivr_id)
    row.check(
        cached is not None and (cached["version"], cached["name"], cached["nodes"])
        == (stored["version"], stored["name"], stored["nodes"]),
        f"{ivr_id}: Redis has {cached}, Postgres has version {stored['version']}",
    )  # fmt: skip
    for did in stored["dids"]:
        row.check(site.pointer(did) == f"{ivr_id}:{stored['version']}", f"{did} leads to {site.pointer(did)}")


def kill_tts_in_mid_sentence(bench: Bench, row: Row) -> None:
    """SIGKILL the speech process in mid-sentence"""
    site = bench.site
    rounds = 1 if bench.quick else 3
    statuses = []
    with bench.crowd(row, unbroken=True) as crowd:
        for number in range(rounds):
            text = f"This is sentence {number}. " + "It goes on and on, so that there is time to die in it. " * 6
            answer: list[tuple[int, dict[str, str]]] = []
            spent_s = site.cpu_s(TTS)
            ask = threading.Thread(target=lambda text=text, answer=answer: answer.append(_speak(site, text)))
            ask.start()
            _wait(lambda spent_s=spent_s: site.cpu_s(TTS) > spent_s + 0.2, row, timeout_s=20)  # type: ignore[misc]
            site.wait_replaced(TTS, site.kill(TTS), 1)
            ask.join(90)
            status, headers = answer[0]
            statuses.append(status)
            row.check(
                status == 201 or (status == 503 and "retry-after" in headers),
                f"POST audio was answered {status} with {sorted(headers)}",
            )
            site.wait_ready()
            status, _ = _speak(site, f"Short again, number {number}.")
            row.check(status == 201, f"after the restart POST audio was answered {status}")
        bench.wait_new_calls(crowd)
    halves = site.half_prompts()
    row.check(not halves, f"half files: {halves}")
    row.figures.append(f"answered {statuses} meanwhile, 201 after the restart")


def _speak(site: Site, text: str) -> tuple[int, dict[str, str]]:
    return site.post_raw(f"/ivr/{site.ivr_id}/audio", {"node": "license", "text": text})


def _wait(until: Callable[[], bool], row: Row, timeout_s: float = 60.0) -> bool:
    try:
        wait_until(until, timeout_s, "", poll_s=0.01)
    except AssertionError:
        row.check(False, "the fault could not be made in time")
        return False
    return True
