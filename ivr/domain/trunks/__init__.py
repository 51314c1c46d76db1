"""Trunks: the ways between this installation and the carriers and PBXs whose numbers ring here."""
