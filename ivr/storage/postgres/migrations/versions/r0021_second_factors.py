"""The second factor of users: a sealed TOTP secret, the last code's step, and hashes of recovery codes."""

from alembic import op

revision = "0021"
down_revision = "0020"

FACTORS = """
create table if not exists second_factor (
    user_id text primary key references app_user on delete cascade,
    sealed text not null,
    begun_at timestamptz not null default now(),
    confirmed_at timestamptz,
    last_step bigint not null default 0,
    recovery_hashes text[] not null default '{}'
);
"""


def upgrade() -> None:
    op.execute(FACTORS)
