"""Waiting lines: who waits, and for how long."""
