"""The languages that callers chose, in Redis: found again, believed only when signed, and never worth a wait."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from ivr.storage.redis.kept_languages import DAY_S, RedisKeptLanguages, language_key
from tests.helpers import SIGNED

CALLER, OTHER = "+14805550001", "+14805550002"


@pytest.fixture
def kept(cache: str) -> Iterator[RedisKeptLanguages]:
    languages = RedisKeptLanguages(cache, SIGNED, days=30)
    yield languages
    languages.close()


def test_a_language_is_found_for_its_caller_alone_as_long_as_the_setting_says(
    kept: RedisKeptLanguages, cache: str
) -> None:
    kept.keep(CALLER, "pt-BR")
    assert (kept.find(CALLER), kept.find(OTHER)) == ("pt-BR", "")
    assert 0 < redis.Redis.from_url(cache).ttl(language_key(CALLER)) <= 30 * DAY_S


def test_what_another_wrote_is_not_believed(kept: RedisKeptLanguages, cache: str) -> None:
    kept.keep(CALLER, "es")
    raw = redis.Redis.from_url(cache)
    raw.set(language_key(OTHER), raw.get(language_key(CALLER)) or b"")
    assert kept.find(OTHER) == ""
    raw.set(language_key(CALLER), "es")
    assert kept.find(CALLER) == ""


def test_with_no_days_nothing_is_kept_or_asked(cache: str) -> None:
    languages = RedisKeptLanguages(cache, SIGNED, days=0)
    languages.keep(CALLER, "es")
    assert redis.Redis.from_url(cache).get(language_key(CALLER)) is None
    assert languages.find(CALLER) == ""


def test_without_redis_callers_are_asked_and_one_call_waits_for_all() -> None:
    languages = RedisKeptLanguages("redis://127.0.0.1:1/0", SIGNED, days=30, clock=lambda: 7.0)
    languages.keep(CALLER, "es")
    asked: list[object] = []
    languages._redis.get = asked.append
    assert languages.find(CALLER) == ""
    assert asked == [], "Redis is left alone for a moment"
