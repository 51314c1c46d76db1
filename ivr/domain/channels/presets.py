"""The presets of channels, as data. What a vendor changes is changed here alone; then `checked` is the day on which
its pages were read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from ivr.domain.channels.mail_addresses import ADDRESS, ADDRESS_RULE, ADDRESSES, ADDRESSES_RULE
from ivr.domain.channels.names import ChannelKind
from ivr.domain.channels.preset import HttpForm, Preset, SettingField
from ivr.domain.net_ports import PORT
from ivr.domain.urls import URL

_READ = date(2026, 11, 29)
_BASE_URL = re.compile(
    rf"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]{{0,251}}[A-Za-z0-9])?(?::{PORT})?(?:/[A-Za-z0-9._~-]{{1,60}}){{0,4}}",
    re.ASCII,
)
_URL_RULE = "an address begins with https:// or http://, has no blanks and no user name"
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_WORD_RULE = "this has 1 to 128 letters, digits, dots, underscores or hyphens"
_SECRET = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,510}[\x21-\x7e])?", re.ASCII)
_SIGNS_RULE = "this has up to 512 letters, digits and signs of ASCII, and no line end"
_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[A-Za-z0-9 ]{1,11}|[0-9]{3,8}", re.ASCII)
_SENDER_RULE = "a sender is a number such as +14155550100, a short code, or up to 11 letters and digits"
_JSON = re.compile(r"[\s\S]{2,4000}")


def _secret(name: str, label: str, hint: str = "") -> SettingField:
    return SettingField(name, label, _SECRET, _SIGNS_RULE, hint, secret=True)


def _base(default: str, hint: str = "") -> SettingField:
    return SettingField(
        "base_url", "Server", _BASE_URL, _URL_RULE, hint or "Another one than the usual", kind="url", required=False,
        default=default,
    )  # fmt: skip


def _hook(hint: str) -> SettingField:
    return SettingField("url", "Address", URL, _URL_RULE, hint, kind="url", secret=True)


_FROM = SettingField("from", "Sends from", _SENDER, _SENDER_RULE, example="+14155550100")
_SMTP = Preset(
    "smtp",
    "mail",
    "Mail server (SMTP)",
    (
        SettingField("host", "Server", _HOST, "a server's name has letters, digits, dots and hyphens",
                     example="smtp.example.com", kind="host"),
        SettingField("port", "Port", re.compile(PORT, re.ASCII), "a port is a number from 1 to 65535",
                     "Usually 587, or 465 with TLS from the start", required=False, default="587"),
        SettingField("security", "Encryption", re.compile("starttls|tls|none"),
                     "security is starttls, tls or none", kind="choice", required=False, default="starttls",
                     options=(("starttls", "STARTTLS"), ("tls", "TLS from the start"), ("none", "None"))),
        SettingField("user", "User", _SECRET, _SIGNS_RULE, "Empty: without a login", required=False),
        SettingField("password", "Password", _SECRET, _SIGNS_RULE, secret=True, required=False),
        SettingField("from", "From", ADDRESS, ADDRESS_RULE, example="ivr@example.com"),
        SettingField("to", "To", ADDRESSES, ADDRESSES_RULE, "One address, or several with commas",
                     "office@example.com"),
    ),
    None,
    "DKIM is the mail server's to sign.",
)  # fmt: skip
_TWILIO = Preset(
    "twilio",
    "sms",
    "Twilio",
    (
        SettingField("account", "Account SID", _WORD, _WORD_RULE, "AC and 32 characters"),
        _secret("token", "Auth token"),
        _FROM,
        _base("https://api.twilio.com", "Another region, such as https://api.dublin.ie1.twilio.com"),
    ),
    HttpForm(
        "{base_url}/2010-04-01/Accounts/{account}/Messages.json",
        form={"To": "{to}", "From": "{from}", "Body": "{text}"},
        basic=("account", "token"),
        longest=1600,
    ),
    "It has no key by which a message that was sent twice is recognised.",
    ("https://www.twilio.com/docs/messaging/api/message-resource", "https://www.twilio.com/docs/errors/14103"),
    _READ,
)
_TELNYX = Preset(
    "telnyx",
    "sms",
    "Telnyx",
    (_secret("key", "API key"), _FROM, _base("https://api.telnyx.com")),
    HttpForm(
        "{base_url}/v2/messages",
        json={"from": "{from}", "to": "{to}", "text": "{text}"},
        bearer="key",
        key_header="Idempotency-Key",
        longest=1600,
    ),
    "Its Idempotency-Key counts for a day where the API has it.",
    (
        "https://developers.telnyx.com/docs/messaging/messages/send-message",
        "https://developers.telnyx.com/docs/development/api-fundamentals/idempotency",
    ),
    _READ,
)
_BANDWIDTH = Preset(
    "bandwidth",
    "sms",
    "Bandwidth",
    (
        SettingField("account", "Account ID", _WORD, _WORD_RULE, "Seven digits"),
        SettingField("application", "Application ID", _WORD, _WORD_RULE),
        SettingField("client", "Client ID", _SECRET, _SIGNS_RULE, "Of an API credential"),
        _secret("secret", "Client secret"),
        _FROM,
        _base("https://messaging.bandwidth.com"),
        SettingField("token_url", "Token server", _BASE_URL, _URL_RULE, kind="url", required=False,
                     default="https://api.bandwidth.com/api/v1/oauth2/token"),
    ),
    HttpForm(
        "{base_url}/api/v2/users/{account}/messages",
        json={"to": ["{to}"], "from": "{from}", "text": "{text}", "applicationId": "{application}",
              "tag": "{message_id}"},
        basic=("client", "secret"),
        token_url="{token_url}",  # noqa: S106 - the name of a field
        longest=2048,
    ),
    "With API credentials (OAuth 2.0): users with a password end on 2 December 2026. The message's id is its tag.",
    (
        "https://dev.bandwidth.com/docs/messaging/createMessage",
        "https://dev.bandwidth.com/docs/account/credentials/management",
    ),
    _READ,
)  # fmt: skip
_SLACK = Preset(
    "slack",
    "chat",
    "Slack",
    (_hook("https://hooks.slack.com/services/…"),),
    HttpForm("{url}", json={"text": "{text}"}, escape="slack"),
    "An incoming webhook.",
    ("https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
     "https://docs.slack.dev/messaging/formatting-message-text"),
    _READ,
)  # fmt: skip
_TEAMS = Preset(
    "teams",
    "chat",
    "Microsoft Teams",
    (_hook("Of a workflow that posts when a webhook request is received"),),
    HttpForm(
        "{url}",
        json={
            "type": "message",
            "attachments": [
                {
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "contentUrl": None,
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.4",
                        # Runs of text are shown as they are: a text block would read Markdown.
                        "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "{text}"}]}],
                    },
                }
            ],
        },
    ),
    "A webhook of the app Workflows, which takes cards alone.",
    ("https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using",),
    _READ,
)
_DISCORD = Preset(
    "discord",
    "chat",
    "Discord",
    (_hook("https://discord.com/api/webhooks/…"),),
    HttpForm("{url}", json={"content": "{text}", "allowed_mentions": {"parse": []}}, longest=2000),
    "A webhook of a channel. Nobody is mentioned, whatever the text says.",
    ("https://docs.discord.com/developers/resources/webhook",),
    _READ,
)
_NTFY = Preset(
    "ntfy",
    "chat",
    "ntfy",
    (
        SettingField("topic", "Topic", re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII),
                     "a topic has 1 to 64 letters, digits, underscores or hyphens", secret=True,
                     hint="Whoever knows it can read along"),
        SettingField("token", "Access token", _SECRET, _SIGNS_RULE, "Of a topic that is protected", secret=True,
                     required=False),
        _base("https://ntfy.sh", "A server of your own"),
    ),
    HttpForm("{base_url}", json={"topic": "{topic}", "title": "{menu}", "message": "{text}"}, bearer="token"),
    "",
    ("https://docs.ntfy.sh/publish/#publish-as-json",),
    _READ,
)  # fmt: skip


def _generic(id: str, kind: ChannelKind, body: str) -> Preset:
    return Preset(
        id,
        kind,
        "Any other (HTTP)",
        (
            SettingField("url", "Address", URL, _URL_RULE, example="https://example.com/messages", kind="url",
                         secret=True),
            SettingField("body", "Body", _JSON, "the body is JSON of up to 4,000 characters",
                         "JSON; {text}, {to}, {caller}, {called}, {menu} and {message_id} stand in its texts",
                         kind="json", required=False, default=body),
        ),
        HttpForm("{url}", key_header="Idempotency-Key", has_headers=True),
    )  # fmt: skip


_ALL = (
    _SMTP, _TWILIO, _TELNYX, _BANDWIDTH, _generic("http_sms", "sms", '{"to": "{to}", "text": "{text}"}'),
    _SLACK, _TEAMS, _DISCORD, _NTFY, _generic("http_chat", "chat", '{"text": "{text}"}'),
)  # fmt: skip
PRESETS: Mapping[str, Preset] = MappingProxyType({each.id: each for each in _ALL})
