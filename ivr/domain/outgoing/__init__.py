"""Calls that we make, for reminders and confirmations: what is ordered, when it may be dialled, what came of it."""
