"""Adapters of the stores in Redis: menus for calls, live calls, the health of agents' targets."""
