"""Backup and restore of a whole Digitree: database, prompts, secret, voices, witness file and journal in one file."""
