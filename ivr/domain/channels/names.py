"""How menus name what they send by: `mail:reception`, `sms:alerts`, `chat:sales`. A name belongs to one channel,
whatever its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

ChannelKind = Literal["mail", "sms", "chat"]
CHANNEL_KINDS: tuple[ChannelKind, ...] = get_args(ChannelKind)

CHANNEL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
REFERENCE = re.compile(rf"(?:{'|'.join(CHANNEL_KINDS)}):{CHANNEL_NAME.pattern}", re.ASCII)
# The channel of text messages that name a number and no channel.
DEFAULT_SMS = "sms"

# The name of a channel in a menu, where no call has to say which it is.
_NAMED = re.compile(rf"({'|'.join(CHANNEL_KINDS)}):({CHANNEL_NAME.pattern})(?::.*)?", re.ASCII)


def reference(kind: str, name: str) -> str:
    return f"{kind}:{name}"


def find_reference(to: str) -> str | None:
    """The reference of the channel that a node's `to` names; None where only the call knows it."""
    found = _NAMED.fullmatch(to)
    if found is not None:
        return reference(found[1], found[2])
    return reference("sms", DEFAULT_SMS) if to.startswith("sms:") else None


def channels_named(document: Mapping[str, Any]) -> list[str]:
    """The references of the channels that a menu's document names, sorted."""
    sent = [node for node in document["nodes"].values() if node.get("action") == "send"]
    named = (find_reference(node["to"]) for node in sent if isinstance(node.get("to"), str))
    return sorted({each for each in named if each is not None})
