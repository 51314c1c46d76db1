"""Alembic revisions, written in SQL."""
