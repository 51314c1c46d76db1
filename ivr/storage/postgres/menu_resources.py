"""The resources that a menu's document names, as far as they exist: columns for a row `v` of ivr_version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.domain.agents import agents_named
from ivr.domain.channels.names import channels_named
from ivr.domain.hours.document import hours_named
from ivr.domain.service_definition import services_named

_AGENTS_NAMED = "(select node.value ->> 'agent' from json_each(v.document -> 'nodes') node)"
_NAMES_AGENTS = "strpos(v.document::text, '\"agent\"') > 0"
_HOURS_ASKED = "(select node.value ->> 'switch' from json_each(v.document -> 'nodes') node)"
_ASKS_HOURS = "strpos(v.document::text, '\"hours:') > 0"
_SERVICES_NAMED = "(select node.value ->> 'service' from json_each(v.document -> 'nodes') node)"
_NAMES_SERVICES = "strpos(v.document::text, '\"service\"') > 0"
# The reference of the channel that a node sends by (`ivr.domain.channels.names.find_reference`).
CHANNEL_NAMED = """case when node.value ->> 'action' = 'send' then coalesce(
        substring(node.value ->> 'to' from '^((?:mail|sms|chat):[A-Za-z0-9_-]{1,64})(?::.*)?$'),
        case when starts_with(node.value ->> 'to', 'sms:') then 'sms:sms' end) end"""
_NAMES_CHANNELS = "strpos(v.document::text, '\"send\"') > 0"
_NAMES_LISTS = "strpos(v.document::text, '\"list:') > 0"
_NAMES_PEOPLE = "strpos(v.document::text, '\"people\"') > 0"

# Those that are published with a menu, whole.
RESOURCES = f"""
    case when {_NAMES_AGENTS} then (
        select json_object_agg(a.name, a.document) from agent a where a.name in {_AGENTS_NAMED}
    ) end as agents,
    case when {_ASKS_HOURS} then (
        select json_object_agg(h.name, h.document) from hours h where 'hours:' || h.name in {_HOURS_ASKED}
    ) end as hours
"""  # noqa: S608

# Changes when one is made or deleted that is not published with menus: what a menu lacks is then another.
RESOURCES_MARK = """
    array[
        (select concat_ws(' ', count(*), max(created_at)) from service),
        (select concat_ws(' ', count(*), max(created_at)) from channel),
        (select concat_ws(' ', count(*), max(created_at)) from number_list),
        coalesce((select version::text from word_list), '')
    ] as resources_mark
"""

# The installation's list of words.
OWN_WORDS = "(select words from word_list) as words"

# All of them, by their names.
RESOURCE_NAMES = f"""
    case when {_NAMES_AGENTS} then array(
        select a.name from agent a where a.name in {_AGENTS_NAMED} order by a.name) end as agents,
    case when {_ASKS_HOURS} then array(
        select h.name from hours h where 'hours:' || h.name in {_HOURS_ASKED} order by h.name) end as hours,
    case when {_NAMES_SERVICES} then array(
        select s.name from service s where s.name in {_SERVICES_NAMED} order by s.name) end as services,
    case when {_NAMES_LISTS} then array(
        select l.name from number_list l where strpos(v.document::text, '"list:' || l.name || '"') > 0 order by l.name
    ) end as lists,
    case when {_NAMES_CHANNELS} then array(
        select c.document ->> 'kind' || ':' || c.name as channel from channel c
        where c.document ->> 'kind' || ':' || c.name in (
            select {CHANNEL_NAMED} from json_each(v.document -> 'nodes') node)
        order by 1
    ) end as channels,
    case when {_NAMES_PEOPLE} then array(
        select distinct g.name from person p, json_array_elements_text(p.document -> 'groups') g (name)
        where g.name in (select node.value ->> 'people' from json_each(v.document -> 'nodes') node) order by g.name
    ) end as groups
"""  # noqa: S608


def names_resources(document: Mapping[str, Any]) -> bool:
    """Whether a menu's document names anything that is published with it."""
    return any(named(document) for named in (agents_named, hours_named, services_named, channels_named))
