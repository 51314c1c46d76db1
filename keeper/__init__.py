"""The keeper: one process a machine that brings things to where they belong.

`flush` moves the journals to Postgres, `menus` keeps Redis and the machine's snapshot in step with Postgres, `lost`
closes calls that nobody will end, `status` tells how it stands. `python -m keeper` runs them. Whatever it does
may be done twice, by two keepers at once, or be cut off anywhere.
"""
