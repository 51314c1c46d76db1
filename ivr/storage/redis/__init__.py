"""What is kept in Redis: menus for calls, live calls, the health of agents' addresses."""
