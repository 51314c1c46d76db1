"""Webhook messages about one thing go out in their order; those about menus say what was changed."""

from alembic import op

revision = "0016"
down_revision = "0015"

# A delivery's day counts from `waits_since`. What waits already keeps its place, in no order.
ORDER = """
alter table webhook_delivery
    add column if not exists order_key text,
    add column if not exists order_no bigint generated always as identity,
    add column if not exists waits_since timestamptz not null default clock_timestamp();
create index if not exists webhook_delivery_order on webhook_delivery (webhook_id, order_key, order_no)
    where state = 'waiting' and order_key is not null;
update webhook_delivery set waits_since = created_at;
"""
# The state of a menu was read when its message was first sent.
MENUS = """
update webhook_message m set data = json_build_object(
    'ivr_id', m.subject, 'deleted', i.id is null, 'version', i.version, 'name', i.name,
    'dids', array(select d.did from did d where d.ivr_id = m.subject order by d.did))
from webhook_message each left join ivr i on i.id = each.subject
where m.message_id = each.message_id and m.event = 'ivr.changed' and m.data is null and m.body is null
"""


def upgrade() -> None:
    op.execute(ORDER)
    op.execute(MENUS)
