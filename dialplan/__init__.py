"""FreeSWITCH's configuration for Digitree, as package data."""
