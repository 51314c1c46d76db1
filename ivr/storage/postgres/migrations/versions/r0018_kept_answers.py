"""The answers to requests with an Idempotency-Key, for a day."""

from alembic import op

revision = "0018"
down_revision = "0017"

# `status` null: the request has begun, and nobody knows how it ended. `body` null: the answer was too large to keep.
ANSWERS = """
create table if not exists kept_answer (
    actor text not null,
    key_hash text not null,
    request_hash text not null,
    begun_at timestamptz not null default clock_timestamp(),
    status integer,
    headers json,
    body text,
    primary key (actor, key_hash)
);
create index if not exists kept_answer_begun on kept_answer (begun_at);
"""


def upgrade() -> None:
    op.execute(ANSWERS)
