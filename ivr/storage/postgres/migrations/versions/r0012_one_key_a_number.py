"""An entry is named after its number, so the primary key alone keeps a number single. With a second unique index
beside it, two who wrote the same number at the same moment could get Postgres's error in place of one entry."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("alter table suppression drop constraint suppression_list_id_number_key")
    op.execute("create index suppression_number on suppression (list_id, number)")
