"""The keeper: one process on each machine that moves data to where it belongs.

`flush` moves journals to Postgres, `redis_drain` the opt-outs that only Redis took; `menu_sync` keeps Redis and the
machine's snapshot in step with Postgres; `lost_calls` closes calls that will get no end, `held_people` frees whom
they held; `agent_prober` asks resting targets with OPTIONS; `webhook_sender` delivers. `keeper` runs them in threads.
All of it may happen twice, in two keepers at once, or be cut off anywhere.
"""
