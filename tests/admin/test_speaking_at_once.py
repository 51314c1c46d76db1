"""A script that speaks a whole menu at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.admin.running import run_speaking_admin


def test_twenty_prompts_of_a_menu_asked_for_at_once_are_all_spoken(
    database: str, cache: str, home: Path, free_port: int
) -> None:
    nodes = {f"node_{number}": {"action": "hangup"} for number in range(20)}
    with run_speaking_admin(home, free_port, database, cache) as admin:
        menu = admin.http.post("/ivr", json={"name": "twenty", "nodes": nodes}).json()["id"]

        def speak(node: str) -> tuple[int, str]:
            answer = httpx.post(
                f"{admin.url}/ivr/{menu}/audio",
                json={"node": node, "text": f"This is {node}."},
                headers={"Authorization": f"Bearer {admin.key}"},
                timeout=200,
                trust_env=False,
            )
            return answer.status_code, answer.json().get("code", "")

        with ThreadPoolExecutor(20) as clients:
            assert list(clients.map(speak, nodes)) == [(201, "")] * 20
        prompts = admin.http.get(f"/ivr/{menu}").json()["prompts"]
        assert {each["state"] for each in prompts} == {"ready"}
        assert len(prompts) == 20
