"""The table of docs/causes.md: what the pages say of each answer of the telephone network (admin/http/causes.py),
and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from admin.http.causes import CAUSES, SENTENCES, SIP
from sipp_scenarios.made_part import put_part

PAGE = Path(__file__).parents[2] / "docs" / "causes.md"
PART = "causes"
# By reason, in the order of the page.
ADVICE: Mapping[str, str] = {
    "busy": "Try again later. An agent that is often busy wants a second address, or more calls at once.",
    "no_answer": "Ring longer, add another address, or lead the menu elsewhere by its `fallback_node`.",
    "declined": "Whoever was called pressed the button for it. Some carriers also say so to a caller's number they "
    "do not know: look at the number that you call from.",
    "no_number": "Compare the number, with its country code, digit by digit. For a SIP address: the part before the "
    "@ is not known there.",
    "moved": "Ask for the new number.",
    "bad_number": "Write it with its country code, or choose another form in the trunk's field for numbers that you "
    "call.",
    "unreachable": "The other side has no way to this number, or its server is away. Try again; if it stays, ask the "
    "carrier with the time of the call.",
    "offline": "Switch the telephone on, or see to it that it registers.",
    "no_reply": "Look at address and port, and at the firewalls on both sides: UDP and TCP 5060, or 5061 for TLS.",
    "too_slow": "Try again; if it stays, look at the server of the other side.",
    "overloaded": "More calls came at once than the other side takes: raise the limit there, or lower it in the "
    "trunk.",
    "broken": "Nothing can be mended here. Ask the other side with the time of the call.",
    "login": "Look at user name and password, and whether the other side wants a log-in by addresses instead.",
    "forbidden": "The account, the caller's number or the country is not allowed there. Look at the carrier's "
    "settings for your address, for caller numbers and for countries.",
    "payment": "Look at the account's balance.",
    "no_common_sound": "Choose PCMU and PCMA among the codecs of both sides, and the same answer to whether sound is "
    "encrypted.",
    "not_understood": "The other side is no SIP server, or of another dialect: look at the address and the "
    "transport.",
    "loop": "Two systems send the call to each other. Look where each of them leads this number.",
    "unwanted": "The number that you call from is marked as unwanted, or the person called said so. Do not call "
    "again, and register the number with the analytics services.",
    "signature": "The carrier could not sign or check the caller's number: call from a number that it gave you.",
    "certificate": "Look at the names and dates of both certificates, and at the clock of both machines.",
    "stopped": "Nothing: whoever called hung up before an answer, or the time for ringing was over.",
    "elsewhere": "Nothing: several were rung at once.",
    "by_us": "Nothing: somebody ended the call on the page or by the API.",
    "longest": "Raise the menu's or the agent's longest time, if calls may last longer.",
    "no_sound": "Sound is blocked on one side: look at the firewall for the UDP ports of RTP, and at the public "
    "address of your switch.",
    "passed_on": "Enter the address to which it was passed on.",
    "restarted": "Nothing: calls come in again by now.",
    "no_trunk": "Look at the page Trunks: one of them must make calls out, and be reachable.",
    "settings": "Look at the addresses in the agent and in the settings.",
}


def table() -> str:
    """Every reason with its sentence, its advice and the codes that stand for it, each an anchor."""
    rows = ["| what is said | what to do | SIP | FreeSWITCH |", "|---|---|---|---|"]
    for reason, advice in ADVICE.items():
        sentence = SENTENCES[reason].replace("%(who)s", "The other side")
        rows.append(f"| {sentence} | {advice} | {_codes(SIP, reason)} | {_codes(CAUSES, reason)} |")
    return "\n".join(rows)


def _codes(by_code: Mapping[int, str] | Mapping[str, str], reason: str) -> str:
    return ", ".join(f'<a id="{code}"></a>`{code}`' for code, why in by_code.items() if why == reason)


if __name__ == "__main__":
    put_part(PAGE, PART, table())
