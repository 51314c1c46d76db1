"""Trunks: the ways between this installation and carriers and PBXs."""
