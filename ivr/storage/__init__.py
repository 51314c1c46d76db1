"""Adapters of the stores: Postgres, the Redis cache, the machine's own journal, snapshot and prompt files.

Everything here works in plain processes and, after gevent has patched, in greenlets: sockets, locks and psycopg's
waits are the patched ones. File writes and fsyncs block; a process that cannot wait runs them in a thread.
"""
