"""Agents as calls reach them: dial strings, the prepare URL, the health of addresses."""
