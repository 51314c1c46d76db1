"""Calls that we make: ordered here, made by the keeper."""
