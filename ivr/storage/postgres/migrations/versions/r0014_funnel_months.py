"""The funnel's counts by month: a year of a busy menu is thousands of days and nodes."""

from typing import cast

from alembic import op

from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.rollups import sum_months

revision = "0014"
down_revision = "0013"

MONTHS = """
create table funnel_month (
    ivr_id text not null,
    month date not null,
    ivr_version integer not null,
    node text not null,
    counts jsonb not null,
    primary key (ivr_id, month, ivr_version, node)
) with (fillfactor = 60);
"""


def upgrade() -> None:
    op.execute(MONTHS)
    sum_months(cast("Connection", op.get_bind().connection.driver_connection))
