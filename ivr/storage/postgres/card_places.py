"""Where the editor's cards stand, in Postgres: a row a menu, gone with it."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg.types.json import Json

from ivr.ports.card_places import CardPlace
from ivr.storage.postgres.database import Database

_PUT = """
insert into ivr_places (ivr_id, places) select id, %s from ivr where id = %s
on conflict (ivr_id) do update set places = excluded.places, updated_at = clock_timestamp()
"""


class PostgresCardPlaces:
    """A CardPlaceStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, ivr_id: str) -> Mapping[str, CardPlace]:
        row = self._database.fetch_one("select places from ivr_places where ivr_id = %s", (ivr_id,))
        return {} if row is None else {node: CardPlace(x, y) for node, (x, y) in row["places"].items()}

    def put(self, ivr_id: str, places: Mapping[str, CardPlace]) -> None:
        with self._database.transaction() as connection:
            connection.execute(_PUT, (Json({node: list(place) for node, place in places.items()}), ivr_id))
