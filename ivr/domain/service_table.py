"""All services as one text, which calls read and a machine's disk keeps: name -> definition, sorted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from ivr.domain.service_definition import Service, parse_service


def table_text(services: Iterable[Service]) -> str:
    """The same text for the same services."""
    table = {each.name: each.to_json() for each in services}
    return json.dumps(table, separators=(",", ":"), sort_keys=True)


def parse_table(text: bytes) -> Mapping[str, Service]:
    """The services by their names; raises ValueError for another text."""
    table = json.loads(text)
    try:
        return {name: parse_service(name, document) for name, document in table.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a table of services: {error!r}") from error
