"""Calls out over a trunk to people's own telephones, so that they hear their menu there."""
