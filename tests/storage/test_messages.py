"""Messages from calls to people: in the journal before the call goes on, in a real mail server's box, at a server
that answers as each vendor's API does, once, and tried again until they are taken."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psycopg
import pytest

import ivr.clients.smtp
from esl_server.services.notices import Notices
from ivr.clients.channels import ChannelSender, NoSounds
from ivr.domain.call_records import new_id, utc_now
from ivr.domain.channels.definition import Channel
from ivr.domain.channels.message import AttachedSound, Message, SentMessage
from ivr.domain.channels.names import find_reference
from ivr.domain.dnc.events import OptOut
from ivr.domain.numbers import E164
from ivr.domain.sounds import name_sound
from ivr.domain.webhooks import GIVE_UP_AFTER_S
from ivr.ports.sounds import KeptSound
from ivr.secrets import SoundSealer
from ivr.storage.disk.journal import Journal
from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.menu_resources import CHANNEL_NAMED
from ivr.storage.postgres.notice_outbox import MessageOutbox, NoticeOutbox
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.sound_codec import Samples, to_flac
from keeper.message_sender import MessageSender
from keeper.notice_sender import NoticeSender
from tests.channels import channel, mail_channel, sms_channel
from tests.helpers import wait_until
from tests.mail_server import mail_server
from tests.service_stub import SEALER, answer, make_certificate, serving
from tests.storage.test_notices import flush, make_due

NUMBER = "+14805550143"
SMS = Message("Your link.", NUMBER, (), "Shop", "+14805551234", "+14155550100")
MAIL = replace(SMS, to="", attach=(AttachedSound("message", "sound-1"),))
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


class Sounds:
    def read(self, sound: str) -> KeptSound | None:
        return KeptSound(b"fLaC sound", "audio/flac", 3.0) if sound == "sound-1" else None


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal", "esl-here-1")
    yield journal
    journal.close()


@contextmanager
def sending(database: str) -> Iterator[MessageSender]:
    pool, stopping = Database(database, max_size=4), threading.Event()
    sender = MessageSender(pool, SEALER, Sounds(), allow_private=False)
    thread = threading.Thread(target=sender.run, args=(stopping,))
    thread.start()
    try:
        yield sender
    finally:
        stopping.set()
        thread.join()
        pool.close()


def leave(
    journal: Journal,
    database: str,
    tmp_path: Path,
    to: str,
    message: Message,
    call_id: str = "call_1",
    place: str = "",
) -> None:
    assert Notices(journal, SEALER.seal).leave(to, message.to_json(), call_id, place)
    flush(database, tmp_path / "journal")


def states(database: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(
            "select service, state, attempts, status, error, sealed is null from service_notice order by order_no"
        ).fetchall()


def until(sender: MessageSender, **counts: int) -> None:
    for name, count in counts.items():
        wait_until(lambda name=name, count=count: sender.counters[name] == count, 30, f"{count} are {name}")  # type: ignore[misc]


def test_mail_is_in_the_box_of_its_server_with_the_sound_attached(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    with mail_server() as box, sending(database) as sender:
        stores.channels.create(mail_channel(box.port, to="office@example.com, boss@example.com"), actor="key_1")
        leave(journal, database, tmp_path, "mail:office", MAIL)
        until(sender, delivered=1)
    (mail,) = box.mails
    assert box.envelopes[0].rcpt_tos == ["office@example.com", "boss@example.com"]
    assert mail["Subject"] == "Shop: call from +14805551234"
    body, sound = mail.iter_parts()
    assert "Your link." in body.get_content()
    assert (sound.get_filename(), sound.get_content()) == ("message.flac", b"fLaC sound")
    assert states(database) == [("mail:office", "delivered", 1, 250, None, True)]


def test_a_message_left_again_at_its_place_in_the_call_is_sent_once(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    with mail_server() as box:
        stores.channels.create(mail_channel(box.port), actor="key_1")
        for call_id, place in [("call_1", "a.0"), ("call_1", "a.0"), ("call_2", "a.0")]:
            leave(journal, database, tmp_path, "mail:office", MAIL, call_id, place)
        with sending(database) as sender:
            until(sender, delivered=2)
    assert len({*box.ids}) == len(box.ids) == 2


def test_a_mail_whose_answer_was_lost_is_sent_again_under_the_same_id(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    """The end of the first attempt is not known: whoever reads it can tell that both are one."""
    with mail_server() as box, sending(database) as sender:
        stores.channels.create(mail_channel(box.port), actor="key_1")
        box.before_answer = lambda: (_ for _ in ()).throw(ConnectionResetError)
        leave(journal, database, tmp_path, "mail:office", SMS)
        until(sender, failed=1)
        box.before_answer = None
        make_due(database)
        until(sender, delivered=1)
    assert len(box.ids) == 2
    assert len({*box.ids}) == 1


def test_a_mail_that_is_under_way_when_the_keeper_stops_is_not_sent_again(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    stopping = threading.Event()
    with mail_server() as box:
        box.before_answer = stopping.set
        stores.channels.create(mail_channel(box.port), actor="key_1")
        leave(journal, database, tmp_path, "mail:office", SMS)
        pool = Database(database, max_size=4)
        MessageSender(pool, SEALER, Sounds(), allow_private=False).run(stopping)
        pool.close()
    assert states(database) == [("mail:office", "delivered", 1, 250, None, True)]


def test_a_server_that_is_away_gets_the_mail_once_it_is_back(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    stores.channels.create(mail_channel(port), actor="key_1")
    leave(journal, database, tmp_path, "mail:office", MAIL)
    with sending(database) as sender:
        until(sender, failed=1)
        assert states(database) == [("mail:office", "waiting", 1, None, "unreachable", False)]
        with mail_server(port=port) as box:
            make_due(database)
            until(sender, delivered=1)
    assert len(box.mails) == 1


def test_what_nobody_takes_for_a_day_is_dead_and_can_be_sent_again(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    leave(journal, database, tmp_path, "mail:office", MAIL)
    with psycopg.connect(database, autocommit=True) as connection:
        older = "update service_notice set left_at = left_at - make_interval(secs => %s)"
        connection.execute(older, (GIVE_UP_AFTER_S,))
    with mail_server() as box, sending(database) as sender:
        until(sender, dead=1)
        assert states(database)[0][1:5] == ("dead", 1, None, "unknown")
        stores.channels.create(mail_channel(box.port), actor="key_1")
        assert stores.messages.replay_dead("office", actor="key_1") == 1
        until(sender, delivered=1)
    assert [each["subject"] for each in _audit(database, "channel.replay")] == ["channel/office"]


def _audit(database: str, action: str) -> list[dict[str, Any]]:
    with psycopg.connect(database) as connection:
        rows = connection.execute("select subject from audit_log where action = %s", (action,)).fetchall()
    return [{"subject": row[0]} for row in rows]


@pytest.mark.parametrize(("code", "state"), [("550 no such user", "dead"), ("450 try later", "waiting")])
def test_an_address_that_is_refused_for_good_is_not_tried_for_a_day(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path, code: str, state: str
) -> None:
    with mail_server() as box, sending(database) as sender:
        box.refused_to["office@example.com"] = code
        stores.channels.create(mail_channel(box.port), actor="key_1")
        leave(journal, database, tmp_path, "mail:office", MAIL)
        until(sender, **{"dead" if state == "dead" else "failed": 1})
    assert states(database)[0][1:5] == (state, 1, int(code[:3]), "recipient")


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server at 127.0.0.1, whose certificate is trusted."""
    certificate = make_certificate(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(ivr.clients.smtp, "tls_context", lambda: trusting)
    return context


def send(made: Channel, message: Message = MAIL) -> SentMessage:
    return ChannelSender(SEALER.find, Sounds()).send(made, message, "msg_1", NOW, "call_1")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_under_tls_with_the_password_of_the_channel(tls: ssl.SSLContext, security: str) -> None:
    with mail_server(tls=tls, from_the_start=security == "tls") as box:
        login = {"user": "ivr", "password": "right"}
        assert send(mail_channel(box.port, security=security, **login)) == SentMessage("taken", status=250)
        wrong = send(mail_channel(box.port, security=security, **{**login, "password": "wrong"}))
    assert (wrong.attempted, wrong.failure, wrong.status) == ("again", "login", 535)
    assert {*box.logins} == {("ivr", "right"), ("ivr", "wrong")}
    assert box.upgraded == [security == "starttls"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_another_name_gets_neither_password_nor_mail(tls: ssl.SSLContext, security: str) -> None:
    with mail_server(tls=tls, from_the_start=security == "tls") as box:
        made = mail_channel(box.port, security=security, host="localhost", user="ivr", password="right")
        sent = send(made)
    assert (sent.attempted, sent.failure) == ("again", "tls")
    assert (box.mails, box.logins) == ([], [])


def test_a_server_without_tls_gets_no_mail_that_was_to_be_encrypted() -> None:
    with mail_server() as box:
        sent = send(mail_channel(box.port, security="starttls"))
    assert (sent.attempted, sent.failure, box.mails) == ("again", "tls", [])


def test_a_private_address_is_not_connected_to_unless_it_may_be() -> None:
    with mail_server() as box:
        sent = send(replace(mail_channel(box.port), allow_private=False))
        assert (sent.attempted, sent.failure, box.mails) == ("again", "refused", [])
        assert send(mail_channel(box.port, host="169.254.169.254")).failure == "refused"


def test_a_server_that_says_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ivr.clients.smtp, "WAIT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert send(mail_channel(silent.getsockname()[1])).failure == "timeout"


def test_a_sound_that_is_gone_is_named_in_the_mail() -> None:
    with mail_server() as box:
        sender = ChannelSender(SEALER.find, NoSounds())
        assert sender.send(mail_channel(box.port), MAIL, "msg_1", NOW, "call_1").attempted == "taken"
    assert "The recording message is no longer kept." in box.mails[0].get_content()


def test_mail_waits_for_a_recording_that_is_not_kept_yet(tmp_path: Path) -> None:
    kept = KeptSounds(tmp_path, SoundSealer(lambda: b"a secret of the tests"))
    sender, name = ChannelSender(SEALER.find, kept), name_sound(new_id("call"), 1)
    message = replace(MAIL, attach=(AttachedSound("message", name),))
    with mail_server() as box:
        made, left_at = mail_channel(box.port), utc_now()
        early = sender.send(made, message, "msg_1", left_at, "call_1")
        assert (early.attempted, early.failure, box.mails) == ("again", "sound", [])
        kept.keep(name, to_flac(Samples(8000, 1, bytes(16000))))
        assert sender.send(made, message, "msg_1", left_at, "call_1").attempted == "taken"
    _, sound = box.mails[0].iter_parts()
    assert sound.get_content_type() == "audio/flac"


@pytest.mark.parametrize(
    ("preset", "path", "sent"),
    [
        ("twilio", "/2010-04-01/Accounts/AC123/Messages.json",
         {"To": NUMBER, "From": "+14155550100", "Body": "Your link."}),
        ("telnyx", "/v2/messages", {"to": NUMBER, "from": "+14155550100", "text": "Your link."}),
        ("bandwidth", "/api/v2/users/99/messages",
         {"to": [NUMBER], "from": "+14155550100", "text": "Your link.", "applicationId": "app-1"}),
    ],
)  # fmt: skip
def test_a_text_message_reaches_the_api_of_its_vendor(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path, preset: str, path: str, sent: Any
) -> None:
    token = [answer({"access_token": "b34rer", "expires_in": 3600})] if preset == "bandwidth" else []
    with serving(*token, answer({"id": "1"}, status="201 Created")) as stub, sending(database) as sender:
        stores.channels.create(sms_channel(preset, stub.url.removesuffix("/ask")), actor="key_1")
        leave(journal, database, tmp_path, "sms:sms", SMS)
        until(sender, delivered=1)
    request = stub.got[-1]
    assert request.line == f"POST {path} HTTP/1.1"
    if request.headers["content-type"] == "application/json":
        got = json.loads(request.body)
    else:
        got = {name: value for name, [value] in parse_qs(request.body.decode()).items()}
    assert sent.items() <= got.items()
    if preset == "bandwidth":
        assert stub.got[0].line == "POST /token HTTP/1.1"
        assert request.headers["authorization"] == "Bearer b34rer"


def test_a_text_message_reaches_any_other_api_by_a_body_and_headers_of_ones_own(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    body = '{"recipients": ["{to}"], "body": "{text}", "sender": "{called}", "ref": "{message_id}"}'
    with serving(answer({}, status="202 Accepted")) as stub, sending(database) as sender:
        made = channel("sms", "http_sms", {"body": body}, {"url": stub.url})
        made = replace(made, headers=(("X-Api-Key", SEALER.seal("s3cret")),))
        stores.channels.create(made, actor="key_1")
        leave(journal, database, tmp_path, "sms:sms", SMS)
        until(sender, delivered=1)
    (request,) = stub.got
    got = json.loads(request.body)
    assert got == {"recipients": [NUMBER], "body": "Your link.", "sender": "+14155550100", "ref": got["ref"]}
    assert got["ref"] == request.headers["idempotency-key"]
    assert request.headers["x-api-key"] == "s3cret"


def test_a_token_is_fetched_once_and_again_after_a_refusal() -> None:
    token = answer({"access_token": "t", "expires_in": 3600})
    taken, refused = answer({}, status="202 Accepted"), answer({}, status="401 No")
    with serving(token, taken, taken, refused, token, taken) as stub:
        sender, made = ChannelSender(SEALER.find, NoSounds()), sms_channel("bandwidth", stub.url.removesuffix("/ask"))
        results = [sender.send(made, SMS, f"msg_{n}", NOW, "call_1").failure for n in range(4)]
    assert results == [None, None, "login", None]
    assert [request.line.split()[1] for request in stub.got].count("/token") == 2


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [(400, "dead", "refused"), (429, "waiting", "status"), (503, "waiting", "status"), (401, "waiting", "login")],
)
def test_what_an_api_refuses_for_good_is_dead_at_once(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path, status: int, state: str, error: str
) -> None:
    with serving(answer({"code": 21211}, status=f"{status} No")) as stub, sending(database) as sender:
        stores.channels.create(sms_channel("twilio", stub.url.removesuffix("/ask")), actor="key_1")
        leave(journal, database, tmp_path, "sms:sms", SMS)
        until(sender, **{"dead" if state == "dead" else "failed": 1})
    assert states(database) == [("sms:sms", state, 1, status, error, False)]


def test_a_number_on_a_do_not_call_list_gets_no_text_message_and_mail_goes_on(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    stores.dnc.record(OptOut("e1", E164(NUMBER), NUMBER, "ani", NOW, call_id="call_0", did=None, ivr_id="ivr_1"))
    with mail_server() as box, serving(answer({}, status="201 Created")) as stub, sending(database) as sender:
        stores.channels.create(sms_channel("twilio", stub.url.removesuffix("/ask")), actor="key_1")
        stores.channels.create(mail_channel(box.port), actor="key_1")
        leave(journal, database, tmp_path, "sms:sms", SMS)
        leave(journal, database, tmp_path, "mail:office", MAIL)
        until(sender, not_sent=1, delivered=1)
    assert stub.got == []
    assert states(database)[0] == ("sms:sms", "not_sent", 1, None, "opted_out", True)
    assert [(each.service, each.state) for each in stores.messages.of_call("call_1")] == [
        ("sms:sms", "not_sent"), ("mail:office", "delivered"),
    ]  # fmt: skip


def test_a_channel_of_another_kind_is_not_taken_for_the_one_that_is_named(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    with mail_server() as box, sending(database) as sender:
        stores.channels.create(mail_channel(box.port, "alerts"), actor="key_1")
        leave(journal, database, tmp_path, "sms:alerts", SMS)
        until(sender, failed=1)
    assert (states(database)[0][4], box.mails) == ("unknown", [])


def test_notices_and_messages_share_a_table_and_go_each_by_its_own_sender(
    stores: PostgresStores, journal: Journal, database: str, tmp_path: Path
) -> None:
    notices = Notices(journal, SEALER.seal)
    assert notices.leave("office", {"a": 1}, "call_1")
    leave(journal, database, tmp_path, "mail:office", MAIL)
    pool = Database(database)
    try:
        of_services, of_channels = NoticeOutbox(pool), MessageOutbox(pool)
        assert (of_services.waiting(), of_channels.waiting()) == (1, 1)
        assert [due.service for due in of_services.claim(5)] == ["office"]
        assert [due.service for due in of_channels.claim(5)] == ["mail:office"]
    finally:
        pool.close()
    assert [each.service for each in stores.messages.list("office").items] == ["mail:office"]
    assert [each.service for each in stores.notices.list("office").items] == ["office"]
    assert NoticeSender is not MessageSender


@pytest.mark.parametrize(
    ("preset", "settings", "secrets", "status", "sent"),
    [
        # https://api.slack.com/messaging/webhooks
        ("slack", {}, {"url": "{url}"}, "200 OK", {"text": "Your link."}),
        # A workflow's "When a Teams webhook request is received": a message with an Adaptive Card; 202.
        ("teams", {}, {"url": "{url}"}, "202 Accepted", {"type": "message"}),
        # https://discord.com/developers/docs/resources/webhook: execute webhook; 204 without ?wait=true.
        ("discord", {}, {"url": "{url}"}, "204 No Content", {"content": "Your link."}),
        # https://docs.ntfy.sh/publish: the body is the message, or JSON with a topic at the root.
        ("ntfy", {"base_url": "{base}"}, {"topic": "office", "token": "tk_1"}, "200 OK",
         {"topic": "office", "message": "Your link."}),
        ("http_chat", {}, {"url": "{url}"}, "201 Created", {"text": "Your link."}),
    ],
)  # fmt: skip
def test_words_reach_a_chat(
    preset: str, settings: dict[str, str], secrets: dict[str, str], status: str, sent: dict[str, Any]
) -> None:
    with serving(answer({}, status=status)) as stub:
        base = stub.url.removesuffix("/ask")

        def filled(given: dict[str, str]) -> dict[str, str]:
            return {name: value.format(url=stub.url, base=base) for name, value in given.items()}

        made = channel("sales", preset, filled(settings), filled(secrets))
        assert send(made, replace(SMS, to="")).attempted == "taken"
    (request,) = stub.got
    got = json.loads(request.body)
    assert sent.items() <= got.items()
    assert "Your link." in request.body.decode()
    if preset == "teams":
        (card,) = got["attachments"]
        assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
        assert (card["content"]["type"], card["content"]["body"][0]["type"]) == ("AdaptiveCard", "RichTextBlock")
    if preset == "discord":
        assert got["allowed_mentions"] == {"parse": []}, "a caller's words call nobody"
    if preset == "ntfy":
        assert request.headers["authorization"] == "Bearer tk_1"


@pytest.mark.parametrize(
    ("asked", "least_s", "most_s"), [("900", 890, 900), ("86400", 3590, 3600), ("soon", 0, 600), (None, 0, 600)]
)
def test_a_server_that_asks_to_be_left_alone_is_for_an_hour_at_most(
    stores: PostgresStores,
    journal: Journal,
    database: str,
    tmp_path: Path,
    asked: str | None,
    least_s: float,
    most_s: float,
) -> None:
    headers = [] if asked is None else [f"Retry-After: {asked}"]
    with serving(answer({}, *headers, status="429 Too Many Requests")) as stub, sending(database) as sender:
        stores.channels.create(sms_channel("twilio", stub.url.removesuffix("/ask")), actor="key_1")
        leave(journal, database, tmp_path, "sms:sms", SMS)
        until(sender, failed=1)
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "select extract(epoch from next_at - tried_at)::float8 from service_notice"
        ).fetchone()
    assert row is not None
    assert least_s <= row[0] <= most_s + 60


def test_secrets_of_another_installation_send_nothing() -> None:
    with mail_server() as box:
        made = replace(mail_channel(box.port, user="u", password="p"), secrets=(("password", "x" * 80),))
        assert (send(made).failure, box.mails) == ("secrets", [])


@pytest.mark.parametrize(
    "to",
    ["mail:office", "mail:office:{x}", "mail:{x}", "chat:sales", "sms:alerts", "sms:alerts:{x}", "sms:{caller}",
     "sms:alerts:+14805550143", "sms:+14805550143"],
)  # fmt: skip
def test_the_database_reads_the_channel_of_a_node_as_menus_do(stores: PostgresStores, to: str) -> None:
    """By which a channel in use is not deleted, and a warning goes when one is made."""
    with stores.database.transaction() as connection:
        row = connection.execute(
            f"select {CHANNEL_NAMED} as named from (select %s::json as value) node",  # noqa: S608
            (json.dumps({"action": "send", "to": to}),),
        ).fetchone()
        other = connection.execute(
            f"select {CHANNEL_NAMED} as named from (select %s::json as value) node",  # noqa: S608
            (json.dumps({"action": "transfer", "to": to}),),
        ).fetchone()
    assert row is not None
    assert other is not None
    assert (row["named"], other["named"]) == (find_reference(to), None)
