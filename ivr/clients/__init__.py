"""Clients of other processes: the switch's event socket, the test phone, HTTP to addresses that users name."""
