"""Telephones are verified over a trunk: where its calls went when the code was heard. Trunks have their numbers in
one form: earlier ones kept +4402079460000 as it was sent, which equals no number dialled."""

from __future__ import annotations

from typing import cast

from alembic import op
from psycopg.rows import dict_row
from psycopg.types.json import Json

from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import parse_e164
from ivr.storage.postgres.database import Connection

revision = "0037"
down_revision = "0036"

# `goes_to`: a digest of the hosts (ivr.domain.telephones.way_out). Of telephones that were verified before it is not
# known over which trunk, so they hear another code.
VERIFIED_OVER = """
create table if not exists telephone_trunk (
    number text not null references telephone (number) on delete cascade,
    trunk text not null,
    goes_to text not null,
    verified_at timestamptz not null default clock_timestamp(),
    primary key (number, trunk)
);
alter table telephone add column if not exists code_trunk text, add column if not exists code_goes_to text;
update telephone set verified_at = null;
"""


def upgrade() -> None:
    op.execute(VERIFIED_OVER)
    connection = cast("Connection", op.get_bind().connection.driver_connection)
    trunks = connection.cursor(row_factory=dict_row).execute("select name, document from trunk").fetchall()
    for each in trunks:
        document = each["document"]
        numbers = [*dict.fromkeys(map(_one_form, document["numbers"]))]
        if numbers != document["numbers"]:
            changed = Json({**document, "numbers": numbers})
            connection.execute("update trunk set document = %s where name = %s", (changed, each["name"]))


def _one_form(number: str) -> str:
    try:
        return parse_e164(number)
    except InvalidNumber:
        return number
