"""Telephones are verified over a trunk: where its calls went when the code was heard."""

from alembic import op

revision = "0037"
down_revision = "0036"

# `goes_to`: a digest of the hosts (ivr.domain.telephones.way_out). Of telephones that were verified before it is not
# known over which trunk, so they hear another code.
VERIFIED_OVER = """
create table if not exists telephone_trunk (
    number text not null references telephone (number) on delete cascade,
    trunk text not null,
    goes_to text not null,
    verified_at timestamptz not null default clock_timestamp(),
    primary key (number, trunk)
);
alter table telephone add column if not exists code_trunk text, add column if not exists code_goes_to text;
update telephone set verified_at = null;
"""


def upgrade() -> None:
    op.execute(VERIFIED_OVER)
