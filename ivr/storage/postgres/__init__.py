"""Adapters of the stores in Postgres."""
