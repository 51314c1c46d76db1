"""Filters of calls that users keep."""

from __future__ import annotations

from ivr.ports.saved_filters import MAX_FILTERS
from ivr.storage.postgres.stores import PostgresStores

TODAY, WEEK = {"days": "today"}, {"days": "week"}


def names(stores: PostgresStores, owner: str) -> list[tuple[str, dict[str, str]]]:
    return [(each.name, dict(each.query)) for each in stores.saved_filters.list(owner)]


def test_each_user_has_filters_of_their_own_and_a_name_stands_for_one(stores: PostgresStores) -> None:
    filters = stores.saved_filters
    filters.save("ada", "Missed", TODAY)
    filters.save("ben", "Missed", WEEK)
    assert (names(stores, "ada"), names(stores, "ben")) == ([("Missed", TODAY)], [("Missed", WEEK)])
    filters.save("ada", "Missed", WEEK)
    filters.save("ada", "all", {})
    assert names(stores, "ada") == [("all", {}), ("Missed", WEEK)]
    every, missed = filters.list("ada")
    assert not filters.rename("ada", missed.filter_id, "all"), "the name is taken"
    assert not filters.rename("ben", missed.filter_id, "Mine"), "it is not theirs"
    assert filters.rename("ada", missed.filter_id, "Hung up")
    filters.delete("ben", every.filter_id)
    assert names(stores, "ada") == [("all", {}), ("Hung up", WEEK)]
    filters.delete("ada", every.filter_id)
    assert names(stores, "ada") == [("Hung up", WEEK)]


def test_the_oldest_filter_gives_way_to_one_too_many(stores: PostgresStores) -> None:
    for number in range(MAX_FILTERS + 1):
        stores.saved_filters.save("ada", f"filter {number:02}", TODAY)
    kept = [each.name for each in stores.saved_filters.list("ada")]
    assert kept == [f"filter {number:02}" for number in range(1, MAX_FILTERS + 1)]
