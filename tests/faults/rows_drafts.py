"""Drafts are published while the admin app dies."""

from __future__ import annotations

import http.client
import threading
import urllib.error
from collections.abc import Callable
from typing import Any

from tests.faults.bench import Bench
from tests.faults.site import ADMIN, Site, tone
from tests.faults.verdict import Row
from tests.helpers import wait_until

_AUDIO = "ask.wav"
_GONE = (OSError, http.client.HTTPException)


class _Writer:
    """Saves a draft, uploads a sound into it and publishes it, number after number; what was answered."""

    def __init__(self, site: Site, ivr_id: str) -> None:
        self.site, self.ivr_id = site, ivr_id
        self.number = self.published = self.cut_off = 0
        self.sounds_ms: dict[int, int] = {}

    def write(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.number += 1
            try:
                if self._publish_one(self.number):
                    self.published = self.number
            except _GONE:
                self.cut_off += 1
                stop.wait(0.05)

    def _publish_one(self, number: int) -> bool:
        status, _ = self.site.running.api("PUT", f"/ivr/{self.ivr_id}/draft", _numbered(number))
        if status != 200:
            return False
        try:
            sound = tone(300 + 40 * (number % 50), 440)
            answer = self.site.upload(self.ivr_id, _AUDIO, sound, into="draft/audio")
        except urllib.error.HTTPError:
            return False
        self.sounds_ms[number] = round(1000 * answer["duration_seconds"])
        status, _ = self.site.running.api("POST", f"/ivr/{self.ivr_id}/draft/publish")
        return status == 200


def kill_admin_in_publishes(bench: Bench, row: Row) -> None:
    """SIGKILL the admin app while a draft is published, again and again"""
    site = bench.site
    writers = [_Writer(site, site.make_menu(f"+1415555{30 + n:02}00", _numbered(0))) for n in range(2)]
    stop = threading.Event()
    kills = 1 if bench.quick else 6
    with bench.crowd(row, unbroken=True) as crowd:
        threads = [threading.Thread(target=writer.write, args=(stop,)) for writer in writers]
        for thread in threads:
            thread.start()
        for _ in range(kills):
            enough = sum(each.published for each in writers) + 6
            site.wait_replaced(ADMIN, site.kill(ADMIN), 1)
            _wait(lambda enough=enough: sum(each.published for each in writers) >= enough, row)  # type: ignore[misc]
        stop.set()
        for thread in threads:
            thread.join(60)
        bench.wait_new_calls(crowd)
    site.wait_ready()
    for writer in writers:
        _look_at(row, site, writer)
    cut_off = sum(each.cut_off for each in writers)
    row.figures.append(f"{kills} kills, {sum(each.number for each in writers)} drafts, {cut_off} of them cut off")
    if not bench.quick:
        row.check(bool(cut_off), "nothing was cut off")


def _numbered(number: int) -> dict[str, Any]:
    return {
        "name": f"number {number}",
        "nodes": {
            "ask": {"audio": _AUDIO, "gather": {"1": f"go_{number}"}},
            f"go_{number}": {"action": "hangup"},
        },
    }


def _look_at(row: Row, site: Site, writer: _Writer) -> None:
    """Each version has the document and the sound of one number, and calls get the newest."""
    ivr_id = writer.ivr_id
    with site.postgres() as connection:
        versions = connection.execute(
            "select version, document, prompts from ivr_version where ivr_id = %s order by version", (ivr_id,)
        ).fetchall()
    numbers = [int(each["document"]["name"].split()[1]) for each in versions]
    for each, number in zip(versions, numbers, strict=True):
        row.check(each["document"]["nodes"] == _numbered(number)["nodes"], f"{ivr_id}: a mixed document {each}")
        if number:
            ms = each["prompts"][_AUDIO]["duration_ms"]
            row.check(ms == writer.sounds_ms.get(number), f"{ivr_id}: number {number} has the sound of another")
    published = [number for number in numbers if number]
    row.check(published == sorted(set(published)), f"{ivr_id}: a draft was published twice: {published}")
    row.check(writer.published <= max(published), f"{ivr_id}: {writer.published} was answered and is lost")
    stored, cached = site.ask("GET", f"/ivr/{ivr_id}"), site.cached(ivr_id)
    draft = stored["draft"]
    if draft is not None:
        kept = site.ask("GET", f"/ivr/{ivr_id}/draft")
        row.check(int(kept["name"].split()[1]) > max(published), f"{ivr_id}: a published draft is still there")
    row.check(
        cached is not None and (cached["version"], cached["name"]) == (stored["version"], stored["name"]),
        f"{ivr_id}: Redis has {cached}, Postgres has version {stored['version']}",
    )
    for did in stored["dids"]:
        row.check(site.pointer(did) == f"{ivr_id}:{stored['version']}", f"{did} leads to {site.pointer(did)}")


def _wait(until: Callable[[], bool], row: Row) -> None:
    try:
        wait_until(until, 60, "", poll_s=0.01)
    except AssertionError:
        row.check(False, "too little was published")
