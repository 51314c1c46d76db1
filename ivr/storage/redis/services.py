"""The services in Redis, as calls read them: the text of `ivr.domain.service_table`, in which secrets are sealed."""

from __future__ import annotations

from ivr.storage.redis.published_text import PublishedTextReader, PublishedTextWriter


class ServicesReader(PublishedTextReader):
    NAME = "services"


class ServicesWriter(PublishedTextWriter):
    NAME = "services"
