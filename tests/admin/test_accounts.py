"""Roles of users, their mail addresses, and new passwords by mail: read in the box of a real mail server."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from email.message import EmailMessage

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin.http.services import Services
from admin.users.mailed_links import MailedLinks
from admin.wiring import Stores
from ivr.clients.channels import NoSounds
from ivr.domain.channels.definition import Channel
from ivr.secrets import Sealer, read_or_make_secret
from ivr.settings import Settings
from keeper.message_sender import MessageSender
from tests.admin.conftest import Api
from tests.helpers import wait_until
from tests.mail_server import Mailbox, mail_server

PASSWORD, OTHER = "correct horse battery", "staple of correct horses"
ORIGIN = {"Origin": "http://localhost"}
URL = "https://ivr.example.com"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"url": URL, "outbound_private": True})


@pytest.fixture
def box(settings: Settings, stores: Stores) -> Iterator[Mailbox]:
    """Mail of Digitree goes to a real server, by the keeper's own sender."""
    stopping, sealer = threading.Event(), Sealer(lambda: read_or_make_secret(settings).encode())
    sender = MessageSender(stores.postgres.database, sealer, NoSounds(), allow_private=True)
    with mail_server() as box:
        fields = {"host": "127.0.0.1", "port": str(box.port), "security": "none", "from": "ivr@example.com",
                  "to": "office@example.com"}  # fmt: skip
        stores.postgres.channels.create(Channel("office", "smtp", tuple(fields.items())), actor="tests")
        stores.postgres.system_mail.choose("office", actor="tests")
        thread = threading.Thread(target=sender.run, args=(stopping,))
        thread.start()
        try:
            yield box
        finally:
            stopping.set()
            thread.join()


def _log_in(app: Flask, name: str, password: str) -> FlaskClient:
    client = app.test_client()
    client.post("/ui/login", data={"name": name, "password": password}, headers=ORIGIN)
    return client


def _is_in(client: FlaskClient) -> bool:
    return client.get("/ui/account").status_code == 200


def _mail(box: Mailbox, count: int) -> EmailMessage:
    wait_until(lambda: len(box.mails) == count, 20, f"mail {count}")
    return box.mails[-1]


def _link(mail: EmailMessage) -> str:
    """The path of the link, which begins with the address that is configured."""
    (link,) = re.findall(r"https?://\S+", mail.get_content())
    assert link.startswith(f"{URL}/ui/")
    return link.removeprefix(URL)


def _token(path: str) -> str:
    return path.partition("token=")[2]


def _confirmed(api: Api, box: Mailbox, **body: object) -> str:
    """The id of a new user with a confirmed address, ada@example.com."""
    user = api("POST", "/users", {"name": "ada", "password": PASSWORD, "mail": "ada@example.com", **body})
    assert user.status_code == 201, user.text
    path = _link(_mail(box, 1))
    client = api.client
    assert "ada@example.com" in client.get(path).text
    assert user.json["mail_confirmed_at"] is None
    client.post("/ui/mail-address", data={"token": _token(path)}, headers=ORIGIN)
    assert api("GET", f"/users/{user.json['id']}").json["mail_confirmed_at"] is not None
    return str(user.json["id"])


def _ask(app: Flask, name: str, **headers: str) -> str:
    return app.test_client().post("/ui/forgot", data={"name": name}, headers={**ORIGIN, **headers}).text


def test_a_role_is_its_scopes_and_scopes_are_shown_as_their_role(api: Api) -> None:
    def made(name: str, **body: object) -> dict[str, object]:
        answer = api("POST", "/users", {"name": name, "password": PASSWORD, **body})
        return dict(answer.json or {})

    assert made("sue", role="supervisor")["scopes"] == ["calls", "people"]
    assert made("old", scopes=["write", "admin"])["role"] == "custom"
    assert made("eve", role="editor", scopes=["read"])["code"] == "role_and_scopes"
    owner = made("ada", role="owner")
    assert owner["role"] == "owner"
    viewer = api("PATCH", f"/users/{made('bob')['id']}", {"role": "viewer"}).json
    assert (viewer["role"], viewer["scopes"]) == ("viewer", ["read", "calls"])
    for change in ({"role": "editor"}, {"disabled": True}, {"scopes": ["admin"]}):
        refused = api("PATCH", f"/users/{owner['id']}", change)
        assert (refused.status_code, refused.json["code"]) == (409, "last_owner")
    second = made("ann", role="owner")
    assert api("PATCH", f"/users/{owner['id']}", {"role": "viewer"}).status_code == 200
    assert api("PATCH", f"/users/{second['id']}", {"disabled": True}).json["code"] == "last_owner"


def test_a_supervisor_has_the_calls_and_the_people_and_no_menus(app: Flask, api: Api) -> None:
    api("POST", "/users", {"name": "sue", "password": PASSWORD, "role": "supervisor"})
    sue = _log_in(app, "sue", PASSWORD)
    offered = set(re.findall(r'href="(/ui/[a-z-]+)"', sue.get("/ui/live").text))
    assert {"/ui/live", "/ui/people", "/ui/lines", "/ui/callbacks", "/ui/calls"} <= offered
    assert not offered & {"/ui/menus", "/ui/numbers", "/ui/dnc", "/ui/users", "/ui/channels"}
    for path in ("/ui/people", "/ui/lines", "/ui/callbacks", "/ui/calls"):
        assert sue.get(path).status_code == 200
    refused = sue.get("/ui/menus")
    assert refused.status_code == 403
    assert "it comes with: Owner, Editor, Viewer" in refused.text
    key = api.as_key(None)
    assert key("GET", "/ivr").status_code == 401
    lesser = api.as_key(api("POST", "/keys", {"name": "x", "scopes": ["calls", "people"]}).json["key"])
    person = {"name": "Ann", "address": "sip:ann@192.0.2.1:5060", "groups": ["desk"]}
    assert lesser("POST", "/people", person).status_code == 201
    assert lesser("PATCH", "/people/Ann", {"duty": "off"}).status_code == 200
    refused = lesser("POST", "/ivr", {"name": "x", "nodes": {}})
    assert (refused.status_code, refused.json["detail"]) == (
        403, 'this needs the scope "write", which your key does not have; the roles owner, editor have it',
    )  # fmt: skip


def test_a_confirmed_address_logs_in_and_is_nobody_elses(app: Flask, api: Api, box: Mailbox) -> None:
    _confirmed(api, box)
    assert _is_in(_log_in(app, "ADA@example.com", PASSWORD))
    bob = api("POST", "/users", {"name": "bob", "password": OTHER, "mail": "Ada@example.com"}).json
    assert not _is_in(_log_in(app, "Ada@example.com", OTHER)), "an address counts once it is confirmed"
    taken = app.test_client().post("/ui/mail-address", data={"token": _token(_link(_mail(box, 2)))}, headers=ORIGIN)
    assert taken.status_code == 409
    assert api("GET", f"/users/{bob['id']}").json["mail_confirmed_at"] is None
    wrong = api("PATCH", f"/users/{bob['id']}", {"mail": "Bob <bob@example.com>"})
    assert wrong.json["errors"][0]["pointer"] == "/mail"


def test_a_link_sets_a_password_once_ends_sessions_and_keeps_the_second_factor(
    app: Flask, api: Api, box: Mailbox, stores: Stores
) -> None:
    user_id = _confirmed(api, box)
    secret = api("POST", f"/users/{user_id}/second-factor").json["secret"]
    before = _log_in(app, "ada", PASSWORD)
    assert _is_in(before)
    code = pyotp.TOTP(secret).now()
    assert api("POST", f"/users/{user_id}/second-factor/confirm", {"code": code}).status_code == 200
    _ask(app, "ada@example.com", Host="evil.example", Origin="http://evil.example")
    mail = _mail(box, 2)
    assert (mail["To"], mail["From"], mail["X-Digitree-Call"]) == ("ada@example.com", "ivr@example.com", None)
    assert mail["Subject"] == "A new password for Digitree"
    assert "for the user ada of Digitree" in mail.get_content()
    path, browser = _link(mail), app.test_client()
    assert "A new password for ada" in browser.get(path).text
    form = {"token": _token(path), "password": "short"}
    assert browser.post("/ui/new-password", data=form, headers=ORIGIN).status_code == 422
    form["password"] = OTHER
    done = browser.post("/ui/new-password", data=form, headers=ORIGIN)
    assert done.headers["Location"] == "/ui/login?changed=1"
    assert not _is_in(browser), "the link logs nobody in"
    assert not _is_in(before)
    again = browser.post("/ui/new-password", data={**form, "password": PASSWORD}, headers=ORIGIN)
    assert "leads nowhere any more" in again.text
    asked = app.test_client().post("/ui/login", data={"name": "ada", "password": OTHER}, headers=ORIGIN)
    assert "Your second factor" in asked.text
    actions = [each["action"] for each in api("GET", f"/audit?subject={user_id}").json["items"]]
    assert {"user.password_link", "user.password_reset", "user.mail_confirm"} <= set(actions)
    sealed = stores.postgres.database.fetch_one("select count(*) as n from service_notice where sealed is not null")
    assert sealed == {"n": 0}, "a link that was sent is kept nowhere"


def test_a_link_dies_with_the_password_and_with_time(
    app: Flask, api: Api, box: Mailbox, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = _confirmed(api, box)
    _ask(app, "ada")
    path = _link(_mail(box, 2))
    links = services.get(MailedLinks)
    assert links.find_reset(_token(path)) is not None
    assert links.find_confirmation(_token(path)) is None, "a link is good for one thing"
    now = links.clock()
    object.__setattr__(links, "clock", lambda: now + 30 * 60 + 1)
    assert "leads nowhere any more" in app.test_client().get(path).text
    object.__setattr__(links, "clock", lambda: now)
    api("PATCH", f"/users/{user_id}", {"password": OTHER})
    assert "leads nowhere any more" in app.test_client().get(path).text


def test_who_asks_learns_nothing_and_nobody_is_flooded(
    app: Flask, api: Api, box: Mailbox, services: Services
) -> None:
    _confirmed(api, box)
    api("POST", "/users", {"name": "bob", "password": PASSWORD, "mail": "bob@example.com"})
    _mail(box, 2)
    links, looked_up = services.get(MailedLinks), list[object]()
    object.__setattr__(links, "in_background", looked_up.append)
    answers = {_ask(app, name) for name in ("ada", "bob", "nobody", "ada@example.com", "x" * 999)}
    assert len(answers) == 1
    assert "Look into your mailbox" in answers.pop()
    assert len(looked_up) == 5, "nothing is looked up before the answer"
    object.__setattr__(links, "in_background", lambda work: work())
    for _ in range(5):
        _ask(app, "ada")
    _ask(app, "bob")
    _mail(box, 5)
    assert [mail["To"] for mail in box.mails[2:]] == ["ada@example.com"] * 3, "bob's address is not confirmed"
    for _ in range(12):
        _ask(app, "ada")
    object.__setattr__(links, "in_background", looked_up.append)
    _ask(app, "ada")
    assert len(looked_up) == 5, "one address may ask twenty times an hour"


def test_without_a_channel_the_page_says_who_can_set_a_password(app: Flask, api: Api) -> None:
    assert "digitree user password NAME" in app.test_client().get("/ui/forgot").text
    refused = api("PUT", "/system-mail", {"channel": "office"})
    assert refused.json["errors"][0]["pointer"] == "/channel"
    assert api("GET", "/system-mail").json == {"channel": None}


def test_an_address_of_ones_own_takes_the_password(app: Flask, api: Api, box: Mailbox) -> None:
    api("POST", "/users", {"name": "ada", "password": PASSWORD, "role": "viewer"})
    ada = _log_in(app, "ada", PASSWORD)
    csrf = ada.get("/ui/account").text.split('name="csrf-token" content="')[1].split('"')[0]
    form = {"csrf": csrf, "mail": "ada@example.com", "current_for_mail": "wrong password"}
    assert ada.post("/ui/account/mail", data=form, headers=ORIGIN).status_code == 422
    form["current_for_mail"] = PASSWORD
    assert ada.post("/ui/account/mail", data=form, headers=ORIGIN).status_code == 303
    assert _mail(box, 1)["To"] == "ada@example.com"
