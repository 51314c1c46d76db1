"""Adapters of the stores on this machine's disk: journal, menu snapshot, prompt files, the keeper's status."""
