"""The requests of the seed page through a client generated from /openapi.json.

`python seed_page.py BASE_URL API_KEY` prints the menu's id as the last line. Its types are checked by mypy before.
"""

from __future__ import annotations

import sys
import uuid
from http import HTTPStatus
from io import BytesIO
from typing import TypeVar, assert_type

from digitree_client import AuthenticatedClient
from digitree_client.api.audio import listen, speak, upload_audio
from digitree_client.api.do_not_call import import_dnc
from digitree_client.api.menus import assign_did, create_ivr, get_ivr, patch_ivr
from digitree_client.models import (
    ACallBack,
    AHandOff,
    AMessage,
    AMessageSent,
    AnEnd,
    AnEndAction,
    AQuestion,
    AQuestionGather,
    ARecording,
    ARefusal,
    ARequest,
    Assign,
    Assigned,
    ASwitch,
    CreateIvrBody,
    CreateIvrBodyNodes,
    EachOfAList,
    Imported,
    KeysSent,
    Menu,
    PatchIvrBody,
    PatchIvrBodyNodes,
    Problem,
    Speak,
    Spoken,
    TheQuestionForTheLanguage,
    Uploaded,
)
from digitree_client.types import File, Response

Node = (
    ACallBack | AHandOff | AMessage | AMessageSent | AnEnd | AQuestion | ARecording
    | ARefusal | ARequest | ASwitch | EachOfAList | KeysSent | TheQuestionForTheLanguage
)
Kind = TypeVar("Kind")

TEXTS = {
    "welcome": "Thanks for calling. Press 1 if you are a licensed plumber, or press 9 to be removed from our list.",
    "has_license": "Great. Press 1 if you serve the Phoenix metro area, or press 2 if you do not.",
}


def question(audio: str, timeout_node: str | None = None, **keys: str) -> AQuestion:
    gather = AQuestionGather()
    gather.additional_properties = {key.removeprefix("key_"): node for key, node in keys.items()}
    if timeout_node is None:
        return AQuestion(audio=audio, gather=gather)
    return AQuestion(audio=audio, gather=gather, timeout_node=timeout_node)


def need(answer: Response[Kind | Problem], kind: type[Kind], status: HTTPStatus) -> Kind:
    assert answer.status_code == status, answer.content
    assert isinstance(answer.parsed, kind)
    return answer.parsed


def create(client: AuthenticatedClient) -> Menu:
    nodes = CreateIvrBodyNodes()
    nodes.additional_properties = {
        "welcome": question("welcome.wav", "welcome", key_1="has_license", key_9="dnc"),
        "has_license": question("license_check.wav", key_1="service_area", key_2="unqualified"),
        "service_area": question("area_check.wav", key_1="transfer_ai", key_2="out_of_area"),
        "transfer_ai": AHandOff(action="transfer"),
        "unqualified": AnEnd(action=AnEndAction.HANGUP, audio="not_qualified.wav"),
        "out_of_area": AnEnd(action=AnEndAction.HANGUP, audio="wrong_area.wav"),
        "dnc": AnEnd(action=AnEndAction.SUPPRESS),
    }
    body = CreateIvrBody(name="Plumber Qualifier", nodes=nodes)
    answer = create_ivr.sync_detailed(client=client, body=body, idempotency_key=str(uuid.uuid4()))
    assert_type(answer, Response[Menu | Problem])
    return need(answer, Menu, HTTPStatus.CREATED)


def give_sound(client: AuthenticatedClient, ivr_id: str) -> None:
    for node, text in TEXTS.items():
        said = speak.sync_detailed(ivr_id, client=client, body=Speak(node=node, text=text, voice="rachel"))
        spoken = need(said, Spoken, HTTPStatus.CREATED)
        assert abs(spoken.cost_usd - 0.01 * spoken.duration_seconds) < 0.0001
    heard = listen.sync_detailed(ivr_id, "welcome.wav", client=client)
    assert heard.content.startswith(b"RIFF")
    own = File(payload=BytesIO(heard.content), file_name="wrong_area.wav")
    sent = upload_audio.sync_detailed(ivr_id, "wrong_area.wav", client=client, body=own)
    assert need(sent, Uploaded, HTTPStatus.OK).warnings == []


def change(client: AuthenticatedClient, ivr_id: str, version: int) -> Menu:
    nodes = PatchIvrBodyNodes()
    nodes["welcome"] = question("welcome.wav", "welcome", key_1="has_license", key_2="hours", key_9="dnc")
    body = PatchIvrBody(nodes=nodes)
    stale = patch_ivr.sync_detailed(ivr_id, client=client, body=body, if_match='"1"')
    assert isinstance(stale.parsed, Problem)
    assert (stale.status_code, stale.parsed.code) == (HTTPStatus.PRECONDITION_FAILED, "version_replaced")
    answer = patch_ivr.sync_detailed(ivr_id, client=client, body=body, if_match=f'"{version}"')
    return need(answer, Menu, HTTPStatus.OK)


def import_list(client: AuthenticatedClient) -> None:
    file = File(payload=BytesIO(b"Phone,Name\n(480) 555-0182,Ann\n555 0183,Bob\n"), file_name="list.csv")
    answer = import_dnc.sync_detailed(client=client, body=file)
    assert_type(answer, Response[Imported | Problem])
    done = need(answer, Imported, HTTPStatus.OK)
    assert (done.added, [each.line for each in done.bad]) == (1, [3])


def main() -> None:
    client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
    made = create(client)
    assert (made.status.value, made.dids) == ("draft", [])
    give_sound(client, made.id)
    assigned = assign_did.sync_detailed(made.id, client=client, body=Assign(did="+14155559876"))
    live = need(assigned, Assigned, HTTPStatus.OK)
    assert (live.status.value, live.did) == ("live", "+14155559876")
    changed = change(client, made.id, live.version)
    assert len(changed.nodes.additional_properties) == 7
    assert any("hours" in each.message for each in changed.warnings)
    read = need(get_ivr.sync_detailed(made.id, client=client), Menu, HTTPStatus.OK)
    welcome = read.nodes["welcome"]
    assert_type(welcome, Node)
    assert isinstance(welcome, AQuestion)
    assert_type(welcome.gather["2"], str)
    assert welcome.gather["2"] == "hours"
    assert isinstance(read.nodes["transfer_ai"], AHandOff)
    import_list(client)
    print(made.id)


if __name__ == "__main__":
    main()
