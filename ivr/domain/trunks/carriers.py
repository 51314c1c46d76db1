"""The presets, as data. A network or a name changes here alone; then `checked` is the day on which it was looked up.

Carriers that tell their addresses to each customer, or send from where one registers, have no networks here.
"""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from ivr.domain.trunks.presets import Networks, Preset

_BY_ADDRESS = {"kind": "address", "transport": "udp", "trust_identity": True}
_BY_REGISTRATION = {"kind": "registration", "transport": "udp", "dialled_in": "to"}
_ACCOUNT = ("registrar", "username", "password")

_PRESETS = (
    Preset(
        "twilio",
        "Twilio Elastic SIP trunking",
        {**_BY_ADDRESS, "trust_verstat": True},
        asks=(),
        checked=date(2026, 11, 29),
        networks=(
            Networks("North America, Virginia", ("54.172.60.0/30",)),
            Networks("North America, Oregon", ("54.244.51.0/30",)),
            Networks("Europe, Ireland", ("54.171.127.192/30",)),
            Networks("Europe, Frankfurt", ("35.156.191.128/30",)),
            Networks("Asia Pacific, Tokyo", ("54.65.63.192/30",)),
            Networks("Asia Pacific, Singapore", ("54.169.127.128/30",)),
            Networks("Asia Pacific, Sydney", ("54.252.254.64/30",)),
            Networks("South America, São Paulo", ("177.71.206.192/30",)),
        ),
        sources=(
            "https://www.twilio.com/docs/sip-trunking/ip-addresses",
            "https://www.twilio.com/docs/sip-trunking",
        ),
        steps=(
            "Create a trunk under Elastic SIP Trunking, Manage, Trunks.",
            "Under Origination, add the address of this installation: sip:203.0.113.5, for TLS "
            "sip:203.0.113.5:5061;transport=tls with Secure Trunking enabled under General.",
            "Under Numbers, add the numbers that are to ring here.",
        ),
    ),
    Preset(
        "telnyx",
        "Telnyx, by address",
        {**_BY_ADDRESS, "trust_verstat": True, "hosts": ["sip.telnyx.com"], "lookup": "srv"},
        asks=(),
        checked=date(2026, 11, 29),
        networks=(
            Networks("US", ("192.76.120.10/32", "64.16.250.10/32")),
            Networks("Europe", ("185.246.41.140/32", "185.246.41.141/32")),
            Networks("Australia", ("103.115.244.145/32", "103.115.244.146/32")),
            Networks("Canada", ("192.76.120.31/32", "64.16.250.13/32")),
        ),
        sources=(
            "https://sip.telnyx.com/",
            "https://developers.telnyx.com/docs/voice/sip-trunking/network-configuration/ip-whitelisting",
        ),
        steps=(
            "Create a SIP connection that authenticates by IP address, with the address of this installation.",
            "Under Inbound, choose the region that calls come from and the number format +E.164.",
            "Assign your numbers to the connection.",
        ),
    ),
    Preset(
        "telnyx_registration",
        "Telnyx, by registration",
        {
            **_BY_REGISTRATION, "registrar": "sip.telnyx.com", "lookup": "srv", "trust_identity": True,
            "trust_verstat": True,
        },
        asks=("username", "password"),
        checked=date(2026, 11, 29),
        sources=(
            "https://sip.telnyx.com/",
            "https://developers.telnyx.com/docs/voice/sip-trunking/authentication/credential-types",
        ),
        steps=(
            "Create a SIP connection that authenticates by credentials; its user name and password go here.",
            "Assign your numbers to the connection.",
        ),
    ),
    Preset(
        "bandwidth",
        "Bandwidth",
        _BY_ADDRESS,
        asks=("allowed",),
        checked=date(2026, 11, 29),
        sources=(
            "https://support.bandwidth.com/hc/en-us/articles/204138866-Outbound-Calling-Integration-Guide",
            "https://dev.bandwidth.com/docs/phone-numbers/concepts/manageLocations.html",
        ),
        steps=(
            "The addresses that calls come from are in your welcome letter; they go here as allowed networks.",
            "Create a location (SIP peer) with the address of this installation for voice calls to your numbers.",
            "Assign your numbers to the location.",
        ),
    ),
    Preset(
        "flowroute",
        "Flowroute",
        {**_BY_ADDRESS, "hosts": ["us-west-or.sip.flowroute.com"], "lookup": "srv", "caller_out": "digits"},
        asks=(),
        checked=date(2026, 11, 29),
        networks=(
            Networks("US-West-OR", ("34.210.91.112/28",)),
            Networks("US-East-VA", ("34.226.36.32/28",)),
        ),
        sources=(
            "https://developer.flowroute.com/api/numbers/v2.0/list-edge-strategies/",
            "https://support.bcmone.com/flowroute-support/docs/flowroute-service-guide-technical-specifications",
        ),
        steps=(
            "Create an inbound route of the type Host with the address of this installation, and choose its edge "
            "strategy (US-West-OR or US-East-VA).",
            "Choose the route for each of your numbers.",
            "An inbound route of another edge sends from other networks; its list of edge strategies names them.",
        ),
    ),
    Preset(
        "signalwire",
        "SignalWire",
        {**_BY_REGISTRATION, "transport": "tls", "srtp": "optional", "trust_identity": True},
        asks=_ACCOUNT,
        checked=date(2026, 11, 29),
        sources=("https://developer.signalwire.com/voice/sip/get-started/",),
        steps=(
            "Create a SIP endpoint under Resources; its user name and password go here, and the domain of your "
            "space, such as example.sip.signalwire.com, as registrar.",
            "Set the encryption of the endpoint to optional, or to required and SRTP here to required.",
            "Choose the endpoint as the handler of calls of your numbers.",
        ),
    ),
    Preset(
        "voipms",
        "VoIP.ms",
        {**_BY_REGISTRATION, "caller_in": "national", "caller_out": "national"},
        asks=_ACCOUNT,
        checked=date(2026, 11, 29),
        sources=(
            "https://wiki.voip.ms/article/Sub_Accounts",
            "https://wiki.voip.ms/article/Account_Settings",
        ),
        steps=(
            "Create a sub account with user and password authentication and the device type of a PBX.",
            "Its user name, such as 100000_menu, and its password go here, and the server next to you as registrar.",
            "Route your numbers to the sub account, and choose the same server for them.",
        ),
    ),
    Preset(
        "registrar",
        "Any carrier with a registration",
        _BY_REGISTRATION,
        asks=_ACCOUNT,
        checked=date(2026, 11, 29),
        steps=(
            "The registrar, the user name and the password are on the page of your carrier, mostly under SIP or PBX.",
            "If calls come without the number dialled, take it from the request instead of the To header.",
        ),
    ),
    Preset(
        "asterisk",
        "Asterisk or FreePBX",
        {**_BY_ADDRESS, "dtmf": "rfc4733"},
        asks=("hosts",),
        checked=date(2026, 11, 29),
        steps=(
            "Make a trunk (pjsip) without authentication and registration to the address of this installation.",
            "Send the numbers that are to ring here by an inbound or outbound route to that trunk, with their "
            "country code.",
        ),
    ),
    Preset(
        "freeswitch",
        "Another FreeSWITCH",
        _BY_ADDRESS,
        asks=("hosts",),
        checked=date(2026, 11, 29),
        steps=(
            "Make a gateway with register=false to the address of this installation.",
            "Bridge the numbers that are to ring here to that gateway, with their country code.",
        ),
    ),
)  # fmt: skip

PRESETS = MappingProxyType({each.id: each for each in _PRESETS})
