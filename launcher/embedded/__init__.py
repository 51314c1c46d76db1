"""Embedded Postgres and Redis: the servers' programs come in wheels, their data lies under DIGITREE_HOME.

Both listen on a Unix socket in a directory that only their owner may enter: no port, no password, nothing to be
reached from the network. The directory belongs to one caller alone (the supervisor holds a lock on its home), so
processes, pid files and sockets that an earlier start left behind are dead and are cleared away.

Each server has three functions: `prepare_*` (blocking, before every start), `*_server` (the program to run) and
`*_ready` (one try, never raises). `embedded_postgres` and `embedded_redis` put them together for tests and tools.
"""
