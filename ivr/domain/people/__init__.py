"""People whom transfers ring: who they are, and who of a group is on duty."""
