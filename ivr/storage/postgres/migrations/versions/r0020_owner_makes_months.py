"""The partition of a month is made by the tables' owner: the role that writes call records owns nothing."""

from alembic import op

from ivr.storage.postgres.call_months import MAKE_MONTH

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute(MAKE_MONTH)
