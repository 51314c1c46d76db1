"""The scopes `dnc` and `admin` beside `write`, and keys that end.

Whatever had `write` could change everything, so it gets both: it goes on doing what it did.
"""

from alembic import op

revision = "0019"
down_revision = "0018"

WIDEN = """
update {table} set scopes = scopes || array['dnc', 'admin']
where 'write' = any(scopes) and not scopes && array['dnc', 'admin'];
"""


def upgrade() -> None:
    op.execute("alter table api_key add column if not exists expires_at timestamptz")
    for table in ("api_key", "app_user"):
        op.execute(WIDEN.format(table=table))
