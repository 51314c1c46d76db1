"""Agents as calls reach them: dial strings, the prepare URL, which addresses to leave alone."""
