"""Adapters of the stores: Postgres, the Redis cache, the machine's own journal, snapshot and prompt files.

Everything here works in plain processes and, when gevent patched first, in greenlets: sockets, locks and psycopg's
waits are the patched ones. File writes and fsyncs block; whoever cannot wait runs them in a thread.
"""
