"""Waiting lines: who is served next, and by whom. Pure."""
