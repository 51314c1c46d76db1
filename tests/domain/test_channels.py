"""What channels send: by the documentation of each API, and whatever a caller says, to the same recipient by the same
fields."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.channels.definition import Channel, parse_channel
from ivr.domain.channels.mail import Attached, mail_of
from ivr.domain.channels.mail_addresses import ADDRESSES, is_address
from ivr.domain.channels.message import AttachedSound, Message, message_from_json
from ivr.domain.channels.names import channels_named, find_reference
from ivr.domain.channels.preset import HttpForm
from ivr.domain.channels.presets import PRESETS
from ivr.domain.channels.requests import HttpRequest, judge, read_retry_after, request_for, token_request
from ivr.domain.channels.rules import channel_faults, fault_of_field
from ivr.domain.menu.recipients import TO, Destination, find_destination
from ivr.domain.menu.variables import Memory
from ivr.domain.menu.written import written

SMS = Message("Your link: https://example.com", "+14805550143", (), "Shop", "+14805551234", "+14155550100")
LEFT_AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
FIELDS: dict[str, dict[str, str]] = {
    "twilio": {"account": "AC123", "token": "t0ken", "from": "+14155550100"},
    "telnyx": {"key": "KEY1", "from": "+14155550100"},
    "bandwidth": {"account": "9900000", "application": "app-1", "client": "c", "secret": "s", "from": "+14155550100"},
    "http_sms": {"url": "https://sms.example.com/send?key=1"},
    "slack": {"url": "https://hooks.slack.com/services/T1/B1/x"},
    "teams": {"url": "https://prod.example.logic.azure.com/workflows/1?sig=a%2Fb"},
    "discord": {"url": "https://discord.com/api/webhooks/1/x"},
    "ntfy": {"topic": "alerts", "token": "tk_1"},
    "http_chat": {"url": "https://chat.example.com/"},
}
MAIL = {"host": "smtp.example.com", "from": "ivr@example.com", "to": "office@example.com, boss@example.com"}
# What people say, key in or are called: with what means something to somebody.
WORDS = st.text(max_size=60) | st.sampled_from([
    'x"}, {"to": "+1900', "a\r\nBcc: thief@example.com", "a\n\n<!channel> <https://x|y>", "{to}{token}{text}",
    "a&To=%2B1900", "@everyone", "\x00\x1f", "../../x?y#z", "=?utf-8?q?a?=", "\u2028To: x", "\ud83d\ude00",
])  # fmt: skip


def form_of(preset: str) -> HttpForm:
    form = PRESETS[preset].http
    assert form is not None
    return form


def fields_of(preset: str, **more: str) -> dict[str, str]:
    given = {**FIELDS[preset], **more}
    return {each.name: given.get(each.name, each.default) for each in PRESETS[preset].fields}


def request(preset: str, message: Message = SMS, **more: str) -> HttpRequest:
    token = "bearer" if form_of(preset).token_url else None
    return request_for(form_of(preset), fields_of(preset, **more), {}, message, "msg_1", token)


@pytest.mark.parametrize(
    ("preset", "url", "body", "authorization"),
    [
        ("twilio", "https://api.twilio.com/2010-04-01/Accounts/AC123/Messages.json",
         {"To": "+14805550143", "From": "+14155550100", "Body": SMS.text}, "Basic QUMxMjM6dDBrZW4="),
        ("telnyx", "https://api.telnyx.com/v2/messages",
         {"to": "+14805550143", "from": "+14155550100", "text": SMS.text}, "Bearer KEY1"),
        ("bandwidth", "https://messaging.bandwidth.com/api/v2/users/9900000/messages",
         {"to": ["+14805550143"], "from": "+14155550100", "text": SMS.text, "applicationId": "app-1", "tag": "msg_1"},
         "Bearer bearer"),
        ("http_sms", FIELDS["http_sms"]["url"], {"to": "+14805550143", "text": SMS.text}, None),
        ("slack", FIELDS["slack"]["url"], {"text": SMS.text}, None),
        ("discord", FIELDS["discord"]["url"], {"content": SMS.text, "allowed_mentions": {"parse": []}}, None),
        ("ntfy", "https://ntfy.sh", {"topic": "alerts", "title": "Shop", "message": SMS.text}, "Bearer tk_1"),
        ("http_chat", FIELDS["http_chat"]["url"], {"text": SMS.text}, None),
    ],
)  # fmt: skip
def test_a_message_is_sent_as_its_api_has_it(
    preset: str, url: str, body: dict[str, Any], authorization: str | None
) -> None:
    sent = request(preset)
    assert sent.url == url
    assert _read(sent) == body
    assert sent.headers.get("Authorization") == authorization


def _read(sent: HttpRequest) -> Any:
    if sent.headers["Content-Type"] == "application/json":
        return json.loads(sent.body)
    return {name: value for name, [value] in parse_qs(sent.body.decode(), keep_blank_values=True).items()}


def test_teams_gets_a_card_whose_text_is_no_markdown() -> None:
    card = _read(request("teams"))["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["body"] == [
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": SMS.text}]}
    ]


def test_a_key_by_which_a_message_is_recognised_goes_where_an_api_has_one() -> None:
    assert request("telnyx").headers["Idempotency-Key"] == "msg_1"
    assert request("http_sms").headers["Idempotency-Key"] == "msg_1"
    assert "Idempotency-Key" not in request("twilio").headers


def test_a_token_is_fetched_with_the_credentials_where_an_api_wants_one() -> None:
    asked = token_request(form_of("bandwidth"), fields_of("bandwidth"))
    assert asked is not None
    assert asked.url == "https://api.bandwidth.com/api/v1/oauth2/token"
    assert (asked.body, asked.headers["Authorization"]) == (b"grant_type=client_credentials", "Basic Yzpz")
    assert token_request(form_of("twilio"), fields_of("twilio")) is None


def test_another_server_is_used_and_a_part_of_a_path_is_quoted() -> None:
    sent = request("twilio", base_url="http://127.0.0.1:9/")
    assert sent.url == "http://127.0.0.1:9/2010-04-01/Accounts/AC123/Messages.json"
    assert "/Accounts/a%2Fb%3Fc/" in request("twilio", account="a/b?c").url


def test_slack_is_sent_no_mention_and_no_link() -> None:
    sent = _read(request("slack", replace(SMS, text="<!channel> & <https://x|y>")))
    assert sent == {"text": "&lt;!channel&gt; &amp; &lt;https://x|y&gt;"}


def test_a_text_is_cut_where_an_api_takes_no_more() -> None:
    long = replace(SMS, text="a" * 5000)
    assert len(_read(request("twilio", long))["Body"]) == 1600
    assert len(_read(request("discord", long))["content"]) == 2000


def test_the_body_of_ones_own_keeps_its_shape() -> None:
    body = '{"msg": {"number": "{to}", "text": "{menu}: {text}", "n": 3, "{to}": ["{unknown}"]}}'
    sent = _read(request("http_sms", replace(SMS, text='say "hi"'), body=body))
    assert sent == {
        "msg": {"number": "+14805550143", "text": 'Shop: say "hi"', "n": 3, "{to}": ["{unknown}"]}
    }


def test_headers_of_ones_own_go_along() -> None:
    sent = request_for(form_of("http_chat"), fields_of("http_chat"), {"authorization": "Bearer x"}, SMS, "m")
    assert sent.headers["authorization"] == "Bearer x"


@pytest.mark.parametrize("preset", sorted(FIELDS))
@given(words=WORDS)
def test_what_a_caller_says_adds_no_field_no_header_no_recipient_and_no_part_of_a_url(
    preset: str, words: str
) -> None:
    plain, told = request(preset), request(preset, replace(SMS, text=words, menu=words, caller=SMS.caller))
    assert told.url == plain.url
    assert told.headers == plain.headers
    assert _shape(_read(told)) == _shape(_read(plain))
    assert _without_words(_read(told)) == _without_words(_read(plain))


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    return [_shape(each) for each in value] if isinstance(value, list) else type(value)


def _without_words(value: Any) -> Any:
    """All but the places of the words."""
    if isinstance(value, dict):
        spoken = ("text", "Body", "content", "message", "title")
        return {
            name: _without_words(each) for name, each in value.items() if name not in spoken or isinstance(each, dict)
        }
    return [_without_words(each) for each in value] if isinstance(value, list) else value


@given(words=WORDS, sound=st.booleans())
def test_what_a_caller_says_adds_no_recipient_and_no_header_to_mail(words: str, sound: bool) -> None:
    sounds = [Attached("message", b"fLaC")] if sound else []
    made = mail_of(MAIL, Message(words, "", (), words), sounds, "msg_1", LEFT_AT, "call_1", words)
    assert list(made.to) == ["office@example.com", "boss@example.com"]
    mail = message_from_bytes(made.content, policy=default)
    expected = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Digitree-Call", "MIME-Version"]
    own = [name for name, _ in mail.items() if not name.lower().startswith("content-")]
    assert sorted(own) == sorted(expected)
    assert mail["To"] == "office@example.com, boss@example.com"
    assert "\n" not in mail["Subject"]


def test_mail_says_who_called_and_is_the_same_when_it_is_sent_again() -> None:
    message = Message("From the shop.", "", (AttachedSound("message", "s1"),), "Shop", "+14805551234", "+14155550100")
    sounds = [Attached("message", b"fLaC"), Attached("name", None)]
    made = mail_of(MAIL, message, sounds, "msg_1", LEFT_AT, "call_1")
    mail = message_from_bytes(made.content, policy=default)
    assert mail["Message-ID"] == "<msg_1@example.com>"
    assert mail["Subject"] == "Shop: call from +14805551234"
    assert mail["Date"] == "Mon, 09 Mar 2026 12:00:00 +0000"
    body, attached = mail.iter_parts()
    text = body.get_content().replace("\r\n", "\n")
    assert text.startswith("From the shop.\n\nThe recording name is no longer kept.\n\nCaller: +14805551234\n")
    assert "Called: +14155550100\nWhen: 2026-03-09 12:00 UTC\nCall: call_1" in text
    assert (attached.get_filename(), attached.get_content_type()) == ("message.flac", "audio/flac")
    assert attached.get_content() == b"fLaC"


def test_mail_has_the_firms_name_beside_the_senders_address() -> None:
    made = mail_of(MAIL, Message("x"), [], "m", LEFT_AT, "call_1", 'Roofs, "Sons" & Ñandú')
    sender = message_from_bytes(made.content, policy=default)["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ('Roofs, "Sons" & Ñandú', MAIL["from"])
    assert made.sender == MAIL["from"]


def test_mail_without_a_number_says_so() -> None:
    made = mail_of(MAIL, Message("x"), [], "m", LEFT_AT, "call_1")
    assert b"a withheld number" in made.content


@pytest.mark.parametrize(
    ("status", "attempted", "failure"),
    [
        (200, "taken", None), (201, "taken", None), (204, "taken", None), (400, "refused", "refused"),
        (422, "refused", "refused"), (401, "again", "login"), (403, "again", "login"), (404, "again", "status"),
        (429, "again", "status"), (500, "again", "status"), (302, "again", "status"),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int, attempted: str, failure: str | None) -> None:
    judged = judge(status, b'{"message": "no\nsuch number"}', now=LEFT_AT)
    assert (judged.attempted, judged.failure, judged.status) == (attempted, failure, status)
    assert judged.said == ("" if failure is None else '{"message": "no such number"}')


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0), ("120", 120), (" 7 ", 7), ("86400", 3600), ("-5", 0), ("1.5", 0), ("soon", 0), ("9" * 40, 0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0), ("Thu, 01 Jan 2150 00:00:00 GMT", 3600), ("", 0), ("a, b c", 0),
    ],
)  # fmt: skip
def test_how_long_a_server_asks_to_be_left_alone_is_bounded(header: str | None, seconds: float) -> None:
    assert read_retry_after(header, LEFT_AT) == seconds
    assert judge(429, b"", header, now=LEFT_AT).rests_s == seconds


MEMORY = Memory(
    caller="+14805551234",
    values={
        "to": "4805550143", "bad": "12", "who.box": "maria", "who.mail": "maria@example.com", "several": "a@b, c@d",
    },
)


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("mail:office", Destination("mail:office", "")),
        ("mail:{who.box}", Destination("mail:maria", "")),
        ("mail:{nothing}", None),
        ("mail:office:{who.mail}", Destination("mail:office", "maria@example.com")),
        ("mail:office:{several}", None),
        ("chat:sales", Destination("chat:sales", "")),
        ("sms:{caller}", Destination("sms:sms", "+14805551234")),
        ("sms:{to}", Destination("sms:sms", "+14805550143")),
        ("sms:+14805550100", Destination("sms:sms", "+14805550100")),
        ("sms:alerts", Destination("sms:alerts", "+14805551234")),
        ("sms:alerts:{to}", Destination("sms:alerts", "+14805550143")),
        ("sms:{bad}", None),
        ("sms:{nothing}", None),
    ],
)
def test_where_a_message_goes(to: str, found: Destination | None) -> None:
    assert TO.fullmatch(to)
    assert find_destination(to, MEMORY, "US") == found


@pytest.mark.parametrize(
    "to", ["", "mail:", "mail:a b", "fax:office", "chat:a:{x}", "mail:office:a@b.c", "sms:1234:5"]
)
def test_what_no_message_goes_to(to: str) -> None:
    assert not TO.fullmatch(to)


@given(value=WORDS)
def test_a_value_names_one_recipient_or_none(value: str) -> None:
    memory = MEMORY._replace(values={"x": value})
    mail = find_destination("mail:office:{x}", memory, "US")
    assert mail is None or (is_address(mail.to) and "," not in mail.to)
    sms = find_destination("sms:{x}", memory, "US")
    assert sms is None or (sms.to.startswith("+") and sms.to[1:].isdigit())
    named = find_destination("mail:{x}", memory, "US")
    assert named is None or (named.channel.count(":") == 1 and named.to == "")


def test_the_channels_that_a_menu_names() -> None:
    nodes = {
        "a": {"action": "send", "to": "mail:office"}, "b": {"action": "send", "to": "sms:{caller}"},
        "c": {"action": "send", "to": "mail:{who.box}"}, "d": {"action": "send", "to": "sms:alerts:{x}"},
        "e": {"action": "transfer", "to": "sms:no"}, "f": {"action": "send", "to": "mail:office:{x}"},
    }  # fmt: skip
    assert channels_named({"nodes": nodes}) == ["mail:office", "sms:alerts", "sms:sms"]
    assert find_reference("chat:{x}") is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Call {caller:phone}.", "Call +1 480-555-1234."),
        ("{caller} {caller:last4}", "+14805551234 1234"),
        ("{price:money:eur} {price:money}", "152.40 EUR 152.40"),
        ("{none}{none:phone}{none:money}!", "!"),
        ("{name} {}", "Ann {x} {}"),
    ],
)
def test_values_are_written_as_people_write_them(text: str, shown: str) -> None:
    memory = Memory(caller="+14805551234", values={"price": "152.4", "name": "Ann {x}"})
    assert written(text, memory) == shown


def test_secrets_are_sent_and_masked_in_a_test() -> None:
    memory = Memory(values={"code": "4711"}, secrets=frozenset({"code"}))
    assert written("Code {code}", memory) == "Code 4711"
    assert written("Code {code}", memory, masked=True) == "Code •••"


def test_a_message_is_the_same_when_it_is_read() -> None:
    message = replace(SMS, attach=(AttachedSound("message", "s1"),))
    assert message_from_json(json.loads(json.dumps(message.to_json()))) == message
    with pytest.raises(ValueError, match="not a message"):
        message_from_json({**message.to_json(), "to": 3})


def test_every_preset_says_where_it_was_read_and_its_own_fields_fit() -> None:
    for preset in PRESETS.values():
        assert (preset.checked is None) == (not preset.sources), preset.id
        for each in preset.fields:
            assert not each.default or fault_of_field(each, each.default) is None, (preset.id, each.name)
    for name, fields in FIELDS.items():
        for field, value in fields.items():
            form = PRESETS[name].field(field)
            assert form is not None
            assert fault_of_field(form, value) is None, (name, field)
        assert urlsplit(request(name).url).scheme == "https"


def test_a_stored_channel_is_read_again() -> None:
    channel = Channel("office", "smtp", tuple(MAIL.items()), (("password", "x" * 80),))
    assert parse_channel("office", json.loads(json.dumps(channel.to_json()))) == channel
    assert "x" * 80 not in json.dumps(channel.public_json()) + repr(channel)
    for wrong in ({"preset": "fax"}, {"secrets": {"password": "right"}}, {"settings": {"port": 25}},
                  {"headers": {"Host": "x" * 80}}):  # fmt: skip
        with pytest.raises(ValueError, match="channel"):
            parse_channel("office", {**channel.to_json(), **wrong})


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ({}, []),
        ({"user": "u"}, ["/settings/password"]),
        ({"user": "u", "password": "p", "security": "none"}, ["/settings/security"]),
        ({"security": "none"}, []),
        ({"to": ""}, ["/settings/to"]),
    ],
)
def test_what_a_mail_channel_needs(settings: dict[str, str], codes: list[str]) -> None:
    given = {name: value for name, value in {**MAIL, **settings}.items() if value}
    assert [each.pointer for each in channel_faults(Channel("a", "smtp", tuple(given.items())))] == codes


@pytest.mark.parametrize(
    ("addresses", "fit"),
    [("a@b.c", True), ("a@b.c, d@e", True), ("a@b.c,d@e.f", True), ("Ann <a@b.c>", False), ("a@b.c\nBcc: x@y", False),
     ("a@b.c;d@e.f", False), ("@b.c", False), ("a b@c.d", False)],
)  # fmt: skip
def test_lists_of_addresses(addresses: str, fit: bool) -> None:
    assert (ADDRESSES.fullmatch(addresses) is not None) == fit
