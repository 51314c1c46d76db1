"""The firm that runs the installation, as its callers and its people see it."""
