"""Users with passwords, and sessions of users and keys on the page."""

from alembic import op

revision = "0006"
down_revision = "0005"

USERS = """
create table app_user (
    user_id text primary key,
    name text not null,
    password_hash text not null,
    scopes text[] not null,
    created_at timestamptz not null default now(),
    disabled_at timestamptz,
    last_login_at timestamptz
);
create unique index app_user_name on app_user (lower(name));

create table web_session (
    session_id text primary key,
    token_hash bytea not null unique,
    key_id text references api_key on delete cascade,
    user_id text references app_user on delete cascade,
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    check (num_nonnulls(key_id, user_id) = 1)
);
create index web_session_user on web_session (user_id);
"""


def upgrade() -> None:
    op.execute(USERS)
