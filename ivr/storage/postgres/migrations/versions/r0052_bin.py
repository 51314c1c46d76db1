"""What was deleted and can still be brought back, row by row as it stood in its tables."""

from alembic import op

revision = "0052"
down_revision = "0051"

# Rows are json, not jsonb: the order of a menu's nodes is the author's. No foreign key leads here from other tables,
# and none from here: to every other query what is in the bin is gone.
BIN = """
create table if not exists bin (
    bin_id text primary key,
    kind text not null,
    subject text not null,
    name text not null,
    numbers text[] not null default '{}',
    guarded boolean not null default false,
    actor text not null,
    deleted_at timestamptz not null default clock_timestamp()
);
create index if not exists bin_newest on bin (deleted_at desc, bin_id desc);
create table if not exists bin_row (
    place bigint generated always as identity primary key,
    bin_id text not null references bin on delete cascade,
    from_table text not null,
    content json not null
);
create index if not exists bin_row_bin on bin_row (bin_id, place);
"""


def upgrade() -> None:
    op.execute(BIN)
