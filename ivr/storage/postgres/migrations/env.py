"""Run by Alembic: the connection comes from `ivr.storage.postgres.migrate`, which holds the migration lock on it."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
