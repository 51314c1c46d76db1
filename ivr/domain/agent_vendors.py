"""The presets of agents, as data. What a vendor changes is changed here alone; then `checked` is the day on which its
pages were read. What a page does not say is left as it is without a preset, and a step says so."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from ivr.domain.agent_presets import AgentPreset

_READ = date(2026, 11, 29)
_ENCRYPTED = {"srtp": "required"}
_OPENAI_SIP = "https://developers.openai.com/api/docs/guides/voice-sip"

_PRESETS = (
    AgentPreset(
        "openai_realtime",
        "OpenAI Realtime",
        "sip:<project id>@sip.api.openai.com;transport=tls",
        _ENCRYPTED,
        codecs=("PCMU",),
        reads="All headers of the INVITE are `sip_headers` in the webhook, X-IVR- ones too.",
        answers="Rings until your webhook accepts the call; 603 by default when it rejects it.",
        steps=(
            "Create a webhook for the event realtime.call.incoming in the settings of your project, under Webhooks.",
            "The project id, proj_ and letters, is under General; it stands before the @ of the address.",
            "Let the webhook accept the call within the seconds that the agent rings here.",
        ),
        checked=_READ,
        sources=(
            "https://developers.openai.com/api/docs/guides/realtime-sip.md",
            f"{_OPENAI_SIP}?api=realtime",
            "https://community.openai.com/t/bug-missing-content-type-header-in-200-ok-sip-response-from-openai-realtime-api/1356243",
        ),
    ),
    AgentPreset(
        "openai_live",
        "OpenAI GPT-Live",
        "sip:<project id>@sip.api.openai.com;transport=tls",
        _ENCRYPTED,
        codecs=(),
        reads="All headers of the INVITE are in the webhook, X-IVR- ones too.",
        answers="Rings until your webhook accepts the call. A call without SRTP is refused.",
        steps=(
            "Create a webhook for the event live.transport.incoming in the settings of your project, under Webhooks.",
            "The project id, proj_ and letters, is under General; it stands before the @ of the address.",
            "Its pages name Opus for calls that it makes, and no codec for calls that it takes.",
        ),
        checked=_READ,
        sources=(f"{_OPENAI_SIP}?voice-api=live", _OPENAI_SIP),
    ),
    AgentPreset(
        "livekit",
        "LiveKit",
        "sip:<number>@<subdomain>.sip.livekit.cloud;transport=tls",
        {**_ENCRYPTED, "tls_verify": "wildcard"},
        codecs=(),
        reads="With include_headers of the inbound trunk, X- headers are attributes of the participant, such as "
        "sip.h.x-ivr-call-id.",
        answers="Rings until a dispatch rule has put the caller into a room; refuses numbers that no trunk has.",
        steps=(
            "Create an inbound trunk whose numbers have the one before the @ of the address, with include_headers "
            "and with media_encryption SIP_MEDIA_ENCRYPT_REQUIRE.",
            "Create a dispatch rule for the trunk.",
            "The subdomain is the project id without its p_; the settings of the project have the whole SIP URI.",
            "With a user name and a password on the trunk, they go here as well.",
            "One's own LiveKit has its own host and certificate: then the certificate is for the host.",
        ),
        checked=_READ,
        sources=(
            "https://docs.livekit.io/telephony/features/secure-trunking.md",
            "https://docs.livekit.io/telephony/start/sip-trunk-setup",
            "https://docs.livekit.io/reference/telephony/sip-api.md",
        ),
    ),
    AgentPreset(
        "vapi",
        "Vapi",
        "sip:<user name>@sip.vapi.ai",
        {"header_style": "underscore"},
        codecs=(),
        reads="X- headers are variables of the assistant, in any case of letters; a hyphen is no character of their "
        "names.",
        answers="The assistant answers; no user name or password is asked for.",
        steps=(
            "Create a phone number with the provider vapi, a SIP URI of your choice and the assistant.",
            "For an organisation in the European Union the host is sip.eu.vapi.ai.",
            "It has TLS on port 5061 (;transport=tls), and its pages do not mention SRTP.",
        ),
        checked=_READ,
        sources=("https://docs.vapi.ai/advanced/sip", "https://docs.vapi.ai/advanced/sip/sip-networking.md"),
    ),
    AgentPreset(
        "retell",
        "Retell",
        "sip:<number>@sip.retellai.com;transport=tls",
        {**_ENCRYPTED, "send": ["x", "diversion", "user_to_user", "p_asserted_identity"]},
        codecs=("PCMU", "PCMA", "G722"),
        reads="X- headers without their X- are dynamic variables; so are Diversion, User-to-User and "
        "P-Asserted-Identity.",
        answers="The agent answers. Where an account has no call left it waits some 40 s for one before it refuses.",
        steps=(
            "Import a number by SIP trunking and bind an inbound agent to it; the number stands before the @.",
            "Or let a prepare URL register each call (POST /v2/register-phone-call) and answer with "
            "sip:<call id>@sip.retellai.com;transport=tls.",
            "SRTP needs TLS there.",
        ),
        checked=_READ,
        sources=(
            "https://docs.retellai.com/deploy/custom-telephony.md",
            "https://docs.retellai.com/build/telephony/sip-headers.md",
            "https://docs.retellai.com/deploy/inbound-call",
        ),
    ),
    AgentPreset(
        "telnyx",
        "Telnyx AI assistant",
        "sip:<user name>@sip.telnyx.com;transport=tls",
        {},
        codecs=(),
        reads="X- headers without their X- are dynamic variables, with _ for each hyphen.",
        answers="As the connection does that the user name belongs to: refused unless it allows SIP URI calling.",
        steps=(
            "Give the connection of the assistant a user name that begins with a letter, and allow SIP URI calling "
            "from anywhere (unrestricted) under Inbound.",
            "TLS 1.2 or newer is asked for. With encrypted media on the connection, set SRTP here to always.",
            "Hosts in other regions: sip.telnyx.eu, sip.telnyx.com.au, sip.telnyx.ca.",
        ),
        checked=_READ,
        sources=(
            "https://developers.telnyx.com/docs/voice/sip-trunking/features/sip-uri-calling.md",
            "https://developers.telnyx.com/docs/voice/sip-trunking/tls-requirements.md",
        ),
    ),
    AgentPreset(
        "daily",
        "Pipecat and Daily",
        "sip:<number>@<domain>-<trunk>.siptrunk.sip-us.daily.co",
        {"ring_timeout_s": 40},
        codecs=("PCMU", "PCMA", "G722", "OPUS"),
        reads="Its pages do not say what becomes of X- headers: what the bot must know can go through a prepare URL.",
        answers="180 at once; 200 when your webhook has answered and the room is there.",
        steps=(
            "Create a SIP trunk with a room template and the webhook sip_trunk.incoming, which starts the bot.",
            "Or let a prepare URL open a room with sip_mode dial-in, and answer with its sip_uri.endpoint once "
            "dialin-ready has come.",
            "Its pages mention neither TLS nor SRTP for calls that come in.",
        ),
        checked=_READ,
        sources=(
            "https://docs.daily.co/docs/guides/features/dial-in-dial-out/sip-trunk",
            "https://docs.daily.co/docs/guides/features/dial-in-dial-out/sip.md",
            "https://docs.pipecat.ai/pipecat/telephony/daily-sip.md",
        ),
    ),
    AgentPreset(
        "elevenlabs",
        "ElevenLabs Agents",
        "sip:<number>@sip.rtc.elevenlabs.io:5061;transport=tls",
        _ENCRYPTED,
        codecs=("PCMU", "PCMA", "G722"),
        reads="Headers of the INVITE can be variables of the agent; X-CALL-ID and X-CALLER-ID are read by name.",
        answers="The agent answers to which the number is assigned.",
        steps=(
            "Import a phone number from a SIP trunk with media encryption required, and assign the agent to it.",
            "The same number, with +, stands before the @; an address without it reaches nobody.",
            "Without encryption: port 5060 with ;transport=tcp, and SRTP off.",
        ),
        checked=_READ,
        sources=(
            "https://elevenlabs.io/docs/agents-platform/phone-numbers/sip-trunking",
            "https://elevenlabs.io/docs/eleven-agents/phone-numbers/sip-reference",
        ),
    ),
    AgentPreset(
        "generic",
        "Another one",
        "sip:<user>@<host>:5060",
        {},
        codecs=(),
        reads="X-IVR- headers and Diversion go along, if the agent's side reads them.",
        answers="180 within the seconds that are waited for a first reply, then 200.",
        steps=(
            "Allow calls from the address of this installation.",
            "Where it has TLS add ;transport=tls to the address, with its port; SRTP then hides the sound, too.",
        ),
        checked=_READ,
    ),
)
AGENT_PRESETS = MappingProxyType({each.id: each for each in _PRESETS})
