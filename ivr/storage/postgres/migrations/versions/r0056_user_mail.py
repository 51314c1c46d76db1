"""The mail address of a user, good once it is confirmed, and the channel of the installation's own mail."""

from alembic import op

revision = "0056"
down_revision = "0055"

USER_MAIL = """
alter table app_user add column if not exists mail text, add column if not exists mail_confirmed_at timestamptz;
create unique index if not exists app_user_mail on app_user (lower(mail)) where mail_confirmed_at is not null;
create table if not exists system_mail (
    id int primary key default 1 check (id = 1),
    channel text,
    updated_at timestamptz not null default clock_timestamp()
);
"""


def upgrade() -> None:
    op.execute(USER_MAIL)
