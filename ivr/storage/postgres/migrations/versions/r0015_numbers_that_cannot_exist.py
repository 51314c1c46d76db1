"""A warning about numbers that cannot exist: earlier releases took half a number for one. Changes nothing."""

import logging
from typing import cast

from alembic import op

from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.dnc_doubts import count_impossible, list_doubtful_dids

revision = "0015"
down_revision = "0014"

log = logging.getLogger(__name__)


def upgrade() -> None:
    connection = cast("Connection", op.get_bind().connection.driver_connection)
    if listed := count_impossible(connection):
        log.warning(
            "%d entries of the do-not-call lists have a number that cannot exist; they stay as they are, and"
            " `digitree dnc doctor` names each with what was received",
            listed,
        )
    for each in list_doubtful_dids(connection):
        log.warning("%s leads to %s and nobody can call it: %s", each.did, each.ivr_id, each.doubt)
