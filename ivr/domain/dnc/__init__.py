"""The DNC lists: their events, the hash chain over them, and the files they are imported from."""
